"""Writes fold_table.inc: what an uncased BERT tokenizer makes of every code point.

    pip install tokenizers && python cpp/src/text/fold_table.py

`tokenizers` itself is asked, one code point at a time: its Unicode tables, not Python's, decide. What one
becomes depends on its neighbours in one way only: the canonical ordering of combining characters. Most of
them are stripped. For those that stay, Python's combining classes are taken, after a check that every pair
is ordered by them; one that is stripped, but keeps its neighbours in the order they had, is a barrier.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import tokenizers
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

WORD, ALONE, SPACE, NOTHING, BARRIER, FIRST_SEQUENCE = range(6)
BLOCK = 128
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic instead
ALONE_FLAG, LAST_FLAG, CLASS_SHIFT = 1 << 21, 1 << 22, 24
WIDTH = 118

normalise = BertNormalizer(lowercase=True).normalize_str
pre_tokenize = BertPreTokenizer().pre_tokenize_str


def class_of(character: str) -> int:
    """WORD, ALONE or SPACE: how a normalised character cuts the word it stands in."""
    words = [word for word, _ in pre_tokenize(f"a{character}a")]
    kinds = {(f"a{character}a",): WORD, ("a", character, "a"): ALONE, ("a", "a"): SPACE}
    return kinds[tuple(words)]


def combining_classes(kept: Iterable[str]) -> dict[str, int]:
    """The combining class of every character that is kept and takes part in canonical ordering."""

    def swapped(first: str, second: str) -> bool:
        return normalise(first + second) != first + second

    known = [c for c in kept if unicodedata.combining(c)]
    known = [c for c in known if any(swapped(c, other) or swapped(other, c) for other in known)]
    classes = {c: unicodedata.combining(c) for c in known}
    for first, second in itertools.product(known, known):
        assert swapped(first, second) == (classes[first] > classes[second]), (first, second)
    low, high = min(known, key=classes.__getitem__), max(known, key=classes.__getitem__)
    assert {c for c in kept if swapped(high, c) or swapped(c, low)} <= set(known)
    return classes


def table() -> tuple[list[int], list[int]]:
    """(entry per code point, pool of sequences)."""
    scalars = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    folded = {c: normalise(chr(c)) for c in scalars}
    kinds = {c: class_of(c) for c in set(itertools.chain.from_iterable(folded.values()))}
    # Ideographs get white space around them, so they stand alone.
    spaced = {c for c, text in folded.items() if len(text) == 3 and text[0] == text[2] == " "}
    classes = combining_classes(text for c, text in folded.items() if len(text) == 1 and kinds[text] == WORD)
    low, high = min(classes, key=classes.__getitem__), max(classes, key=classes.__getitem__)

    entries, pool, positions = [NOTHING] * 0x110000, [], {}
    for c, text in folded.items():
        text = text.strip(" ") if c in spaced else text
        if c in HANGUL:
            assert [kinds[part] for part in text] == [WORD] * len(text)
        elif text == "":
            between = normalise(high + chr(c) + low)
            assert between in (high + low, low + high)
            entries[c] = BARRIER if between == high + low else NOTHING
        elif text == " ":
            entries[c] = SPACE
        else:
            alone = [c in spaced or kinds[part] == ALONE for part in text]
            assert not any(kinds[part] == SPACE for part in text)
            assert c not in spaced or len(text) == 1
            if text == chr(c) and text not in classes:
                entries[c] = ALONE if alone[0] else WORD
                continue
            units = [
                ord(p) | a * ALONE_FLAG | classes.get(p, 0) << CLASS_SHIFT
                for p, a in zip(text, alone, strict=True)
            ]
            units[-1] |= LAST_FLAG
            if (key := tuple(units)) not in positions:
                positions[key] = FIRST_SEQUENCE + len(pool)
                pool += units
            entries[c] = positions[key]
    return entries, pool


def array(kind: str, name: str, values: Iterable[int]) -> str:
    lines, line = [], ""
    for value in values:
        if len(line) + len(str(value)) + 1 > WIDTH:
            lines.append(line)
            line = ""
        line += f"{value},"
    return f"constexpr {kind} {name}[] = {{\n" + "\n".join([*lines, line]) + "\n};\n"


def main() -> None:
    entries, pool = table()
    blocks: dict[tuple[int, ...], int] = {}
    index = []
    for start in range(0, len(entries), BLOCK):
        block = tuple(entries[start : start + BLOCK])
        index.append(blocks.setdefault(block, len(blocks)))
    assert len(blocks) <= 256
    assert FIRST_SEQUENCE + len(pool) <= 0xFFFF
    Path(__file__).with_suffix(".inc").write_text(
        f"// Written by fold_table.py from tokenizers {tokenizers.__version__}: do not edit.\n"
        "// What BertNormalizer and BertPreTokenizer make of every code point; fold.cpp reads it.\n"
        + array("std::uint8_t", "kBlockOf", index)
        + array("std::uint16_t", "kEntry", itertools.chain.from_iterable(blocks))
        + array("std::uint32_t", "kSequence", pool),
        "ascii",
    )


if __name__ == "__main__":
    main()
