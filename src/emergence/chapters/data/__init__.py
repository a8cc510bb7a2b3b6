"""The page on the data: its listings."""

from .catalogue import Listing, listing, own_runs, settings, summary

__all__ = ["Listing", "listing", "own_runs", "settings", "summary"]

FIGURES = ()
