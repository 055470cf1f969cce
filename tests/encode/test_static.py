"""The packaged encoder: what it gives, that its files are intact, and that model2vec agrees."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pilotage.encode import Encoder, StaticEncoder

GOLDEN = json.loads((Path(__file__).parent / "golden.json").read_text("utf-8"))
TEXTS = [
    "Prove that sqrt(2) is irrational.",
    "",
    "def f(x):\n\treturn x ** 2",
    "Übersetze »Guten Morgen«. 早上好! 👋🏽",
    "a\x00b\x7fc\r\nd\u200b",
    "[PAD] pad [UNK]",
    "antidisestablishmentarianism " + "x" * 101,
    "word " * 600,
    "é" * 4000,
]


@pytest.fixture
def copy(assets: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(assets, tmp_path / "copy"))


def test_name_dimension_and_type(encoder: StaticEncoder) -> None:
    assert (encoder.name, encoder.dim) == ("minilm-static", 64)
    assert isinstance(encoder, Encoder)
    assert repr(encoder) == "StaticEncoder('minilm-static', dim=64)"
    embeddings = encoder.encode(TEXTS)
    assert embeddings.shape == (len(TEXTS), 64)
    assert embeddings.dtype == np.float32


def test_texts_without_a_known_token_are_zero_and_all_others_have_length_one(encoder: StaticEncoder) -> None:
    np.testing.assert_array_equal(encoder.encode(["", " \n\t", "😀", "\u200b"]), np.zeros((4, 64)))
    np.testing.assert_allclose(
        np.linalg.norm(encoder.encode(["a", "two words", "日"]), axis=1), 1.0, atol=1e-6
    )


def test_no_texts_give_no_rows(encoder: StaticEncoder) -> None:
    assert encoder.encode([]).shape == (0, 64)


def test_case_and_white_space_do_not_matter_and_meaning_does(encoder: StaticEncoder) -> None:
    cat, shouted, kitten, tax = encoder.encode(
        ["The cat sat.", "the   CAT\n sat .", "A kitten is sitting.", "Deduct the tax from your invoice."]
    )
    np.testing.assert_array_equal(cat, shouted)
    assert cat @ kitten > cat @ tax


@pytest.mark.parametrize("case", GOLDEN, ids=[case["prompt"][:12] for case in GOLDEN])
def test_golden_components(encoder: StaticEncoder, case: dict[str, list[float]]) -> None:
    """Made by model2vec at distillation, from the packaged table and from the unrounded one."""
    leading = encoder.encode([str(case["prompt"])])[0, :8]
    np.testing.assert_allclose(leading, case["packaged"], atol=1e-5)
    np.testing.assert_allclose(leading, case["unrounded"], atol=0.015)


def test_model2vec_reads_the_same_files_and_agrees(encoder: StaticEncoder, assets: Path) -> None:
    model2vec = pytest.importorskip("model2vec")
    expected = model2vec.StaticModel.from_pretrained(assets).encode(TEXTS)
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=1e-6)


def test_components_are_ordered_by_variance_over_the_vocabulary(assets: Path) -> None:
    numpy = pytest.importorskip("safetensors.numpy")
    variance = numpy.load_file(assets / "model.safetensors")["embeddings"].astype(np.float64).var(axis=0)
    assert (
        variance[1:] < 1.02 * variance[:-1]
    ).all()  # rounding and weighting may swap near-equal neighbours
    assert variance[0] > 4.0 * variance[-1]


def test_a_batch_equals_its_texts_one_by_one_bit_for_bit(encoder: StaticEncoder) -> None:
    np.testing.assert_array_equal(
        encoder.encode(TEXTS), np.vstack([encoder.encode([text]) for text in TEXTS])
    )


def test_words_are_order_free(encoder: StaticEncoder) -> None:
    forth, back = encoder.encode(["alpha beta gamma delta", "delta gamma beta alpha"])
    np.testing.assert_array_equal(forth, back)


def test_nothing_after_512_tokens_or_3072_characters_is_read(encoder: StaticEncoder) -> None:
    short, long, other = encoder.encode(["cat " * 512, "cat " * 512 + "dog " * 10, "cat " * 511 + "dog"])
    np.testing.assert_array_equal(short, long)
    assert not np.array_equal(short, other)
    spaces = " " * 3066
    kept, cut = encoder.encode([spaces + " house", spaces + "  house"])
    np.testing.assert_array_equal([kept, cut], encoder.encode(["house", "hous"]))


def test_surrogate_pairs_are_one_character_and_lone_surrogates_are_ignored(encoder: StaticEncoder) -> None:
    pair, character, lone, none = encoder.encode(["\ud835\udc00 cat", "\U0001d400 cat", "cat \ud800", "cat"])
    np.testing.assert_array_equal(pair, character)
    np.testing.assert_array_equal(lone, none)


def test_threads_agree(encoder: StaticEncoder) -> None:
    with ThreadPoolExecutor(4) as pool:
        for embeddings in pool.map(encoder.encode, [TEXTS] * 16):
            np.testing.assert_array_equal(embeddings, encoder.encode(TEXTS))


def test_pickles_as_its_path(encoder: StaticEncoder) -> None:
    encoder.encode(["loaded"])
    pickled = pickle.dumps(encoder)
    assert len(pickled) < 500
    np.testing.assert_array_equal(pickle.loads(pickled).encode(TEXTS), encoder.encode(TEXTS))


def test_refuses_what_is_not_a_sequence_of_strings(encoder: StaticEncoder) -> None:
    with pytest.raises(TypeError, match=r"^texts must be a sequence of str, got str$"):
        encoder.encode("one text")
    with pytest.raises(TypeError, match=r"^texts must be a sequence of str, got NoneType$"):
        encoder.encode(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"^texts\[1\] must be str, got bytes$"):
        encoder.encode(["a", b"b"])  # type: ignore[list-item]


def test_the_checksum_file_matches(assets: Path) -> None:
    lines = [line.split() for line in (assets / "SHA256SUMS").read_text("utf-8").splitlines()]
    assert [name for _, name in lines] == ["config.json", "model.safetensors", "tokenizer.json"]
    for digest, name in lines:
        assert hashlib.sha256((assets / name).read_bytes()).hexdigest() == digest
    sums = (assets / "SHA256SUMS").read_bytes()
    assert StaticEncoder().checksum == hashlib.sha256(sums).hexdigest()


def test_a_damaged_file_is_refused(copy: Path) -> None:
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    with pytest.raises(
        ValueError, match=r"model\.safetensors must have SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}$"
    ):
        StaticEncoder(copy).encode(["a"])


def test_another_directory_works_and_has_its_own_name(encoder: StaticEncoder, copy: Path) -> None:
    other = StaticEncoder(str(copy))
    assert (other.name, other.dim, other.checksum) == ("copy", 64, encoder.checksum)
    np.testing.assert_array_equal(other.encode(TEXTS), encoder.encode(TEXTS))


def test_it_needs_no_other_package(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("tokenizers", "safetensors", "model2vec"):
        monkeypatch.setitem(sys.modules, name, None)
    assert StaticEncoder(copy).encode(["a"]).any()


@pytest.mark.parametrize(
    ("part", "key", "value", "message"),
    [
        (
            "normalizer",
            "lowercase",
            False,
            "normalizer of tokenizer.json must have lowercase True, got False",
        ),
        ("normalizer", "strip_accents", False, "tokenizer.json must strip accents, got strip_accents false"),
        ("pre_tokenizer", "type", "Metaspace", "must have type 'BertPreTokenizer', got 'Metaspace'"),
        ("model", "type", "BPE", "model of tokenizer.json must have type 'WordPiece', got 'BPE'"),
        ("model", "vocab", {"[UNK]": 1}, "must number its vocabulary 0, 1, 2 and so on, got gaps"),
        ("added_tokens", 0, {"content": "x", "single_word": True}, "'x' .* single_word False, got True"),
    ],
)
def test_refuses_other_tokenizers(copy: Path, part: str, key: str, value: object, message: str) -> None:
    tokenizer = json.loads((copy / "tokenizer.json").read_text("utf-8"))
    tokenizer[part][key] = value
    (copy / "tokenizer.json").write_text(json.dumps(tokenizer), "utf-8")
    names = ("config.json", "model.safetensors", "tokenizer.json")
    sums = [f"{hashlib.sha256((copy / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (copy / "SHA256SUMS").write_text("".join(sums), "utf-8")
    with pytest.raises(ValueError, match=message):
        StaticEncoder(copy).encode(["a"])


def test_importing_and_describing_loads_no_library() -> None:
    code = (
        "import sys, pilotage.encode as e; e.StaticEncoder().dim; e.as_encoder().checksum;"
        "print(sorted({'tokenizers', 'safetensors', 'model2vec', 'torch'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"
