"""Verbs on rows: pick some, take one cell, add lines of reference; numbers that axes need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from emergence import data
from emergence.text import label


def pick(rows: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """The rows where every named column has the given value, or one of a list of values."""
    for column, wanted in where.items():
        if isinstance(wanted, list | tuple | set | frozenset):
            rows = rows[rows[column].isin(list(wanted))]
        else:
            rows = rows[rows[column] == wanted]
    return rows


def one(rows: pd.DataFrame, column: str = "value", **where: Any) -> Any:
    """The one cell of `column` in the rows that `pick` finds; raises ValueError, saying what was asked for, if it is not one row."""
    found = pick(rows, **where)
    if len(found) != 1:
        raise ValueError(f"{len(found)} rows match {where}; exactly one must")
    return found[column].iloc[0]


def published(table: str, **where: Any) -> pd.DataFrame:
    """The rows of a table of evaluations in the schema of `data.evaluations`, scores as fractions, of kind ``published``."""
    return pick(data.evaluations(table), **where).assign(kind="published")


def published_fractions(table: str, /, **where: Any) -> pd.DataFrame:
    """The rows of a table of printed percentages, in its own columns, values as fractions, of kind ``published``."""
    rows = pick(data.load(table), **where)
    return rows.assign(kind="published", value=fractions(rows["value"]))


def fractions(percent: pd.Series) -> pd.Series:
    """Printed percentages as fractions, without the dust of binary division (14.3 / 100)."""
    return (percent.astype(float) / 100).round(8)


def with_levels(
    rows: pd.DataFrame, levels: Mapping[str, float | None], **also: Any
) -> pd.DataFrame:
    """The rows and, for each level that is known, a row of kind ``reference`` with its ``value`` and, as ``model``, its label.

    `also` gives what those rows hold in other columns; all else is missing there.
    """
    added = [
        {"kind": "reference", "model": label(name), **also, "value": value}
        for name, value in levels.items()
        if value is not None and value == value
    ]
    if not added:
        return rows
    return pd.concat([rows, pd.DataFrame(added)], ignore_index=True)[list(rows)]


def decimal_years(dates: pd.Series) -> pd.Series:
    """Dates (datetime64, to the day) as years: 2 July 2023 is 2023.498. Rounded to 0.001, about a third of a day."""
    return (dates.dt.year + (dates.dt.day_of_year - 1) / 365.25).round(3)
