"""`pilotage tune`: settings chosen on tuning prompts, which a replay then leaves out."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotage._options import amounts, check_outputs, names, whole

if TYPE_CHECKING:
    from pilotage.config import Config
    from pilotage.replay.outcomes import Outcomes
    from pilotage.tune.search import Trial

_PROMPTS = 1000  # or a tenth of a smaller set
_FEWEST = 8  # as `tune` asks


def add_command(commands: Any) -> None:
    """Add `tune` to the command line's subcommands."""
    tune = commands.add_parser("tune", help="choose a router's settings on a part of recorded outcomes")
    tune.add_argument("data", type=Path, metavar="DATA", help="RouterBench layout: .parquet, .csv or .pkl")
    tune.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="router.json")
    tune.add_argument("--models", type=names, metavar="A,B,...", help="the pool (all models of the file)")
    tune.add_argument(
        "--budgets", type=amounts, metavar="F,...", help="shares of the best model's cost (0.1,0.25,0.5)"
    )
    tune.add_argument(
        "--prompts", type=whole(_FEWEST), metavar="N", help="to tune on (1000, a tenth of a small file)"
    )
    tune.add_argument("--shuffles", type=whole(2), default=10, metavar="N", help="cuts into two halves (10)")
    tune.add_argument("--seed", type=whole(0), default=0, metavar="N", help="of the draw of prompts (0)")
    tune.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from pilotage.config import write_config
    from pilotage.encode import StaticEncoder
    from pilotage.replay.data import read_outcomes
    from pilotage.replay.notes import left_out
    from pilotage.replay.progress import activity
    from pilotage.replay.run import DEFAULT_FRACTIONS
    from pilotage.replay.seen import fingerprint
    from pilotage.tune.search import tune

    if options.output.suffix != ".json":
        raise ValueError(f"output must end in .json, got {options.output}")
    check_outputs([options.output], [options.data])
    outcomes = read_outcomes(options.data, options.models)
    count = _count(options.prompts, outcomes, options.data)
    fractions = options.budgets or list(DEFAULT_FRACTIONS)
    drawn = np.random.Generator(np.random.PCG64(options.seed)).permutation(len(outcomes))[:count]
    rows = np.sort(drawn).astype(np.int64)
    embeddings = np.zeros((len(outcomes), StaticEncoder().dim))
    embeddings[rows] = StaticEncoder().encode([outcomes.prompts[row] for row in rows])
    with activity() as advance:
        setting, trials = tune(
            outcomes, embeddings, rows, fractions, shuffles=options.shuffles, advance=advance
        )
    if all(trial.reward == 0.0 for trial in trials):
        raise ValueError(
            f"budgets must let some setting earn a reward, got {fractions}: all of them earned 0"
        )
    told = {
        "data": options.data.name,
        "sha256": checksum(options.data),
        "models": list(outcomes.models),
        "budgets": fractions,
        "shuffles": options.shuffles,
        "reward_of_defaults": trials[0].reward,
        "prompts": sorted({fingerprint(outcomes.prompts[row]) for row in rows}),
    }
    write_config(setting.config(told), options.output)
    for note in left_out(outcomes):
        print(note)
    _print(trials)
    print(f"{len(rows)} prompts of {len(outcomes):,} were looked at; config: {options.output}")
    return 0


def _count(given: int | None, outcomes: Outcomes, data: Path) -> int:
    """How many prompts to tune on.

    Raises ValueError where there are too few.
    """
    rows = len(outcomes)
    if rows < _FEWEST:
        raise ValueError(f"{data} must have at least {_FEWEST} rows without gaps, got {rows}")
    if given is None:
        tenth = rows // 10
        if tenth < _FEWEST:
            raise ValueError(
                f"--prompts must be given, {_FEWEST} or more: a tenth of the {rows} rows of {data} is {tenth}"
            )
        return min(_PROMPTS, tenth)
    if given > rows:
        raise ValueError(f"--prompts must be at most {rows}, the rows of {data}, got {given}")
    return given


def without_tuned(config: Config, path: Path, outcomes: Outcomes) -> tuple[Outcomes, int]:
    """The outcomes without the prompts that the settings were chosen on, and how many these are.

    They are known by their texts, in any file. A config of old names rows of one file, known by its checksum.

    Raises ValueError where nothing is left.
    """
    from pilotage.replay.seen import without

    tuned = config.tuned
    if "prompts" in tuned:
        rest, left_out = without(outcomes, tuned["prompts"])
    elif tuned.get("rows") and tuned.get("sha256") == checksum(path):
        rest = outcomes.take(np.flatnonzero(~np.isin(outcomes.row, tuned["rows"])))
        left_out = len(outcomes) - len(rest)
    else:
        return outcomes, 0
    if not len(rest):
        raise ValueError(f"{path} must hold prompts that nothing was tuned on, got {left_out} that are")
    return rest, left_out


def checksum(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _print(trials: list[Trial]) -> None:
    width = max(len(trial.changed) for trial in trials)
    print(f"{'tried':{width}}  reward  change, corrected error")
    for trial in trials:
        change = "" if trial.changed == "defaults" else f"{trial.gain:+.4f}  {trial.error:.4f}"
        print(f"{trial.changed:{width}}  {trial.reward:.4f}  {change}{'  kept' if trial.kept else ''}")
    print("Corrected error: every shuffle cuts the same prompts anew, which makes chance look small.")
    if any(trial.kept for trial in trials[1:]):
        print("What was kept is the highest of several: expect less of other prompts, and replay them.")
