"""The router's specification: the calls of `pilotage.Router`, over `tests.reference`, money in nano-dollars.

Ids count from 0; models are indices.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.reference import Errors, Inputs, Lengths, Posterior, nano, select
from tests.reference_account import Accounts, admit

LONGEST = 4096  # tokens of an answer, by default


@dataclass
class Pending:
    model: int
    x: np.ndarray
    input_tokens: float
    estimate: float | None
    expected: int
    reserved: int
    accounts: list
    max_tokens: int | None
    state: str = "open"  # "open", "released", "expired", or the nano-dollars it was settled at
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
    max_tokens: int | None


class ReferenceRouter:
    """`models`: (input price, output price, expected output tokens, max output tokens or None) each;
    `budget`: keywords, or a list.
    """

    def __init__(self, models, dim, budget=None, *, score="linear", alpha=None, strength=2.5, forgetting=1.0,
                 exploration=0.0, seed=0, remember=65_536, cost_components=None,
                 shared_cost_components=None, cost_strength=1.0, learn_costs=True):  # fmt: skip
        self.prices = np.array([model[:2] for model in models])
        self.strength, self.dim = strength, dim
        self.posteriors = [Posterior(np.zeros(dim), strength) for _ in models]
        self.enabled, self.rewards = [True] * len(models), [0] * len(models)
        m = min(16, dim) if cost_components is None else cost_components
        s = shared_cost_components
        s = (min(64, dim) if m else 0) if s is None else s
        self.lengths = Lengths([model[2] for model in models], cost_strength, m, s)
        self.most = [model[3] for model in models]
        self.errors = [Errors(2.0 if learn_costs else 1.0) for _ in models]
        self.inputs = Inputs()
        self.forgetting = forgetting
        self.alpha = alpha if alpha is not None else 1.5 if forgetting == 1.0 else 1.0
        self.least_alpha = 0.8 if alpha is None and forgetting == 1.0 else None
        self.score, self.exploration, self.learn_costs = score, exploration, learn_costs
        self.random, self.remember, self.pending = seed, remember, []
        self.set_budget(budget)

    def add(self, model):
        self.posteriors.append(Posterior(np.zeros(self.dim), self.strength))
        self.prices = np.vstack([self.prices, model[:2]])
        self.lengths.add(model[2])
        self.most.append(model[3])
        self.errors.append(Errors(2.0 if self.learn_costs else 1.0))
        self.enabled.append(True)
        self.rewards.append(0)

    def leaders(self):
        return [k for k, (here, n) in enumerate(zip(self.enabled, self.rewards, strict=True)) if here and n]

    def set_budget(self, budget, now=0.0):
        self.accounts = Accounts(budget, now)

    def tokens(self, x):
        return self.lengths.predict(x)

    def costs(self, input_tokens, tokens):
        return input_tokens * self.prices[:, 0] + tokens * self.prices[:, 1]

    def estimate(self, x, input_tokens):
        mean = [p.mean(x) if self.score == "linear" else p.cosine(x) for p in self.posteriors]
        pool = self.leaders()
        if pool:  # who has no rewards is expected to earn as the others do
            mean = [m if n else np.mean(np.take(mean, pool)) for m, n in zip(mean, self.rewards, strict=True)]
        width = np.array([p.width(x) for p in self.posteriors])
        return np.array(mean), width, self.costs(input_tokens, self.tokens(x))

    def decide(self, x, input_tokens, max_tokens=None, explore=True, tenant="", estimated=False):
        estimate = input_tokens if estimated else None
        mean_input, input_tokens = self.inputs.of(input_tokens) if estimated else (input_tokens,) * 2
        mean, width, cost = self.estimate(x, mean_input)
        value = mean + self.alpha_now() * width if explore else mean
        accounts = self.accounts.applying(tenant)
        room = min([account.remaining for account in accounts], default=math.inf)
        limited = max_tokens is not None or any(account.hard for account in accounts)
        wanted = math.inf if max_tokens is None else math.floor(max_tokens)
        default = LONGEST if max_tokens is None else math.inf
        longest = [int(min(wanted, default if most is None else most)) for most in self.most]
        high_tokens = np.array([error.factor for error in self.errors]) * self.tokens(x)
        if limited:
            high_tokens = np.minimum(np.maximum(1, np.ceil(high_tokens - 1e-6)), longest)
        high = self.costs(input_tokens, high_tokens)
        cost = np.minimum(cost, high)
        affordable = np.array(self.enabled) & [nano(c) <= room for c in high]
        eligible, reason, price = admit(accounts, value, cost, high, affordable)
        if not eligible.any():
            self.refusal = reason
            return None
        k = best = select(value - price * cost, cost, eligible)
        propensity = 1.0
        if explore and self.exploration > 0:
            candidates = np.flatnonzero(eligible)
            if self.uniform() < self.exploration:
                k = candidates[int(self.uniform() * len(candidates))]
            propensity = self.exploration / len(candidates) + (k == best) * (1 - self.exploration)
            reason = reason if k == best else "exploration"
        reserved, cap = nano(high[k]), None
        if limited:
            most = min([account.share(max_tokens is not None) for account in accounts], default=math.inf)
            least = int(high_tokens[k])
            affordable_at = lambda t: nano(self.prices[k] @ (input_tokens, t))  # noqa: E731
            cap = max(least, least - 1 + bisect_right(range(least, longest[k] + 1), most, key=affordable_at))
            reserved = affordable_at(cap)
        self.forget()
        pending = Pending(k, x, mean_input, estimate, nano(cost[k]), reserved, accounts, cap)
        self.pending.append(pending)
        for account in accounts:
            account.reserve(pending)
        for posterior in self.posteriors:
            posterior.forget(self.forgetting)
        return Decision(len(self.pending) - 1, k, propensity, mean[k], explore * width[k], pending.expected,
                        pending.reserved, reason, eligible, cap)  # fmt: skip

    def alpha_now(self):
        wide, decided = 100 * len(self.posteriors), len(self.pending)
        if self.least_alpha is None or decided <= wide:
            return self.alpha
        return max(self.least_alpha, self.alpha * math.sqrt(wide / decided))

    def uniform(self):
        """SplitMix64, of Steele, Lea and Flood (2014)."""
        mask = 2**64 - 1
        self.random = (self.random + 0x9E3779B97F4A7C15) & mask
        z = self.random
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ z >> 27) * 0x94D049BB133111EB & mask
        return ((z ^ z >> 31) >> 11) / 2**53

    def forget(self):
        """The oldest decision, if it makes room for another."""
        if len(self.pending) >= self.remember and self.pending[-self.remember].state == "open":
            self.close(self.pending[-self.remember], "expired")

    def close(self, pending, state):
        pending.state = state
        for account in pending.accounts:
            charged = {"released": 0, "expired": pending.reserved}.get(state, state)
            account.close(pending, charged, state == "expired")

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
        if tokens is None and found.estimate is not None and cost < input_tokens * price_in:
            input_tokens = found.estimate
        usd = cost if tokens is None else tokens[0] * price_in + tokens[1] * price_out
        if found.state != "open":
            return "duplicate" if found.state == nano(usd) else "conflict"
        self.close(found, nano(usd))
        if self.learn_costs and price_out > 0:
            answer = usd - input_tokens * price_in
            length = answer / price_out if answer > 1e-9 * usd else 0.0  # less is rounding
            cut = found.max_tokens is not None and length > found.max_tokens - 0.5
            predicted = self.lengths.predict(found.x)[found.model]
            self.lengths.update(found.model, found.x, length)
            self.errors[found.model].add((1 + cut) * length / predicted)
        if self.learn_costs and tokens is not None and found.estimate is not None:
            self.inputs.add(found.estimate, tokens[0])
        return "applied"

    def release(self, id):
        found = self.find(id)
        if isinstance(found, str):
            return found
        if found.state != "open" or found.reward is not None:
            return "duplicate" if found.state == "released" else "conflict"
        self.close(found, "released")
        return "applied"

    def expire(self, id):
        found = self.find(id)
        if isinstance(found, str):
            return found
        if found.state != "open":
            return "duplicate" if found.state == "expired" else "conflict"
        self.close(found, "expired")
        return "applied"

    def feedback(self, id, reward):
        found = self.find(id)
        if isinstance(found, str):
            return found
        if found.state == "released":
            return "conflict"
        if found.reward is not None:
            return "duplicate" if found.reward == reward else "conflict"
        if not self.rewards[found.model]:
            pool, x = self.leaders(), found.x
            start = (
                np.mean([self.posteriors[k].theta for k in pool], axis=0) if pool else reward * x / (x @ x)
            )
            self.posteriors[found.model] = Posterior(start, self.strength)
        self.posteriors[found.model].update(found.x, reward)
        self.rewards[found.model] += 1
        found.reward = reward
        return "applied"
