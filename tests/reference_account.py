"""One account of a budget: what is reserved and settled in it, and the policy that spends it."""

from __future__ import annotations

import math

from tests.reference import Dual, Even, Pacer, Unpaced, Zcl, nano

POLICIES = {"dual": Dual, "pacer": Pacer, "even": Even, "zcl": Zcl}
STRICTNESS = ["best", "dual_price", "cheapest", "threshold", "even_split"]


class Account:
    """`budget`: keywords of `pilotage.Budget`, or None."""

    def __init__(self, budget):
        self.budget = budget or {}
        keywords = {key: value for key, value in self.budget.items() if key not in ("tenant", "period")}
        self.soft = keywords.pop("soft", False)
        self.limit = nano(keywords["usd"]) if "usd" in keywords else None
        name = keywords.pop("policy", "pacer" if "usd_per_request" in keywords else "dual")
        self.policy = Unpaced()
        if "requests" in keywords or "usd_per_request" in keywords:
            self.policy = POLICIES[name](**{**keywords, "usd": self.limit})
        self.settled = self.reserved = self.overrun = self.overruns = self.expired = self.after_period = 0
        self.calls = 0
        self.next = None

    def renew(self):
        """The account of the next period."""
        self.next = Account(self.budget)
        self.next.after_period = self.after_period
        return self.next

    @property
    def hard(self):
        return self.limit is not None and not self.soft

    @property
    def remaining(self):
        return math.inf if self.limit is None else max(0, self.limit - self.settled - self.reserved)

    def share(self, asked):
        """What one more call may set aside beyond what 19 of 20 need, nano-dollars."""
        if self.limit is None:
            return math.inf
        return self.remaining // (8 * max(self.calls + 1, 1 if asked else 8))

    def reserve(self, call):
        self.calls += 1
        self.reserved += call.reserved
        self.policy.spend(call.expected)

    def close(self, call, charged, expired=False):
        if self.next is not None:
            now = self.next
            while now.next is not None:
                now = now.next
            now.after_period += charged
            return
        self.calls -= 1
        self.expired += expired
        self.reserved -= call.reserved
        self.settled += charged
        self.overrun += max(0, charged - call.reserved)
        self.overruns += charged > call.reserved
        self.policy.spend(charged - call.expected)

    def change(self, change):
        """`usd` and `requests` of a cap or `dual`, which has as much more to spend; `usd_per_request`."""
        self.budget = {**self.budget, **change}
        if "usd" in change:
            self.policy.spend(self.limit - nano(change["usd"]))
            self.limit = nano(change["usd"])
        if "requests" in change:
            self.policy.Q = change["requests"]
        if "usd_per_request" in change:
            self.policy.rate = change["usd_per_request"]

    def state(self):
        """As `pilotage.BudgetState`."""
        limited = self.limit is not None
        return (self.limit / 1e9 if limited else None, self.settled / 1e9, self.reserved / 1e9,
                self.remaining / 1e9 if limited else None, self.overrun / 1e9, self.overruns,
                self.expired, self.after_period / 1e9)  # fmt: skip


class Accounts:
    """Several budgets, each of everybody, of one tenant, or of each ("*"); periods are full hours."""

    def __init__(self, budgets, now=0.0):
        self.budgets = [None] if not budgets else budgets if isinstance(budgets, list) else [budgets]
        self.hour = now // 3600
        self.open = {}
        for i, owner in enumerate(self.owners):
            if owner != "*":
                self.open[i, owner] = Account(self.budgets[i])

    @property
    def owners(self):
        return [(budget or {}).get("tenant", "") for budget in self.budgets]

    def applying(self, tenant):
        """The accounts of a tenant's decisions, opened at first sight."""
        for i, owner in enumerate(self.owners):
            if owner == "*" and tenant and (i, tenant) not in self.open:
                self.open[i, tenant] = Account(self.budgets[i])
        return [account for (_, owner), account in self.open.items() if owner in ("", tenant)]

    def tick(self, now):
        """What has a period starts afresh with a new hour; calls decided before keep the old account."""
        if now // 3600 > self.hour:
            self.hour = now // 3600
            for i, owner in self.open:
                if "period" in (self.budgets[i] or {}):
                    self.open[i, owner] = self.open[i, owner].renew()

    def change(self, i, tenant, change):
        """Of one tenant's account, opened where it must be; None: of all of the budget."""
        if tenant is None:
            self.budgets[i] = {**self.budgets[i], **change}
        else:
            self.applying(tenant)
        for (j, owner), account in self.open.items():
            if i == j and tenant in (None, owner):
                account.change(change)


def admit(accounts, reward, cost, high, affordable):
    """Every policy's verdict: eligible in all, the highest price, the reason of the strictest."""
    eligible, reason, price, refusals = affordable, "best", 0.0, set()
    for account in accounts:
        allowed, why, its_price = account.policy.admit(reward, cost, high, affordable)
        eligible, price = eligible & allowed, max(price, its_price)
        if why in STRICTNESS:
            reason = max(reason, why, key=STRICTNESS.index)
        if not allowed.any():
            refusals.add("priced_out" if why == "priced_out" else "insufficient_budget")
    if not eligible.any():
        reason = "priced_out" if refusals == {"priced_out"} else "insufficient_budget"
    return eligible, reason, price
