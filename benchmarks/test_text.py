"""What a text costs: from a str to a context and to a decision, beside `tokenizers` with numpy and model2vec.

Prompts of about 170 characters, as they are and with accents; another prompt each round, the sides in turns.
Before anything is timed, the sides must give the same embeddings of the packaged prompts.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle, product
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from model2vec import StaticModel
from pytest_benchmark.fixture import BenchmarkFixture
from tokenizers import Tokenizer

from pilotage import Budget, Model, Router
from pilotage.arrays import Floats
from pilotage.encode import StaticEncoder, static
from pilotage.encode.files import parts
from pilotage.projection import Projection
from pilotage.replay.data import demo_outcomes

ASSETS = Path(static.__file__).parent / "assets" / "minilm-static"
LENGTHS = range(150, 191)
INTERCEPT = 0.9
MODELS = 4
ROUNDS, TURNS = 500, 3
SIDES = ("pilotage", "tokenizers + numpy", "model2vec", "pilotage, decide", "pilotage, decide on a vector")

Side: TypeAlias = "Callable[[str], object]"


class TokenizersSide:
    """The same arithmetic by the library that is the core's oracle, and numpy."""

    def __init__(self) -> None:
        self.tokenizer = Tokenizer.from_file(str(ASSETS / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        table, settings = parts(ASSETS)
        self.table, self.characters, self.tokens = table, settings["max_characters"], settings["max_tokens"]
        self.projection = Projection(table.shape[1], INTERCEPT)

    def embed(self, text: str) -> np.ndarray:
        ids = self.tokenizer.encode(text[: self.characters], add_special_tokens=False).ids[: self.tokens]
        total = self.table.take(ids, axis=0).sum(axis=0, dtype=np.float64)
        length = np.sqrt(total @ total)
        return (total / length if length > 0.0 else total).astype(np.float32)

    def context(self, text: str) -> Floats:
        return self.projection.one(self.embed(text))


@pytest.fixture(scope="module")
def sides() -> dict[str, Side]:
    encoder, slow, model2vec = StaticEncoder(), TokenizersSide(), StaticModel.from_pretrained(ASSETS)
    prompts = list(demo_outcomes().prompts)
    embeddings = encoder.encode(prompts)
    np.testing.assert_array_equal(embeddings, [slow.embed(prompt) for prompt in prompts])
    np.testing.assert_allclose(embeddings, model2vec.encode(prompts), atol=1e-6)
    contexts = np.array([encoder.context(prompt, slow.projection) for prompt in prompts])
    np.testing.assert_allclose(contexts, [slow.context(prompt) for prompt in prompts], rtol=1e-14, atol=1e-16)

    models = [Model(f"model-{k}", 1e-6 * 2.0**k, 4e-6 * 2.0**k) for k in range(MODELS)]
    router = Router(models, Budget(usd=1e3, requests=10**6), intercept=INTERCEPT)
    vectors = {
        text: vector
        for kind in TEXTS.values()
        for text, vector in zip(kind, encoder.encode(kind), strict=True)
    }
    return {
        "pilotage": lambda text: encoder.context(text, slow.projection),
        "tokenizers + numpy": slow.context,
        "model2vec": lambda text: model2vec.encode([text]),
        "pilotage, decide": router.decide,
        "pilotage, decide on a vector": lambda text: router.decide(vectors[text]),
    }


PLAIN = [prompt for prompt in demo_outcomes().prompts if len(prompt) in LENGTHS and prompt.isascii()]
TEXTS = {"ASCII": PLAIN, "accents": [prompt.replace("e", "é") for prompt in PLAIN]}


@pytest.mark.parametrize(("turn", "texts", "side"), list(product(range(TURNS), TEXTS, SIDES)))
def test_text(benchmark: BenchmarkFixture, sides: dict[str, Side], side: str, texts: str, turn: int) -> None:
    text = cycle(TEXTS[texts])
    benchmark.pedantic(sides[side], setup=lambda: ((next(text),), {}), rounds=ROUNDS, warmup_rounds=5)
