"""Pickled tables: what several versions of pandas wrote, and files that want more than to be a table."""

from __future__ import annotations

import io
import os
import pickle
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotage.cli import main
from pilotage.replay.data import read_outcomes
from pilotage.replay.pickles import _Unpickler, read_pickle

FILES = Path(__file__).with_name("pickles")  # written by pandas 1.5, 2.2 and 3.1
WHOLE = sorted(path.name for path in FILES.glob("*protocol*.pkl"))
COLUMNS = [
    "sample_id", "prompt", "eval_name", "gpt-4", "mixtral", "gpt-4|model_response", "mixtral|model_response",
    "gpt-4|total_cost", "mixtral|total_cost", "n", "oracle_model_to_route_to",
]  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_every_pandas_says_the_same(name: str) -> None:
    table = read_pickle(FILES / name)
    assert table.columns == COLUMNS
    assert table["prompt"].to_list() == ["['one']", "zwölf", "a\nb", "four"]
    assert table["gpt-4"].to_list() == [1.0, 0.5, 0.0, 1.0]
    assert table["gpt-4|model_response"].to_list() == ["x", "y", None, "z"]
    assert table["n"].to_list() == [1, 2, 3, 4]
    np.testing.assert_array_equal(table["mixtral"].to_numpy(), [0.25, 0.0, 1.0, np.nan])


def test_a_table_that_was_edited() -> None:
    table = read_pickle(FILES / "pandas2-edited.pkl")
    assert table["prompt"].to_list() == ["a\nb", "['one']"]
    assert (table["new"].to_list(), table["mixtral"].to_list()) == ([7, 8], [1.0, 0.25])


def test_outcomes_of_a_pickle() -> None:
    outcomes = read_outcomes(FILES / "pandas2-protocol4.pkl")
    assert outcomes.models == ("gpt-4", "mixtral")
    assert (outcomes.dropped, outcomes.task) == (1, ("gsm", "gsm", "mmlu"))
    assert outcomes.reward.tolist() == [[1.0, 0.25], [0.5, 0.0], [0.0, 1.0]]
    assert outcomes.cost.tolist() == [[1e-3, 1e-5], [2e-3, 2e-5], [3e-3, 3e-5]]


class Evil:
    """Pickles as a call of `function` with `arguments`."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> Any:
        return self.call


def marker(tmp_path: Path) -> Path:
    return tmp_path / "executed"


ATTACKS: dict[str, Callable[[Path], Any]] = {
    "os.system": lambda out: Evil(os.system, f"touch {out}"),
    "eval": lambda out: Evil(eval, f"open({str(out)!r}, 'w')"),
    "exec": lambda out: Evil(exec, f"open({str(out)!r}, 'w')"),
    "open": lambda out: Evil(open, str(out), "w"),
    "getattr": lambda out: Evil(getattr, os, "system"),
    "import": lambda out: Evil(__import__, "os"),
    "nested": lambda out: {"_mgr": [Evil(os.system, f"touch {out}")]},
    "numpy": lambda out: Evil(np.load, str(out)),
    "array": lambda out: np.arange(3),  # harmless, and no table
    "dict": lambda out: {"prompt": ["a"]},
}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_no_table_is_refused_and_never_run(attack: str, protocol: int, tmp_path: Path) -> None:
    if attack == "getattr":
        content: Any = pickle.dumps(Evil(getattr, Evil(os.getcwd), "system"), protocol)
    else:
        content = pickle.dumps(ATTACKS[attack](marker(tmp_path)), protocol)
    (tmp_path / "evil.pkl").write_bytes(content)
    loaded = set(sys.modules)
    with pytest.raises(ValueError, match="path must be a pickle of a plain DataFrame") as refusal:
        read_pickle(tmp_path / "evil.pkl")
    assert "pandas.read_pickle" in str(refusal.value)  # how to convert
    assert not marker(tmp_path).exists()
    assert set(sys.modules) == loaded


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1",
        b"\x80\x04.",
        b"cos\nsystem\n(S'true'\ntR.",
        b"c__builtin__\neval\n(S'1'\ntR.",
        b"cbuiltins\nobject.__subclasses__\n(tR.",
        b"\x80\x04\x8c\x06pandas\x8c\x12DataFrame.__init__\x93.",
        b"cpandas.core.frame\nDataFrame\n(tR}(S'__class__'\nS'x'\nub.",  # BUILD of another class
        b"cnumpy\nndarray\n(N}S'__setstate__'\nI1\nstb.",  # BUILD of a stand-in itself
        b"ccopyreg\n_reconstructor\n(cbuiltins\nslice\ncbuiltins\nobject\nNtR.",
        b"\x80\x04\x82\x01.",  # an extension code
        b"Psome id\n.",  # a persistent id
        b"\x80\x04" + b"(" * 100_000 + b".",
    ],
)
def test_bytes_that_are_no_table_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "evil.pkl").write_bytes(content)
    with pytest.raises(ValueError, match="path must be a pickle"):
        read_pickle(tmp_path / "evil.pkl")
    assert read_pickle(FILES / WHOLE[0]).columns == COLUMNS  # and the next file is none the worse


def test_damaged_tables_are_refused_or_read_but_never_crash(tmp_path: Path) -> None:
    content = (FILES / "pandas2-protocol4.pkl").read_bytes()
    random = np.random.default_rng(0)
    for _ in range(400):
        damaged = bytearray(content)
        for place in random.integers(0, len(content), 2):
            damaged[place] = random.integers(0, 256)
        (tmp_path / "damaged.pkl").write_bytes(bytes(damaged[: random.integers(20, len(content) + 1)]))
        try:
            read_pickle(tmp_path / "damaged.pkl")
        except ValueError as error:
            assert "path must be a pickle" in str(error)  # noqa: PT017


def test_an_array_larger_than_its_bytes_is_refused(tmp_path: Path) -> None:
    content = (FILES / "pandas2-protocol4.pkl").read_bytes()
    # the costs and scores: shape (4, 4) of float64
    shape = b"K\x04K\x04\x86"
    assert content.count(shape) == 1
    (tmp_path / "big.pkl").write_bytes(content.replace(shape, b"J" + struct.pack("<i", 2**30) + b"K\x04\x86"))
    with pytest.raises(ValueError, match="cannot reshape"):
        read_pickle(tmp_path / "big.pkl")


def test_the_names_a_pickle_may_use_are_stand_ins_alone() -> None:
    first, second = (_Unpickler(io.BytesIO())._known for _ in range(2))
    for key, stand_in in first.items():
        assert stand_in.__module__ == "pilotage.replay.pickles"
        assert stand_in is not second[key]  # nothing a file does to one outlives it


def test_the_command_refuses_in_one_line(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "evil.pkl").write_bytes(pickle.dumps(Evil(os.system, "true")))
    assert main(["replay", str(tmp_path / "evil.pkl")]) == 1
    assert "system" in capsys.readouterr().err
    with pytest.raises(FileNotFoundError):
        read_pickle(tmp_path / "none.pkl")
