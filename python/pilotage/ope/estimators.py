"""The value of a policy from decisions of another: three estimates with 95 % intervals.

With weights w_i = pi(a_i | x_i) / p_i, outcomes y_i, and predictions q_k(x):

    IPS     mean of  w_i y_i
    SNIPS   sum w_i y_i / sum w_i
    DR      mean of  sum_k pi(k | x_i) q_k(x_i) + w_i (y_i - q_{a_i}(x_i))

Intervals are Student's t on the spread of the terms; SNIPS's terms are w_i (y_i - V) / mean(w), by the delta
method. They hold for large samples without a few decisive weights: see `effective_sample_size`.

References: Horvitz and Thompson, JASA 47 (1952); Swaminathan and Joachims, NeurIPS 2015; Dudik, Langford and
Li, ICML 2011.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pilotage.arrays import Floats, Ints
from pilotage.replay.summary import interval


class Estimate(NamedTuple):
    """A mean per decision and its 95 % interval, which may reach beyond [0, 1]; nan where one decision is all
    there is."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Estimates:
    """One outcome under the policy in question.

    Attributes
    ----------
    ips, snips, dr : see above
    gain : dr minus `logged`, decision by decision
    logged : what was earned, or paid, by the policy that wrote the log
    """

    ips: Estimate
    snips: Estimate
    dr: Estimate
    gain: Estimate
    logged: Estimate


def estimates(chances: Floats, chosen: Ints, propensity: Floats, y: Floats, q: Floats) -> Estimates:
    """All estimates of one outcome.

    Parameters
    ----------
    chances : (N, K) of the policy in question
    chosen, propensity : (N,) what the log's policy did, and the chance it had
    y : (N,) what came of it
    q : (N, K) predictions, each from decisions other than its own
    """
    rows = np.arange(len(y))
    w = weights(chances, chosen, propensity)
    snips = float(w @ y / w.sum()) if w.any() else math.nan
    robust = (chances * q).sum(axis=1) + w * (y - q[rows, chosen])
    return Estimates(
        ips=_mean(w * y),
        snips=_mean(snips + w * (y - snips) / w.mean()) if w.any() else Estimate(*3 * (math.nan,)),
        dr=_mean(robust),
        gain=_mean(robust - y),
        logged=_mean(y),
    )


def weights(chances: Floats, chosen: Ints, propensity: Floats) -> Floats:
    """w (N,)."""
    w: Floats = chances[np.arange(len(chosen)), chosen] / propensity
    return w


def effective_sample_size(w: Floats) -> float:
    """(sum w)^2 / sum w^2: of how many equally weighted decisions the weighted ones are worth (Kish 1965)."""
    square = float(w @ w)
    return float(w.sum()) ** 2 / square if square > 0.0 else 0.0


def _mean(terms: Floats) -> Estimate:
    found = interval(terms.tolist())
    return Estimate(found.mean, found.mean - found.half_width, found.mean + found.half_width)
