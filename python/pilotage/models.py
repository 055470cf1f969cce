"""Models and what they charge."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pilotage import _check

DEFAULT_OUTPUT_TOKENS = 256.0
DEFAULT_MAX_OUTPUT_TOKENS = 4096
LONGEST_EXPECTED = 1e6  # tokens: more than any model writes; at the highest price still an amount


@dataclass(frozen=True)
class Model:
    """One LLM: a name and its prices.

    Parameters
    ----------
    name : what `Decision.model` returns
    input_cost_per_token, output_cost_per_token : US dollars, in [0, 1000]; 0 for a model of your own. Both
        None: taken from the packaged price map by name, and refused where it has none: an unknown price is
        never free
    expected_output_tokens : mean length of an answer before any call was settled, in (0, 1e6]
    max_output_tokens : the longest answer it can write, >= `expected_output_tokens`: no decision allows or
        pays for more, whatever `max_tokens` it is given. None where that is not known: decisions allow 4,096,
        or four times `expected_output_tokens` where that is more, and as much more as `max_tokens` says

    Raises
    ------
    TypeError, ValueError : naming the argument; a name without a known price is a ValueError
    """

    name: str
    input_cost_per_token: float | None = None
    output_cost_per_token: float | None = None
    expected_output_tokens: float = DEFAULT_OUTPUT_TOKENS
    max_output_tokens: int | None = None

    def __post_init__(self) -> None:
        _check.name("name", self.name)
        if self.input_cost_per_token is None and self.output_cost_per_token is None:
            from pilotage.prices import packaged_prices  # read only when a price is looked up

            prices = packaged_prices().get(self.name)
            if prices is None:
                raise ValueError(
                    f"input_cost_per_token and output_cost_per_token must be given for a model that is not "
                    f"in the packaged price map, got {self.name!r}"
                )
            object.__setattr__(self, "input_cost_per_token", prices[0])
            object.__setattr__(self, "output_cost_per_token", prices[1])
        _check.price(f"input_cost_per_token of {self.name!r}", self.input_cost_per_token)
        _check.price(f"output_cost_per_token of {self.name!r}", self.output_cost_per_token)
        expected = _check.positive(f"expected_output_tokens of {self.name!r}", self.expected_output_tokens)
        if expected > LONGEST_EXPECTED:
            raise ValueError(
                f"expected_output_tokens of {self.name!r} must be <= {LONGEST_EXPECTED:g}, got {expected:g}"
            )
        if self.max_output_tokens is not None:
            argument = f"max_output_tokens of {self.name!r}"
            if _check.count(argument, self.max_output_tokens) < expected:
                raise ValueError(
                    f"{argument} must be >= expected_output_tokens = {expected:g}, "
                    f"got {self.max_output_tokens}"
                )

    @property
    def prices(self) -> tuple[float, float]:
        """(input, output), US dollars per token."""
        assert self.input_cost_per_token is not None
        assert self.output_cost_per_token is not None
        return self.input_cost_per_token, self.output_cost_per_token

    @property
    def bounded(self) -> bool:
        """Whether it is known how much it can write."""
        return self.max_output_tokens is not None

    @property
    def longest_answer(self) -> float:
        """`max_output_tokens`, or its default."""
        if self.max_output_tokens is not None:
            return float(self.max_output_tokens)
        return max(float(DEFAULT_MAX_OUTPUT_TOKENS), 4.0 * self.expected_output_tokens)


def as_models(models: Iterable[str | Model]) -> tuple[Model, ...]:
    """Names and models to models; refuses an empty list and duplicate names."""
    if isinstance(models, (str, Model)):
        raise TypeError(f"models must be a list of names or Models, got {models!r}")
    result = []
    for model in models:
        if not isinstance(model, (str, Model)):
            raise TypeError(f"models must hold names or Models, got {model!r}")
        result.append(model if isinstance(model, Model) else Model(model))
    if not result:
        raise ValueError("models must name at least one model, got an empty list")
    names = [model.name for model in result]
    duplicates = sorted({name for name in names if names.count(name) > 1})
    if duplicates:
        raise ValueError(f"models must have distinct names, got {', '.join(map(repr, duplicates))} twice")
    return tuple(result)
