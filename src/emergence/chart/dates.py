"""Dates as numbers, for axes over years."""

from __future__ import annotations

import pandas as pd


def decimal_years(dates: pd.Series) -> pd.Series:
    """Dates (datetime64, to the day) as years: 2 July 2023 is 2023.498. Rounded to 0.001, about a third of a day."""
    return (dates.dt.year + (dates.dt.day_of_year - 1) / 365.25).round(3)
