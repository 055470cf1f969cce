"""Which size, weighting and precision should the packaged encoder have? Measured by replay.

    HF_HUB_OFFLINE=1 python benchmarks/encoder/distill.py --full minilm-full     # once; see there
    python benchmarks/encoder/choose.py minilm-full --data benchmarks/data       # needs pilotage[text,replay]

Every variant is cut from the same table of token vectors. Only the learning half of seed 0 of each data set
is opened, and split into two again, ten times over: one part teaches, the other is played, then they change
places. A prompt's reward is its mean over the repetitions, as a share of the best single model's mean.
Differences from the packaged variant are paired by prompt, and their standard errors are over prompts. Four
ways to play:

    skyline      full information, ridge penalty 20; the predicted spend meets the budget
    equal spend  the same, but the ceiling is moved until the realised spend meets the budget
    bandit 5     one score and cost per learning prompt, of a model drawn uniformly; penalty 5; equal spend
    bandit 20    likewise with penalty 20
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from distill import DIMENSIONS, PRECISION, SIF_COEFFICIENT
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from pilotage.arrays import Floats, Ints
from pilotage.replay.data import read_outcomes
from pilotage.replay.frontier import Frontier
from pilotage.replay.outcomes import Outcomes
from pilotage.replay.references import best_model, ridge
from pilotage.replay.runs import picked
from pilotage.replay.split import split_outcomes

Predict: TypeAlias = Callable[[Outcomes, Ints, Ints, Floats, np.random.Generator], tuple[Floats, Floats]]

BUDGETS = (0.10, 0.25, 0.50)  # shares of the cost of always calling the best model
REPETITIONS = 10
MMLU_PRO = [
    "gemini-1.5-pro-002",
    "Meta-Llama-3_1-70B-Instruct",
    "Meta-Llama-3_1-8B-Instruct",
    "DeepSeek-Coder-V2",
    "jamba-1.5-large",
    "Qwen1.5-72B-Chat",
    "Qwen1.5-7B-Chat",
    "Phi-3-mini-4k-instruct",
    "Mixtral-8x7B-Instruct-v0.1",
    "mathstral-7B",
    "c4ai-command-r-v01",
    "Mistral-7B-Instruct-v0.1",
    "Mistral-7B-Instruct-v0.2",
    "Yi-6b-Chat",
]
ZEROEVAL = [
    "claude-3-opus-20240229",
    "claude-3-5-sonnet-20241022",
    "gpt-4o-2024-08-06",
    "gpt-4o-mini-2024-07-18",
    "gpt-3.5-turbo-0125",
    "claude-3-haiku-20240307",
    "gemini-1.5-pro",
    "Mistral-Large-2",
    "Meta-Llama-3.1-70B-Instruct",
    "Meta-Llama-3.1-8B-Instruct",
    "Qwen2-72B-Instruct",
    "gemma-2-9b-it",
]
POOLS: Mapping[str, list[str] | None] = {"paretobandit": None, "mmlu_pro": MMLU_PRO, "zeroeval": ZEROEVAL}


@dataclass(frozen=True)
class Variant:
    """One way to cut the full table; no dimensions: the text is not looked at."""

    dimensions: int
    sif: float | None
    precision: str = "float32"
    whiten: bool = False

    def __str__(self) -> str:
        weighting = "none" if self.sif is None else f"{self.sif:g}"
        whitened = ", whitened" if self.whiten else ""
        return (
            f"{self.dimensions} | {weighting} | {self.precision}{whitened}"
            if self.dimensions
            else "0 | - | -"
        )

    def cut(self, full: Floats) -> Floats:  # (vocabulary, 384) -> (vocabulary, dimensions)
        """Do what model2vec does: weight tokens by SIF under Zipf's law, keep leading components, round."""
        table = full[:, : self.dimensions]
        if self.whiten:
            table = table / table.std(axis=0)
        if self.sif is not None:
            frequency = 1.0 / np.arange(2, len(full) + 2)
            frequency /= frequency.sum()
            table = table * (self.sif / (self.sif + frequency))[:, None]
        if self.precision == "int8":
            table = np.rint(table * (127.0 / np.abs(table).max()))
        rounded: Floats = table.astype(self.precision).astype(np.float64)
        return rounded


PACKAGED = Variant(DIMENSIONS, SIF_COEFFICIENT, PRECISION)
VARIANTS = (
    Variant(0, None),
    *(Variant(d, sif) for d in (16, 32, 64, 128, 256) for sif in (1e-4, 1e-3, 1e-2, None)),
    *(Variant(DIMENSIONS, SIF_COEFFICIENT, precision) for precision in ("float16", "int8")),
    Variant(DIMENSIONS, SIF_COEFFICIENT, whiten=True),
    Variant(128, SIF_COEFFICIENT, "int8"),
)


class Pool:
    """The half of one data set that may be opened: outcomes, tokens, and the best single model."""

    def __init__(self, path: Path, models: list[str] | None, tokenizer: Tokenizer) -> None:
        self.outcomes = read_outcomes(path, models)
        self.rows = split_outcomes(len(self.outcomes), seed=0).learning
        self.best = best_model(self.outcomes, self.rows)
        encodings = tokenizer.encode_batch_fast(list(self.outcomes.prompts), add_special_tokens=False)
        unknown = tokenizer.token_to_id("[UNK]")
        self._tokens = [[token for token in encoding.ids if token != unknown] for encoding in encodings]

    def embed(self, table: Floats) -> Floats:  # (vocabulary, d) -> (N, d)
        """Return unit vectors for the rows that may be opened, zero for the others."""
        vectors = np.zeros((len(self._tokens), table.shape[1]))
        for row in self.rows:
            vectors[row] = table[self._tokens[row]].sum(axis=0)
        norm = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(norm > 0, norm, 1.0)

    def parts(self) -> Iterator[tuple[Ints, Ints, np.random.Generator]]:
        """Yield (learn, play, randomness) for each repetition, both ways round."""
        for repetition in range(REPETITIONS):
            rng = np.random.default_rng(repetition)
            first, second = np.array_split(rng.permutation(self.rows), 2)
            yield first, second, rng
            yield second, first, rng


def full_information(
    outcomes: Outcomes, learn: Ints, play: Ints, x: Floats, _: np.random.Generator
) -> tuple[Floats, Floats]:
    """Predict score and cost, each (n_play, K), from every model's outcome."""
    targets = np.hstack([outcomes.reward[learn], outcomes.cost[learn]])
    score, cost = np.hsplit(ridge(x[learn], targets, x[play]), 2)
    return score, np.maximum(cost, outcomes.cost[learn].min(axis=0))


def bandit(
    penalty: float, outcomes: Outcomes, learn: Ints, play: Ints, x: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Predict score and cost, each (n_play, K), from one uniformly drawn model's outcome per prompt."""
    called = rng.integers(len(outcomes.models), size=len(learn))
    score, cost = np.empty((2, len(play), len(outcomes.models)))
    for k in range(len(outcomes.models)):
        seen = learn[called == k]
        targets = np.stack([outcomes.reward[seen, k], outcomes.cost[seen, k]], axis=1)
        score[:, k], cost[:, k] = ridge(x[seen], targets, x[play], penalty).T
        cost[:, k] = np.maximum(cost[:, k], outcomes.cost[seen, k].min())
    return score, cost


def rewards(pool: Pool, x: Floats, predict: Predict, equal_spend: bool) -> Floats:
    """Return each opened prompt's mean reward under each budget, relative to the best model: (3, n)."""
    outcomes, total = pool.outcomes, np.zeros((len(BUDGETS), len(pool.outcomes)))
    for learn, play, rng in pool.parts():
        frontier = Frontier(*predict(outcomes, learn, play, x, rng))
        for j, share in enumerate(BUDGETS):
            budget = share * float(outcomes.cost[play, pool.best].mean())
            ceiling = _ceiling(frontier, outcomes.cost, play, budget) if equal_spend else budget
            total[j, play] += picked(outcomes.reward, play, frontier.choices(ceiling))
    relative: Floats = total[:, pool.rows] / REPETITIONS / outcomes.reward[pool.rows, pool.best].mean()
    return relative


def _ceiling(frontier: Frontier, cost: Floats, play: Ints, budget: float) -> float:
    """Find by bisection the predicted spend whose realised spend is `budget`, USD per request."""
    low, high = 0.0, 8.0 * budget
    for _ in range(30):
        middle = (low + high) / 2.0
        spent = picked(cost, play, frontier.choices(middle)).mean()
        low, high = (middle, high) if spent <= budget else (low, middle)
    return low


WAYS: Mapping[str, tuple[Predict, bool]] = {
    "skyline": (full_information, False),
    "equal spend": (full_information, True),
    "bandit 5": (partial(bandit, 5.0), True),
    "bandit 20": (partial(bandit, 20.0), True),
}


def difference(variant: list[Floats], packaged: list[Floats]) -> str:
    """Variant minus packaged, in percentage points: mean over data sets and budgets, with standard error."""
    gaps = [100.0 * (a - b).mean(axis=0) for a, b in zip(variant, packaged, strict=True)]  # each (n,)
    error = np.sqrt(sum(gap.var(ddof=1) / len(gap) for gap in gaps)) / len(gaps)
    return f"{np.mean([gap.mean() for gap in gaps]):+.2f} ± {error:.2f}"


def main() -> None:
    """Print the two tables of README.md."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("full", type=Path, help="directory written by distill.py --full")
    parser.add_argument(
        "--data", type=Path, default=Path("benchmarks/data"), help="directory of the Parquet files"
    )
    args = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(args.full / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512)
    full = load_file(args.full / "model.safetensors")["embeddings"].astype(np.float64)
    pools = [Pool(args.data / f"{name}.parquet", models, tokenizer) for name, models in POOLS.items()]

    def play(variant: Variant) -> dict[str, list[Floats]]:
        table = variant.cut(full) if variant.dimensions else np.zeros((len(full), 1))
        vectors = [pool.embed(table) for pool in pools]
        return {
            way: [rewards(pool, x, *how) for pool, x in zip(pools, vectors, strict=True)]
            for way, how in WAYS.items()
        }

    packaged = play(PACKAGED)
    print("Differences from the packaged variant, percentage points\n")
    print(f"| dimensions | SIF | precision | {' | '.join(WAYS)} |\n|{'---|' * (3 + len(WAYS))}")
    levels = []
    for variant in VARIANTS:
        played = play(variant)
        print(
            f"| {variant} | {' | '.join(difference(played[way], packaged[way]) for way in WAYS)} |",
            flush=True,
        )
        cells = [f"{row.mean():.3f}" for reward in played["equal spend"] for row in reward]
        levels.append(f"| {variant} | {' | '.join(cells)} |")
    errors = [
        f"{row.std(ddof=1) / len(row) ** 0.5:.3f}" for reward in packaged["equal spend"] for row in reward
    ]
    print("\nReward at equal spend, as a share of the best model's\n")
    print(f"| dimensions | SIF | precision | {' | '.join(f'{p} {b:.0%}' for p in POOLS for b in BUDGETS)} |")
    print(f"|{'---|' * 12}", *levels, f"| standard error | | | {' | '.join(errors)} |", sep="\n")


if __name__ == "__main__":
    main()
