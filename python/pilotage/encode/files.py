"""The files of a static encoder: verified, and read with nothing but numpy."""

from __future__ import annotations

import functools
import hashlib
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotage import _core

SUMS = "SHA256SUMS"
_CHARACTERS_PER_TOKEN = 6  # median over the vocabulary; model2vec cuts texts at as many times max_length
_DTYPES = {"I8": "<i1", "F16": "<f2", "F32": "<f4", "F64": "<f8"}

# What the core does: an uncased BERT tokenizer, as the `tokenizers` library describes it.
_NORMALIZER = {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "lowercase": True}
_MODEL = {"type": "WordPiece", "continuing_subword_prefix": "##"}
_LITERAL = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}


@functools.cache
def load(path: Path) -> _core.TextEncoder:
    """The encoder in a directory, after its files are verified. Raises as `parts` does."""
    table, settings = parts(path)
    return _core.TextEncoder(table, **settings)


def parts(path: Path) -> tuple[NDArray[Any], dict[str, Any]]:
    """Verify the files of a directory, then return (table, keywords of `TextEncoder`).

    The table (V, d_e) may be projected before an encoder is made of it: sums are linear.

    Raises
    ------
    ValueError : a file does not match its checksum, or is not what `StaticEncoder` says.
    """
    files = _verified(path)
    tokenizer = json.loads(files["tokenizer.json"])
    vocabulary, special = _checked_tokenizer(tokenizer)
    unknown, limit = tokenizer["model"]["unk_token"], int(json.loads(files["config.json"])["max_length"])
    table = _embeddings(files["model.safetensors"])
    table[vocabulary.index(unknown)] = 0  # a word outside the vocabulary says nothing
    return table, {
        "vocabulary": vocabulary,
        "unknown": unknown,
        "special": special,
        "max_word": tokenizer["model"]["max_input_chars_per_word"],
        "max_characters": _CHARACTERS_PER_TOKEN * limit,
        "max_tokens": limit,
    }


def _verified(path: Path) -> dict[str, bytes]:
    """Return the content of every file that SHA256SUMS names, after checking it."""
    files = {}
    for line in (path / SUMS).read_text("utf-8").splitlines():
        expected, name = line.split(maxsplit=1)
        files[name] = (path / name).read_bytes()
        found = hashlib.sha256(files[name]).hexdigest()
        if found != expected:
            raise ValueError(f"{path / name} must have SHA-256 {expected}, got {found}")
    return files


def _checked_tokenizer(tokenizer: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return (vocabulary, special tokens) of a tokenizer.json; refuse all but an uncased BERT tokenizer."""
    _check("normalizer", tokenizer["normalizer"], _NORMALIZER)
    if tokenizer["normalizer"].get("strip_accents") is False:
        raise ValueError("tokenizer.json must strip accents, got strip_accents false")
    _check("pre_tokenizer", tokenizer["pre_tokenizer"], {"type": "BertPreTokenizer"})
    _check("model", tokenizer["model"], _MODEL)
    for token in tokenizer["added_tokens"]:
        _check(f"added token {token['content']!r}", token, _LITERAL)
    places: dict[str, int] = tokenizer["model"]["vocab"]
    vocabulary = sorted(places, key=places.__getitem__)
    if [places[token] for token in vocabulary] != list(range(len(vocabulary))):
        raise ValueError("tokenizer.json must number its vocabulary 0, 1, 2 and so on, got gaps")
    return vocabulary, [token["content"] for token in tokenizer["added_tokens"]]


def _check(name: str, found: dict[str, Any], expected: dict[str, Any]) -> None:
    for key, value in expected.items():
        if found.get(key) != value:
            raise ValueError(f"{name} of tokenizer.json must have {key} {value!r}, got {found.get(key)!r}")


def _embeddings(content: bytes) -> NDArray[Any]:
    """Return the tensor `embeddings` of a safetensors file, (V, d_e): int8, float32 or float64.

    The format: eight bytes of the header's length, the header in JSON, the tensors' bytes.
    """
    (size,) = struct.unpack_from("<Q", content)
    tensor = json.loads(content[8 : 8 + size])["embeddings"]
    dtype = np.dtype(_DTYPES[tensor["dtype"]])
    begin, end = (8 + size + offset for offset in tensor["data_offsets"])
    table = np.frombuffer(content[begin:end], dtype).reshape(tensor["shape"])
    embeddings: NDArray[Any] = table.astype(np.float32 if dtype == np.float16 else dtype.newbyteorder("="))
    return embeddings
