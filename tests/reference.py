"""The mathematics of the core in plain numpy: slow, short, and sharing no code with what it specifies.

Symbols are those of PILOT (arXiv 2508.21141): A and b of section 3.2, LB, UB, Psi and bins of algorithm 3.
"""

from __future__ import annotations

import math
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

TIE = 1e-9
BUCKETS, LOWEST = 8, -32  # of the histogram of log2(reward / cost)


def nano(usd: float) -> int:
    """US dollars to whole nano-dollars, halves away from zero."""
    return int(Decimal(usd * 1e9).quantize(Decimal(1), ROUND_HALF_UP))


class Posterior:
    """A = A_0 + sum x x',  b = A_0 theta_prior + sum y x;  the inverse afresh every time."""

    def __init__(self, prior_mean, strength):  # (d,), lambda; or a full precision A_0 (d, d)
        self.A = strength * np.eye(len(prior_mean)) if np.ndim(strength) == 0 else np.array(strength)
        self.b = self.A @ np.asarray(prior_mean, dtype=float)
        self.prior = self.A, self.b

    def update(self, x, y, weight=1.0):
        self.A = self.A + weight * np.outer(x, x)
        self.b = self.b + weight * y * x

    def forget(self, gamma):
        A_0, b_0 = self.prior
        self.A, self.b = gamma * self.A + (1 - gamma) * A_0, gamma * self.b + (1 - gamma) * b_0

    @property
    def covariance(self):
        return np.linalg.inv(self.A)

    @property
    def theta(self):
        return np.linalg.solve(self.A, self.b)

    def mean(self, x):
        return x @ self.theta

    def cosine(self, x):
        norms = np.linalg.norm(x) * np.linalg.norm(self.theta)
        return x @ self.theta / norms if norms > 0 else 0.0

    def width(self, x):
        return math.sqrt(x @ self.covariance @ x)


def select(score, cost, eligible):
    """Highest score; of those within TIE the cheapest; of those the first."""
    best = max(score[eligible])
    tied = [k for k in np.flatnonzero(eligible) if score[k] >= best - TIE * max(1.0, abs(best))]
    return min(tied, key=lambda k: (cost[k], k))


class Unpaced:
    def admit(self, reward, cost, cap, eligible):
        return eligible, "best", 0.0

    def spend(self, amount):
        pass


def bucket_of(ratio):
    return math.floor((math.log2(ratio) - LOWEST) * BUCKETS)


def quantile(buckets, q):
    """The middle of the bucket that holds it."""
    bucket = sorted(buckets)[int(q * (len(buckets) - 1))]
    return 2 ** ((bucket + 0.5) / BUCKETS + LOWEST)


class Fading:
    """A regression forgotten by the factor gamma at each update, the steps of some 12 % together."""

    def __init__(self, prior, strength, gamma):
        self.posterior, self.gamma, self.weight = Posterior(prior, strength), gamma, 1.0

    def mean(self, z):
        return self.posterior.mean(z)

    def update(self, z, y, weight=1.0):
        self.posterior.update(z, y, weight * self.weight)
        self.weight /= self.gamma
        if self.weight > 1.125:
            self.posterior.forget(1 / self.weight)
            self.weight = 1.0


class Lengths:
    """Output tokens: theta_k'[x_1 ... x_m, 1, long(x)]; all models share long(x) = phi'[x_1 ... x_s, 1].

    `expected`: of each model (K,). With s = 0 there is no long(x).
    """

    GAMMA, SHARED_GAMMA = 0.998, 0.9995

    def __init__(self, expected, strength, m, s):
        self.m, self.s, self.strength = m, s, strength
        self.own, self.levels, self.shortest = [], [], []  # of each model; levels: sum of tokens, calls
        self.shared = Fading(np.eye(s + 1)[-1], np.diag([0.57] * s + [1.0]), self.SHARED_GAMMA)
        for length in expected:
            self.add(length)

    def add(self, length):
        own = self.strength * np.array([1.0] * self.m + [5.0, 1.0] if self.s else [1.0] * (self.m + 1))
        self.own.append(Fading(np.eye(len(own))[-1] * length, np.diag(own), self.GAMMA))
        self.levels.append((self.strength * length, self.strength))
        self.shortest.append(length)

    def features(self, x):
        shared = np.append(x[: self.s], 1.0)
        own = np.append(x[: self.m], 1.0)
        return (np.append(own, max(self.shared.mean(shared), 0.02)) if self.s else own), shared

    def predict(self, x):
        z, _ = self.features(x)
        return np.maximum([own.mean(z) for own in self.own], self.shortest)

    def update(self, k, x, length):
        z, shared = self.features(x)
        self.own[k].update(z, length)
        if length > 0:
            self.shortest[k] = min(self.shortest[k], length)
        if self.s:
            tokens, calls = self.levels[k][0] + length, self.levels[k][1] + 1
            self.shared.update(shared, length / (tokens / calls))
            self.levels[k] = self.GAMMA * tokens, self.GAMMA * calls


class Inputs:
    """Tokens read beyond an estimate of them, in the last 64 calls: on average, and 19 times out of 20."""

    RECENT, BEFORE = 64, 2

    def __init__(self):
        self.beyond = []

    def of(self, e):
        """(expected, high)"""
        if not self.beyond:
            return e, e
        recent = sorted(self.beyond[-self.RECENT :])
        high = recent[math.ceil(len(recent) * 19 / 20) - 1]
        usual = [min(each, high) for each in recent]
        mean = sum(usual) / min(len(usual) + self.BEFORE, self.RECENT)
        return e + max(0.0, mean), e + max(0.0, high)

    def add(self, e, tokens):
        self.beyond.append(tokens - e)


class Errors:
    """How far actual lengths exceed predicted ones: the 95 % quantile of their ratio, once 20 are known; at a
    thousand every bucket of them is halved.
    """

    def __init__(self, factor):
        self.factor, self.buckets = factor, []

    def add(self, ratio):
        if ratio > 0:
            self.buckets.append(bucket_of(ratio))
        n = len(self.buckets)
        if n >= 20 and n % max(1, 2 ** int(math.log2(n)) // 16) == 0:
            self.factor = max(1.0, quantile(self.buckets, 0.95))
        if n >= 1000:
            counts = Counter(self.buckets)
            self.buckets = [bucket for bucket in counts for _ in range(counts[bucket] // 2)]


class Dual:
    """One price, solved at every request over all so far, fading; `usd` and `spend` in nano-dollars."""

    PER_OCTAVE, LOWEST, OCTAVES, MEMORY = 32, -30, 80, 500.0  # of the histogram of log2(rate)

    def __init__(self, usd, requests, unserved=None):
        self.B, self.Q, self.seen, self.unserved, self.rows = usd, requests, 0, unserved, []

    @staticmethod
    def hull(reward, cost, eligible):
        """Models from the cheapest upward, each the steepest step from the one before; and those steps."""
        left = sorted(np.flatnonzero(eligible), key=lambda k: (cost[k], -reward[k], k))
        hull, steps = [left[0]], []
        while True:
            at = hull[-1]
            better = [k for k in left if reward[k] > reward[at]]
            if not better:
                return hull[0], steps
            rates = {k: divide(reward[k] - reward[at], cost[k] - cost[at]) for k in better}
            best = max(better, key=lambda k: (rates[k], cost[k]))
            hull.append(best)
            steps.append((rates[best], cost[best] - cost[at]))

    def price(self, usd, below=False):
        """Reward per dollar at which a request costs `usd` on average; the inverse of a histogram. `below`:
        half a bucket below the bucket that it falls into.
        """
        weights = (1 - 1 / self.MEMORY) ** np.arange(len(self.rows))[::-1]
        wanted = usd * weights.sum() - weights @ [cheapest for cheapest, _ in self.rows]
        if wanted <= 0:
            return math.inf
        money = self.money(weights)
        for bucket in range(len(money) - 1, -1, -1):
            if money[bucket] > wanted:
                bucket += -0.5 if below else 1 - wanted / money[bucket]
                return 2 ** (self.LOWEST + bucket / self.PER_OCTAVE)
            wanted -= money[bucket]
        return 0.0

    def money(self, weights):
        """Dollars of the steps of all requests, by bucket of their rate."""
        money = np.zeros(self.PER_OCTAVE * self.OCTAVES)
        for weight, (_, steps) in zip(weights, self.rows, strict=True):
            for rate, dollars in steps:
                bucket = (math.log2(rate) - self.LOWEST) * self.PER_OCTAVE
                money[int(min(max(bucket, 0), len(money) - 1))] += weight * dollars
        return money

    def earned(self, low, high):
        """The integral of the price from one mean cost to another, per request."""
        weights = (1 - 1 / self.MEMORY) ** np.arange(len(self.rows))[::-1]
        base = weights @ [cheapest for cheapest, _ in self.rows]
        low, high = low * weights.sum() - base, high * weights.sum() - base
        if low < 0:
            return math.inf
        money, total, above = self.money(weights), 0.0, 0.0
        for bucket in np.flatnonzero(money)[::-1]:
            begin, end = max(low, above), min(high, above + money[bucket])
            if end > begin:
                share = ((begin + end) / 2 - above) / money[bucket]
                total += (end - begin) * 2 ** (self.LOWEST + (bucket + 1 - share) / self.PER_OCTAVE)
            above += money[bucket]
        return total / weights.sum()

    def admit(self, reward, cost, cap, eligible):
        Q = max(1, self.Q - self.seen)
        self.seen += 1
        if not eligible.any():
            return eligible, "insufficient_budget", 0.0
        cheapest = self.observe(reward, cost, eligible)
        B = self.B / 1e9
        price = self.price(B / (Q - 1)) if Q > 1 else 0.0
        fading = (1 - 1 / self.MEMORY) ** np.arange(len(self.rows))[::-1]
        cheap = np.array([usd for usd, _ in self.rows])
        m = np.average(cheap, weights=fading)
        s = math.sqrt(np.average((cheap - m) ** 2, weights=fading))
        n = fading.sum() ** 2 / (fading**2).sum()
        most = B - (Q - 1) * m - 2 * s * math.sqrt((Q - 1) * (1 + (Q - 1) / n))
        eligible = eligible & ((cap <= most) & math.isfinite(price) | (np.arange(len(cap)) == cheapest))
        if eligible.any():
            eligible = eligible & (cost <= self.look_ahead(B, Q - 1, reward, cost, cap, eligible))
            if not eligible.any():
                return eligible, "priced_out", price
        return self.at_price(price, most, cheapest, reward, cost, cap, eligible)

    def lost(self, B, others, cost, cap):
        """What the others earn less after a call, on average over a lognormal cost with quantile `cap`."""
        if others == 0:
            return 0.0
        expected = others * self.earned((B - cost) / others, B / others)
        a = 1.644854
        s = a - math.sqrt(max(0.0, a * a - 2 * math.log(max(1.0, cap / cost)))) if cost > 0 else 0.0
        points, weights = np.polynomial.hermite_e.hermegauss(5)
        costs = cost * np.exp(s * points - s * s / 2)
        if expected == math.inf or s == 0 or costs.max() < 0.01 * B:
            return expected
        weighed = (1 - 1 / self.MEMORY) ** np.arange(len(self.rows))[::-1]
        m = np.average([cheapest for cheapest, _ in self.rows], weights=weighed)
        least = min(B / others, m * (1 + 1e-12))
        lost = [self.earned(max((B - actual) / others, least), B / others) for actual in costs]
        return others * float(weights @ lost) / math.sqrt(2 * math.pi)

    def look_ahead(self, B, others, reward, cost, cap, eligible):
        """Cost of the best choice when what it leaves goes to the others."""
        best, usd = (-math.inf, math.inf) if self.unserved is None else (self.unserved - 1e-9, 0.0)
        for k in np.flatnonzero(eligible):
            lost = self.lost(B, others, cost[k], cap[k])
            value = reward[k] if self.unserved is None else max(reward[k], 0.0)
            if (value - lost, -cost[k]) > (best, -usd):
                best, usd = value - lost, cost[k]
        return usd

    def observe(self, reward, cost, eligible):
        """Counts a request and returns its cheapest choice, K where that is nobody."""
        if self.unserved is not None:
            reward, cost = np.append(reward, self.unserved), np.append(cost, 0.0)
            eligible = np.append(eligible, True)
        cheapest, steps = self.hull(reward, cost, eligible)
        self.rows.append((cost[cheapest], steps))
        return cheapest

    def at_price(self, price, most, cheapest, reward, cost, cap, eligible):
        finite = math.isfinite(price)
        eligible = eligible & ((cap <= most) & finite | (np.arange(len(cap)) == cheapest))
        price, reason = (price, "dual_price") if finite else (0.0, "cheapest")
        if self.unserved is None or not eligible.any():
            return eligible, reason, price
        worth = np.maximum(reward, 0.0) - price * cost - self.unserved >= -1e-9
        return eligible & worth, reason if (eligible & worth).any() else "priced_out", price

    def spend(self, amount):
        self.B -= amount


class Pacer(Dual):
    """So many dollars a request, at most 50 requests' money saved; `spend` in nano-dollars."""

    CREDIT = 50

    def __init__(self, usd_per_request, usd=None, unserved=None):
        self.rate, self.saved, self.unserved, self.rows = usd_per_request, 0.0, unserved, []

    def admit(self, reward, cost, cap, eligible):
        if not eligible.any():
            return eligible, "insufficient_budget", 0.0
        cheapest = self.observe(reward, cost, eligible)
        full = self.CREDIT * self.rate
        self.saved = min(self.saved + self.rate, full)
        if self.saved == full > 0:
            return self.at_price(0.0, math.inf, cheapest, reward, cost, cap, eligible)
        u = self.saved / full if full else 0.0
        price = self.price(self.rate / (1 - u**3), below=True)
        if self.unserved is not None:  # the cheapest model, where the request pays for it
            cheapest = int(np.where(eligible, cost, np.inf).argmin())
            cheapest = cheapest if cost[cheapest] <= self.rate else -1
        return self.at_price(price, self.saved, cheapest, reward, cost, cap, eligible)

    def spend(self, amount):
        self.saved -= amount / 1e9


class Even:
    """An even split; `usd` and `spend` in nano-dollars."""

    def __init__(self, usd, requests, spill_over=True):
        self.usd, self.requests, self.spill_over, self.B, self.Q = usd, requests, spill_over, usd, requests

    def admit(self, reward, cost, cap, eligible):
        left = max(0, self.B)
        share = left / max(1, self.Q) if self.spill_over or self.Q <= 0 else self.usd / self.requests
        self.Q -= 1
        eligible = eligible & (cost <= share / 1e9)
        return eligible, "even_split", 0.0

    def spend(self, amount):
        self.B -= amount


def divide(gain, usd):
    return gain / usd if usd > 0 else math.inf


class Zcl:
    """Algorithm 3; `usd` and `spend` in nano-dollars, LB and UB in reward per dollar."""

    def __init__(self, usd, requests, bin_size=200, lower=None, upper=None, stop=False):
        self.Q, self.S, self.stop = requests, min(bin_size or requests, requests), stop
        self.given, self.LB, self.UB = (lower, upper), lower or 0.0, upper or 0.0
        self.B_bin = usd / math.ceil(requests / self.S)
        self.B_left, self.spent, self.seen, self.stopped = 0.0, 0.0, 0, False
        self.ratios, self.reread_at = [], 1

    def observe(self, reward, cost):
        ratios = (reward / cost)[reward > 0]
        self.ratios += [bucket_of(ratio) for ratio in ratios]
        if len(self.ratios) >= self.reread_at:
            lower, upper = self.given
            self.LB = self.quantile(0.05) if lower is None else lower
            self.UB = max(self.LB, self.quantile(0.95) if upper is None else upper)
            self.reread_at = len(self.ratios) + len(self.ratios) // 8 + 1

    def quantile(self, q):
        return quantile(self.ratios, q)

    def admit(self, reward, cost, cap, eligible):
        if None in self.given:
            self.observe(reward, cost)
        within = self.seen < self.Q
        if within and self.seen % self.S == 0:  # a new bin, with what the last one left over
            self.B_left += self.B_bin
            self.spent = 0.0
        Q_left = min(self.S, self.Q - self.seen // self.S * self.S) - self.seen % self.S if within else 1
        self.seen += 1
        if self.stopped:
            return eligible & False, "stopped", 0.0
        if within and self.LB > 0:
            z = max(0.0, self.spent / self.B_bin) if self.B_bin > 0 else 1.0
            psi = (self.UB * math.e / self.LB) ** z * self.LB / math.e
            E = eligible & (reward > 0) & (cost * psi <= reward)
            if E.any():
                return E, "threshold", 0.0
        E = eligible & (cost <= max(0.0, self.B_left) / Q_left / 1e9)
        self.stopped = self.stop and not E.any()
        return E, "even_split", 0.0

    def spend(self, amount):
        self.B_left -= amount
        self.spent += amount
