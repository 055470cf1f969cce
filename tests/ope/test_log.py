"""Logs from columns and files, refused by name; the formats of others."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from pilotage.cli import main
from pilotage.ope import Log, from_dsjson, read_log, read_obp, to_dsjson, to_obp, write_obp

GOOD: dict[str, Any] = {"model": ["a", "b"], "reward": [0.0, 1.0], "propensity": [0.5, 1.0]}


def same(log: Log, other: Log) -> None:
    assert log.models == other.models
    assert log.candidates_known == other.candidates_known
    for name in ("chosen", "reward", "propensity", "candidates", "cost"):
        np.testing.assert_array_equal(getattr(log, name), getattr(other, name))
    np.testing.assert_array_equal(np.asarray(log.context), np.asarray(other.context))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"propensity": [0.5, 0.0]}, "propensity must be > 0, got 0 in row 1"),
        ({"propensity": [0.5, 1.5]}, r"propensity must be in \[0, 1\], got 1.5 in row 1"),
        ({"propensity": [0.5, np.nan]}, r"propensity must be in \[0, 1\], got nan in row 1"),
        ({"reward": [0.0, 1.2]}, r"reward must be in \[0, 1\], got 1.2 in row 1"),
        ({"reward": [-0.1, 1.0]}, r"reward must be in \[0, 1\], got -0.1 in row 0"),
        ({"reward": [np.nan, np.nan]}, "reward must be known for at least one decision, got none in 2"),
        ({"reward": [1.0]}, r"reward must have shape \(2,\), got \(1,\)"),
        ({"cost": [1.0, -1.0]}, "cost must be finite and >= 0, got -1.0 in row 1"),
        ({"candidates": [["a"], ["a"]]}, r"candidates must hold the chosen model 'b', got \['a'\] in row 1"),
        ({"candidates": [["a"]]}, "candidates must have length 2, got 1"),
        ({"models": ["a"]}, r"models must name everybody in the log, got none of \['b'\]"),
        ({"models": ["a", "a", "b"]}, "models must be distinct"),
        ({"context": [[1.0], [np.inf]]}, "context must be finite, got .* in row 1"),
        ({"context": [1.0, 2.0]}, r"context must have shape \(2, d\), got \(2,\)"),
        ({"context": ["one"]}, "context must have length 2, got 1"),
        ({"model": []}, "model must name at least one"),
    ],
)
def test_a_column_that_is_wrong_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Log.of(**{**GOOD, **change})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": ["a", None]}, "model must hold strings, got None in row 1"),
        ({"reward": ["x", "y"]}, "reward must hold numbers"),
        ({"candidates": ["ab", "ab"]}, "candidates must hold collections of names, got 'ab' in row 0"),
        ({"context": ["one", 2]}, "context must hold strings, got 2 in row 1"),
    ],
)
def test_a_column_of_the_wrong_type_is_refused_by_name(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Log.of(**{**GOOD, **change})


def test_decisions_without_a_reward_are_left_out_and_counted() -> None:
    log = Log.of(**{**GOOD, "reward": [np.nan, 1.0], "context": ["one", "two"], "cost": [1.0, 2.0]})
    assert (len(log), log.unrewarded, log.context) == (1, 1, ("two",))
    assert log.cost is not None
    assert log.cost.tolist() == [2.0]
    assert log.models == ("a", "b")


def rows_of(log: Log) -> list[dict[str, Any]]:
    names = np.array(log.models)
    assert log.cost is not None
    assert isinstance(log.context, tuple)
    return [
        {
            "prompt": log.context[i],
            "model": log.models[log.chosen[i]],
            "propensity": float(log.propensity[i]),
            "reward": float(log.reward[i]),
            "candidates": names[log.candidates[i]].tolist(),
            "cost": float(log.cost[i]),
            "id": i,
        }
        for i in range(len(log))
    ]


def test_every_format_says_the_same(small: Log, tmp_path: Path) -> None:
    rows = rows_of(small)
    pl.DataFrame(rows).write_parquet(tmp_path / "log.parquet")
    flat = [{**row, "candidates": json.dumps(row["candidates"])} for row in rows]
    pl.DataFrame(flat).write_csv(tmp_path / "log.csv")
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    (tmp_path / "log.dsjson").write_text("".join(line + "\n" for line in to_dsjson(small)), encoding="utf-8")
    for name in ("log.parquet", "log.csv", "log.jsonl", "log.dsjson"):
        same(read_log(tmp_path / name), small)


def test_a_text_may_hold_what_unicode_calls_a_line_end(tmp_path: Path) -> None:
    text = "two\u2028lines\x85of a prompt"
    log = Log.of(model=["a", "b"], propensity=[0.5, 0.5], reward=[1.0, 0.0], context=[text, "one"])
    (tmp_path / "log.dsjson").write_text("".join(line + "\n" for line in to_dsjson(log)), encoding="utf-8")
    read = read_log(tmp_path / "log.dsjson")
    assert read.context == (text, "one")


def test_vectors_come_back_to_the_last_bit(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    log = Log.of(**GOOD, context=random.normal(size=(2, 3)), candidates=[["a", "b"], ["b"]], cost=[0.1, 0.2])
    same(from_dsjson(to_dsjson(log)), log)
    rows = [{"context": x.tolist(), "model": m, "propensity": p, "reward": r, "candidates": c, "cost": u}
            for x, m, p, r, c, u in zip(log.context, "ab", [0.5, 1.0], [0.0, 1.0], ["ab", "b"], [0.1, 0.2],
                                        strict=True)]  # fmt: skip
    for row in rows:
        row["candidates"] = list(row["candidates"])
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    same(read_log(tmp_path / "log.jsonl"), log)


def test_dsjson_has_the_fields_that_vowpal_wabbit_reads(small: Log) -> None:
    events = [json.loads(line) for line in to_dsjson(small)]
    last = events[3]
    assert (last["_label_cost"], last["_label_probability"]) == (-1.0, 0.2)
    assert (last["_label_Action"], last["_labelIndex"]) == (2, 1)  # from 1, from 0
    assert last["a"] == [2, 1]
    assert last["p"] == [0.2, 0.8]
    assert last["Version"] == "1"
    assert last["c"] == {
        "Prompt": {"_text": 'é "four"\nlines'},
        "_multi": [{"Model": {"name": "a"}}, {"Model": {"name": "b"}}],
    }
    for event in events:
        assert event["a"][0] == event["_label_Action"] == event["_labelIndex"] + 1
        assert sum(event["p"]) == pytest.approx(1.0)
        assert len(event["p"]) == len(event["a"]) == len(event["c"]["_multi"])


def test_events_of_others_are_read_by_number() -> None:
    line = (
        '{"_label_cost":-0.25,"_label_probability":0.9,"_label_Action":2,"_labelIndex":1,"Version":"1",'
        '"EventId":"x","a":[2,1],"c":{"T":{"f":1},"_multi":[{"A":{"v":1}},{"A":{"v":2}}]},"p":[0.9,0.1]}'
    )
    log = from_dsjson([line])
    assert log.models == ("1", "2")
    assert (log.chosen[0], log.reward[0], log.context, log.cost) == (1, 0.25, None, None)


@pytest.mark.parametrize("line", ["{", "[]", '{"c":{"_multi":[]}}', '{"c":{"_multi":[{}]},"_labelIndex":1}',
    '{"c":{"_multi":[{}]},"_labelIndex":0,"_label_cost":2,"_label_probability":1}'])  # fmt: skip
def test_an_event_that_is_none_is_refused_by_line(line: str) -> None:
    with pytest.raises(ValueError, match="lines must be labelled dsjson events, got in line 1"):
        from_dsjson([line])


def test_the_pipeline_s_dictionary_makes_the_same_log(small: Log) -> None:
    feedback = to_obp(small)
    assert list(feedback) == [
        "n_rounds", "n_actions", "context", "action_context", "action", "position", "reward",
        "expected_reward", "pi_b", "pscore",
    ]  # fmt: skip
    assert (feedback["n_rounds"], feedback["n_actions"]) == (4, 2)
    assert feedback["context"].shape == (4, 64)
    back = Log.of(
        model=[small.models[k] for k in feedback["action"]],
        reward=feedback["reward"],
        propensity=feedback["pscore"],
        context=feedback["context"],
    )
    np.testing.assert_array_equal(back.chosen, small.chosen)
    np.testing.assert_array_equal(back.propensity, small.propensity)
    np.testing.assert_array_equal(to_obp(back)["context"], feedback["context"])
    with pytest.raises(ValueError, match="log must have contexts"):
        to_obp(Log.of(**GOOD))


def test_the_dictionary_comes_back_from_its_file(small: Log, tmp_path: Path) -> None:
    write_obp(small, tmp_path / "log.npz")
    feedback, models = read_obp(tmp_path / "log.npz")
    expected = to_obp(small)
    assert models == small.models
    assert list(feedback) == list(expected)
    for key, value in expected.items():
        assert type(feedback[key]) is type(value)
        np.testing.assert_array_equal(feedback[key], value)
    with pytest.raises(ValueError, match=r"path must end in \.npz, got .*log\.json"):
        write_obp(small, tmp_path / "log.json")
    with pytest.raises(ValueError, match="log must have contexts"):
        write_obp(Log.of(**GOOD), tmp_path / "none.npz")
    assert not (tmp_path / "none.npz").exists()


def test_vowpal_wabbit_reads_every_label(small: Log) -> None:
    vw = pytest.importorskip("vowpalwabbit")
    workspace = vw.Workspace("--dsjson --cb_explore_adf --quiet")
    found = []
    for line in to_dsjson(small):
        shared, *actions = workspace.parse(line)
        labels = [label for each in actions for label in vw.CBLabel.from_example(each).costs]
        found += [(label.action, label.cost, label.probability) for label in labels]
        workspace.learn([shared, *actions])
        workspace.finish_example([shared, *actions])
    assert workspace.get_weighted_examples() == 4.0
    known = zip(small.chosen, small.reward, small.propensity, strict=True)
    assert found == [(k + 1, -reward, pytest.approx(chance)) for k, reward, chance in known]


def test_the_command_writes_every_estimate(small: Log, tmp_path: Path, capsys: Any) -> None:
    data, out, events = tmp_path / "log.jsonl", tmp_path / "out.json", tmp_path / "out.dsjson"
    feedback = tmp_path / "out.npz"
    data.write_text("\n".join(map(json.dumps, rows_of(small))), encoding="utf-8")
    own = tmp_path / "mine.csv"
    pl.DataFrame({"b": [0.2] * 4, "a": [0.8] * 4}).write_csv(own)
    arguments = ["ope", data, "--json", out, "--dsjson", events, "--obp", feedback, "--chances", own]
    assert main([str(each) for each in arguments]) == 0
    rows = json.loads(out.read_text("utf-8"))
    assert [row["policy"] for row in rows] == ["uniform", "always:a", "always:b", "mine"]
    assert rows[3]["reward"]["ips"]["value"] == pytest.approx(0.625)
    assert rows[2]["reward"]["snips"]["value"] == pytest.approx(1.0)
    assert rows[0]["cost"]["logged"]["value"] == pytest.approx(3.5e-4)
    np.testing.assert_array_equal(read_obp(feedback)[0]["pscore"], small.propensity)
    assert events.read_text("utf-8").splitlines() == list(to_dsjson(small))
    shown = capsys.readouterr().out
    assert "always:b" in shown
    assert "warning: always:b: the 4 decisions are worth 1" in shown


def asked(tmp_path: Path, rows: list[dict[str, Any]], *options: object) -> int:
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return main(["ope", str(tmp_path / "log.jsonl"), *map(str, options)])


def test_one_decision_has_no_interval(small: Log, tmp_path: Path, capsys: Any) -> None:
    assert asked(tmp_path, rows_of(small)[:1], "--models", "a,b") == 0
    shown = capsys.readouterr().out
    assert "nan" not in shown
    assert "warning: one decision has no interval: that takes two" in shown
    assert asked(tmp_path, rows_of(small)[:2], "--models", "a,b") == 0
    assert "that takes two" not in capsys.readouterr().out


def test_chances_have_a_row_for_each_decision_rewarded_or_not(small: Log, tmp_path: Path) -> None:
    rows = rows_of(small)
    rows.insert(1, {**rows[0], "reward": None})
    own, out = tmp_path / "mine.csv", tmp_path / "out.json"
    # row 1, which nobody rewarded, is passed over: with it in place of another the value would differ
    pl.DataFrame({"a": [0.8, 0.0, 0.8, 0.8, 0.8], "b": [0.2, 1.0, 0.2, 0.2, 0.2]}).write_csv(own)
    assert asked(tmp_path, rows, "--chances", own, "--json", out, "--policies", "uniform") == 0
    assert json.loads(out.read_text("utf-8"))[1]["reward"]["ips"]["value"] == pytest.approx(0.625)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n0.5,0.5\n", "path must have a row for each of the log's 4 decisions, .* got .* with 1"),
        ("a,b\n" + "0.5,x\n" * 4, "column 'b' must hold numbers, got String in .*mine.csv"),
        ("a,b\n" + "0.5,0.6\n" * 4, r"path must hold chances >= 0 that sum to 1, got \[0.5 0.6\] in row 0"),
        ("a,b\n0.5,0.5\n0.5,\n0.5,0.5\n0.5,0.5\n", "path must hold chances .* in row 1"),
    ],
)
def test_chances_that_are_none_are_refused(
    small: Log, tmp_path: Path, capsys: Any, content: str, message: str
) -> None:
    (tmp_path / "mine.csv").write_text(content)
    assert asked(tmp_path, rows_of(small), "--chances", tmp_path / "mine.csv") == 1
    assert re.search(message, capsys.readouterr().err)


def test_what_is_to_be_said_of_the_log_is_said_once(small: Log, tmp_path: Path, capsys: Any) -> None:
    rows = [{key: value for key, value in row.items() if key != "candidates"} for row in rows_of(small)]
    assert asked(tmp_path, rows) == 0
    shown = capsys.readouterr().out
    assert shown.count("candidates were not logged") == 1
    assert "warning: candidates were not logged" in shown
    assert "warning: always:b: the 4 decisions are worth 1" in shown


def test_a_prompt_that_is_no_text_is_refused_by_name(small: Log, tmp_path: Path, capsys: Any) -> None:
    rows = rows_of(small)
    rows[0]["prompt"] = 5
    assert asked(tmp_path, rows) == 1
    assert "prompt must hold strings, got 5 in row 0" in capsys.readouterr().err


def test_what_cannot_be_written_is_refused_first(small: Log, tmp_path: Path, capsys: Any) -> None:
    assert asked(tmp_path, rows_of(small), "--json", tmp_path) == 1
    shown = capsys.readouterr()
    assert "must be a file to write, got a directory" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("option", ["--policies", "--models"])
def test_an_empty_list_of_names_is_refused(small: Log, tmp_path: Path, capsys: Any, option: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        asked(tmp_path, rows_of(small), option, "")
    assert f"argument {option}: expected at least one name, got ''" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("log.txt", "", "path must end in .parquet"),
        ("log.jsonl", "{]", "path must hold one JSON object a line"),
        ("log.jsonl", "3", "path must hold one JSON object a line"),
        ("log.jsonl", '{"model":"a","reward":1}', "path must have a column 'propensity'"),
        (
            "log.jsonl",
            '{"model":"a","reward":1,"propensity":null}',
            "propensity must be known .* null in row 0",
        ),
        ("log.csv", "model,reward,propensity,candidates\na,1,1,a", "candidates must hold JSON lists"),
        ("log.parquet", "no", "path must be a Parquet file"),
    ],
)
def test_a_file_that_is_wrong_is_refused(
    name: str, content: str, message: str, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_log(tmp_path / name)
    assert main(["ope", str(tmp_path / name)]) == 1
    assert capsys.readouterr().err.startswith("pilotage: ")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="path must name an existing file"):
        read_log(tmp_path / "log.jsonl")
