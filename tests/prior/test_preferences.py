"""Reading: every layout, every reason to drop a row, every refusal."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from pilotage.prior import Preferences, read_preferences
from pilotage.prior.preferences import from_outcomes
from tests.replay.topics import topics

ROW = ("Why is the sky blue?", "gpt-4", "llama-13b", "model_a")


def told(preferences: Preferences) -> list[tuple[str, str, str]]:
    names = preferences.models
    return [
        (preferences.prompts[q], names[i], names[j])
        for q, i, j in zip(preferences.prompt, preferences.winner, preferences.loser, strict=True)
    ]


def test_rows_as_tuples_and_mappings() -> None:
    second = {"prompt": "And the sea?", "model_a": "gpt-4", "model_b": "llama-13b", "winner": "model_b"}
    found = read_preferences([ROW, second])
    assert told(found) == [
        ("Why is the sky blue?", "gpt-4", "llama-13b"),
        ("And the sea?", "llama-13b", "gpt-4"),
    ]
    assert found.dropped == {}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("q", "a", "b", "tie"), "tie"),
        (("q", "a", "b", "tie (bothbad)"), "tie"),
        (("q", "a", "b", "gpt-4"), "unknown winner"),
        (("q", "a", "b", None), "unknown winner"),
        (("", "a", "b", "model_a"), "empty prompt"),
        ((" \n", "a", "b", "model_a"), "empty prompt"),
        ((None, "a", "b", "model_a"), "empty prompt"),
        (("q", "gpt-4", None, "model_a"), "other model"),
        (("q", "gpt-4", "gpt-4", "model_a"), "same model"),
        (ROW, "duplicate"),
    ],
)
def test_what_is_dropped_is_counted(row: tuple, reason: str) -> None:
    found = read_preferences([ROW, row, row])
    assert told(found) == [("Why is the sky blue?", "gpt-4", "llama-13b")]
    assert found.dropped == {reason: 2}


def test_votes_of_two_judges_are_two_votes() -> None:
    row = dict(zip(("prompt", "model_a", "model_b", "winner"), ROW, strict=True))
    assert len(read_preferences([{**row, "judge": "ann"}, {**row, "judge": "bob"}])) == 2


def test_a_pool_leaves_other_models_out() -> None:
    found = read_preferences([ROW, ("q", "gpt-4", "claude", "model_b")], ["gpt-4", "llama-13b"])
    assert found.models == ("gpt-4", "llama-13b")
    assert found.dropped == {"other model": 1}


def test_a_pool_leaves_other_models_out_of_preferences_read_before() -> None:
    everything = read_preferences([ROW, ("q", "gpt-4", "claude", "model_b"), ("r", "a", "gpt-4", "model_a")])
    found = read_preferences(everything, ["gpt-4", "claude", "llama-13b"])
    assert told(found) == [("Why is the sky blue?", "gpt-4", "llama-13b"), ("q", "claude", "gpt-4")]
    assert found.models == ("claude", "gpt-4", "llama-13b")
    assert found.dropped == {"other model": 1}
    with pytest.raises(ValueError, match="models must name at least two, got 'gpt-4'"):
        read_preferences(everything, ["gpt-4"])
    with pytest.raises(ValueError, match=r"two models, got 'gpt-4' \(dropped: 3 other model\)"):
        read_preferences(everything, ["gpt-4", "nobody"])


def test_a_pool_takes_columns_of_outcomes() -> None:
    table = topics(40)
    three = replace(
        table,
        models=("cheap", "odd", "dear"),
        reward=table.reward[:, [0, 0, 1]],
        cost=table.cost[:, [0, 0, 1]],
    )
    found, expected = read_preferences(three, ["dear", "cheap"]), from_outcomes(table)
    assert (found.models, told(found)) == (expected.models, told(expected))
    np.testing.assert_array_equal(found.reward, expected.reward)
    narrowed = read_preferences(from_outcomes(three), ["dear", "cheap"])
    assert told(narrowed) == told(expected)
    np.testing.assert_array_equal(narrowed.reward, expected.reward)
    np.testing.assert_array_equal(narrowed.cost, expected.cost)
    with pytest.raises(ValueError, match="models must be among cheap, odd, dear, got even"):
        read_preferences(three, ["cheap", "even"])


def test_rows_that_name_their_kind_of_judge() -> None:
    row = dict(zip(("prompt", "model_a", "model_b", "winner"), ROW, strict=True))
    rows = [{**row, "judge_type": "human"}, {**row, "judge_type": "gpt4", "judge": "pair"}]
    assert read_preferences(rows).dropped == {"other judge": 1}
    assert len(read_preferences(rows, judges="all")) == 2


@pytest.mark.parametrize("source", [topics(40), from_outcomes(topics(40))], ids=["outcomes", "preferences"])
def test_judges_mean_nothing_where_nobody_is_named(source: object) -> None:
    with pytest.raises(ValueError, match=r"judges must be left alone for .* which name no judges, got 'all'"):
        read_preferences(source, judges="all")
    with pytest.raises(ValueError, match="judges must be 'human' or 'all', got 'mine'"):
        read_preferences(source, judges="mine")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"group": ["q1"]}, r"preferences\[1\] must have a group such as a text or a number, got \['q1'\]"),
        ({"group": ("q", [])}, r"preferences\[1\] must have a group"),
        ({"judge": {}}, r"preferences\[1\] must have a judge such as a text or a number, got {}"),
        ({"task": 3}, r"preferences\[1\] must have a text as task, or None, got 3"),
    ],
)
def test_what_cannot_be_a_key_is_refused(more: dict, message: str) -> None:
    row = dict(zip(("prompt", "model_a", "model_b", "winner"), ROW, strict=True))
    with pytest.raises(TypeError, match=message):
        read_preferences([row, {**row, **more}])


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ([], ValueError, "between at least two models, got none"),
        ([("q", "a", "a", "model_a")], ValueError, r"got none \(dropped: 1 same model\)"),
        ([("q", "a", "b", "tie")], ValueError, r"got none \(dropped: 1 tie\)"),
        ([("q", "a", "b")], TypeError, r"preferences\[0\] must be \(prompt, model_a, model_b, winner\)"),
        ([{"prompt": "q"}], ValueError, r"preferences\[0\] must have model_a, model_b, winner"),
        (7, TypeError, "preferences must be a file or rows, got 7"),
        ("none.parquet", FileNotFoundError, "path must name an existing file, got none.parquet"),
    ],
)
def test_refusals(source: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read_preferences(source)


def turns(*texts: str) -> list[dict[str, str]]:
    return [
        turn
        for text in texts
        for turn in ({"role": "user", "content": text}, {"role": "assistant", "content": "x"})
    ]


LAYOUTS = {
    "plain": {"prompt": ["one", "two"], "winner": ["model_a", "model_b"]},
    "33k": {
        "question_id": ["p", "q"],
        "winner": ["model_a", "model_b"],
        "conversation_a": [turns("one"), turns("two")],
        "judge": ["u1", "u2"],
    },
    "55k": {
        "id": [1, 2],
        "prompt": ['["one"]', '["two"]'],
        "response_a": ['["x"]', '["x"]'],
        "winner_model_a": [1, 0],
        "winner_model_b": [0, 1],
        "winner_tie": [0, 0],
    },
    "100k": {
        "question_id": ["p", "q"],
        "winner": ["model_a", "model_b"],
        "conversation": [turns("one"), turns("two")],
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_published_layouts(layout: str, suffix: str, tmp_path: Path) -> None:
    table = {"model_a": ["x", "x"], "model_b": ["y", "y"], **LAYOUTS[layout]}
    path = tmp_path / f"votes.{suffix}"
    if suffix == "parquet":
        pl.DataFrame(table).write_parquet(path)
    else:
        flat = {
            k: [json.dumps(v) if isinstance(v, list) else v for v in column] for k, column in table.items()
        }
        pl.DataFrame(flat).write_csv(path)
    found = read_preferences(path)
    assert told(found) == [("one", "x", "y"), ("two", "y", "x")]
    assert found.name == "votes"


def test_ties_of_the_55k_layout(tmp_path: Path) -> None:
    table = {
        **LAYOUTS["55k"],
        "model_a": ["x", "x"],
        "model_b": ["y", "y"],
        "winner_model_b": [0, 0],
        "winner_tie": [0, 1],
    }
    pl.DataFrame(table).write_parquet(tmp_path / "votes.parquet")
    assert read_preferences(tmp_path / "votes.parquet").dropped == {"tie": 1}


def test_all_turns_of_the_user_are_the_prompt(tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "model_a": ["x"],
            "model_b": ["y"],
            "winner": ["model_a"],
            "conversation_a": [turns("first", "second")],
        }
    ).write_parquet(tmp_path / "votes.parquet")
    assert read_preferences(tmp_path / "votes.parquet").prompts == ("first\nsecond",)


def test_mt_bench(tmp_path: Path) -> None:
    path = tmp_path / "mt.parquet"
    pl.DataFrame(
        {
            "judge": ["expert_1", "expert_1", "gpt4_pair", "expert_2"],
            "judge_type": ["human", "human", "gpt4", "human"],
            "question_id": [81, 81, 81, 82],
            "turn": [1, 2, 1, 1],
            "model_a": ["x"] * 4,
            "model_b": ["y"] * 4,
            "winner": ["model_a", "model_b", "model_b", "tie (inconsistent)"],
            "category": ["writing"] * 4,
            "prompt_turn1": ["compose", "compose", "compose", "add"],
            "prompt_turn2": ["rewrite", "rewrite", "rewrite", "again"],
        }
    ).write_parquet(path)
    found = read_preferences(path)
    assert told(found) == [("compose", "x", "y"), ("compose\nrewrite", "y", "x")]
    assert found.dropped == {"other judge": 1, "tie": 1}
    assert found.group.tolist() == [0, 0]  # both turns of a question are held out together
    assert found.task == ("writing", "writing")
    assert len(read_preferences(path, judges="all")) == 3


def test_a_truncated_file(tmp_path: Path) -> None:
    whole, cut = tmp_path / "whole.parquet", tmp_path / "cut.parquet"
    pl.DataFrame({"prompt": ["q"], "model_a": ["x"], "model_b": ["y"], "winner": ["model_a"]}).write_parquet(
        whole
    )
    cut.write_bytes(whole.read_bytes()[:-20])
    with pytest.raises(ValueError, match="got only a part in"):
        read_preferences(cut)


def test_a_table_without_preferences(tmp_path: Path) -> None:
    pl.DataFrame({"prompt": ["q"], "answer": ["x"]}).write_parquet(tmp_path / "table.parquet")
    with pytest.raises(ValueError, match=r"columns of preferences .* got .* with prompt, answer"):
        read_preferences(tmp_path / "table.parquet")


def test_outcomes_give_pairs_right_beats_wrong_and_among_equals_the_cheaper() -> None:
    outcomes = topics(40)
    found = from_outcomes(outcomes)
    is_sum = outcomes.reward[:, 0] == 0.0
    cheap, dear = (found.models.index(name) for name in ("cheap", "dear"))
    assert len(found) == 40
    np.testing.assert_array_equal(found.winner[np.argsort(found.prompt)], np.where(is_sum, dear, cheap))
    assert found.reward is not None
    np.testing.assert_array_equal(found.inverted().winner, found.loser)


def test_pairs_of_outcomes_are_drawn_by_seed() -> None:
    draws = [from_outcomes(topics(40), pairs=10, seed=seed) for seed in (0, 0, 1)]
    assert draws[0].dropped == {"not drawn": 30}
    np.testing.assert_array_equal(draws[0].prompt, draws[1].prompt)
    assert draws[0].prompt.tolist() != draws[2].prompt.tolist()
