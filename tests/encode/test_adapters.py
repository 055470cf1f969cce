"""Other encoders behind the same face, with fakes in place of the libraries."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pilotage.encode import Encoder, StaticEncoder, as_encoder, openai_encoder


def lengths(texts: Sequence[str]) -> np.ndarray[Any, Any]:
    """Embed a text as (its length, 1)."""
    return np.array([[len(text), 1.0] for text in texts])


class Custom:
    """An encoder of somebody's own whose output can be set."""

    name = "custom"
    dim = 2
    checksum = "abc"

    def __init__(self, output: object = None) -> None:
        self.output = output

    def encode(self, texts: Sequence[str]) -> Any:
        return lengths(texts) if self.output is None else self.output


class SentenceTransformer:
    """What of sentence-transformers is used."""

    def get_sentence_embedding_dimension(self) -> int:
        return 2

    def encode(self, sentences: list[str], *, show_progress_bar: bool, convert_to_numpy: bool) -> Any:
        assert (type(sentences), show_progress_bar, convert_to_numpy) == (list, False, True)
        return lengths(sentences).astype(np.float32)


class Client:
    """What of an OpenAI client is used; gives (length, 1), in reverse order."""

    def __init__(self) -> None:
        self.requests: list[int] = []
        self.embeddings = self

    def create(self, *, model: str, input: list[str]) -> Any:
        assert model == "text-embedding-fake"
        self.requests.append(len(input))
        data = [SimpleNamespace(index=i, embedding=[len(text), 1.0]) for i, text in enumerate(input)]
        return SimpleNamespace(data=data[::-1])


@pytest.mark.parametrize("obj", [None, "default", StaticEncoder()])
def test_the_packaged_encoder(obj: object) -> None:
    encoder = as_encoder(obj, dim=64)
    assert isinstance(encoder, StaticEncoder)
    assert encoder.name == "minilm-static"


@pytest.mark.parametrize(
    ("obj", "name"),
    [
        (Custom(), "custom"),
        (SentenceTransformer(), "SentenceTransformer"),
        (lengths, "lengths"),
        (lambda text: [len(text.strip()), 1], "<lambda>"),
        (lambda text: lengths([text])[0] if isinstance(text, str) else np.zeros(2), "<lambda>"),
    ],
    ids=["encoder", "sentence-transformers", "texts", "text", "text, silent on a list"],
)
def test_every_kind_gives_the_same_vectors(obj: object, name: str) -> None:
    encoder = as_encoder(obj)
    assert isinstance(encoder, Encoder)
    assert (encoder.name, encoder.dim) == (name, 2)
    np.testing.assert_array_equal(encoder.encode(["ab", "", "abc"]), [[2, 1], [0, 1], [3, 1]])
    assert encoder.encode([]).shape == (0, 2)


def test_the_checksum_is_kept_and_absent_ones_are_none() -> None:
    assert getattr(as_encoder(Custom()), "checksum", None) == "abc"
    assert getattr(as_encoder(lengths), "checksum", None) is None


def test_adapting_twice_is_adapting_once() -> None:
    encoder = as_encoder(lengths)
    assert as_encoder(encoder) is encoder


def test_float32_stays_and_other_numbers_become_float64() -> None:
    assert as_encoder(SentenceTransformer()).encode(["a"]).dtype == np.float32
    for dtype in (np.float16, np.int8, np.float64, np.dtype(">f8")):
        encoder = as_encoder(Custom(np.ones((1, 2), dtype)))
        assert encoder.encode(["a"]).dtype == np.dtype("=f8")


@pytest.mark.parametrize(
    ("output", "error", "message"),
    [
        (np.ones((1, 2)), ValueError, r"'custom' must return shape \(2, 2\), got \(1, 2\)"),
        (np.ones((2, 3)), ValueError, r"'custom' must return shape \(2, 2\), got \(2, 3\)"),
        (np.ones(2), ValueError, r"'custom' must return shape \(2, 2\), got \(2,\)"),
        ([[1, 2], [1, np.nan]], ValueError, r"'custom' must return finite numbers, got nan for texts\[1\]"),
        ([[-np.inf, 2], [1, 2]], ValueError, r"'custom' must return finite numbers, got -inf for texts\[0\]"),
        ([[1, 2], [1]], ValueError, r"'custom' must return vectors of one length, got "),
        (np.ones((2, 2), complex), TypeError, r"'custom' must return real numbers, got dtype complex128"),
        ([["1", "2"], ["1", "2"]], TypeError, r"'custom' must return real numbers, got dtype <U1"),
        ({"data": 1}, TypeError, r"'custom' must return real numbers, got dtype object"),
    ],
)
def test_output_is_not_trusted(output: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        as_encoder(Custom(output)).encode(["a", "b"])


def test_texts_are_checked_before_the_encoder_sees_them() -> None:
    with pytest.raises(TypeError, match=r"^texts must be a sequence of str, got str$"):
        as_encoder(Custom()).encode("ab")


def test_the_dimension_asked_for_must_be_the_encoders() -> None:
    assert as_encoder(lengths, dim=2).dim == 2
    with pytest.raises(ValueError, match=r"^dim must be 2, the dimension of encoder 'lengths', got 3$"):
        as_encoder(lengths, dim=3)


@pytest.mark.parametrize(
    ("obj", "error", "message"),
    [
        ("minilm", ValueError, r"^encoder must be \"default\" or an object, got 'minilm'$"),
        (Custom, TypeError, r"^encoder must be an instance, got the class Custom$"),
        (Client(), TypeError, r"must not be a client: use openai_encoder\(client, model, dim\), got Client$"),
        (3, TypeError, r"^encoder must be an Encoder, .* a callable or None, got int$"),
        (lambda text: 1.0, ValueError, r"'<lambda>' must return a vector per text, got shape \(\)$"),
        (lambda text: np.ones((1, 2)), ValueError, r"must return a vector per text, got shape \(1, 2\)$"),
        (lambda text: [], ValueError, r"^dim must be at least 1, got 0$"),
        (lambda text: None, TypeError, r"must return real numbers, got dtype object$"),
    ],
)
def test_refuses_what_is_no_encoder(obj: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        as_encoder(obj)


def test_an_error_of_the_callable_itself_is_shown() -> None:
    def broken(text: object) -> object:
        raise ConnectionError(f"no route, asked for {type(text).__name__}")

    with pytest.raises(ConnectionError, match="no route, asked for str"):
        as_encoder(broken)


def test_openai_keeps_the_order_of_the_texts_and_sends_no_empty_ones() -> None:
    client = Client()
    encoder = openai_encoder(client, "text-embedding-fake", dim=2)
    assert (encoder.name, encoder.dim) == ("text-embedding-fake", 2)
    np.testing.assert_array_equal(encoder.encode(["ab", "", "abc"]), [[2, 1], [0, 0], [3, 1]])
    assert client.requests == [2]
    assert as_encoder(encoder, dim=2) is encoder


def test_openai_is_asked_for_at_most_2048_texts_at_once() -> None:
    client = Client()
    embeddings = openai_encoder(client, "text-embedding-fake", 2).encode(["x" * (i + 1) for i in range(2050)])
    assert client.requests == [2048, 2]
    np.testing.assert_array_equal(embeddings[:, 0], np.arange(1, 2051))


def test_openai_refusals() -> None:
    with pytest.raises(ValueError, match=r"must return shape \(1, 3\), got \(1, 2\)"):
        openai_encoder(Client(), "text-embedding-fake", 3).encode(["a"])
    with pytest.raises(TypeError, match=r"^client must have embeddings\.create, got object$"):
        openai_encoder(object(), "m", 2)
    with pytest.raises(ValueError, match=r"^dim must be at least 1, got 0$"):
        openai_encoder(Client(), "m", 0)
    mute = SimpleNamespace(embeddings=SimpleNamespace(create=lambda model, input: SimpleNamespace(data=[])))
    with pytest.raises(ValueError, match=r"^encoder 'm' must return 1 embeddings, got 0$"):
        openai_encoder(mute, "m", 2).encode(["a"])
