"""The budgets of one router: names for the core's accounts, and the clock that refills them."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence

from pilotage import _check, _core
from pilotage._check import EACH_TENANT
from pilotage.budget import TOTAL, Budget, BudgetState, core_budget
from pilotage.period import next_boundary, start_of_last

_LATEST = 1e11  # seconds: some 3,000 years from now, and less than milliseconds are today


def as_budgets(budget: Budget | None, budgets: Sequence[Budget] | None) -> tuple[Budget, ...]:
    """One budget, several, or none.

    Raises
    ------
    TypeError, ValueError : both given, something else than budgets, or two of one name
    """
    if budget is not None and not isinstance(budget, Budget):
        raise TypeError(f"budget must be a pilotage.Budget or None, got {budget!r}")
    if budgets is None:
        return () if budget is None else (budget,)
    if budget is not None:
        raise ValueError(f"budget or budgets must be given, and not both, got {budget!r} and {budgets!r}")
    if not isinstance(budgets, (list, tuple)) or not all(isinstance(each, Budget) for each in budgets):
        raise TypeError(f"budgets must be a list of pilotage.Budget, got {budgets!r}")
    names = [each.name for each in budgets]
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"budgets must have distinct names, got {', '.join(map(repr, twice))} twice")
    paced = [each.spender for each in budgets if each.spender is not None]
    if "primal_dual" in paced and len(paced) > 1:
        raise ValueError(f"budgets must be paced by one alone beside policy='primal_dual', got {paced}")
    return tuple(budgets)


def core_budgets(budgets: Sequence[Budget]) -> list[_core.ScopedBudget]:
    return [_core.ScopedBudget(core_budget(each), each.soft, each.tenant or "") for each in budgets]


class Accounts:
    """Safe from several threads. Of decisions only the first of a period takes the lock."""

    def __init__(self, core: _core.Router, budgets: tuple[Budget, ...], clock: Callable[[], float]) -> None:
        self._core, self._clock, self._lock = core, clock, threading.Lock()
        self._adopt(budgets, self._periods_of(budgets))

    def _periods_of(self, budgets: tuple[Budget, ...]) -> list[tuple[float, float]]:
        now = self._now() if any(each.period is not None for each in budgets) else 0.0
        return [self._period(each, now) for each in budgets]

    def _adopt(self, budgets: tuple[Budget, ...], periods: list[tuple[float, float]]) -> None:
        self._budgets, self._periods = budgets, periods
        self._before: list[tuple[float, float] | None] = [None] * len(budgets)  # the clock stepped back
        self._await()
        self.periodic = self._next < math.inf

    def _await(self) -> None:
        self._earliest = max((earliest for earliest, _ in self._periods), default=-math.inf)
        self._next = min((boundary for _, boundary in self._periods), default=math.inf)

    def _now(self) -> float:
        now = self._clock()
        if type(now) is float and 0.0 <= now < _LATEST:
            return now
        checked = _check.number("what clock returns", now)
        if not 0.0 <= checked < _LATEST:
            raise ValueError(f"clock must return seconds since the epoch, in [0, {_LATEST:g}), got {now!r}")
        return checked

    @staticmethod
    def _period(budget: Budget, now: float) -> tuple[float, float]:
        """The boundary at which it is refilled next, and the earliest time at which that is believed."""
        if budget.period is None:
            return -math.inf, math.inf
        return start_of_last(budget.period, now), next_boundary(budget.period, now)

    def replace(self, budgets: tuple[Budget, ...]) -> None:
        """Opens new accounts."""
        with self._lock:
            periods = self._periods_of(budgets)
            self._core.set_budgets(core_budgets(budgets))
            self._adopt(budgets, periods)

    def refill(self) -> None:
        """Refills what is due. A clock that steps back refills nothing.

        Where it steps back by more than a whole period, it was wrong before, or it is now: the next boundary
        is then that after what it says, unless it returns to the period that it left. By less, the boundary
        stays, and no period is refilled twice.
        """
        if not self.periodic or self._earliest <= self._now() < self._next:
            return
        with self._lock:
            now = self._now()  # again: while this thread waited, others may have gone on
            for i, budget in enumerate(self._budgets):
                earliest, boundary = self._periods[i]
                if earliest <= now < boundary:
                    continue
                before = self._before[i]
                if now < earliest:
                    self._before[i] = before or (earliest, boundary)
                    self._periods[i] = self._period(budget, now)
                elif before is not None and before[0] <= now < before[1]:
                    self._before[i], self._periods[i] = None, before
                else:
                    self._core.refill(i)
                    self._before[i], self._periods[i] = None, self._period(budget, now)
            self._await()

    def first(self) -> BudgetState:
        with self._lock:
            budgets = self._budgets
        if budgets and all(each.tenant == EACH_TENANT for each in budgets):
            names = ", ".join(repr(each.name) for each in budgets)
            raise ValueError(f"budget must have one account, see budgets for each tenant's, got {names}")
        self.refill()
        return BudgetState(*self._core.budget())

    def states(self, tenant: str | None = None) -> dict[str, BudgetState]:
        """Every account by name; with a tenant ("" for none) only those that apply to its decisions."""
        self.refill()
        with self._lock:
            accounts = self._core.budgets(tenant)
            budgets = self._budgets
        if not budgets:
            return {TOTAL: BudgetState(*accounts[0][2])}
        return {_name(budgets[i], owner): BudgetState(*state) for i, owner, state in accounts}

    def refusing(self, states: dict[str, BudgetState], reason: str, needed: float) -> str | None:
        """Which of the accounts of a refused decision it was; None where that cannot be said."""
        if reason == "priced_out":
            with self._lock:
                pricing = {str(each.name) for each in self._budgets if each.unserved is not None}
            names = [name for name in states if name in pricing or name.partition("/")[0] in pricing]
        else:
            left = {name: state.remaining for name, state in states.items() if state.remaining is not None}
            short = [name for name in left if left[name] < needed]
            names = [min(short, key=left.__getitem__)] if short else list(states)
        return names[0] if len(names) == 1 else None

    def set_limit(
        self, name: str, usd: float | None, usd_per_request: float | None, requests: int | None
    ) -> None:
        if usd is None and usd_per_request is None and requests is None:
            raise ValueError("usd, usd_per_request or requests must be given, got none of them")
        usd = None if usd is None else _check.nonnegative("usd", usd)
        rate = None if usd_per_request is None else _check.nonnegative("usd_per_request", usd_per_request)
        horizon = None if requests is None else _check.count("requests", requests)
        self.refill()
        with self._lock:
            i, tenant = self._find(name)
            self._core.change_budget(i, tenant, usd, rate, horizon)

    def _find(self, name: str) -> tuple[int, str | None]:
        """The budget of a name, and the tenant whose account alone is meant."""
        known = [each.name for each in self._budgets]
        if name in known:
            return known.index(name), None
        for i, budget in enumerate(self._budgets):
            start = f"{budget.name}/"
            if budget.tenant == EACH_TENANT and isinstance(name, str) and name.startswith(start):
                return i, _check.tenant(name[len(start) :], "tenant of name")
        raise ValueError(f"name must be one of {', '.join(map(str, known)) or 'no budget'}, got {name!r}")


def _name(budget: Budget, owner: str) -> str:
    return f"{budget.name}/{owner}" if budget.tenant == EACH_TENANT else str(budget.name)
