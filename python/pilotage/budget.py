"""How much may be spent, and how it is paced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from pilotage import _check, _core

CoreBudget: TypeAlias = "_core.NoBudget | _core.CapSettings | _core.DualSettings | _core.ZclSettings"


class BudgetExhausted(RuntimeError):
    """No model may be called: the ledger, or the budget policy, affords none for this request."""


class BudgetState(NamedTuple):
    """What `Router.budget` shows, in US dollars; `limit` and `remaining` are None without a budget."""

    limit: float | None
    settled: float
    reserved: float
    remaining: float | None
    overrun: float  # charged above reservations, included in settled
    overruns: int  # calls that cost more than was reserved for them
    expired: int  # calls never settled, charged at their reservation when forgotten


@dataclass(frozen=True)
class Budget:
    """A limit in US dollars and the policy that spends it.

    `Budget(usd=...)` alone is a cap: the best affordable model wins until the money is gone.
    `Budget(usd=..., requests=...)` is paced over that many requests; beyond them, whatever is left may be
    spent freely.

    Parameters
    ----------
    usd : the limit, US dollars, >= 0. Settled cost plus reservations never exceed it
    requests : the horizon Q, >= 1
    policy : "dual", the default with `requests`: one price, reward per dollar, at which recent requests would
        have cost what is left per request; every request is served while there is money. "zcl": the online
        knapsack of PILOT (section 4.1, algorithm 3), to which alone the following belong
    bin_size : S, requests per bin, each with an equal share of the budget and what earlier bins left over;
        None for the plain form without bins (algorithm 2)
    lower, upper : LB and UB, bounds of expected reward per US dollar, 0 < lower <= upper; without them the
        5 % and 95 % quantiles of what has been seen so far
    stop : as published, refuse everything after the first request that no model fits; by default only that
        request is refused, since later bins bring new money

    Raises
    ------
    TypeError, ValueError : naming the argument
    """

    usd: float
    requests: int | None = None
    policy: Literal["dual", "zcl"] | None = None
    bin_size: int | None = 200
    lower: float | None = None
    upper: float | None = None
    stop: bool = False

    def __post_init__(self) -> None:
        _check.nonnegative("usd", self.usd)
        if self.policy not in (None, "dual", "zcl"):
            raise ValueError(f"policy must be 'dual', 'zcl' or None, got {self.policy!r}")
        if self.requests is not None:
            _check.count("requests", self.requests)
        elif self.policy is not None:
            raise ValueError(f"requests must be given with policy={self.policy!r}, got None")
        if self.policy != "zcl":
            for name in ("bin_size", "lower", "upper", "stop"):
                if getattr(self, name) != Budget.__dataclass_fields__[name].default:
                    raise ValueError(
                        f"policy must be 'zcl' with {name}={getattr(self, name)!r}, got {self.policy!r}"
                    )
        if self.bin_size is not None:
            _check.count("bin_size", self.bin_size)
        for name in ("lower", "upper"):
            if getattr(self, name) is not None:
                _check.positive(name, getattr(self, name))
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"lower must be <= upper = {self.upper}, got {self.lower}")


def core_budget(budget: Budget | None) -> CoreBudget:
    """The core's settings for a budget."""
    if budget is None:
        return _core.NoBudget()
    if budget.requests is None:
        return _core.CapSettings(budget.usd)
    if budget.policy != "zcl":
        return _core.DualSettings(budget.usd, budget.requests)
    return _core.ZclSettings(
        usd=budget.usd,
        requests=budget.requests,
        bin_size=budget.bin_size or budget.requests,
        lower=budget.lower,
        upper=budget.upper,
        stop=budget.stop,
    )
