"""Figures of the chapter on chain of thought."""

from __future__ import annotations

from functools import cache

import pandas as pd

from .. import data
from ..figure import Choice, Figure, Predict
from . import _marks as m

__all__ = ["gsm8k_by_scale"]

CHAPTER = "chain_of_thought"


@cache
def _wei_arithmetic() -> pd.DataFrame:
    """Wei et al. 2022 (CoT), appendix table of arithmetic tasks: solve rates as fractions, models with a known size."""
    rows = data.load("cot_wei2022_arithmetic").dropna(subset=["params"])
    return rows.assign(value=rows["value"] / 100, kind="published")


@cache
def gsm8k_by_scale() -> Figure:
    families = ("GPT-3", "LaMDA", "PaLM")

    def frame(family):
        rows = _wei_arithmetic()
        rows = rows[(rows["task"] == "GSM8K") & (rows["family"] == family)].sort_values(["setting", "params"])
        return rows[["kind", "family", "model", "params", "task", "setting", "n_shots", "metric", "value"]]

    def chart(rows):
        color, shape = m.series("setting", ["standard", "chain_of_thought"])
        return m.curves(rows, m.axis_x(_wei_arithmetic(), "params"), m.axis_y(domain=(0, 0.7)), color, shape)

    return Figure("gsm8k-by-scale", CHAPTER, ["cot_wei2022_arithmetic"], frame, chart, controls=[Choice("family", families)],
                  curve=["family", "setting"], predict=Predict("params", 1e11, "params", "value", {"setting": "chain_of_thought"}))
