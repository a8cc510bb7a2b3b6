"""Figures of the power laws of Kaplan et al. 2020."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import PALETTE, Series, dots, line, linear, log, pick, plot, size
from emergence.figure import Choice
from emergence.text import label

from .marks import hovered
from .tables import chapter, digits, kaplan_constant, rounded

__all__ = ["kaplan_curves", "kaplan_joint"]

PANELS = {
    "kaplan_parameters": ("L(N)", "alpha_N", "N_c", np.arange(3.5, 9.51, 0.5)),
    "kaplan_dataset_size": ("L(D)", "alpha_D", "D_c", np.arange(7, 9.51, 0.25)),
    "kaplan_compute": ("L(C_min)", "alpha_C_min", "C_c_min", np.arange(-9, 0.01, 0.5)),
}
"""Each quantity's law, the names of its two constants, and the powers of ten at which it is drawn."""


@chapter.figure(
    "scaling-kaplan",
    tables=["kaplan2020_fig1_loss_vs_scale", "kaplan_power_laws"],
    controls=[Choice("kaplan_panel", tuple(PANELS))],
)
def kaplan_curves(kaplan_panel):
    """Test loss (nats per token) against one quantity when it is the only bottleneck, and the published power law."""
    law, exponent, scale, places = PANELS[kaplan_panel]
    panel = kaplan_panel.removeprefix("kaplan_")
    rows = pick(data.load("kaplan2020_fig1_loss_vs_scale"), panel=panel)
    rows = rows.assign(kind="published", model="Transformer", unit=rows["x_unit"])
    loss = (kaplan_constant(law, scale) / 10.0**places) ** kaplan_constant(law, exponent)
    fit = {"x_value": digits(10.0**places), "value": digits(loss)}
    fit = pd.DataFrame({"kind": "fit", "model": label(law), "unit": rows["unit"].iloc[0], **fit})
    rows = pd.concat([rows, fit], ignore_index=True)
    rows = rows.assign(kaplan_panel=kaplan_panel, metric="test_loss")
    return rows["kind model kaplan_panel x_value unit metric value".split()]


@kaplan_curves.draw
def _(rows, kaplan_panel):
    title = f"panel_{kaplan_panel}"
    if kaplan_panel == "kaplan_compute":
        x = log("x_value", (1e-9, 1), title=title, format="~e", grid=False)
        color = {"color": PALETTE[0], "strokeDash": None}
        measured = hovered(line({"kind": "published"}, width=3, **color))
    else:
        low = 3e3 if kaplan_panel == "kaplan_parameters" else 1e7
        x = size("x_value", domain=(low, 4e9), title=title)
        measured = dots(color=PALETTE[0])
    return plot(
        rows,
        x=x,
        # All three panels share one vertical scale, as in the paper.
        y=log("value", (2.2, 8), title="kaplan_test_loss", ticks=(2.5, 3, 4, 5, 6, 7)),
        layers=[hovered(line({"kind": "fit"}, color=PALETTE[1], clip=True)), measured],
        tips=("model", "x_value", "unit", "value"),
    )


DATA_SIZES = {
    "data_1e+08": 1e8,
    "data_1e+09": 1e9,
    "data_1e+10": 1e10,
    "data_1e+11": 1e11,
    "data_unlimited": np.inf,
}


@chapter.figure("scaling-kaplan-joint", tables=["kaplan_power_laws"])
def kaplan_joint():
    """Test loss (nats per token) against size under Kaplan's joint law, for five sizes of the data set."""
    constants = {p: kaplan_constant("L(N,D)", p) for p in ("alpha_N", "alpha_D", "N_c", "D_c")}
    params = 10.0 ** np.arange(5, 11.01, 0.25)
    curves = []
    for name, tokens in DATA_SIZES.items():
        loss = formulas.kaplan_loss(params, tokens, **constants)
        curve = {
            "kind": "fit",
            "data_size": name,
            "params": digits(params),
            "train_tokens": tokens if np.isfinite(tokens) else np.nan,
            "metric": "test_loss",
            "value": [rounded(value, 5) for value in loss],
        }
        curves.append(pd.DataFrame(curve))
    return pd.concat(curves, ignore_index=True)


@kaplan_joint.draw
def _(rows):
    return plot(
        rows,
        x=size("params", domain=(1e5, 1e11)),
        y=linear(domain=(1.5, 6), title="kaplan_test_loss", ticks=None, format=".1f"),
        by=Series("data_size", tuple(DATA_SIZES), title="", dashed=True),
        layers=[hovered(line())],
        tips=("params", "train_tokens", "value"),
        height=300,
    )
