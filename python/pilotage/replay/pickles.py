"""Tables from pandas pickles, without pandas and without trust: RouterBench is published as such files.

A pickle is a program. Here it may name nothing but what a plain DataFrame of numbers, strings and lists is
made of, and even these names stand for the classes below, which only collect what they are given: no code of
numpy, pandas or the file runs. Arrays are built afterwards from bytes and an allowed type, sizes checked.
Anything else is refused, with how to convert the file where it is trusted.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    import polars as pl

_TYPES = ("b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")
_NUMPY = ("numpy.core", "numpy._core")
_INDEXES = (
    "pandas", "pandas.core.indexes.base", "pandas.core.indexes.numeric", "pandas.core.indexes.range",
)  # fmt: skip
_HOW = (
    '; if you trust the file, convert it once: python -c "import pandas; '
    "pandas.read_pickle('{path}').to_parquet('{path}.parquet')\""
)


def read_pickle(path: Path) -> pl.DataFrame:
    """The table of a pickled DataFrame.

    Raises
    ------
    FileNotFoundError : there is no file at `path`
    ValueError : a damaged file, or one that holds anything but a plain DataFrame; says how to convert it
    """
    import polars as pl

    if not path.is_file():
        raise FileNotFoundError(f"path must name an existing file, got {path}")
    try:
        with path.open("rb") as file:
            found = _Unpickler(file).load()
        return pl.DataFrame(_columns(found), strict=False)
    except (MemoryError, RecursionError) as error:
        raise ValueError(f"path must be a pickled table, got {path}, which exhausts memory") from error
    except Exception as error:  # a malformed pickle can raise nearly anything
        raise ValueError(
            f"path must be a pickle of a plain DataFrame, got {path}: {error}" + _HOW.format(path=path)
        ) from error


class _Refused(ValueError):
    pass


class _Unpickler(pickle.Unpickler):
    """Every name is looked up in a table made for this one file; nothing is ever imported."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self._known = _names()

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self._known[module, name]
        except KeyError:
            raise _Refused(f"it asks for {module}.{name}") from None


class _Part:
    """Something the file describes: a name, its arguments, its state."""

    def __init__(self, *args: Any) -> None:
        self.args = args
        self.state: Any = None

    def __new__(cls, *args: Any) -> _Part:
        part = super().__new__(cls)
        part.args, part.state = args, None
        return part

    def __setstate__(self, state: Any) -> None:
        self.state = state


def _names() -> dict[tuple[str, str], Any]:
    """Stand-ins by (module, name), made anew for every file, so that none can spoil the next one's."""

    def part(kind: str) -> type[_Part]:
        return type(kind, (_Part,), {})

    array, dtype, scalar = part("ndarray"), part("dtype"), part("scalar")
    frame, manager, block, index = part("DataFrame"), part("BlockManager"), part("Block"), part("Index")

    def reconstruct(*_: Any) -> _Part:
        return array()

    def from_buffer(data: Any, kind: Any, shape: Any, order: Any) -> _Part:
        found = array()
        found.state = (1, shape, kind, order == "F", data)
        return found

    def new_index(_: Any, fields: Any) -> _Part:
        return index(fields)

    def reconstructor(cls: Any, *_: Any) -> Any:
        if not (isinstance(cls, type) and issubclass(cls, _Part)):
            raise _Refused(f"it makes {cls!r}")
        return cls()

    def encode(text: Any, codec: Any) -> bytes:
        if not isinstance(text, str) or codec != "latin1":
            raise _Refused(f"it encodes {text!r:.20} as {codec!r:.20}")
        return text.encode("latin1")

    names: dict[tuple[str, str], Any] = {
        ("numpy", "ndarray"): array,
        ("numpy", "dtype"): dtype,
        ("builtins", "slice"): part("slice"),
        ("copyreg", "_reconstructor"): reconstructor,
        ("_codecs", "encode"): encode,  # bytes, until protocol 2
        ("builtins", "object"): part("object"),
        ("pandas.core.frame", "DataFrame"): frame,
        ("pandas", "DataFrame"): frame,
        ("pandas._libs.internals", "_unpickle_block"): block,
        ("pandas.core.internals.blocks", "new_block"): block,
        ("pandas.core.internals.managers", "BlockManager"): manager,
        ("pandas.core.indexes.base", "_new_Index"): new_index,
    }
    # as Python 2 called them, in protocols until 2
    names["__builtin__", "slice"] = names["builtins", "slice"]
    names["__builtin__", "object"] = names["builtins", "object"]
    names["copy_reg", "_reconstructor"] = reconstructor
    for numpy in _NUMPY:
        names[f"{numpy}.multiarray", "_reconstruct"] = reconstruct
        names[f"{numpy}.multiarray", "scalar"] = scalar
        names[f"{numpy}.numeric", "_frombuffer"] = from_buffer
    for module in _INDEXES:
        for name in ("Index", "RangeIndex", "Int64Index"):
            names[module, name] = part(name)
    return names


def _columns(frame: Any) -> dict[str, Any]:
    """Names and values, in the frame's order."""
    state = _is(frame, "DataFrame").state
    if not isinstance(state, Mapping):
        raise _Refused("its DataFrame has no state")
    manager = _is(state.get("_mgr"), "BlockManager")
    axes, blocks = _axes_and_blocks(manager)
    names = _labels(axes[0])
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise _Refused(f"its columns have names {names[:5]!r}")
    columns: dict[str, Any] = dict.fromkeys(names)
    for values, placement in blocks:
        table = _array(values)
        where = _placement(placement, len(names))
        if table.ndim != 2 or len(table) != len(where):
            raise _Refused(f"a block of shape {table.shape} stands for {len(where)} columns")
        for row, position in zip(table, where, strict=True):
            columns[names[position]] = [_value(each) for each in row] if row.dtype == object else row
    lengths = {-1 if column is None else len(column) for column in columns.values()}
    if len(lengths) != 1 or -1 in lengths:
        raise _Refused("its columns differ in length")
    return columns


def _axes_and_blocks(manager: _Part) -> tuple[Sequence[Any], list[tuple[Any, Any]]]:
    """The labels of columns and rows, and (values, placement) of each block."""
    if len(manager.args) < 2:  # until pandas 1.2
        raise _Refused("it was written by a pandas before 1.3")
    blocks, axes = manager.args[:2]
    return axes, [_is(each, "Block").args[:2] for each in blocks]


def _labels(index: Any) -> list[Any]:
    (fields,) = _is(index, "Index").args
    return [_value(each) for each in _array(fields["data"])]


def _placement(placement: Any, count: int) -> list[int]:
    """Positions of a block's columns, each in [0, count)."""
    if isinstance(placement, _Part) and type(placement).__name__ == "slice":
        bounds = placement.args
        if not all(each is None or isinstance(each, int) for each in bounds):
            raise _Refused(f"a block stands at {bounds!r}")
        found = list(range(count))[slice(*bounds)]
    else:
        found = [int(each) for each in _array(placement)]
    if not all(0 <= each < count for each in found):
        raise _Refused(f"a block stands at columns {found!r} of {count}")
    return found


def _array(part: Any) -> np.ndarray[Any, Any]:
    """An array from its description: version, shape, type, whether columns come first, bytes or a list."""
    _, shape, kind, is_fortran, data = _is(part, "ndarray").state
    if not all(isinstance(n, int) and n >= 0 for n in shape):
        raise _Refused(f"an array has shape {shape!r}")
    order: Literal["F", "C"] = "F" if is_fortran else "C"
    name = _is(kind, "dtype").args[0]
    if name in ("O", "O8"):
        if not isinstance(data, list):
            raise _Refused("an array of objects is no list")
        flat = np.empty(len(data), dtype=object)
        for i, each in enumerate(data):  # not at once: lists in it would be taken for rows
            flat[i] = each
    elif name in _TYPES:
        endian = kind.state[1] if kind.state else "<"
        if endian not in ("<", ">", "|", "="):
            raise _Refused(f"an array has byte order {endian!r}")
        flat = np.frombuffer(data, dtype=np.dtype(endian + name)).astype(name)
    else:
        raise _Refused(f"an array has type {name!r}")
    shaped: np.ndarray[Any, Any] = flat.reshape(shape, order=order)  # refuses another size
    return shaped


def _value(value: Any) -> Any:
    """A cell: what Python has, or a numpy scalar as such; pandas's nan among objects is no value."""
    if isinstance(value, _Part):
        kind, data = _is(value, "scalar").args
        name = _is(kind, "dtype").args[0]
        if name not in _TYPES:
            raise _Refused(f"a value has type {name!r}")
        return np.frombuffer(data, dtype=name)[0].item()
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return "\n".join(value)  # the turns of a prompt
    if value is None or isinstance(value, (str, int, float, bool)):
        return None if value != value else value
    raise _Refused(f"a cell holds {type(value).__name__}")


def _is(part: Any, kind: str) -> _Part:
    if not (isinstance(part, _Part) and type(part).__name__ == kind):
        raise _Refused(f"there is {type(part).__name__} in place of {kind}")
    return part
