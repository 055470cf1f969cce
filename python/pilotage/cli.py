"""The command `pilotage`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pilotage._options import amounts, check_outputs, names, ratio, whole

if TYPE_CHECKING:
    from pilotage.replay.outcomes import Outcomes
    from pilotage.replay.run import Plan


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: 0, or 1 with one line on stderr for bad input."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except (ValueError, TypeError, OSError, ImportError) as error:
        print(f"pilotage: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pilotage", description="An adaptive LLM router under a budget.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and leave")
    commands = parser.add_subparsers(required=True, metavar="command")

    demo = commands.add_parser(
        "demo", help="the whole loop on packaged real data: table, plots, an HTML report"
    )
    _add_plan(demo, budgets="0.005,0.015,0.1")  # below, at and beyond where the dearer models begin to pay
    demo.set_defaults(run=_demo, html=Path("demo.html"))

    replay = commands.add_parser("replay", help="run policies over recorded outcomes")
    replay.add_argument("data", type=Path, metavar="DATA", help="RouterBench layout: .parquet, .csv or .pkl")
    replay.add_argument("--learn", type=Path, metavar="OTHER", help="learn on this, deploy on DATA")
    replay.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="of `pilotage tune`: adds the policy `tuned`",
    )
    _add_plan(replay, budgets="0.1,0.25,0.5")
    replay.set_defaults(run=_replay)

    from pilotage.prior.command import add_commands

    add_commands(commands)

    from pilotage.ope.command import add_command as add_ope
    from pilotage.tune.command import add_command as add_tune

    add_ope(commands)
    add_tune(commands)
    return parser


def _add_plan(parser: argparse.ArgumentParser, budgets: str) -> None:
    parser.add_argument("--models", type=names, metavar="A,B,...", help="the pool (all models of the file)")
    parser.add_argument(
        "--policies", type=names, metavar="P,...",
        help="pilotage, pilot, linucb, random, always (these), always:<model>, epoch-greedy, explore-only, "
        "thompson, mixture, knn, hybridllm, mf; with +dual, +serve-all, +pacer, +primal_dual, +even, +zcl or "
        "+hindsight behind it, all but always spend the money by that rule",
    )  # fmt: skip
    limits = parser.add_mutually_exclusive_group()
    limits.add_argument(
        "--budgets",
        type=amounts,
        metavar="F,...",
        default=budgets,
        help=f"shares of the best model's cost ({budgets})",
    )
    limits.add_argument("--ceilings", type=amounts, metavar="USD,...", help="US dollars a request")
    parser.add_argument("--seeds", type=whole(1), metavar="N", help="shuffles (20)")
    parser.add_argument("--split", type=ratio, metavar="A:B", help="learning : deployment (1:1)")
    parser.add_argument(
        "--tuning", type=whole(0), metavar="N",
        help="prompts set apart for estimating prices and bounds (0; 1000 with 10:1)",
    )  # fmt: skip
    parser.add_argument(
        "--prior", type=Path, metavar="FILE", action="append", default=[],
        help="where pilotage (calibrated) or pilot (paper) starts; once for each",
    )  # fmt: skip
    parser.add_argument("--online", action="store_true", help="go on learning during deployment")
    parser.add_argument(
        "--jobs", type=whole(1), default=os.cpu_count() or 1, metavar="N", help="processes (all cores)"
    )
    parser.add_argument("--json", type=Path, metavar="OUT", help="one array of rows, for programs")
    parser.add_argument(
        "--choices", type=Path, metavar="OUT.parquet", help="which model served which row (or .csv)"
    )
    parser.add_argument("--html", type=Path, metavar="OUT", help="the report, one file")


def _demo(options: argparse.Namespace) -> int:
    from pilotage.replay.data import demo_outcomes

    return _run(options, demo_outcomes(options.models), None)


def _replay(options: argparse.Namespace) -> int:
    from pilotage.replay.data import read_outcomes

    if options.learn is not None and options.split is not None:
        raise ValueError(f"--split must not be given with --learn, got {options.split!r}")
    outcomes = read_outcomes(options.data, options.models)
    learn = None if options.learn is None else read_outcomes(options.learn, outcomes.models)
    if options.config is not None:
        from pilotage.config import read_config
        from pilotage.tune.command import without_tuned

        config = read_config(options.config)
        outcomes, left_out = without_tuned(config, options.data, outcomes)
        print(f"{left_out} prompts left out: {options.config} was tuned on them")
        if learn is not None:
            learn, left_out = without_tuned(config, options.learn, learn)
            print(f"{left_out} prompts of {options.learn} left out: {options.config} was tuned on them")
    if learn is not None:
        learn = _without_shared(learn, outcomes, options)
    return _run(options, outcomes, learn)


def _without_shared(learn: Outcomes, outcomes: Outcomes, options: argparse.Namespace) -> Outcomes:
    """What is left to learn from without the prompts that are deployed on."""
    from pilotage.replay.seen import fingerprint, without

    rest, shared = without(learn, {fingerprint(text) for text in outcomes.prompts})
    if not len(rest):
        raise ValueError(f"--learn must hold prompts that {options.data} does not, got {shared} that it does")
    if shared:
        print(f"{shared} prompts of {options.learn} left out: {options.data} has them, too")
    return rest


def _run(options: argparse.Namespace, outcomes: Outcomes, learn: Outcomes | None) -> int:
    from pilotage.replay.export import check_choices, write_choices, write_json
    from pilotage.replay.progress import progress
    from pilotage.replay.report.html import write_report
    from pilotage.replay.report.table import print_table
    from pilotage.replay.run import run_replay, steps

    plan = _plan(options)
    check_outputs(
        (options.json, options.choices, options.html),
        (getattr(options, "data", None), getattr(options, "learn", None)),
    )
    if options.choices is not None:
        check_choices(options.choices)
    with progress(steps(plan, outcomes)) as advance:
        replay = run_replay(outcomes, plan, learn=learn, jobs=options.jobs, advance=advance)
    print_table(replay)
    if options.json is not None:
        write_json(replay, options.json)
    if options.choices is not None:
        write_choices(replay, options.choices)
    if options.html is not None:
        write_report(replay, options.html)
        print(f"report: {options.html}")
    return 0


def _plan(options: argparse.Namespace) -> Plan:
    from pilotage.replay.run import (
        DEFAULT_POLICIES,
        DEFAULT_RATIO,
        DEFAULT_SEEDS,
        Plan,
        priors_of,
    )

    policies, more = options.policies or DEFAULT_POLICIES, {}
    if getattr(options, "config", None) is not None:
        from pilotage.config import read_config
        from pilotage.replay.policies import TUNED
        from pilotage.tune.search import tuned_policy

        more = {TUNED: tuned_policy(read_config(options.config))}
        policies = [TUNED, *(name for name in policies if name != TUNED)]
    return Plan(
        policies=policies,
        priors=priors_of(options.prior, policies, more),
        more=more,
        fractions=None if options.ceilings else options.budgets,
        ceilings=options.ceilings,
        seeds=DEFAULT_SEEDS if options.seeds is None else options.seeds,
        ratio=options.split or DEFAULT_RATIO,
        tuning=options.tuning,
        online=options.online,
    )


class _Version(argparse.Action):
    """Reads the version only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import pilotage

        print(f"pilotage {pilotage.__version__}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(main())
