"""`pilotage ope`: what other policies would have earned on one's own log."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotage._options import check_outputs, names
from pilotage.arrays import Floats
from pilotage.ope.target import ALWAYS, TOLERANCE, UNIFORM

if TYPE_CHECKING:
    from pilotage.ope.estimators import Estimate, Estimates
    from pilotage.ope.evaluate import Evaluation
    from pilotage.ope.log import Log


def add_command(commands: Any) -> None:
    """Add `ope` to the command line's subcommands."""
    ope = commands.add_parser("ope", help="what other policies would have earned on a log of decisions")
    ope.add_argument("log", type=Path, metavar="LOG", help="decisions: .parquet, .csv, .jsonl or .dsjson")
    ope.add_argument(
        "--policies", type=names, metavar="P,...", help="uniform, always:<model>, always (uniform and always)"
    )
    ope.add_argument(
        "--chances", type=Path, metavar="FILE",
        help="a policy of your own: Parquet or CSV with a column for each model and a row for each decision",
    )  # fmt: skip
    ope.add_argument("--models", type=names, metavar="A,B,...", help="the pool (everybody in the log)")
    ope.add_argument("--json", type=Path, metavar="OUT", help="every estimate, for programs")
    ope.add_argument("--dsjson", type=Path, metavar="OUT", help="the log for Vowpal Wabbit")
    ope.add_argument("--obp", type=Path, metavar="OUT.npz", help="the log for the Open Bandit Pipeline")
    ope.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from pilotage.ope.dsjson import to_dsjson
    from pilotage.ope.evaluate import evaluate
    from pilotage.ope.files import read_log
    from pilotage.ope.obp import write_obp

    check_outputs((options.json, options.dsjson, options.obp), (options.log, options.chances))
    log = read_log(options.log, options.models)
    if options.obp is not None:
        write_obp(log, options.obp)
    found = {name: evaluate(log, name) for name in _policies(options.policies, log.models)}
    if options.chances is not None:
        found[options.chances.stem] = evaluate(log, read_chances(options.chances, log))
    _print(log, found)
    if options.json is not None:
        rows = [{"policy": name, **each.as_dict()} for name, each in found.items()]
        options.json.write_text(json.dumps(rows, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    if options.dsjson is not None:
        options.dsjson.write_text("".join(line + "\n" for line in to_dsjson(log)), encoding="utf-8")
    return 0


def read_chances(path: Path, log: Log) -> Floats:
    """A policy's chances from a file, (N, K): a column for each model; further columns are ignored.

    The file has a row for each decision of the log, in its order; those of decisions that nobody rewarded are
    passed over.

    Raises ValueError for another number of rows, and for what is no chance.
    """
    from pilotage.replay.tables import read_table

    table = read_table(path)
    missing = [model for model in log.models if model not in table.columns]
    if missing:
        raise ValueError(f"path must have a column for each model, got {path} without {', '.join(missing)}")
    for model in log.models:
        if not table.schema[model].is_numeric():
            raise ValueError(f"column {model!r} must hold numbers, got {table.schema[model]} in {path}")
    decisions = len(log) + log.unrewarded
    if len(table) != decisions:
        raise ValueError(
            f"path must have a row for each of the log's {decisions} decisions, rewarded or not, "
            f"got {path} with {len(table)}"
        )
    values: Floats = table.select(log.models).to_numpy().astype("float64")
    wrong = ~((values >= 0.0).all(axis=1) & (abs(values.sum(axis=1) - 1.0) <= TOLERANCE))
    if wrong.any():
        row = int(wrong.argmax())
        raise ValueError(
            f"path must hold chances >= 0 that sum to 1, got {values[row]} in row {row} of {path}"
        )
    return values[log.row]


def _policies(given: list[str] | None, models: tuple[str, ...]) -> list[str]:
    everyone = [ALWAYS + model for model in models]
    asked = given or [UNIFORM, "always"]
    spelled = [each for name in asked for each in (everyone if name == "always" else [name])]
    return list(dict.fromkeys(spelled))


def _print(log: Log, found: dict[str, Evaluation]) -> None:
    print(f"{len(log):,} rewarded decisions, {len(log.models)} models; means with 95 % intervals")
    width = max(len("as logged"), *map(len, found))
    print(f"{'policy':{width}}  {'ips':>22}  {'snips':>22}  {'dr':>22}  {'dr - logged':>23}  effective")
    first = next(iter(found.values()))
    print(f"{'as logged':{width}}  {_cell(first.reward.logged):>22}")
    for name, each in found.items():
        print(f"{name:{width}}  {_row(each.reward)}  {each.effective:9.0f}")
    if first.cost is not None:
        print(f"\nUS dollars a decision\n{'as logged':{width}}  {_dollars(first.cost.logged)}")
        for name, each in found.items():
            if each.cost is not None:
                print(f"{name:{width}}  {_dollars(each.cost.dr)}")
    of_all = [each for each in first.warnings if all(each in other.warnings for other in found.values())]
    for warning in of_all:
        print(f"warning: {warning}")
    for name, each in found.items():
        for warning in each.warnings:
            if warning not in of_all:
                print(f"warning: {name}: {warning}")


def _row(reward: Estimates) -> str:
    cells = [f"{_cell(each):>22}" for each in (reward.ips, reward.snips, reward.dr)]
    return "  ".join([*cells, f"{_cell(reward.gain, '+'):>23}"])


def _cell(each: Estimate, sign: str = "") -> str:
    return _interval(each, sign + ".3f")


def _dollars(each: Estimate) -> str:
    return _interval(each, ".3e")


def _interval(each: Estimate, spec: str) -> str:
    """A value alone where there is no interval, a dash where there is no value."""
    if math.isnan(each.value):
        return "-"
    known = not math.isnan(each.low)
    return f"{each.value:{spec}}" + (f" [{each.low:{spec}}, {each.high:{spec}}]" if known else "")
