"""A router's settings in a file, JSON or TOML: what `pilotage tune` writes and `Router.from_config` reads.

    {"models": ["gpt-4o", {"name": "mine", "input_cost_per_token": 0, "output_cost_per_token": 0}],
     "router": {"alpha": 1.0, "strength": 2.5, "score": "linear"},
     "dimension": 32,
     "budget": {"policy": "dual", "usd": 25.0, "requests": 100000},
     "tuned": {...}}

All of it may be left out. `router` and `budget` hold keywords of `Router` and `Budget`; `dimension` is how
many leading components of the embedding count; `tuned` says where the settings come from, and no router reads
it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from pilotage import _check
from pilotage.budget import PER_REQUEST, Budget
from pilotage.models import Model

# Keywords that a file can hold; the others are objects.
ROUTER = (
    "dim", "prior", "score", "alpha", "strength", "forgetting", "exploration", "seed", "remember",
    "intercept", "prior_reward", "cost_components", "shared_cost_components", "cost_strength", "learn_costs",
)  # fmt: skip
_AMOUNTS = ("usd", "usd_per_request")


@dataclass(frozen=True)
class Config:
    """What a file says.

    Attributes
    ----------
    models : of the pool; empty where the file names none
    router : keywords of `Router`
    budget : keywords of `Budget`, perhaps without an amount
    dimension : leading components of the embedding that count; None for all
    tuned : where the settings come from
    """

    models: tuple[str | Model, ...] = ()
    router: Mapping[str, Any] = field(default_factory=dict)
    budget: Mapping[str, Any] = field(default_factory=dict)
    dimension: int | None = None
    tuned: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, table in (("router", self.router), ("budget", self.budget), ("tuned", self.tuned)):
            if not isinstance(table, Mapping):
                raise TypeError(f"{name} must be a table, got {table!r}")
        _among("router", self.router, ROUTER)
        _among("budget", self.budget, tuple(Budget.__dataclass_fields__))
        if self.dimension is not None:
            _check.count("dimension", self.dimension)

    def make_budget(self, more: Mapping[str, Any]) -> Budget | None:
        """The budget with `more` keywords over the file's; None where neither says anything.

        Raises ValueError where there is a policy but no amount, or not the amount that it spends: an amount
        left out is no permission.
        """
        keywords = {**self.budget, **more}
        if not keywords:
            return None
        policy = keywords.get("policy")
        if policy in PER_REQUEST and keywords.get("usd_per_request") is None:
            raise ValueError(
                f"usd_per_request must be given with policy={policy!r}, got {keywords}: "
                f"pass budget={{'usd_per_request': ...}}, or another policy"
            )
        if not any(keywords.get(name) is not None for name in _AMOUNTS):
            raise ValueError(
                f"budget must say how much, usd or usd_per_request, got {keywords}: "
                f"pass budget={{'usd': ..., 'requests': ...}}, or budget=None for none"
            )
        return Budget(**keywords)


def read_config(path: str | PathLike[str]) -> Config:
    """Read a file whose name ends in .json or .toml.

    Raises
    ------
    FileNotFoundError : there is none
    ImportError : TOML under Python 3.10, which cannot read it
    TypeError, ValueError : neither JSON nor TOML, or something in it that is no setting
    """
    path = Path(path)
    if path.suffix not in (".json", ".toml"):
        raise ValueError(f"path must end in .json or .toml, got {path}")
    if not path.is_file():
        raise FileNotFoundError(f"path must name an existing file, got {path}")
    try:
        text = path.read_text("utf-8")
        found = json.loads(text) if path.suffix == ".json" else _toml(text)
    except ValueError as error:
        raise ValueError(f"path must be readable {path.suffix}, got {path}: {error}") from error
    if not isinstance(found, dict):
        raise TypeError(f"path must hold a table, got {path} with {found!r:.60}")
    _among(str(path), found, tuple(Config.__dataclass_fields__))
    models = found.pop("models", ())
    if not isinstance(models, (list, tuple)):
        raise TypeError(f"models must be a list, got {models!r}")
    return Config(models=tuple(map(_model, models)), **found)


def write_config(config: Config, path: str | PathLike[str]) -> None:
    """Write JSON. What is empty is left out."""
    plain: dict[str, Any] = {
        "models": [_plain(model) for model in config.models],
        "router": dict(config.router),
        "dimension": config.dimension,
        "budget": dict(config.budget),
        "tuned": dict(config.tuned),
    }
    kept = {name: value for name, value in plain.items() if value}
    Path(path).write_text(json.dumps(kept, indent=1, allow_nan=False) + "\n", encoding="utf-8")


def _toml(text: str) -> Any:
    try:
        import tomllib  # type: ignore[import-not-found]  # mypy checks for 3.10
    except ImportError as error:
        raise ImportError("TOML needs Python 3.11; write JSON instead") from error
    return tomllib.loads(text)


def _among(where: str, table: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = [name for name in table if name not in known]
    if unknown:
        raise ValueError(f"{where} must hold {', '.join(known)}, got {unknown[0]!r}")


def _model(entry: Any) -> str | Model:
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, dict):
        raise TypeError(f"models must hold names or tables, got {entry!r}")
    _among("models", entry, tuple(Model.__dataclass_fields__))
    return Model(**entry)


def _plain(model: str | Model) -> Any:
    if isinstance(model, str):
        return model
    return {
        name: getattr(model, name) for name in Model.__dataclass_fields__ if getattr(model, name) is not None
    }
