"""`pilotage ope`: what other policies would have earned on one's own log."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pilotage.ope.target import ALWAYS, UNIFORM

if TYPE_CHECKING:
    from pilotage.ope.estimators import Estimate, Estimates
    from pilotage.ope.evaluate import Evaluation
    from pilotage.ope.log import Floats, Log


def add_command(commands: Any) -> None:
    """Add `ope` to the command line's subcommands."""
    ope = commands.add_parser("ope", help="what other policies would have earned on a log of decisions")
    ope.add_argument("log", type=Path, metavar="LOG", help="decisions: .parquet, .csv, .jsonl or .dsjson")
    ope.add_argument(
        "--policies", metavar="P,...", help="uniform, always:<model>, always (uniform and always)"
    )
    ope.add_argument(
        "--chances", type=Path, metavar="FILE",
        help="a policy of your own: Parquet or CSV with a column for each model and a row for each decision",
    )  # fmt: skip
    ope.add_argument("--models", metavar="A,B,...", help="the pool (everybody in the log)")
    ope.add_argument("--json", type=Path, metavar="OUT", help="every estimate, for programs")
    ope.add_argument("--dsjson", type=Path, metavar="OUT", help="the log for Vowpal Wabbit")
    ope.add_argument("--obp", type=Path, metavar="OUT.npz", help="the log for the Open Bandit Pipeline")
    ope.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from pilotage.ope.dsjson import to_dsjson
    from pilotage.ope.evaluate import evaluate
    from pilotage.ope.files import read_log
    from pilotage.ope.obp import write_obp

    outputs = [path for path in (options.json, options.dsjson, options.obp) if path is not None]
    inputs = [path for path in (options.log, options.chances) if path is not None]
    named = [path.resolve() for path in (*outputs, *inputs)]
    for path in outputs:
        if not path.absolute().parent.is_dir():
            raise ValueError(f"{path} must be in an existing directory, got {path.parent}")
        if named.count(path.resolve()) > 1:
            raise ValueError(f"{path} must be a file of its own, got it as another input or output too")
    log = read_log(options.log, options.models.split(",") if options.models else None)
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

    Rows stand for the decisions that were rewarded, in the log's order.
    """
    from pilotage.ope.files import read_table

    table = read_table(path)
    missing = [model for model in log.models if model not in table.columns]
    if missing:
        raise ValueError(f"path must have a column for each model, got {path} without {', '.join(missing)}")
    values: Floats = table.select(log.models).to_numpy().astype("float64")
    return values


def _policies(given: str | None, models: tuple[str, ...]) -> list[str]:
    everyone = [ALWAYS + model for model in models]
    names = [UNIFORM, "always"] if given is None else [name.strip() for name in given.split(",")]
    spelled = [each for name in names for each in (everyone if name == "always" else [name])]
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
    for name, each in found.items():
        for warning in each.warnings:
            print(f"warning: {name}: {warning}")


def _row(reward: Estimates) -> str:
    cells = [f"{_cell(each):>22}" for each in (reward.ips, reward.snips, reward.dr)]
    return "  ".join([*cells, f"{_cell(reward.gain, '+'):>23}"])


def _cell(each: Estimate, sign: str = "") -> str:
    return f"{each.value:{sign}.3f} [{each.low:{sign}.3f}, {each.high:{sign}.3f}]"


def _dollars(each: Estimate) -> str:
    return f"{each.value:.3e} [{each.low:.3e}, {each.high:.3e}]"
