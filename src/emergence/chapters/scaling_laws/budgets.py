"""Figures of how a budget is split between size and data: by rules, by builders, and when serving is paid."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from emergence import formulas
from emergence.chart import (
    Axis,
    Series,
    dots,
    dumbbell,
    levels,
    line,
    log,
    magnitude,
    named_rows,
    names,
    plot,
    size,
    words,
)
from emergence.figure import Choice, Slider
from emergence.text import label

from .laws import RULES, SERVED, cheapest, optimal, printed, recommended
from .marks import hovered, powers
from .tables import chapter, digits, models, rounded

__all__ = ["allocation", "budget", "tokens_per_param"]

LABELED = ("GPT-3 175B", "Gopher", "Chinchilla", "PaLM 540B", "LLaMA-7B", "Llama 3 70B")
UP = {
    "params": powers("params", 8, 13, (5e7, 2e13)),
    "train_tokens": powers("train_tokens", 10, 14, (5e9, 5e14)),
    "tokens_per_param": powers("tokens_per_param", -1, 4, (0.05, 2e4)),
}


COLUMNS = "kind model train_flops params train_tokens tokens_per_param"


@chapter.figure(
    "scaling-allocation",
    tables=[
        "optimal_allocation_exponents",
        "kaplan_power_laws",
        "chinchilla_optimal_sizes",
        "chinchilla_loss_fits",
        "llm_timeline",
    ],
    controls=[Choice("y", tuple(UP))],
    columns=COLUMNS.split(),
)
def allocation(y):
    """Size (parameters), data (tokens) or their ratio against compute (FLOPs) under five rules, and of trained models."""
    rules = recommended().assign(kind="fit", model=recommended()["law_rule"].map(label))
    known = models()[models()["train_flops"] >= 1e21]
    ratio = digits(known["tokens_per_param"])
    known = known.assign(kind="published", law_rule="trained_model", tokens_per_param=ratio)
    known = known.assign(params=known["used_params"])
    rows = pd.concat([rules, known], ignore_index=True)
    rows = rows[["kind", "law_rule", *COLUMNS.split()[1:]]]
    return rows.assign(name_drawn=rows["model"].where(rows["model"].isin(LABELED), ""))


@allocation.draw
def _(rows, y):
    ink = {"color": "currentColor", "shape": None, "opacity": 0.75}
    return plot(
        rows,
        x=size("train_flops", domain=(1e19, 1e27)),
        y=UP[y],
        by=Series("law_rule", RULES, title="", dashed=True),
        layers=[
            hovered(line({"kind": "fit"}, clip=True)),
            dots({"kind": "published"}, size=45, **ink),
            words("name_drawn", alt.datum.name_drawn != "", align="left", dx=7, dy=5),
        ],
        tips=("model", "train_flops", "params", "train_tokens", "tokens_per_param"),
        height=360,
    )


BOUGHT = (*RULES, "inference_aware")


@chapter.figure(
    "scaling-budget",
    tables=["kaplan_power_laws", "chinchilla_optimal_sizes", "chinchilla_loss_fits"],
    controls=[
        Slider("log_flops", 19, 27, 0.5, 24),
        Choice("served", tuple(SERVED), "served_1e13"),
    ],
    columns="model scaling_quantity value tokens_per_param train_flops nats".split(),
)
def budget(log_flops, served):
    """Parameters and tokens that each rule buys for a compute, and those of the cheapest model when serving is paid."""
    rows = []
    for rule in BOUGHT:
        flops = 10.0**log_flops
        paid = rule == "inference_aware"
        params, tokens = cheapest(flops, served) if paid else optimal(rule, flops)
        loss = formulas.parametric_loss(params, tokens, **printed("replication"))
        split = {
            "tokens_per_param": rounded(tokens / params, 3),
            "train_flops": rounded(6 * params * tokens, 3),
            "nats": rounded(loss),
        }
        for quantity, value in (("params", params), ("train_tokens", tokens)):
            side = "right" if value == max(params, tokens) else "left"
            named = {"kind": "fit", "law_rule": rule, "model": label(rule)}
            count = {
                "scaling_quantity": quantity,
                "value": rounded(value),
                "text": magnitude(value),
            }
            rows.append({**named, **count, "side": side, **split})
    return pd.DataFrame(rows)


@budget.draw
def _(rows):
    return plot(
        rows,
        x=log("value", (1e7, 5e15), title="count_axis", billions=True, grid=False),
        y=named_rows("law_rule", BOUGHT, limit=150),
        by=Series("scaling_quantity", ("params", "train_tokens"), title=""),
        layers=[
            dumbbell(width=1.5, opacity=0.45),
            dots({"kind": "fit"}, size=90),
            names("text", "side", size=12),
        ],
        tips=("model", "scaling_quantity", "value", "tokens_per_param", "train_flops", "nats"),
        height=34 * len(BOUGHT),
    )


NAMED = (
    "GPT-3 175B",
    "Gopher",
    "Chinchilla",
    "LLaMA-7B",
    "Llama 3.1 405B",
    "Phi-4",
    "TinyLlama 1.1B",
    "PaLM 540B",
    "MT-NLG 530B",
)


DATED = "model model_class date params active_params train_tokens tokens_per_param"


@chapter.figure(
    "scaling-tokens-per-param",
    tables=["llm_timeline"],
    columns=DATED.split(),
)
def tokens_per_param():
    """Training tokens for each parameter of decoder-only transformers, by date; a level at 20."""
    rows = models()
    rows = rows.assign(
        kind="published",
        tokens_per_param=digits(rows["tokens_per_param"]),
        name_drawn=rows["model"].where(rows["model"].isin(NAMED), ""),
        side=np.where(rows["date"] < pd.Timestamp("2023-09-01"), "left", "right"),
    )
    twenty = {"kind": "reference", "model": label("twenty"), "tokens_per_param": 20.0}
    rows = pd.concat([rows, pd.DataFrame([{**twenty, "name_drawn": "", "side": ""}])])
    return rows[["kind", *DATED.split(), "name_drawn", "side"]]


@tokens_per_param.draw
def _(rows):
    years = [alt.DateTime(year=2020, month=3), alt.DateTime(year=2025, month=3)]
    named = alt.datum.name_drawn != ""
    return plot(
        rows,
        x=Axis("date:T", {"domain": years}, {"format": "%Y", "tickCount": "year", "grid": False}),
        y=powers("tokens_per_param", -1, 4, (0.1, 1e4)),
        by=Series("model_class", ("dense_model", "mixture_model"), title=""),
        layers=[
            levels("left"),
            dots(size=65, opacity=0.9),
            words("name_drawn", named & (alt.datum.side == "left"), align="left", dx=7, dy=4),
            words("name_drawn", named & (alt.datum.side == "right"), align="right", dx=-7, dy=4),
        ],
        tips=("model", "params", "active_params", "train_tokens", "tokens_per_param"),
        height=340,
    )
