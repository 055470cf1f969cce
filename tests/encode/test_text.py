"""The core's text encoder against `tokenizers`: token by token, on prompts, on all of Unicode, on noise."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pilotage import Model, Router, _core
from pilotage.encode import StaticEncoder
from pilotage.encode.files import parts
from pilotage.encode.texts import checked_texts
from pilotage.projection import Projection
from pilotage.replay.data import demo_outcomes

pytest.importorskip("tokenizers")
from tests.encode.oracle import COMBINING, MARKS, PIECES, TEXTURE, Oracle, chunks

DATA = Path(__file__).parents[2] / "benchmarks" / "data"
SURROGATES = range(0xD800, 0xE000)


@pytest.fixture(scope="module")
def packaged(assets: Path) -> Oracle:
    return Oracle.packaged(assets, max_characters=3072, max_tokens=512)


@pytest.fixture(scope="module")
def endless(assets: Path) -> Oracle:
    return Oracle.packaged(assets)


@pytest.fixture(scope="module")
def spelling() -> Oracle:
    return Oracle.spelling(COMBINING + MARKS + TEXTURE.replace("\ud800\udc00", "") + "".join(PIECES))


def words(oracle: Oracle, text: str) -> list[str]:
    return [oracle.slow.id_to_token(token) for token in oracle.fast.tokens(text)]


def test_words_by_hand(packaged: Oracle) -> None:
    assert words(packaged, "Don't  PANIC\t(x_1)!") == ["don", "'", "t", "panic", "(", "x", "_", "1", ")", "!"]
    assert words(packaged, "Ünaffåble") == ["una", "##ffa", "##ble"]
    assert words(packaged, "日本") == ["日", "本"]
    assert words(packaged, "a\x00b\u200bc") == ["abc"]
    assert words(packaged, "[PAD]pad[pad]") == ["[PAD]", "pad", "[", "pad", "]"]


def test_a_word_of_more_than_100_characters_is_unknown(packaged: Oracle) -> None:
    assert words(packaged, "a" * 101) == words(packaged, "é" * 101) == ["[UNK]"]
    assert len(words(packaged, "a" * 100)) > 1


def test_combining_characters_are_put_in_canonical_order_unless_something_stands_between(
    spelling: Oracle,
) -> None:
    low, high = "\u1b44", "\U0001e000"  # classes 9 and 230
    assert (
        words(spelling, f"a{high}{low}") == words(spelling, f"a{low}{high}") == ["a", f"##{low}", f"##{high}"]
    )
    assert words(spelling, f"a{high}\u0301{low}") == ["a", f"##{low}", f"##{high}"]  # class 230: moves along
    assert words(spelling, f"a{high}\u0941{low}") == ["a", f"##{high}", f"##{low}"]  # class 0, dropped


@pytest.mark.parametrize(("data", "stride"), [("mmlu_pro", 8), ("zeroeval", 2), ("routellm", 8)])
def test_prompts_of_the_data_sets(packaged: Oracle, data: str, stride: int) -> None:
    packaged.check(
        pl.read_parquet(DATA / f"{data}.parquet", columns=["prompt"])["prompt"].to_list()[::stride]
    )


def test_every_packaged_prompt(packaged: Oracle) -> None:
    packaged.check(list(demo_outcomes().prompts))


@pytest.mark.parametrize("plane", range(17))
def test_every_code_point(endless: Oracle, plane: int) -> None:
    endless.check(chunks(range(0x10000 * plane, 0x10000 * (plane + 1)), "a{}b"))


def test_every_code_point_that_changes_spelled_out() -> None:
    spelled = Oracle.spelling(map(chr, range(0x3400)))
    spelled.check(chunks(range(0x3400), "a{}\u0301b"))
    for first, second in ((COMBINING[3], COMBINING[0]), (COMBINING[0], COMBINING[3])):
        spelled.check(chunks(range(0x3400), f"a{first}{{}}{second}b"))


NOISE = st.lists(
    st.sampled_from([*COMBINING, *MARKS, *TEXTURE, *PIECES]) | st.characters(exclude_categories=()),
    max_size=40,
).map("".join)


@given(NOISE)
@example("[PAD] and [UNK], [pad] and [CLS]")
@example("".join(map(chr, range(256))))
@example("\ud835\udc00 \ud800 \udc00\ud800 \ud83d")
@example("")
def test_noise(packaged: Oracle, spelling: Oracle, text: str) -> None:
    packaged.check([text])
    spelling.check([text])


@pytest.mark.parametrize(
    "text", ["a", "é", "日", "😀", " ", "the ", "\u1b44", "\U0001e000\u1b44", "[UNK]", "\ud800"]
)
def test_a_megabyte_is_read_as_far_as_the_limits_and_no_further(packaged: Oracle, text: str) -> None:
    packaged.check([text * (2**20 // len(text))])


def test_a_megabyte_without_limits(endless: Oracle) -> None:
    shuffled = random.Random(0).choices([*COMBINING, *MARKS, *TEXTURE, *PIECES, " ", " ", "the "], k=2**16)
    endless.check(["".join(shuffled)])


def pooled(oracle: Oracle, table: np.ndarray, texts: list[str]) -> np.ndarray:
    """(n, d_e) float64: rows summed in order of the tokens, scaled to unit length."""
    sums = np.array([table[tokens].sum(axis=0, dtype=np.float64) for tokens in oracle.tokens(texts)])
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-300)


PROMPTS = ["", "\u200b", *PIECES, "Prove that sqrt(2) is irrational.", "é" * 4000, TEXTURE, "word " * 600]


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.float64])
def test_embeddings_are_the_sums_whatever_the_type_of_the_table(
    packaged: Oracle, assets: Path, dtype: type
) -> None:
    table, settings = parts(assets)
    encoder = _core.TextEncoder(table.astype(dtype), **settings)
    texts = [*PROMPTS, *demo_outcomes().prompts]
    embeddings = encoder.encode(texts)
    assert embeddings.dtype == np.float32
    np.testing.assert_array_equal(embeddings, pooled(packaged, table, texts).astype(np.float32))


@pytest.mark.parametrize("dim", [1, 63, 64, 65, 200])
def test_a_projected_table_gives_projected_embeddings(packaged: Oracle, assets: Path, dim: int) -> None:
    table, settings = parts(assets)
    projected = table.astype(np.float64) @ np.random.default_rng(0).standard_normal((64, dim))
    found = _core.TextEncoder(projected, **settings).encode(PROMPTS)
    np.testing.assert_allclose(found, pooled(packaged, projected, PROMPTS), atol=1e-7)


@pytest.mark.parametrize(
    "projection",
    [
        Projection(64, 0.9),
        Projection(64, 0.0),
        Projection(64, 0.9, np.eye(64)[:7]),
        Projection(64, 0.5, None, np.ones(64)),
    ],
    ids=["plain", "no constant", "matrix", "offset"],
)
def test_a_context_is_the_projection_of_the_embedding(encoder: StaticEncoder, projection: Projection) -> None:
    for text in PROMPTS:
        expected = projection.one(encoder.encode([text])[0])
        np.testing.assert_allclose(encoder.context(text, projection), expected, rtol=1e-14, atol=1e-16)


def test_a_router_decides_on_a_text_as_on_its_embedding(encoder: StaticEncoder) -> None:
    router = Router([Model("cheap", 1e-7, 1e-7), Model("dear", 1e-5, 1e-5)])
    for text, embedding in zip(PROMPTS, encoder.encode(PROMPTS), strict=True):
        beliefs = router.estimate(text, input_tokens=9), router.estimate(embedding, input_tokens=9)
        np.testing.assert_allclose(*(list(belief.values()) for belief in beliefs), rtol=1e-12)


def test_checked_texts_and_the_core_read_surrogates_alike(packaged: Oracle) -> None:
    texts = [f"a{chr(high)}{chr(low)}b" for high in SURROGATES[::97] for low in SURROGATES[::89]]
    np.testing.assert_array_equal(packaged.fast.encode(texts), packaged.fast.encode(checked_texts(texts)))


VALID = {
    "vocabulary": ["?", "a", "##a"],
    "unknown": "?",
    "special": ["a"],
    "max_word": 1,
    "max_characters": 1,
    "max_tokens": 1,
}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"unknown": "b"}, r"^unknown must be in the vocabulary, got 'b'$"),
        ({"special": ["b"]}, r"^special must be in the vocabulary, got 'b'$"),
        ({"special": [""]}, r"^special must be ASCII and not empty, got ''$"),
        ({"special": ["é"]}, r"^special must be ASCII and not empty, got 'é'$"),
        (
            {"vocabulary": ["?", "a", "a"]},
            r"^vocabulary must have distinct tokens, got 'a' again at index 2$",
        ),
        (
            {"vocabulary": ["?", "a", "x" * 257]},
            r"^vocabulary must have tokens of at most 256 bytes, got 257 at index 2$",
        ),
        ({"vocabulary": ["?", "a"]}, r"^table must have 2 rows, one per token, got 3$"),
        ({"max_word": 0}, r"^max_word must be >= 1, got 0$"),
        ({"max_characters": 0}, r"^max_characters must be >= 1, got 0$"),
        ({"max_tokens": 0}, r"^max_tokens must be >= 1, got 0$"),
    ],
)
def test_refusals_of_settings(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        _core.TextEncoder(np.zeros((3, 2)), **{**VALID, **changed})


def test_refusals_of_tables_and_texts() -> None:
    with pytest.raises(ValueError, match=r"^table must be finite, got a number that is not$"):
        _core.TextEncoder(np.full((3, 2), np.nan), **VALID)
    with pytest.raises(ValueError, match=r"^columns of the table must be >= 1, got 0$"):
        _core.TextEncoder(np.zeros((3, 0)), **VALID)
    with pytest.raises(TypeError):
        _core.TextEncoder(np.zeros((3, 2), np.int32), **VALID)
    encoder = _core.TextEncoder(np.zeros((3, 2)), **VALID)
    for text in (b"a", None, 1):
        with pytest.raises(TypeError):
            encoder.context(text, 0.9)  # type: ignore[arg-type]
