"""Does a table hold what the package's description says of it?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from . import package
from .package import DataError, package_json, raw_bytes, resource_of, tables, text_cells, typed


def check(name: str, path: str | Path | None = None) -> None:
    """Validate the CSV of table ``name`` (or the file at ``path``) against its schema.

    Raises DataError at the first problem, naming table, row (the header is row 1) and column: missing file, wrong
    header, wrong type, empty required cell, value out of range or not among the allowed ones, duplicate key. Without
    ``path`` the hash is checked too.
    """
    resource = resource_of(name)
    schema = resource["schema"]
    fields = schema["fields"]
    if path is None:
        raw = raw_bytes(name)
    else:
        try:
            raw = Path(path).read_bytes()
        except FileNotFoundError:
            raise DataError(f"Table {name!r}: the file {path} is missing.") from None
        except OSError as error:
            raise DataError(
                f"Table {name!r}: the file {path} cannot be read ({error.strerror})."
            ) from None
    try:
        text = text_cells(raw)
    except (pd.errors.ParserError, UnicodeDecodeError, pd.errors.EmptyDataError) as error:
        raise DataError(
            f"Table {name!r}: the file is not a UTF-8 CSV with rows of equal length "
            f"({str(error).strip()})."
        ) from None
    header = [f["name"] for f in fields]
    if list(text.columns) != header:
        raise DataError(
            f"Table {name!r}, row 1: the columns are {', '.join(text.columns)} but should be {', '.join(header)}."
        )

    def stop(row: int, column: str, problem: str) -> None:
        raise DataError(f"Table {name!r}, row {row + 2}, column {column!r}: {problem}.")

    for field in fields:
        column, limits = field["name"], field.get("constraints", {})
        cells = text[column]
        present = ~cells.isin(schema["missingValues"])
        if limits.get("required") and not present.all():
            stop(
                int((~present).to_numpy().argmax()),
                column,
                "the cell is empty but a value is required",
            )
        try:
            values = typed(cells, field, schema["missingValues"])
        except (ValueError, TypeError):
            for row, cell in enumerate(cells):
                try:
                    typed(pd.Series([cell]), field, schema["missingValues"])
                except (ValueError, TypeError):
                    stop(row, column, f"{cell!r} is not of type {field['type']}")
            raise
        for bound, outside, word in (
            ("minimum", pd.Series.lt, "below the minimum"),
            ("maximum", pd.Series.gt, "above the maximum"),
        ):
            if bound in limits:
                bad = (outside(values, limits[bound]) & present).to_numpy(
                    dtype=bool, na_value=False
                )
                if bad.any():
                    stop(
                        int(bad.argmax()),
                        column,
                        f"{cells.iloc[bad.argmax()]} is {word} {limits[bound]}",
                    )
        if "enum" in limits:
            bad = (present & ~cells.isin(limits["enum"])).to_numpy()
            if bad.any():
                stop(
                    int(bad.argmax()),
                    column,
                    f"{cells.iloc[bad.argmax()]!r} is not one of: {', '.join(limits['enum'])}",
                )
        if "pattern" in limits:
            bad = (present & ~cells.str.fullmatch(limits["pattern"])).to_numpy()
            if bad.any():
                stop(
                    int(bad.argmax()),
                    column,
                    f"{cells.iloc[bad.argmax()]!r} does not match {limits['pattern']}",
                )
    for key in [schema["primaryKey"]] if "primaryKey" in schema else schema.get("uniqueKeys", []):
        twice = text.duplicated(key).to_numpy()
        if twice.any():
            row = int(twice.argmax())
            stop(
                row,
                ", ".join(key),
                f"the key ({', '.join(text[key].iloc[row])}) occurs a second time",
            )


def check_all() -> None:
    """Validate every table, and that ``published/`` holds no file the package does not list; raises DataError."""
    for name in tables():
        check(name)
    listed = {r["path"] for r in package_json()["resources"].values()}
    for path in sorted((package.root() / "published").iterdir()):
        if f"published/{path.name}" not in listed:
            raise DataError(f"The file {path} is not listed in datapackage.json.")
