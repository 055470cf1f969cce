"""Reading tables: what is kept, what is dropped, what is refused, and which prices can be recovered."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pilotage.replay.data import demo_outcomes, read_outcomes
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.prices import list_prices

# Two models, three prompts; row 1 has no score for "large".
TABLE: dict[str, Any] = {
    "sample_id": ["a", "b", "c"],
    "prompt": ["2 + 2?", "['a list of one']", "Write a haiku about the sea."],
    "eval_name": ["math", "math", "poetry"],
    "small": [0.25, 1.0, 0.5],
    "large": [1.0, None, 0.75],
    "small|total_cost": [1e-6, 2e-6, 3e-6],
    "large|total_cost": [1e-4, 2e-4, 3e-4],
    "small|model_response": ["4", "?", "waves"],
}


def write(path: Path, **columns: Any) -> Path:
    """Write TABLE with some columns replaced; one replaced by `...` is left out."""
    table = {name: values for name, values in {**TABLE, **columns}.items() if values is not ...}
    pl.DataFrame(table).write_parquet(path / "table.parquet")
    return path / "table.parquet"


def test_taking_rows_takes_all_that_belongs_to_them() -> None:
    whole = demo_outcomes()
    some = whole.take(np.array([5, 2]))
    assert some.prompts == (whole.prompts[5], whole.prompts[2])
    assert whole.task is not None
    assert some.task == (whole.task[5], whole.task[2])
    for of in ("reward", "cost", "row", "input_tokens"):
        assert getattr(some, of).tolist() == getattr(whole, of)[[5, 2]].tolist()
    assert (some.name, some.models, some.dropped) == (whole.name, whole.models, whole.dropped)


def test_complete_rows_are_kept_and_counted(tmp_path: Path) -> None:
    outcomes = read_outcomes(write(tmp_path))
    assert outcomes.name == "table"
    assert outcomes.models == ("small", "large")
    assert outcomes.prompts == ("2 + 2?", "Write a haiku about the sea.")
    assert outcomes.reward.tolist() == [[0.25, 1.0], [0.5, 0.75]]
    assert outcomes.cost.tolist() == [[1e-6, 1e-4], [3e-6, 3e-4]]
    assert outcomes.row.tolist() == [0, 2]
    assert outcomes.task == ("math", "poetry")
    assert outcomes.dropped == 1
    assert len(outcomes) == 2


def test_a_gap_in_a_model_left_out_drops_nothing(tmp_path: Path) -> None:
    outcomes = read_outcomes(write(tmp_path), models=["small"])
    assert outcomes.reward.tolist() == [[0.25], [1.0], [0.5]]
    assert outcomes.prompts[1] == "['a list of one']"
    assert outcomes.dropped == 0


def test_gaps_are_counted_by_model(tmp_path: Path) -> None:
    gaps = {"small": [None, 0.5, 1.0], "large|total_cost": [float("nan"), 1e-4, 1e-4]}
    assert read_outcomes(write(tmp_path, **gaps)).gaps == (1, 2)  # row 0 lacks both
    assert read_outcomes(write(tmp_path), ["large"]).gaps == (1,)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_scores_without_costs_are_named(tmp_path: Path, kind: str) -> None:
    path = write(
        tmp_path, right=[True, None, False], length=[7, 1, 0], empty=[None] * 3, half=[0.5, 0.0, 1.0]
    )
    if kind == "csv":
        pl.read_parquet(path).write_csv(path := tmp_path / "table.csv")
    found = read_outcomes(path)
    assert found.models == ("small", "large")
    assert found.unpriced == ("right", "half")
    assert read_outcomes(path, ["small"]).unpriced == ()  # the pool was chosen
    with pytest.raises(
        ValueError, match=r"among .*, which .*table.* has, got 'half', without a column 'half\|total_cost'"
    ):
        read_outcomes(path, ["small", "half"])


@pytest.mark.parametrize("column", ["small", "large|total_cost"])
def test_nan_is_a_gap(tmp_path: Path, column: str) -> None:
    values = [float("nan"), *TABLE[column][1:]]
    assert read_outcomes(write(tmp_path, **{column: values})).row.tolist() == [2]


def test_models_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    assert read_outcomes(write(tmp_path), models=["large", "small"]).models == ("small", "large")


def test_input_tokens_are_estimated_from_the_text(tmp_path: Path) -> None:
    outcomes = read_outcomes(write(tmp_path, prompt=["", "five ", "x" * 100]), models=["small"])
    assert outcomes.input_tokens.tolist() == [1, 1, 25]
    assert not outcomes.tokens_recorded
    assert outcomes.output_tokens is None


def test_recorded_tokens_are_read(tmp_path: Path) -> None:
    counts = {
        "input_tokens": [5, None, 9],
        "small|output_tokens": [1, None, 3],
        "large|output_tokens": [4, 5, 6],
    }
    outcomes = read_outcomes(write(tmp_path, **counts))
    assert outcomes.tokens_recorded
    assert outcomes.input_tokens.tolist() == [5, 9]
    assert outcomes.output_tokens is not None
    assert outcomes.output_tokens.tolist() == [[1, 4], [3, 6]]


def test_tokens_count_only_where_every_row_has_them(tmp_path: Path) -> None:
    counts = {"input_tokens": [5, 7, None], "small|output_tokens": [1, 2, 3]}
    outcomes = read_outcomes(write(tmp_path, **counts))
    assert not outcomes.tokens_recorded
    assert outcomes.input_tokens.tolist() == [2, 7]  # round(6 / 4), round(28 / 4)
    assert outcomes.output_tokens is None  # nobody counted for "large"


def test_the_first_task_column_wins_and_gaps_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, source=["x", "y", "z"], task=["t", "u", None])
    assert read_outcomes(path).task == ("t", "unknown")
    assert read_outcomes(write(tmp_path, eval_name=...)).task is None


def test_float32_and_integers_become_float64(tmp_path: Path) -> None:
    small = pl.Series([0.1, 0.2, 0.3], dtype=pl.Float32)
    outcomes = read_outcomes(write(tmp_path, small=small, large=[1, 0, 1]))
    assert outcomes.reward.dtype == np.float64
    assert outcomes.reward[:, 0].tolist() == [float(np.float32(value)) for value in (0.1, 0.2, 0.3)]
    assert outcomes.reward[:, 1].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"small": [0.0, 0.5, 1.5]}, r"column 'small' must be in \[0, 1\], got 1\.5 in row 2"),
        ({"large": [0.0, -0.1, 1.0]}, r"column 'large' must be in \[0, 1\], got -0\.1 in row 1"),
        ({"large|total_cost": [-1e-3, 0, 0]}, r"'large\|total_cost' must be .*, got -0\.001 in row 0"),
        ({"small|total_cost": [0.0, np.inf, 0.0]}, r"'small\|total_cost' must be .*, got inf in row 1"),
        ({"input_tokens": [1, -1, 1], "large": [1, 1, 1]}, r"'input_tokens' must be .*, got -1\.0 in row 1"),
        ({"small": ["0.1", "0.2", "0.3"]}, r"column 'small' must hold numbers, got String"),
        ({"prompt": ["a", "b", None]}, r"column 'prompt' must hold strings, got null in row 2"),
        ({"prompt": [1, 2, 3]}, r"column 'prompt' must hold strings, got Int64"),
        ({"prompt": ...}, r"path must have a column 'prompt', got .*table\.parquet with 'sample_id'"),
        ({"small": ...}, r"path must have a column of scores '<model>', got none for 'small'"),
        (
            {"small|total_cost": ..., "large|total_cost": ...},
            r"path must have a column '<model>\|total_cost' for each model, got 'sample_id'",
        ),
        ({"small": [None] * 3}, r"got none in 3; the most gaps \(3\) has 'small'"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused(tmp_path: Path, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_outcomes(write(tmp_path, **columns))


@pytest.mark.parametrize(
    ("models", "message"),
    [
        (["small", "huge"], r"models must be among 'small', 'large', which .*table.parquet has, got 'huge'"),
        (["small", "large", "small"], r"models must be distinct, got 'small' more than once"),
        ([], r"models must name at least one model, got none"),
    ],
)
def test_bad_choices_of_models_are_refused(tmp_path: Path, models: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_outcomes(write(tmp_path), models=models)


def test_one_string_is_no_list_of_models(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="models must be a sequence of names, got the string 'small'"):
        read_outcomes(write(tmp_path), models="small")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"path must name an existing file, got .*none\.parquet"):
        read_outcomes(tmp_path / "none.parquet")
    with pytest.raises(FileNotFoundError, match="path must name an existing file"):
        read_outcomes(tmp_path)


def test_a_csv_says_the_same_as_parquet(tmp_path: Path) -> None:
    # prompts are texts, whatever they look like
    path = write(tmp_path, prompt=["1", "02", "one, two"], large=[1.0, 0.5, 0.75])
    pl.read_parquet(path).write_csv(tmp_path / "table.csv")
    theirs, mine = read_outcomes(path), read_outcomes(tmp_path / "table.csv")
    assert mine.prompts == theirs.prompts == ("1", "02", "one, two")
    assert (mine.models, mine.task) == (theirs.models, theirs.task)
    for name in ("reward", "cost", "row", "input_tokens"):
        np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))
    assert read_outcomes(tmp_path / "table.csv", theirs.models[:1]).models == theirs.models[:1]


def test_a_csv_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("prompt,small\nhi,1\n")
    with pytest.raises(ValueError, match=r"path must have a column '<model>\|total_cost'"):
        read_outcomes(tmp_path / "table.csv")
    (tmp_path / "table.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="path must "):
        read_outcomes(tmp_path / "table.csv")


@pytest.mark.parametrize("keep", [0, 3, 4, 11, 500])
def test_a_truncated_file_is_refused(tmp_path: Path, keep: int) -> None:
    path = write(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ValueError, match="path must be a Parquet file"):
        read_outcomes(path)


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path)
    content = bytearray(path.read_bytes())
    content[4:-8] = bytes(len(content) - 12)  # everything between the two marks
    path.write_bytes(content)
    with pytest.raises(ValueError, match="path must be a readable Parquet file, got"):
        read_outcomes(path)


def test_without_polars_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match=r'pip install "pilotage\[replay\]"'):
        read_outcomes("table.parquet")


def test_the_demo_data() -> None:
    outcomes = demo_outcomes()
    assert outcomes.name == "paretobandit"
    assert outcomes.models == (
        "meta-llama/llama-3.1-8b-instruct",
        "mistralai/mistral-large-2512",
        "google/gemini-2.5-pro",
        "google/gemini-2.5-flash",
    )
    assert (len(outcomes), outcomes.dropped) == (1766, 0)
    assert outcomes.prompts[0] == "Write a python function to copy a list from a singleton tuple."
    assert outcomes.reward[0].tolist() == [0.4, 1.0, 0.96, 0.905]
    assert outcomes.cost[0].tolist() == [3.73e-05, 0.0006155, 0.03494625, 0.0037014]
    assert outcomes.task is not None
    assert outcomes.task[:2] == ("mbpp", "mmlu")


def priced(cost: list[list[float]], tokens: list[int], output: list[list[int]] | None = None) -> Outcomes:
    n, k = len(cost), len(cost[0])
    return Outcomes(
        name="priced",
        prompts=("prompt",) * n,
        models=tuple(f"model-{i}" for i in range(k)),
        reward=np.zeros((n, k)),
        cost=np.array(cost),
        row=np.arange(n),
        input_tokens=np.array(tokens),
        tokens_recorded=True,
        output_tokens=None if output is None else np.array(output),
    )


def test_prices_by_hand() -> None:
    # 2 a token in, 3 a token out: 10 + 4 -> 32, 20 + 1 -> 43, 30 + 7 -> 81
    prices = list_prices(priced([[32.0], [43.0], [81.0]], [10, 20, 30], [[4], [1], [7]]), np.arange(3))
    assert prices.input_cost_per_token == pytest.approx([2.0])
    assert prices.output_cost_per_token == pytest.approx([3.0])
    assert prices.expected_output_tokens == pytest.approx([4.0])


def test_a_price_is_never_negative() -> None:
    # Exactly -1 a token in and 5 a token out; without the first: sum(cost * out) / sum(out * out).
    tokens, output = [1, 2, 3], [[2], [3], [1]]
    cost = [[5.0 * out[0] - 1.0 * u] for u, out in zip(tokens, output, strict=True)]  # 9, 13, 2
    prices = list_prices(priced(cost, tokens, output), np.arange(3))
    assert prices.input_cost_per_token.tolist() == [0.0]
    assert prices.output_cost_per_token == pytest.approx([(9 * 2 + 13 * 3 + 2 * 1) / (4 + 9 + 1)])


def test_without_output_tokens_an_answer_has_a_price() -> None:
    # cost = 2 * input + 5
    prices = list_prices(priced([[25.0], [45.0], [65.0]], [10, 20, 30]), np.arange(3))
    assert prices.input_cost_per_token == pytest.approx([2.0])
    assert prices.output_cost_per_token == pytest.approx([5.0])
    assert prices.expected_output_tokens.tolist() == [1.0]


def test_a_fit_that_leaves_nothing_for_the_answer_is_flat() -> None:
    # model-0: cost = 3 * input - 10: the answer would cost less than nothing; model-1: cost falls with input
    cost = [[20.0, 9.0], [50.0, 6.0], [80.0, 3.0]]
    prices = list_prices(priced(cost, [10, 20, 30]), np.arange(3))
    assert prices.input_cost_per_token.tolist() == [0.0, 0.0]
    assert prices.output_cost_per_token == pytest.approx([50.0, 6.0])


def test_prices_use_only_the_rows_given() -> None:
    outcomes = priced([[25.0], [45.0], [1e9]], [10, 20, 30])
    assert list_prices(outcomes, np.array([0, 1])).input_cost_per_token == pytest.approx([2.0])
    with pytest.raises(ValueError, match="rows must hold at least one position, got none"):
        list_prices(outcomes, np.array([], dtype=np.int64))


def test_prices_from_a_single_row_explain_its_cost() -> None:
    for output in (None, [[4]]):
        outcomes = priced([[30.0]], [10], output)
        prices = list_prices(outcomes, np.array([0]))
        cost = 10 * prices.input_cost_per_token + prices.expected_output_tokens * prices.output_cost_per_token
        assert cost == pytest.approx([30.0])


def test_prices_of_the_demo_data_explain_its_mean_costs() -> None:
    outcomes = demo_outcomes()
    rows = np.arange(500)
    prices = list_prices(outcomes, rows)
    mean = outcomes.input_tokens[rows].mean() * prices.input_cost_per_token + prices.output_cost_per_token
    assert mean == pytest.approx(outcomes.cost[rows].mean(axis=0))
    assert (prices.input_cost_per_token >= 0).all()
    assert (prices.output_cost_per_token > 0).all()
