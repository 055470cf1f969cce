"""`pilotage prior fit` and `pilotage prior show`."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def add_commands(commands: Any) -> None:
    """Add `prior` to the command line's subcommands."""
    prior = commands.add_parser("prior", help="learn from preferences what to start from; look at it")
    verbs = prior.add_subparsers(required=True, metavar="verb")

    fit = verbs.add_parser(
        "fit",
        help="preferences, or recorded outcomes, to a prior file",
        description="Fit a prior, with the packaged encoder unless --encoder names another. A router must "
        "have the encoder that its prior was fitted with.",
    )
    fit.add_argument(
        "preferences", type=Path, metavar="PREFERENCES", help="Parquet or CSV: pairs, or outcomes"
    )
    fit.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="prior.safetensors")
    fit.add_argument(
        "--json", type=Path, metavar="OUT", help="held-out accuracy, log loss, pairs used and dropped"
    )
    fit.add_argument(
        "--encoder", metavar="MODULE:NAME",
        help="what turns a prompt into a vector, imported from here or the Python path: an encoder, a "
        "sentence-transformers model or a function, as for Router (the packaged minilm-static)",
    )  # fmt: skip
    fit.add_argument("--models", metavar="A,B,...", help="the pool (all models there are)")
    fit.add_argument("--setting", choices=("calibrated", "paper"), default="calibrated")
    fit.add_argument("--dim", type=int, metavar="M", help="dimension of the projection")
    fit.add_argument(
        "--judges", choices=("human", "all"), default="human", help="whose verdicts count (human)"
    )
    fit.add_argument(
        "--level",
        type=float,
        default=0.5,
        metavar="R",
        help="mean reward of the pool on your traffic, where only pairs are known (0.5)",
    )
    fit.add_argument("--seed", type=int, default=0, metavar="N")
    fit.set_defaults(run=_fit)

    show = verbs.add_parser("show", help="a card and a map of the space")
    show.add_argument("file", type=Path, metavar="FILE")
    show.add_argument("--plot", type=Path, metavar="OUT.svg", help="the map as a picture")
    show.set_defaults(run=_show)


def _fit(options: argparse.Namespace) -> int:
    from pilotage.prior.card import card
    from pilotage.prior.prior import Prior
    from pilotage.replay.progress import shares

    outputs = [path for path in (options.output, options.json) if path is not None]
    for path in outputs:
        if not path.absolute().parent.is_dir():
            raise ValueError(f"{path} must be in an existing directory, got {path.parent}")
        if path.is_dir():
            raise ValueError(f"{path} must be a file to write, got a directory")
        named = [each.resolve() for each in (*outputs, options.preferences)]
        if named.count(path.resolve()) > 1:
            raise ValueError(f"{path} must be a file of its own, got it as another input or output too")
    models = [name.strip() for name in options.models.split(",")] if options.models else None
    encoder = None if options.encoder is None else _imported(options.encoder)
    started = time.perf_counter()
    with shares() as advance:
        prior = Prior.fit(
            options.preferences,
            encoder,
            models=models,
            setting=options.setting,
            dim=options.dim,
            judges=options.judges,
            level=options.level,
            seed=options.seed,
            advance=advance,
        )
    seconds = round(time.perf_counter() - started, 3)  # not in the file: equal seeds give equal files
    prior.save(options.output)
    if options.json is not None:
        report = {**prior.metrics, "seconds": seconds}
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(card(prior))
    return 0


def _imported(path: str) -> Any:
    """What `MODULE:NAME` names."""
    module, _, name = path.partition(":")
    if not (module and name):
        raise ValueError(f"encoder must be MODULE:NAME, got {path!r}")
    sys.path.insert(0, os.getcwd())
    try:
        found = importlib.import_module(module)
    finally:
        sys.path.remove(os.getcwd())
    if not hasattr(found, name):
        raise ValueError(f"encoder must be in its module, got no {name!r} in {module}")
    return getattr(found, name)


def _show(options: argparse.Namespace) -> int:
    from pilotage.prior.card import card
    from pilotage.prior.prior import Prior

    prior = Prior.load(options.file)
    print(card(prior))
    if options.plot is not None:
        from pilotage.prior.plot import plot

        plot(prior, options.plot)
        print(f"plot: {options.plot}")
    return 0
