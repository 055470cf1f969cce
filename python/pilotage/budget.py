"""How much may be spent, and how it is paced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

from pilotage import _check, _core, period
from pilotage._check import EACH_TENANT

CoreBudget: TypeAlias = (
    "_core.NoBudget | _core.CapSettings | _core.DualSettings"
    " | _core.PacerSettings | _core.PrimalDualSettings | _core.EvenSettings | _core.ZclSettings"
)


TOTAL = "total"


class BudgetExhausted(RuntimeError):
    """No model may be called for this request.

    Attributes
    ----------
    reason : "insufficient_budget": the ledger, or the budget policy, affords none; "priced_out": there is
        money, but it earns more in other requests than any model would in this one, see `Budget(unserved=)`
    needed : US dollars that would be set aside for the cheapest call, or that `plan` would need
    account : the name in `Router.budgets` of the account that has too little left, the one with the least
        where several have, or whose policy refused; None where that cannot be said: of `plan`, and where no
        account is short and several may have refused
    """

    def __init__(self, message: str, reason: str, needed: float, account: str | None = None) -> None:
        super().__init__(message)
        self.reason, self.needed, self.account = reason, needed, account

    def __reduce__(self) -> tuple[type[BudgetExhausted], tuple[str, str, float, str | None]]:
        # It is sent between processes.
        return type(self), (str(self), self.reason, self.needed, self.account)


class BudgetState(NamedTuple):
    """What `Router.budget` shows, in US dollars; `limit` and `remaining` are None without a budget."""

    limit: float | None
    settled: float
    reserved: float
    remaining: float | None
    overrun: float  # charged above reservations, included in settled
    overruns: int  # calls that cost more than was reserved for them
    expired: int  # calls that nobody settled, charged at their reservation
    after_period: float  # charged once the period of its decision was over, in all; in no other figure


class Outside(NamedTuple):
    """What `Router.outside` shows: US dollars charged to calls that no account pays for."""

    adopted: float  # of models chosen elsewhere, see `Router.adopt`
    replaced: float  # decided under budgets that others had replaced by then


Policy: TypeAlias = Literal["dual", "pacer", "primal_dual", "even", "zcl"]
PER_REQUEST: tuple[Policy, ...] = ("pacer", "primal_dual")  # policies of `usd_per_request`, its default first
_OWN: dict[str, tuple[tuple[Policy, ...], object]] = {  # what only some policies know, and its default
    "spill_over": (("even",), True),
    "bin_size": (("zcl",), 200),
    "lower": (("zcl",), None),
    "upper": (("zcl",), None),
    "stop": (("zcl",), False),
    "unserved": (("dual", "pacer"), None),
}


@dataclass(frozen=True)
class Budget:
    """A limit in US dollars and the policy that spends it.

    - `Budget(usd=...)` is a cap: the best affordable model wins until the money is gone.
    - `Budget(usd=..., requests=...)` is paced over that many requests; beyond them, whatever is left may be
      spent freely.
    - `Budget(usd_per_request=...)` is a pace without an end; with `usd` too, a cap on top of it.

    It is hard: every decision carries a limit on its answer, `Decision.max_tokens`, and what the call costs
    at that length is set aside, so settled cost plus reservations never exceed `usd` while calls keep to
    their limits and `input_tokens` is exact, or above what is sent. Without `input_tokens` it is an estimate,
    see `Router.decide`, and a call whose prompt is longer may cost more than was set aside. The limit adapts:
    what an eighth of the money left buys, divided by the number of calls under way, this one included, and
    without `max_tokens` a 64th at most; no more than was asked for or than the model can write, and never
    less than 19 of 20 such answers need. With `soft` no limit is needed where none was asked for: what 19
    calls out of 20 cost is set aside. A call that costs more than was set aside is charged, counted and
    shown.

    Parameters
    ----------
    usd : the limit, US dollars, >= 0
    requests : the horizon Q, >= 1
    policy : what spends the money. By default "dual" with `requests`, "pacer" with `usd_per_request`

        - "dual": one price, reward per dollar, at which recent requests would have cost what is left per
          request; every request is served while there is money.
        - "pacer": likewise, towards `usd_per_request`; dearer models only from what was saved, at most 50
          requests' money, and nobody refused for the pace. Any n requests in a row cost at most as much as
          n + 50 may, or as n may and the dearest of them, where that is more. Two things can break this:
          calls that cost more than was set aside for them, and requests whose cheapest model already costs
          more than `usd_per_request`. That model is called all the same, and the pace is exceeded for as long
          as such requests come, unless `unserved` lets them be refused.
        - "primal_dual": ParetoBandit's controller of `usd_per_request`, as published (arXiv 2604.00136,
          section 3.2), to compare with. It has flaws that "pacer" has not: it charges a model the logarithm
          of its list price, not what it costs on this prompt; it bars the dearest models as soon as it
          overspends a little; where its ceiling would bar all, it drops the ceiling; and nothing bounds
          what a stretch of requests costs. It leaves `exploration` nothing to draw from, and no other
          budget of the router may be paced.
        - "even": each request may cost its even share, and is refused where no model is expected to cost so
          little, however much is left.
        - "zcl": the online knapsack of PILOT (section 4.1, algorithm 3).
    bin_size : zcl; S, requests per bin, each with an equal share of the budget and what earlier bins left
        over; None for the plain form without bins (algorithm 2)
    lower, upper : zcl; LB and UB, bounds of expected reward per US dollar, 0 < lower <= upper; without them
        the 5 % and 95 % quantiles of what has been seen so far
    stop : zcl; as published, refuse everything after the first request that no model fits; by default only
        that request is refused, since later bins bring new money
    usd_per_request : US dollars, >= 0
    spill_over : even; what a request leaves over, all of its share where it is refused, goes to those after
        it. With False the share stays usd / requests: where every model costs more than that, nobody is
        served before the horizon is over, and all of the money is left
    unserved : dual, pacer; the reward, in [0, 1], of a request that nobody answers. A request is then refused
        where its money earns more elsewhere, price * cost > reward - unserved for every model, and a pace is
        kept even below what the cheapest model costs. 0.0 where an unanswered request is worth nothing; more
        where there is an answer at no cost, from a cache or a person. By default every request is served
        while there is money
    soft : see above
    name : what `Router.budgets` and `Router.set_limit` call it; without "/". By default "total", "per-tenant"
        or the tenant, and the period behind a space
    tenant : whose decisions it applies to. None: everybody's. A name: that tenant's. "*": each tenant's, with
        an account of its own, opened at its first request, be it refused, and called "<name>/<tenant>";
        decisions without a tenant are outside it. Accounts stay as long as the budget, some 300 bytes a
        tenant; where they are paced, 20 kB more, until the next period in which the tenant is idle
    period : "1d", "12h", "1w", "1mo" and the like: `usd` and `requests` count for one period. The account and
        its policy start afresh at the boundaries of UTC (full hours, midnights, Mondays, firsts of a month);
        a call belongs to the period in which it was decided: what it is charged after that is in
        `BudgetState.after_period` alone

    Raises
    ------
    TypeError, ValueError : naming the argument
    """

    usd: float | None = None
    requests: int | None = None
    policy: Policy | None = None
    bin_size: int | None = 200
    lower: float | None = None
    upper: float | None = None
    stop: bool = False
    usd_per_request: float | None = None
    spill_over: bool = True
    unserved: float | None = None
    soft: bool = False
    name: str | None = None
    tenant: str | None = None
    period: str | None = None

    def __post_init__(self) -> None:
        for name in ("stop", "spill_over", "soft"):
            object.__setattr__(self, name, _check.flag(name, getattr(self, name)))
        if self.usd_per_request is None:
            _check.nonnegative("usd", self.usd)
        else:
            _check.nonnegative("usd_per_request", self.usd_per_request)
            if self.usd is not None:
                _check.nonnegative("usd", self.usd)
        self._check_policy()
        self._check_scope()
        if self.requests is not None:
            _check.count("requests", self.requests)
        if self.bin_size is not None:
            _check.count("bin_size", self.bin_size)
        for name in ("lower", "upper"):
            if getattr(self, name) is not None:
                _check.positive(name, getattr(self, name))
        if self.unserved is not None:
            _check.unit_interval("unserved", self.unserved)
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"lower must be <= upper = {self.upper}, got {self.lower}")

    def _check_scope(self) -> None:
        """Whom it applies to, when, and what it is called."""
        if self.tenant is not None:
            _check.name("tenant", self.tenant)
        if self.period is not None:
            period.check(self.period)
        if self.name is None:
            whose = {None: TOTAL, EACH_TENANT: "per-tenant"}.get(self.tenant, self.tenant)
            object.__setattr__(self, "name", whose if self.period is None else f"{whose} {self.period}")
        elif "/" in _check.name("name", self.name):
            raise ValueError(f"name must not contain '/', got {self.name!r}")

    def _check_policy(self) -> None:
        """What was given must go with the policy."""
        policies = get_args(Policy)
        if self.policy is not None and self.policy not in policies:
            raise ValueError(f"policy must be one of {', '.join(policies)} or None, got {self.policy!r}")
        if self.usd_per_request is not None:
            if self.policy not in (None, *PER_REQUEST):
                known = " or ".join(map(repr, PER_REQUEST))
                raise ValueError(f"policy must be {known} with usd_per_request, got {self.policy!r}")
            if self.policy == "primal_dual":
                _check.positive("usd_per_request", self.usd_per_request)
            if self.requests is not None:
                raise ValueError(f"requests must not be given with usd_per_request, got {self.requests}")
        elif self.policy in PER_REQUEST:
            raise ValueError(f"usd_per_request must be given with policy={self.policy!r}, got None")
        elif self.policy is not None and self.requests is None:
            raise ValueError(f"requests must be given with policy={self.policy!r}, got None")
        for name, (owners, default) in _OWN.items():
            value = getattr(self, name)
            if value != default and self.spender not in owners:
                known = " or ".join(map(repr, owners))
                raise ValueError(f"policy must be {known} with {name}={value!r}, got {self.spender!r}")

    @property
    def spender(self) -> Policy | None:
        """The policy in effect; None for a cap."""
        if self.usd_per_request is not None:
            return self.policy or PER_REQUEST[0]
        return None if self.requests is None else self.policy or "dual"


def core_budget(budget: Budget | None) -> CoreBudget:
    """The core's settings for a budget."""
    if budget is None:
        return _core.NoBudget()
    if budget.policy == "primal_dual":
        assert budget.usd_per_request is not None
        return _core.PrimalDualSettings(budget.usd_per_request, budget.usd)
    if budget.usd_per_request is not None:
        return _core.PacerSettings(budget.usd_per_request, budget.usd, budget.unserved)
    assert budget.usd is not None
    if budget.requests is None:
        return _core.CapSettings(budget.usd)
    if budget.policy == "even":
        return _core.EvenSettings(budget.usd, budget.requests, budget.spill_over)
    if budget.policy == "zcl":
        return _core.ZclSettings(
            usd=budget.usd,
            requests=budget.requests,
            bin_size=budget.bin_size or budget.requests,
            lower=budget.lower,
            upper=budget.upper,
            stop=budget.stop,
        )
    return _core.DualSettings(budget.usd, budget.requests, budget.unserved)
