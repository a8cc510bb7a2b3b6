"""The explorer: every evaluation of the data package in one chart, searched and drawn in the browser."""

from .curves import ALL, KEY, POINT, ExplorerError, curve_id, identify, pack, store
from .figures import *  # noqa: F403
from .figures import __all__ as FIGURES
from .figures import numbers
from .fitted import Fit, fit_logistic, fits
from .selection import MOST, X, Y, default, partner, select, state

__all__ = [
    *FIGURES,
    "ALL",
    "ExplorerError",
    "Fit",
    "KEY",
    "MOST",
    "POINT",
    "X",
    "Y",
    "curve_id",
    "default",
    "fit_logistic",
    "fits",
    "identify",
    "numbers",
    "pack",
    "partner",
    "select",
    "state",
    "store",
]
