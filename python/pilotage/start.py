"""What a router starts from: how a prompt becomes a context, and what is believed before any reward."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pilotage import _check, _core
from pilotage.arrays import Floats
from pilotage.projection import DEFAULT_INTERCEPT, Projection

if TYPE_CHECKING:
    from pilotage.encode import Encoder
    from pilotage.prior import Prior

Prompt = str | Sequence[float] | NDArray[np.floating]

DEFAULT_PRIOR_REWARD = 0.5


@dataclass(frozen=True)
class Start:
    """Contexts, and the priors of models by name.

    Attributes
    ----------
    dim : d, of a context
    context : x (d,) of a text, of its embedding, or of a vector that is one already
    newcomer : where a model starts that is not in `known`
    fallback : what every model goes back to as the prior ages, and at once when rewards refute it; None where
        it stands
    plain : contexts are vectors used exactly as given
    like_pool : what is expected of a model comes from the pool's rewards, see `Router`
    """

    dim: int
    context: Callable[[Prompt], Floats]
    newcomer: _core.ModelPrior
    known: Mapping[str, _core.ModelPrior] = field(default_factory=dict)
    fallback: _core.ModelPrior | None = None
    plain: bool = False
    like_pool: bool = False

    def model(self, name: str) -> _core.ModelPrior:
        """Where a model starts."""
        return self.known.get(name, self.newcomer)

    @property
    def calibrated(self) -> bool:
        """Whether there is a prior that ages."""
        return self.fallback is not None

    def informed(self, name: str) -> bool:
        """Whether the prior knows a model: its rewards may then refute it."""
        return name in self.known


def _vectors(dim: int) -> Callable[[Prompt], Floats]:
    return lambda prompt: _check.vector("prompt", prompt, dim)


def _prompts(encoder: Encoder, projection: Projection) -> Callable[[Prompt], Floats]:
    """Texts and embeddings to contexts; a static encoder makes a text's in one native call.

    W times a sum of token vectors is a sum of projected token vectors: without b the token table holds W.
    """
    from pilotage.encode import StaticEncoder

    def text(prompt: str) -> Floats:
        return projection.one(encoder.encode([prompt])[0])

    if isinstance(encoder, StaticEncoder):
        if projection.plain:
            text = functools.partial(encoder.context, projection=projection)
        elif projection.matrix is not None and projection.offset is None and projection.intercept > 0.0:
            text = functools.partial(
                encoder.projected(projection.matrix).context, intercept=projection.intercept
            )

    def context(prompt: Prompt) -> Floats:
        if isinstance(prompt, str):
            return text(prompt)
        return projection.one(_check.vector("prompt", prompt, encoder.dim))

    return context


def start_from(
    *,
    models: Sequence[str],
    dim: int | None,
    encoder: object,
    prior: Prior | str | PathLike[str] | None,
    intercept: float,
    prior_reward: float,
    strength: float,
) -> Start:
    """A `Router`'s start from its keywords; refuses as documented there."""
    _check.positive("strength", strength)
    if dim is not None:
        for name, given in (("encoder", encoder), ("prior", prior)):
            if given is not None:
                raise ValueError(f"{name} must be None when dim is given, got {given!r}")
        if _check.number("intercept", intercept) != DEFAULT_INTERCEPT:
            raise ValueError(f"intercept must not be given with dim, got {intercept!r}")
        if _check.number("prior_reward", prior_reward) not in (0.0, DEFAULT_PRIOR_REWARD):
            raise ValueError(f"prior_reward must be 0, or not be given, with dim, got {prior_reward!r}")
        dim = _check.count("dim", dim)
        zero = _core.ModelPrior(np.zeros(dim), strength)
        return Start(dim, _vectors(dim), zero, plain=True, like_pool=prior_reward != 0.0)
    from pilotage.encode import as_encoder

    embedding = as_encoder(encoder)
    _check.unit_interval("prior_reward", prior_reward)
    if prior is not None:
        return _start_from_prior(models, embedding, prior, prior_reward, strength)
    if not 0.0 < _check.number("intercept", intercept) < 1.0:
        raise ValueError(f"intercept must be in (0, 1), got {intercept!r}")
    projection = Projection(embedding.dim, intercept)
    newcomer = _core.ModelPrior(projection.constant(prior_reward), strength)
    return Start(projection.dim, _prompts(embedding, projection), newcomer)


def _start_from_prior(
    models: Sequence[str],
    encoder: Encoder,
    prior: Prior | str | PathLike[str],
    prior_reward: float,
    strength: float,
) -> Start:
    from pilotage.prior.prior import Prior

    if isinstance(prior, (str, PathLike)):
        prior = Prior.load(prior)
    if not isinstance(prior, Prior):
        raise TypeError(f"prior must be a path or a pilotage.Prior, got {prior!r}")
    prior.check_encoder(encoder)
    prior.check_models(models)
    known = {
        model: _core.ModelPrior.of_statistics(precision, b)
        for model, precision, b in zip(prior.models, prior.precision, prior.b, strict=True)
    }
    newcomer = _core.ModelPrior.of_statistics(prior.pool_precision, prior.pool_precision @ prior.pool)
    context = _prompts(encoder, prior.projection)
    if prior.setting == "paper":
        return Start(prior.dim, context, newcomer, known)
    fallback = _core.ModelPrior(prior.projection.constant(prior_reward), strength)
    return Start(prior.dim, context, newcomer, known, fallback)
