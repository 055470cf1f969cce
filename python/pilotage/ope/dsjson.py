"""A log as Vowpal Wabbit's Decision Service JSON, one event a line, and back.

    _label_cost          -reward: Vowpal Wabbit makes costs small
    _label_probability   propensity
    _label_Action        the chosen model, counted from 1 among the event's candidates
    _labelIndex          the same, from 0
    a                    candidates from 1, the chosen one first
    p                    their chances in the order of `a`. A log knows that of the chosen model; what is left
                         is spread evenly over the others. Vowpal Wabbit learns from _label_probability alone
    c                    the context: `Prompt` with the text (`_text`, split into words), or `X` with the
                         vector; `_multi` with one example for each candidate, its model's name a feature
    _outcome             the call's cost in US dollars, for the way back: Vowpal Wabbit passes over it

`vw --dsjson --cb_explore_adf -d FILE` reads it. Reference: the DSJSON page of Vowpal Wabbit's wiki.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from pilotage.ope.log import Log


def to_dsjson(log: Log) -> Iterator[str]:
    """Each decision as one line without its end."""
    for i in range(len(log)):
        able = np.flatnonzero(log.candidates[i])
        position = int(np.flatnonzero(able == log.chosen[i])[0])
        others = [k for k in range(len(able)) if k != position]
        propensity = float(log.propensity[i])
        event: dict[str, Any] = {
            "_label_cost": -float(log.reward[i]),
            "_label_probability": propensity,
            "_label_Action": position + 1,
            "_labelIndex": position,
            "Version": "1",
            "EventId": str(i),
            "a": [position + 1, *(k + 1 for k in others)],
            "c": {**_shared(log, i), "_multi": [{"Model": {"name": log.models[k]}} for k in able]},
            "p": [propensity, *((1.0 - propensity) / len(others) for _ in others)],
        }
        if log.cost is not None:
            event["_outcome"] = {"cost": float(log.cost[i])}
        yield json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def from_dsjson(lines: Iterable[str], models: Sequence[str] | None = None) -> Log:
    """The log of such events; an action without a `Model` is called by its number, "1", "2", ...

    A cost outside [-1, 0] is refused: say what reward it stands for.

    Raises
    ------
    TypeError, ValueError : naming the line, from 1, and what was expected; or as `Log.of`
    """
    events = [_event(number, line) for number, line in enumerate(lines, 1)]
    contexts: list[Any] = [_context(event["c"]) for event in events]
    costs: list[Any] = [(event.get("_outcome") or {}).get("cost") for event in events]
    names = [_names(event["c"]["_multi"]) for event in events]
    return Log.of(
        model=[each[event["_labelIndex"]] for each, event in zip(names, events, strict=True)],
        reward=[-event["_label_cost"] for event in events],
        propensity=[event["_label_probability"] for event in events],
        candidates=names,
        cost=None if None in costs else costs,
        context=None if any(each is None for each in contexts) else contexts,
        models=models,
    )


def _shared(log: Log, i: int) -> dict[str, Any]:
    if log.context is None:
        return {}
    if isinstance(log.context, tuple):
        return {"Prompt": {"_text": log.context[i]}}
    return {"X": {"x": log.context[i].tolist()}}


def _event(number: int, line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
        number_of = len(event["c"]["_multi"])
        index = event["_labelIndex"]
        if not (isinstance(index, int) and 0 <= index < number_of):
            raise ValueError(f"_labelIndex {index!r} of {number_of} actions")
        if not -1.0 <= event["_label_cost"] <= 0.0:
            raise ValueError(f"_label_cost {event['_label_cost']} outside [-1, 0]")
        _ = event["_label_probability"]
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"lines must be labelled dsjson events, got in line {number}: {error!r}") from error
    return event  # type: ignore[no-any-return]


def _names(actions: list[dict[str, Any]]) -> list[str]:
    return [(each.get("Model") or {}).get("name", str(k)) for k, each in enumerate(actions, 1)]


def _context(c: dict[str, Any]) -> str | list[float] | None:
    text: str | None = (c.get("Prompt") or {}).get("_text")
    vector: list[float] | None = (c.get("X") or {}).get("x")
    return vector if text is None else text
