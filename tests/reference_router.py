"""The router's specification: the calls of `pilotage.Router`, over `tests.reference`, money in nano-dollars.

Ids count from 0; models are indices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.reference import Dual, Errors, Even, Pacer, Posterior, Unpaced, Zcl, nano, select


@dataclass
class Pending:
    model: int
    x: np.ndarray
    input_tokens: float
    expected: int
    reserved: int
    account: int
    state: str = "open"  # "open", "released", or the nano-dollars it was settled at
    reward: float | None = None


class Decision(NamedTuple):
    id: int
    model: int
    propensity: float
    expected_reward: float
    width: float
    expected_cost: int
    reserved: int
    reason: str
    eligible: np.ndarray


class ReferenceRouter:
    """`models`: (input price, output price, expected output tokens) of each; `budget`: keywords, or None."""

    def __init__(self, models, dim, budget=None, *, score="linear", alpha=1.0, strength=1.0,
                 exploration=0.0, seed=0, remember=65_536, cost_components=None, cost_strength=1.0,
                 learn_costs=True):  # fmt: skip
        self.prices = np.array([model[:2] for model in models])
        self.posteriors = [Posterior(np.zeros(dim), strength) for _ in models]
        self.m = min(16, dim) if cost_components is None else cost_components
        self.shortest = [length for *_, length in models]
        priors = [np.append(np.zeros(self.m), length) for length in self.shortest]
        self.lengths = [Posterior(prior, cost_strength) for prior in priors]
        self.errors = [Errors(2.0 if learn_costs else 1.0) for _ in models]
        self.score, self.alpha, self.exploration, self.learn_costs = score, alpha, exploration, learn_costs
        self.random, self.remember, self.pending, self.account = seed, remember, [], -1
        self.set_budget(budget)

    def set_budget(self, budget):
        budget = dict(budget or {})
        self.limit = nano(budget["usd"]) if "usd" in budget else None
        name = budget.pop("policy", "pacer" if "usd_per_request" in budget else "dual")
        self.policy = Unpaced()
        if "requests" in budget or "usd_per_request" in budget:
            policy = {"dual": Dual, "pacer": Pacer, "even": Even, "zcl": Zcl}[name]
            self.policy = policy(**{**budget, "usd": self.limit})
        self.settled = self.reserved = self.overrun = self.overruns = self.expired = 0
        self.account += 1

    @property
    def remaining(self):
        return math.inf if self.limit is None else max(0, self.limit - self.settled - self.reserved)

    def costs(self, x, input_tokens):
        z = np.append(x[: self.m], 1.0)
        tokens = np.maximum([length.mean(z) for length in self.lengths], self.shortest)
        return input_tokens * self.prices[:, 0] + tokens * self.prices[:, 1]

    def high(self, cost, input_tokens):
        """What calls expected to cost so much do cost at most, 19 times out of 20."""
        paid_for_input = input_tokens * self.prices[:, 0]
        return paid_for_input + np.array([e.factor for e in self.errors]) * (cost - paid_for_input)

    def estimate(self, x, input_tokens):
        mean = [p.mean(x) if self.score == "linear" else p.cosine(x) for p in self.posteriors]
        return np.array(mean), np.array([p.width(x) for p in self.posteriors]), self.costs(x, input_tokens)

    def decide(self, x, input_tokens, max_tokens=None, explore=True):
        mean, width, cost = self.estimate(x, input_tokens)
        value = mean + self.alpha * width if explore else mean
        if max_tokens is None:
            cap = self.high(cost, input_tokens)
        else:
            cap = self.prices @ (input_tokens, max_tokens)
            cost = np.minimum(cost, cap)
        affordable = np.array([nano(c) <= self.remaining for c in cap])
        eligible, reason, price = self.policy.admit(value, cost, cap, affordable)
        if not eligible.any():
            self.refusal = reason if reason == "priced_out" else "insufficient_budget"
            return None
        k = best = select(value - price * cost, cost, eligible)
        propensity = 1.0
        if explore and self.exploration > 0:
            candidates = np.flatnonzero(eligible)
            if self.uniform() < self.exploration:
                k = candidates[int(self.uniform() * len(candidates))]
            propensity = self.exploration / len(candidates) + (k == best) * (1 - self.exploration)
            reason = reason if k == best else "exploration"
        self.expire()
        pending = Pending(k, x, input_tokens, nano(cost[k]), nano(cap[k]), self.account)
        self.pending.append(pending)
        self.reserved += pending.reserved
        self.policy.spend(pending.expected)
        return Decision(len(self.pending) - 1, k, propensity, mean[k], explore * width[k], pending.expected,
                        pending.reserved, reason, eligible)  # fmt: skip

    def uniform(self):
        """SplitMix64, of Steele, Lea and Flood (2014)."""
        mask = 2**64 - 1
        self.random = (self.random + 0x9E3779B97F4A7C15) & mask
        z = self.random
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        return ((z ^ z >> 31) >> 11) / 2**53

    def expire(self):
        if len(self.pending) >= self.remember:
            oldest = self.pending[-self.remember]
            if oldest.state == "open" and oldest.account == self.account:
                self.close(oldest, oldest.reserved)
                self.expired += 1

    def close(self, pending, actual):
        if pending.account == self.account:
            self.reserved -= pending.reserved
            self.settled += actual
            self.overrun += max(0, actual - pending.reserved)
            self.overruns += actual > pending.reserved
            self.policy.spend(actual - pending.expected)

    def find(self, id):
        """The decision, or the status of an id that has none."""
        if not 0 <= id < len(self.pending):
            return "unknown"
        return "late" if id < len(self.pending) - self.remember else self.pending[id]

    def settle(self, id, cost=None, tokens=None):
        found = self.find(id)
        if isinstance(found, str):
            return found
        price_in, price_out = self.prices[found.model]
        input_tokens = found.input_tokens if tokens is None else tokens[0]
        usd = cost if tokens is None else tokens[0] * price_in + tokens[1] * price_out
        if found.state != "open":
            return "duplicate" if found.state == nano(usd) else "conflict"
        if self.learn_costs and price_out > 0:
            answer = usd - input_tokens * price_in
            length = answer / price_out if answer > 1e-9 * usd else 0.0  # less is rounding
            z = np.append(found.x[: self.m], 1.0)
            predicted = max(self.lengths[found.model].mean(z), self.shortest[found.model])
            self.lengths[found.model].update(z, length)
            self.errors[found.model].add(length / predicted)
            if length > 0:
                self.shortest[found.model] = min(self.shortest[found.model], length)
        found.state = nano(usd)
        self.close(found, found.state)
        return "applied"

    def release(self, id):
        found = self.find(id)
        if isinstance(found, str):
            return found
        if found.state != "open" or found.reward is not None:
            return "duplicate" if found.state == "released" else "conflict"
        found.state = "released"
        if found.account == self.account:
            self.reserved -= found.reserved
            self.policy.spend(-found.expected)
        return "applied"

    def feedback(self, id, reward):
        found = self.find(id)
        if isinstance(found, str):
            return found
        if found.state == "released":
            return "conflict"
        if found.reward is not None:
            return "duplicate" if found.reward == reward else "conflict"
        self.posteriors[found.model].update(found.x, reward)
        found.reward = reward
        return "applied"
