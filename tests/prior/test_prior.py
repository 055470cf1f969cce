"""A prior as an object, a file and a page."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pilotage.cli import main
from pilotage.prior import Prior
from pilotage.prior.card import card
from tests.prior.conftest import LEVELS, MODELS, RIGHT, Topics, votes
from tests.replay.topics import topics


@pytest.fixture(scope="module", params=["calibrated", "paper"])
def prior(request: pytest.FixtureRequest) -> Prior:
    return Prior.fit(votes(), Topics(), setting=request.param)


def test_what_it_expects_are_rewards_shrunk_to_the_models_levels() -> None:
    prior = Prior.fit([vote._replace(task=None) for vote in votes(2000)], Topics())
    x = prior.projection.many(np.eye(6)[:2])
    expected = prior.theta @ x.T  # (K, 2)
    for topic in range(2):
        shown = expected[:, topic] - expected[:, topic].mean()
        true = RIGHT[:, topic] - RIGHT[:, topic].mean()
        assert np.argsort(shown).tolist() == np.argsort(true).tolist()
        assert 0.2 < shown @ true / (true @ true) < 0.8


def test_pairs_whose_tasks_contradict_each_other_are_hardly_believed() -> None:
    metrics = Prior.fit(votes(2000), Topics()).metrics  # who is best at small talk is worst at sums
    assert metrics["pseudo_count"] <= 5.0
    alike = Prior.fit(votes(2000, truth=LEVELS), Topics()).metrics
    assert alike["pseudo_count"] >= 50.0
    assert alike["log_evidence"] > alike["log_evidence_without"]


def test_the_papers_prior_has_its_shape() -> None:
    prior = Prior.fit(votes(), Topics(), setting="paper", dim=3)
    assert prior.dim == 3  # no constant: as published
    np.testing.assert_allclose(np.linalg.norm(prior.theta, axis=1), 1.0)
    for k, model in enumerate(prior.models):
        strength = prior.metrics["strength"][model]
        assert 1.0 < strength <= 2.0
        np.testing.assert_allclose(prior.precision[k], strength * np.eye(3), atol=1e-4)


def test_a_file_holds_all_of_it(prior: Prior, tmp_path: Path) -> None:
    prior.save(tmp_path / "prior.safetensors")
    again = Prior.load(tmp_path / "prior.safetensors")
    assert list(tmp_path.iterdir()) == [tmp_path / "prior.safetensors"]
    for name in ("precision", "b", "pool", "pool_precision", "queries", "query_task"):
        np.testing.assert_array_equal(getattr(again, name), getattr(prior, name))
    for name in ("setting", "encoder", "encoder_checksum", "models", "tasks", "data", "metrics", "dim"):
        assert getattr(again, name) == getattr(prior, name)
    embedding = np.random.default_rng(0).normal(size=6)
    np.testing.assert_array_equal(again.projection.one(embedding), prior.projection.one(embedding))


def test_the_same_seed_gives_the_same_file(prior: Prior, tmp_path: Path) -> None:
    again = Prior.fit(votes(), Topics(), setting=prior.setting)
    for i, each in enumerate((prior, again, again, Prior.fit(votes(), Topics(), setting=prior.setting))):
        each.save(tmp_path / str(i))
    assert len({(tmp_path / str(i)).read_bytes() for i in range(4)}) == 1


def test_a_file_cut_off_or_foreign_is_refused(prior: Prior, tmp_path: Path) -> None:
    whole = tmp_path / "prior.safetensors"
    prior.save(whole)
    for size in (0, 4, 100, whole.stat().st_size - 1):
        (tmp_path / "cut").write_bytes(whole.read_bytes()[:size])
        with pytest.raises(ValueError, match="prior must be a whole safetensors file, got"):
            Prior.load(tmp_path / "cut")
    from safetensors.numpy import save_file

    save_file({"theta": np.zeros(3)}, tmp_path / "other")
    with pytest.raises(ValueError, match=r"prior must have the format pilotage\.prior/1, got None"):
        Prior.load(tmp_path / "other")
    with pytest.raises(FileNotFoundError, match="prior must name an existing file"):
        Prior.load(tmp_path / "none")


def test_another_encoder_is_refused_and_both_are_named(prior: Prior) -> None:
    other = Topics()
    other.name = "elsewhere"
    with pytest.raises(
        ValueError, match=r"'elsewhere' \(dimension 6, checksum 0123456789ab\), got one of 'topics'"
    ):
        prior.check_encoder(other)
    other.name, other.dim = "topics", 7
    with pytest.raises(ValueError, match="dimension 7"):
        prior.check_encoder(other)
    prior.check_encoder(Topics())


class Broken(Topics):
    def encode(self, texts):
        rows = super().encode(texts)
        rows[1, 0] = np.nan
        return rows


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"setting": "best"}, "setting must be 'calibrated' or 'paper', got 'best'"),
        ({"dim": 7}, "dim must be at most 6, the encoder's, got 7"),
        ({"level": 1.0}, r"level must be in \(0, 1\), got 1.0"),
        ({"seed": -1}, "seed must be >= 0, got -1"),
        ({"models": ["bard"]}, "models must name at least two, got 'bard'"),
        ({"models": ["bard", "bing"]}, r"at least two models, got none \(dropped: .* other model"),
    ],
)
def test_refusals(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Prior.fit(votes(20), Topics(), **options)


@pytest.mark.parametrize(("setting", "least"), [("calibrated", 2), ("paper", 4)])
def test_as_many_questions_as_folds_need(setting: str, least: int) -> None:
    def few(questions: int) -> list[tuple[str, str, str, str]]:
        return [
            (f"talk {q}", a, b, winner)
            for q in range(questions)
            for a, b, winner in (("x", "y", "model_a"), ("y", "z", "model_a"), ("x", "z", "model_b"))
        ]

    message = f"must be on at least {least} questions, some of which are held out, got {least - 1}"
    with pytest.raises(ValueError, match=message):
        Prior.fit(few(least - 1), Topics(), setting=setting)
    found = Prior.fit(few(least), Topics(), setting=setting).metrics
    assert all(np.isfinite(found[f"{name}_log_loss"]) for name in ("heldout", "bradley_terry"))


def test_questions_that_only_the_price_decides_cannot_be_held_out() -> None:
    table = topics(40)
    alike = replace(table, reward=np.ones_like(table.reward))
    alike.reward[0, 0] = 0.0
    with pytest.raises(ValueError, match="at least 2 questions, some of which are held out, got 1"):
        Prior.fit(alike, Topics())


def test_a_nan_embedding_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"encoder 'topics' must return finite numbers, got nan for texts\[1\]"
    ):
        Prior.fit(votes(20), Broken())


def test_outcomes_make_a_prior_too() -> None:
    prior = Prior.fit(topics(400))
    assert prior.metrics["pseudo_count"] > 0
    assert prior.metrics["heldout_accuracy"] > 0.99
    x = prior.projection.many(
        np.asarray(_packaged(["What is 1 plus 2, and why?", "Tell me a story about 3 cats."]))
    )
    cheap, dear = prior.theta @ x.T
    assert cheap[0] < cheap[1]  # wrong on sums, right on small talk; shrunk to its level
    assert cheap.mean() == pytest.approx(0.5, abs=0.1)
    assert min(dear) > 0.8


def _packaged(texts: list[str]) -> np.ndarray:
    from pilotage.encode import StaticEncoder

    return StaticEncoder().encode(texts)


def test_the_card_says_what_there_is_to_say(prior: Prior) -> None:
    shown = card(prior)
    for part in (*MODELS, "topics (6, checksum 0123456789ab)", "dropped:", "Bradley-Terry", "sum", "talk"):
        assert part in shown
    assert ("around a mean reward of 0.5\n" in shown) == (prior.setting == "calibrated")
    assert max(map(len, shown.splitlines())) < 160


def test_the_command_from_end_to_end(tmp_path: Path, capsys) -> None:
    import polars as pl

    data, out, report = tmp_path / "votes.parquet", tmp_path / "prior.safetensors", tmp_path / "prior.json"
    rows = votes(100)
    pl.DataFrame(
        {
            name: [getattr(vote, name) for vote in rows]
            for name in ("prompt", "model_a", "model_b", "winner", "task")
        }
    ).write_parquet(data)
    assert main(["prior", "fit", str(data), "-o", str(out), "--json", str(report)]) == 0
    found = json.loads(report.read_text())
    assert {"heldout_accuracy", "bradley_terry_accuracy", "heldout_log_loss", "pairs", "dropped"} <= set(
        found
    )
    assert found["dropped"]["tie"] > 0
    assert found["seconds"] > 0
    assert "seconds" not in Prior.load(out).metrics
    fitted = capsys.readouterr()
    assert fitted.err == ""
    assert main(["prior", "show", str(out), "--plot", str(tmp_path / "space.svg")]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(fitted.out)
    assert "bard" in (tmp_path / "space.svg").read_text()


def test_a_projected_prior_is_that_of_the_projected_embedding() -> None:
    class Projected(Topics):
        dim = 3

        def encode(self, texts):
            return Topics().encode(texts) @ matrix.T

    through = Prior.fit(votes(100), Topics(), dim=3)
    matrix = through.projection.matrix
    plain = Prior.fit(votes(100), Projected())
    np.testing.assert_allclose(through.b, plain.b, rtol=1e-6)
    assert through.metrics["heldout_log_loss"] == pytest.approx(plain.metrics["heldout_log_loss"])


@pytest.mark.parametrize("options", [{}, {"dim": 3}, {"setting": "paper"}], ids=str)
def test_how_far_a_fit_has_come(options: dict) -> None:
    told: list[tuple[str, float]] = []
    Prior.fit(votes(60), Topics(), advance=lambda *each: told.append(each), **options)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert told[0][0].startswith("embedded ")
    assert told[-1] == ("fitted", 1.0)
    assert len({round(share, 6) for share in shares}) > 5  # a bar that moves


def test_the_command_with_an_encoder_of_ones_own(tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    Path("mine.py").write_text("def lengths(text):\n    return [len(text), 1.0, text.count('a')]\n")
    Path("votes.csv").write_text(
        "prompt,model_a,model_b,winner\n"
        + "".join(f"why {i},a,b,model_{'ab'[i % 3 == 0]}\n" for i in range(30))
    )
    assert main(["prior", "fit", "votes.csv", "-o", "p", "--encoder", "mine:lengths"]) == 0
    assert Prior.load("p").projection.embedding_dim == 3
    for encoder, message in (
        ("mine", "encoder must be MODULE:NAME, got 'mine'"),
        ("mine:widths", "encoder must be in its module, got no 'widths' in mine"),
        ("nobodys:encoder", "No module named 'nobodys'"),
    ):
        assert main(["prior", "fit", "votes.csv", "-o", "p", "--encoder", encoder]) == 1
        assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fit", "none.parquet", "-o", "p"], "path must name an existing file, got none.parquet"),
        (["fit", "votes.csv", "-o", "no/p"], "no/p must be in an existing directory"),
        (["fit", "votes.csv", "-o", "votes.csv"], "votes.csv must be a file of its own"),
        (["fit", "votes.csv", "-o", "here/../votes.csv"], "votes.csv must be a file of its own"),
        (["fit", "votes.csv", "-o", "p"], "between at least two models, got none (dropped: 1 same model)"),
        (["show", "votes.csv"], "prior must be a whole safetensors file, got votes.csv"),
    ],
)
def test_refusals_are_one_line(
    tmp_path: Path, monkeypatch, capsys, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("here").mkdir()
    Path("votes.csv").write_text("prompt,model_a,model_b,winner\nwhy,a,a,model_a\n")
    assert main(["prior", *arguments]) == 1
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)
    assert message in shown.err
