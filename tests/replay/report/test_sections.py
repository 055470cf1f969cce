"""What the report says of one policy: money saved, tasks, examples, whether its estimates hold."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from pilotage.replay.outcomes import Outcomes
from pilotage.replay.report import canvas, plots
from pilotage.replay.report.calibration import bins, calls
from pilotage.replay.report.html import write_report
from pilotage.replay.report.sections import ahead, example_table, headline, task_table
from pilotage.replay.report.table import by_budget
from pilotage.replay.report.tasks import MOST, OTHERS, by_task, examples
from pilotage.replay.runs import UNSERVED, Reference, Replay, Run, Split
from pilotage.replay.savings import cost_of_equal_reward, saved
from pilotage.replay.summary import policy_rows


def small(tasks: tuple[str, ...] | None = ("sums", "sums", "<b>talk</b>", "<b>talk</b>")) -> Replay:
    """Two models, one seed, four requests: a cheap one (1 dollar) right on talk, a dear one (4) always."""
    outcomes = Outcomes(
        name="small",
        prompts=("1 + 1", "2 + 2 " + "x" * 500 + " end", "<script>hello</script>", "bye"),
        models=("lab/cheap", "lab/dear"),
        reward=np.array([[0.0, 1.0], [0.0, 1.0], [1.0, 1.0], [1.0, 1.0]]),
        cost=np.tile([1.0, 4.0], (4, 1)),
        row=np.arange(4),
        input_tokens=np.ones(4, dtype=np.int64),
        tokens_recorded=False,
        task=tasks,
    )
    none, every = np.arange(0), np.arange(4)
    run = Run(
        "pilotage", 0, 0.5, 2.0, none, np.array([1, UNSERVED, 0, 0]), np.array([4.0, 0.0, 1.0, 1.0]),
        np.array([0.9, 0.0, 0.7, 0.8]),
    )  # fmt: skip
    known = Reference(0, 0.5, 2.0, 0.5 + 1 / 6, 0.8, 1.0, "lab/dear", 1.0, 4.0)
    return Replay(outcomes, {0: Split(none, none, every)}, (run,), (known,), {})


def test_the_cheapest_mixture_of_equal_reward_by_hand() -> None:
    reward, cost = np.array([0.5, 1.0]), np.array([1.0, 4.0])
    costs = [cost_of_equal_reward(reward, cost, target) for target in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert costs == pytest.approx([0.0, 0.5, 1.0, 2.5, 4.0])
    assert math.isnan(cost_of_equal_reward(reward, cost, 1.01))
    # a model that a mixture dominates is never used: 0.6 for 4 lies below half dear, half cheap
    assert cost_of_equal_reward(np.array([0.5, 1.0, 0.6]), np.array([1.0, 4.0, 4.0]), 0.6) == pytest.approx(
        1.6
    )


def test_money_saved_at_equal_reward() -> None:
    # 3 of 4 right for 6 dollars, 1.5 a request; the mixture that earns 0.75 costs 2.5
    (row,) = policy_rows(small())
    assert row["saved"] == pytest.approx(1 - 1.5 / 2.5)
    assert by_budget(small())[0.5][0].saved.mean == pytest.approx(1 - 1.5 / 2.5)
    reward, cost = np.array([0.5, 1.0]), np.array([1.0, 4.0])
    assert saved(reward, cost, earned=1.5, paid=3.0) == pytest.approx(0.25)  # against the best model
    assert math.isnan(saved(reward, 0.0 * cost, earned=0.5, paid=1.0))
    assert saved(reward, cost, earned=0.5, paid=1.0 + 1e-15) == 0.0  # one model is that model
    assert ahead(small(), "pilotage", 0.5) == (1, 1)


def test_money_saved_is_among_all_numbers(tmp_path) -> None:
    write_report(small(), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<th>saved</th>" in page
    assert "<td>40.0 %</td>" in page
    dear = replace(small().outcomes, cost=small().outcomes.cost * (1.0, 100.0))
    write_report(replace(small(), outcomes=dear, runs=shuffled([0, 0, 1, 1]).runs), tmp_path / "dear.html")
    assert "<td>&lt;-999 %</td>" in (tmp_path / "dear.html").read_text("utf-8")


def test_tasks_by_hand() -> None:
    talk, sums = sorted(by_task(small(), "pilotage", 0.5), key=lambda task: task.name)
    assert (talk.name, talk.share, talk.reward, talk.best_reward) == ("<b>talk</b>", 0.5, 1.0, 1.0)
    assert (talk.cost_ratio, talk.called, talk.called_share) == (0.25, "lab/cheap", 1.0)
    assert (sums.reward, sums.cost_ratio, sums.called_share) == (0.5, 0.5, 0.5)
    assert by_task(small(None), "pilotage", 0.5) == []


def test_small_tasks_are_put_together(make_replay) -> None:
    replay = make_replay()
    many = replace(replay.outcomes, task=tuple(f"task {i % 30}" for i in range(len(replay.outcomes))))
    found = by_task(replace(replay, outcomes=many), "pilotage", 0.25)
    assert len(found) == MOST + 1
    assert found[-1].name == OTHERS
    assert sum(task.share for task in found) == pytest.approx(1.0)


def test_examples_are_what_was_played() -> None:
    found = examples(small(), "pilotage", 0.5)
    assert [(each.prompt[:5], each.model, each.reward, each.cost) for each in found] == [
        ("<scri", "lab/cheap", 1.0, 1.0),
        ("bye", "lab/cheap", 1.0, 1.0),
        ("2 + 2", None, 0.0, 0.0),
        ("1 + 1", "lab/dear", 1.0, 4.0),
    ]
    assert {each.best_cost for each in found} == {4.0}


def test_expected_beside_realised() -> None:
    expected, realised = calls(small(), "pilotage", 0.5)
    assert (expected.tolist(), realised.tolist()) == ([0.9, 0.7, 0.8], [1.0, 1.0, 1.0])
    x, y = bins(np.array([0.4, 0.1, 0.3, 0.2] * 5), np.array([1.0, 0.0, 1.0, 0.0] * 5))
    assert len(x) == 10
    assert x.tolist() == pytest.approx([0.1, 0.1, 0.15, 0.2, 0.2, 0.3, 0.3, 0.35, 0.4, 0.4])
    assert y[:5].max() == 0.0
    assert y[5:].min() == 1.0


def test_costs_are_expected_beside_realised_too() -> None:
    expected, realised = calls(small(), "pilotage", 0.5, "cost")
    assert (expected.tolist(), realised.tolist()) == ([4.0, 1.0, 1.0], [4.0, 1.0, 1.0])


@pytest.mark.parametrize("width", [canvas.WIDE, canvas.NARROW])
def test_costs_have_a_panel_of_their_own(make_replay: Callable[..., Replay], width: float) -> None:
    pytest.importorskip("matplotlib")
    rewards, costs = plots.calibration(small(), width).axes
    assert (rewards.get_xlabel(), costs.get_xlabel()) == ("expected reward", "expected cost, US dollars")
    line = costs.lines[0]
    assert np.asarray(line.get_ydata()).tolist() == [1.0, 1.0, 4.0]  # three calls, three bins
    (alone,) = plots.calibration(make_replay(), width).axes  # nobody expected a reward
    assert alone.get_ylabel() == "realised cost, US dollars"
    assert (alone.get_xscale(), alone.get_yscale()) == ("log", "log")


def tiles(replay: Replay, policy: str = "pilotage") -> list[tuple[str, bool, str]]:
    """Title of each tile, whether its figure is grey, and the figure."""
    (shown,) = [each for each in by_budget(replay)[0.5] if each.policy == policy]
    found = re.findall(
        r'<h2>(\w+)</h2><p class="figure( unsure)?">([^<]*)</p>', headline(replay, shown).replace("\xa0", " ")
    )
    return [(title, bool(grey), figure.replace("&nbsp;", " ")) for title, grey, figure in found]


def shuffled(*deployed: list[int]) -> Replay:
    """`small`, each seed with the models given."""
    one = small()
    splits = dict.fromkeys(range(len(deployed)), one.splits[0])
    runs = tuple(
        replace(one.runs[0], seed=seed, deployed=np.array(each)) for seed, each in enumerate(deployed)
    )
    known = tuple(replace(one.references[0], seed=seed) for seed in splits)
    return replace(one, splits=splits, runs=runs, references=known)


def test_what_chance_may_have_made_is_grey() -> None:
    # 3 of 4 right for 6 dollars, then 2 of 4 for 9 dollars: above the envelope, then below it
    assert tiles(shuffled([1, UNSERVED, 0, 0], [0, UNSERVED, 1, 1])) == [
        ("Worse", True, "6.2 %"),
        ("Dearer", True, "42 %"),
        ("Sure", True, "not sure"),
    ]
    assert tiles(small()) == [
        ("Better", True, "12.5 %"),
        ("Cheaper", True, "40 %"),
        ("Sure", True, "not sure"),
    ]  # one shuffle


def test_what_is_sure_has_its_colour() -> None:
    good = [1, UNSERVED, 0, 0]
    assert tiles(shuffled(good, good)) == [
        ("Better", False, "12.5 %"),
        ("Cheaper", False, "40 %"),
        ("Sure", False, "2 of 2"),
    ]
    bad = [0, UNSERVED, 1, 1]
    assert [title for title, *_ in tiles(shuffled(bad, bad))] == ["Worse", "Dearer", "Sure"]


def test_tuned_settings_are_what_the_report_is_about(tmp_path) -> None:
    replay = small()
    both = replace(replay, runs=(*replay.runs, replace(replay.runs[0], policy="tuned")))
    write_report(both, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "<strong>tuned</strong> earned" in page
    assert "tuned with a budget of" in page  # task by task
    assert "that tuned sent to the models" in page


def test_the_words_are_escaped_and_say_more_or_less() -> None:
    replay = small()
    (shown,) = by_budget(replay)[0.5]
    first = headline(replay, shown)
    assert "more reward than the best blind mixture" in first
    assert "40&nbsp;%" in first
    assert "less money" in first
    assert "1 of 1" in first
    assert "nothing is known of chance" in first
    dear = replace(replay.runs[0], deployed=np.array([0, UNSERVED, 1, 1]))
    worse = replace(replay, runs=(dear,))
    (shown,) = by_budget(worse)[0.5]
    assert "less reward than" in headline(worse, shown)
    assert "more money than" in headline(worse, shown)
    page = task_table(replay, shown) + example_table(replay, shown)
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;hello" in page
    assert "x end</blockquote>" in page  # templates begin alike: the end is shown, too
    assert "nobody" in page
    assert task_table(small(None), shown) == ""
