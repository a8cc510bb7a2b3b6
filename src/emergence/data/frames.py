"""Tables as typed frames."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence

import pandas as pd

from .package import DataError, field_of, listed, raw_bytes, resource_of, shown

DTYPES = {"string": object, "number": "float64", "integer": "Int64"}
"""What pandas is to make of a column; the other types stay text until `typed` reads them."""


@functools.cache
def parsed(name: str) -> pd.DataFrame:
    schema = resource_of(name)["schema"]
    fields = {field["name"]: field for field in schema["fields"]}
    raw = raw_bytes(name)
    try:
        frame = pd.read_csv(
            io.BytesIO(raw),
            keep_default_na=False,
            na_values=schema["missingValues"],
            encoding="utf-8",
            dtype={column: DTYPES.get(field["type"], object) for column, field in fields.items()},
        )
        return frame.assign(**{c: typed(frame[c], field) for c, field in fields.items()})
    except (ValueError, TypeError, KeyError) as error:
        raise DataError(
            f"Table {name!r} does not hold what datapackage.json says of it: {shown(str(error))}; `make data` names row and column."
        ) from error


def typed(cells: pd.Series, field: dict) -> pd.Series:
    """One column by the type of its field; raises ValueError where a cell is of another type."""
    match field["type"]:
        case "number" | "integer":
            return cells
        case "string":
            return cells.where(cells.notna(), None)
        case "boolean":
            words = {
                **dict.fromkeys(field.get("trueValues", ["true"]), True),
                **dict.fromkeys(field.get("falseValues", ["false"]), False),
            }
            if not cells.dropna().isin(words).all():
                raise ValueError(f"{field['name']} has a cell that is neither true nor false")
            return cells.map(words).astype("boolean")
    return pd.to_datetime(cells, format={"date": "%Y-%m-%d", "yearmonth": "%Y-%m"}[field["type"]])


def load(name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """One table as a fresh DataFrame, typed by its schema.

    Numbers are float64, counts nullable Int64, truth values nullable boolean, dates datetime64 (a month is its first
    day), text is str with None where the cell is empty. Values keep the unit they are printed in (``column_unit``).
    Raises DataError for an unknown table or column, a missing file, a changed byte, a cell of the wrong type.
    """
    resource_of(name)
    frame = parsed(name)
    if columns is None:
        return frame.copy()
    columns = listed(columns, f"The columns of table {name!r}")
    for column in columns:
        field_of(name, column)
    return frame[columns].copy()
