"""Tables from Parquet and CSV files; what is wrong with a file is said by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MAGIC = b"PAR1"  # a Parquet file begins and ends with it
ENDS = (".parquet", ".csv")


def read_table(path: Path, choose: Callable[[list[str]], list[str]] | None = None) -> pl.DataFrame:
    """A table from a file that ends in .csv; from any other, as Parquet. Prompts are texts, digits too.

    Parameters
    ----------
    choose : from the names of all columns, those to read; all of them by default

    Raises
    ------
    FileNotFoundError : there is no file at `path`
    ImportError : polars is not installed
    ValueError : a damaged file; or as `choose`
    """
    if not path.is_file():
        raise FileNotFoundError(f"path must name an existing file, got {path}")
    require_polars()
    import polars as pl

    kind = "CSV" if path.suffix == ".csv" else "Parquet"
    if kind == "Parquet":
        check_parquet(path)
    try:
        if kind == "Parquet":
            names = list(pl.read_parquet_schema(path))
            return pl.read_parquet(path, columns=choose(names) if choose else None, glob=False)
        names = pl.read_csv(path, n_rows=0, glob=False).columns
        texts = {name: pl.String for name in ("prompt",) if name in names}
        return pl.read_csv(
            path, columns=choose(names) if choose else None, infer_schema_length=None, glob=False,
            schema_overrides=texts,
        )  # fmt: skip
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise ValueError(f"path must be a readable {kind} file, got {path}: {error}") from error


def require_polars() -> None:
    """Raise an ImportError that says what to install unless polars can be imported."""
    try:
        import polars  # noqa: F401
    except ImportError as error:
        raise ImportError('Tables need polars: pip install "pilotage[replay]"') from error


def check_parquet(path: Path) -> None:
    """Tell a missing, a foreign and a truncated file apart before anything tries to parse it."""
    if not path.is_file():
        raise FileNotFoundError(f"path must name an existing file, got {path}")
    head, tail = _ends(path)
    if head != MAGIC:
        raise ValueError(f"path must be a Parquet file, which begins with {MAGIC!r}, got {head!r} in {path}")
    if tail != MAGIC or path.stat().st_size < 12:
        raise ValueError(f"path must be a Parquet file that ends with {MAGIC!r}, got only a part in {path}")


def is_parquet(path: Path) -> bool:
    """Whether a file begins and ends as Parquet does, whatever its name."""
    return path.is_file() and _ends(path) == (MAGIC, MAGIC)


def _ends(path: Path) -> tuple[bytes, bytes]:
    with path.open("rb") as file:
        head = file.read(len(MAGIC))
        file.seek(max(0, path.stat().st_size - len(MAGIC)))
        return head, file.read()
