"""Settings in a file: what a router takes from it, and what is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from pilotage import Budget, Model, Router
from pilotage.config import Config, read_config, write_config
from pilotage.encode import Leading, StaticEncoder

MODELS = [{"name": "a", "input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}, "gpt-4o"]


def write(path: Path, **content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_router_from_a_file_decides_as_one_from_keywords(tmp_path: Path) -> None:
    path = write(
        tmp_path / "router.json",
        models=MODELS,
        router={"alpha": 0.7, "strength": 3.0},
        budget={"policy": "even", "usd": 1.0, "requests": 100},
    )
    router = Router.from_config(path)
    twin = Router(
        [Model("a", 1e-6, 2e-6), "gpt-4o"], Budget(1.0, 100, "even"), alpha=0.7, strength=3.0
    )  # fmt: skip
    for prompt in ("one", "two", "three"):
        mine, theirs = router.decide(prompt), twin.decide(prompt)
        assert (mine.model, mine.width, mine.expected_reward) == (
            theirs.model, theirs.width, theirs.expected_reward,
        )  # fmt: skip
        router.feedback(mine.id, 0.5)
        twin.feedback(theirs.id, 0.5)
    assert router.budget == twin.budget


def test_arguments_stand_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "router.json", models=MODELS, router={"dim": 3}, budget={"policy": "dual"})
    router = Router.from_config(path, models=["gpt-4o-mini"], dim=2, budget={"usd": 2.0, "requests": 5})
    assert (router.models, router.dim, router.budget.limit) == (("gpt-4o-mini",), 2, 2.0)
    assert Router.from_config(path, budget=None).budget.limit is None
    assert Router.from_config(path, budget=Budget(3.0)).budget.limit == 3.0


def test_a_policy_without_an_amount_is_no_permission(tmp_path: Path) -> None:
    path = write(tmp_path / "router.json", models=MODELS, budget={"policy": "dual"})
    with pytest.raises(ValueError, match="budget must say how much, usd or usd_per_request"):
        Router.from_config(path)


@pytest.mark.parametrize("policy", ["pacer", "primal_dual"])
@pytest.mark.parametrize("amount", [{}, {"usd": 1.0}, {"usd": 1.0, "requests": 9}])
def test_a_policy_of_dollars_a_request_asks_for_them(policy: str, amount: dict, tmp_path: Path) -> None:
    path = write(tmp_path / "router.json", models=MODELS, budget={"policy": policy})
    with pytest.raises(
        ValueError, match=f"usd_per_request must be given with policy='{policy}', got .*{policy}"
    ):
        Router.from_config(path, budget=amount)
    assert Router.from_config(path, budget={"usd_per_request": 0.01, "usd": 1.0}).budget.limit == 1.0


@pytest.mark.parametrize("policy", ["dual", "even", "zcl"])
def test_a_policy_of_a_total_asks_for_it(policy: str, tmp_path: Path) -> None:
    path = write(tmp_path / "router.json", models=MODELS, budget={"policy": policy})
    with pytest.raises(ValueError, match=f"requests must be given with policy='{policy}', got None"):
        Router.from_config(path, budget={"usd": 1.0})


def test_dimension_keeps_the_leading_components(tmp_path: Path) -> None:
    path = write(tmp_path / "router.json", models=MODELS, dimension=16)
    assert Router.from_config(path).dim == 17  # and the constant
    whole = StaticEncoder().encode(["one", "two"])
    assert (Leading(StaticEncoder(), 16).encode(["one", "two"]) == whole[:, :16]).all()
    assert Leading(StaticEncoder(), 16).encode([]).shape == (0, 16)
    with pytest.raises(ValueError, match="dim must be <= 64"):
        Leading(StaticEncoder(), 65)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    config = Config(
        (Model("a", 0.0, 0.0), "gpt-4o"), {"alpha": 0.1}, {"usd": 1.0}, 8, {"rows": [1, 2], "reward": 0.5}
    )
    write_config(config, tmp_path / "c.json")
    assert read_config(tmp_path / "c.json") == config


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib")
def test_toml(tmp_path: Path) -> None:
    path = tmp_path / "router.toml"
    path.write_text('models = ["gpt-4o"]\ndimension = 8\n[router]\nalpha = 2\n[budget]\nusd = 1\n')
    assert read_config(path) == Config(("gpt-4o",), {"alpha": 2}, {"usd": 1}, 8)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"router": {"alhpa": 1}}', "router must hold dim, .*, got 'alhpa'"),
        ('{"budget": {"dollars": 1}}', "budget must hold usd, .*, got 'dollars'"),
        ('{"routers": {}}', "must hold models, .*, got 'routers'"),
        ('{"models": [{"nmae": "a"}]}', "models must hold name, .*, got 'nmae'"),
        ('{"dimension": 0}', "dimension must be >= 1, got 0"),
        ("{", "path must be readable .json"),
        ("{}", "models must be given, since .* names none"),
    ],
)
def test_a_file_that_says_something_else_is_refused(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "router.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        Router.from_config(path)


@pytest.mark.parametrize("content", ["[]", '{"router": 3}', '{"models": 3}', '{"models": [3]}'])
def test_a_file_of_other_types_is_refused(content: str, tmp_path: Path) -> None:
    path = tmp_path / "router.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(TypeError, match="must"):
        read_config(path)


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "router.yaml").write_text("alpha: 1")
    with pytest.raises(ValueError, match=r"path must end in \.json or \.toml, got .*router\.yaml"):
        read_config(tmp_path / "router.yaml")
