"""64 threads against several limits at once: in total, for each tenant, and for each day of our own clock."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from benchmarks.stress.harness import DIM, HELD, MODELS, NANO, THREADS, USUAL_COST, Tally, watched, work
from pilotage import Budget, Router

TENANTS = 8
DAYS = 5
DAY = 86_400.0
# Of what all requests would cost: in total; of all tenants together; of all days together. Each binds some
# of the time, as tenants ask for different shares, and days are as long as others.
TOTAL, EACH, DAILY = 0.42, 0.52, 0.55


@dataclass
class Account:
    """What was seen of one account, US dollars; `over`: looks at which its limit did not hold."""

    limit: float = 0.0
    highest: float = 0.0
    over: int = 0


@dataclass
class Together:
    """What came of it."""

    tally: Tally
    tenants: dict[str, Tally]
    accounts: dict[str, Account]
    settled: dict[str, float]
    reserved: float
    after_period: float
    looks: int
    seconds: float
    days: int

    @property
    def apart(self) -> float:
        """By how much what a tenant's threads paid, or all, differs from what its account says, at most."""
        paid = {"total": self.tally.charged} | {
            f"per-tenant/{name}": tally.charged for name, tally in self.tenants.items()
        }
        return max(abs(charged / NANO - self.settled[name]) for name, charged in paid.items())


def together(requests: int, seed: int = 0) -> Together:
    """`requests` over 64 threads, of which each works for one tenant; the days pass while they do."""
    everything = USUAL_COST * requests
    budgets = [
        Budget(TOTAL * everything),
        Budget(EACH * everything / TENANTS, tenant="*"),
        Budget(DAILY * everything / DAYS, period="1d"),
    ]
    made = Passed(requests)
    router = Router(MODELS, budgets=budgets, dim=DIM, clock=made.clock)
    accounts: dict[str, Account] = {}

    def look() -> None:
        for name, state in router.budgets.items():
            account = accounts.setdefault(name, Account(state.limit or 0.0))
            account.highest = max(account.highest, state.settled + state.reserved)
            account.over += state.settled + state.reserved > account.limit * (1.0 + 1e-15)

    tenants = [f"tenant {t % TENANTS}" for t in range(THREADS)]
    weights = [
        1 + t % TENANTS for t in range(THREADS)
    ]  # the last tenant asks eight times as often as the first
    share = [requests * weight // sum(weights) for weight in weights]
    tallies = [Tally() for _ in range(THREADS)]
    workers = [
        threading.Thread(
            target=work,
            args=(router, share[t], 0.0, HELD, seed * THREADS + t, tallies[t], tenants[t], made.one),
        )
        for t in range(THREADS)
    ]
    looks, seconds = watched(workers, look)
    states = router.budgets
    return Together(
        tally=sum(tallies, Tally()),
        tenants={
            name: sum((each for each, of in zip(tallies, tenants, strict=True) if of == name), Tally())
            for name in tenants
        },
        accounts=accounts,
        settled={name: state.settled for name, state in states.items()},
        reserved=sum(state.reserved for state in states.values()),
        after_period=sum(state.after_period for state in states.values()),
        looks=looks,
        seconds=seconds,
        days=len(made.days),
    )


class Passed:
    """Requests made so far, and the clock that they move."""

    def __init__(self, requests: int) -> None:
        self._made, self._requests, self.days = 0, requests, {0}

    def one(self) -> None:
        self._made += 1  # now and then two threads count as one: it is a clock

    def clock(self) -> float:
        day = min(DAYS - 1, self._made * DAYS // self._requests)
        self.days.add(day)
        return day * DAY
