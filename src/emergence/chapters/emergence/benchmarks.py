"""Many tasks and models: open models on the emergent tasks, one run over training, and how BIG-bench sorts its tasks."""

from __future__ import annotations

from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import (
    PALETTE,
    Axis,
    Series,
    bars,
    dots,
    levels,
    line,
    linear,
    log,
    pick,
    plot,
    share,
    size,
    words,
)
from emergence.figure import Choice
from emergence.text import label

from .tables import BASE, IPA, OPEN, chapter, harness, mmlu, plot_panels

__all__ = ["open_models", "pythia_training", "bigbench_classes", "palm_bigbench_lite"]

OPEN_TASKS = {
    "open_add2": (OPEN, "2-digit addition", "accuracy"),
    "open_add3": (OPEN, "3-digit addition", "accuracy"),
    "open_sub3": (OPEN, "3-digit subtraction", "accuracy"),
    "open_mul2": (OPEN, "2-digit multiplication", "accuracy"),
    "open_unscramble": (OPEN, "Word unscrambling", "exact_match"),
    "open_persian": (OPEN, "ParsiNLU QA (Persian QA)", "accuracy"),
    "open_ipa_exact": (OPEN, IPA, "exact_match"),
    "open_ipa_bleu": (OPEN, IPA, "bleu"),
    "open_mmlu": (BASE, "MMLU", "accuracy"),
    "open_gsm8k": (BASE, "GSM8K", "accuracy"),
    "open_hellaswag": (BASE, "HellaSwag", "accuracy"),
    "open_truthfulqa": (BASE, "TruthfulQA", "accuracy"),
}
OPEN_FAMILIES = (
    "Pythia",
    "OPT",
    "BLOOM",
    "GPT-Neo/J",
    "Llama",
    "Llama-2",
    "Qwen1.5",
    "other_families",
)
OPEN_COLUMNS = "family model params train_flops mmlu task metric value flag_note".split()


@cache
def open_task(key: str) -> pd.DataFrame:
    """Open models on one task, with MMLU and the group they are drawn in."""
    table, task, metric = OPEN_TASKS[key]
    rows = pick(harness(table), task=task, metric=metric).drop_duplicates("model")
    drawn = rows["family"].isin(OPEN_FAMILIES)
    group = rows["family"].where(drawn, "other_families")
    rows = rows.assign(mmlu=rows["model"].map(mmlu()), group=group)
    if key == "open_persian":  # four options per question; Wei et al. draw the same line
        rows["chance"] = 0.25
    return rows


@chapter.figure(
    "emergent-open-models",
    tables=[OPEN, BASE],
    controls=[
        Choice("task", tuple(OPEN_TASKS)),
        Choice("x", ("train_flops", "params", "mmlu")),
    ],
    columns=["kind", *OPEN_COLUMNS],
)
def open_models(task, x):
    """Scores of open models (fractions) on one task by training compute, size or MMLU, in one evaluation of all."""
    rows = open_task(task).dropna(subset=[x]).sort_values(["group", x], kind="stable")
    known = rows["chance"].dropna().unique()[:1]
    chance = {"kind": "reference", "model": label("random_guessing"), "task": task, "value": known}
    rows = rows.assign(task=task)
    rows = pd.concat([rows, pd.DataFrame(chance)]) if len(known) else rows
    return rows[["kind", "group", *OPEN_COLUMNS]]


@open_models.draw
def _(rows, x):
    every = pd.concat([harness(OPEN), harness(BASE)])
    families = (alt.datum.kind == "published") & (alt.datum.group != "other_families")
    return plot(
        rows,
        x=share(x, (0.2, 0.9), grid=False) if x == "mmlu" else size(x, over=every),
        y=share(),
        by=Series("group", OPEN_FAMILIES, title="family"),
        layers=[line(families, width=1.5), dots({"kind": "published"}, size=55), levels()],
        tips=("model", "params", "train_flops", "mmlu", "metric", "value", "flag_note"),
        height=340,
    )


PYTHIA_SIZES = {
    7.0426624e7: "70M",
    1.62322944e8: "160M",
    4.05334016e8: "410M",
    1.011781632e9: "1B",
    1.414647808e9: "1.4B",
    2.775208960e9: "2.8B",
    6.857302016e9: "6.9B",
    1.1846072320e10: "12B",
}
OPERATIONS = {
    "op_addition": "two-operand addition (x1 in 0-99)",
    "op_multiplication": "two-operand multiplication (x1 in 0-99)",
}


def pythia_size(params: float) -> str:
    """The name of the model whose number of parameters is nearest."""
    return PYTHIA_SIZES[min(PYTHIA_SIZES, key=lambda known: abs(np.log(known / params)))]


@cache
def pythia() -> pd.DataFrame:
    """Deduplicated Pythia models over training: LAMBADA loss (ln perplexity, nats) and accuracy, arithmetic accuracy (percent)."""
    where = {"family": "Pythia", "setting": "zero_shot", "task": "lambada_openai"}
    lambada = pick(data.load("pythia_evals"), **where)
    lambada = lambada[lambada["deduped"].fillna(False).astype(bool) & (lambada["step"] >= 512)]
    loss, accuracy = (pick(lambada, metric=metric) for metric in ("ppl", "acc"))
    sums = data.load("pythia_arithmetic")
    nats = {"value": np.log(loss["value"]).round(6), "metric": "log_perplexity"}
    parts = [loss.assign(panel="lambada_loss", **nats)]
    for panel, rows in {"lambada_accuracy": accuracy, "sums": sums}.items():
        percent = (rows["value"] * 100).round(6)
        parts.append(rows.assign(panel=panel, value=percent, metric="accuracy"))
    rows = pd.concat(parts).assign(kind="published", family="Pythia")
    names = rows["params"].astype(float).map(pythia_size)
    return rows.assign(pythia_size=names, train_tokens=rows["train_tokens"].astype(float))


@chapter.figure(
    "pythia-training",
    tables=["pythia_evals", "pythia_arithmetic"],
    curve=["panel", "pythia_size"],
    controls=[
        Choice("arithmetic_operation", tuple(OPERATIONS)),
        Choice("arithmetic_shots", ("2", "0", "4", "8", "16")),
    ],
)
def pythia_training(arithmetic_operation, arithmetic_shots):
    """Loss (nats), accuracy in guessing a word, and in sums (percent), of eight models by training tokens."""
    rows = pythia()
    asked = rows["task"] == OPERATIONS[arithmetic_operation]
    asked &= rows["n_shots"] == int(arithmetic_shots)
    rows = rows[(rows["panel"] != "sums") | asked]
    rows = rows.sort_values(["panel", "params", "train_tokens"], kind="stable")
    columns = "panel pythia_size kind family model params train_tokens task n_shots metric value"
    return rows[columns.split()]


@pythia_training.draw
def _(rows, columns):
    tokens = {"ticks": (1e9, 1e10, 1e11), "billions": True, "grid": False}
    return plot_panels(
        rows,
        ("lambada_loss", "lambada_accuracy", "sums"),
        log("train_tokens", (9e8, 3.4e11), **tokens),
        linear("value", title="", ticks=5, zero=True),
        Series("pythia_size", list(PYTHIA_SIZES.values())),
        columns,
        independent=("y",),
        height=190,
    )


CLASSES = (
    "smoothly_increasing",
    "emergent_with_gpt3_or_lamda",
    "emergent_with_palm",
    "flat",
    "other_class",
)
CLASS_COLORS = [PALETTE[i] for i in (5, 1, 0, 7, 2)]
"""Bars have no shapes to tell them apart by, so the first four are colors that no reader confuses."""
CLASS_OF = {"other": "other_class", "emergent_with_lamda_gpt": "emergent_with_gpt3_or_lamda"}


def classified_tasks() -> pd.DataFrame:
    """BIG-bench tasks by the class their curves were given, each with its place in the row of its class."""
    rows = data.load("emergent_bigbench_task_classes")
    rows = rows.assign(category=rows["category"].replace(CLASS_OF), model=rows["emerges_at_model"])
    at = label("emergent_at") + " " + rows["model"]
    rows["row"] = at.where(rows["model"].notna(), rows["category"].map(label))
    rows["order"] = rows["category"].map(CLASSES.index)
    rows["family"] = rows["model"].str.split().str[0]
    rows["billions"] = rows["model"].str.extract(r"(\d+)B")[0].astype(float)
    rows = rows.sort_values(["order", "family", "billions", "task"], kind="stable")
    rows["position"] = rows.groupby("row").cumcount() + 1
    count = rows.groupby("row")["row"].transform("size").astype(str)
    return rows.assign(row=rows["row"] + ": " + count)


def classified_keywords() -> pd.DataFrame:
    """Keywords of BIG-bench tasks by class, those first whose tasks are emergent most often."""
    rows = data.load("wei2022_fig8_bigbench_keywords").rename(columns={"keyword": "task"})
    rows = rows.assign(category=rows["category"].replace(CLASS_OF), row=rows["task"])
    every = rows.groupby("task")["value"].sum()
    emergent = rows[rows["category"].str.startswith("emergent")].groupby("task")["value"].sum()
    rows["order"] = -rows["task"].map(emergent / every)
    return rows.sort_values(["order", "task"], kind="stable")


def emergent_metrics() -> pd.DataFrame:
    """Metrics by the number of emergent pairs of task and model that they score (Schaeffer et al. 2023, Figure 5C)."""
    rows = pick(data.load("schaeffer2023_fig5_metric_shares"), panel="5C")
    rows = rows.sort_values("count", ascending=False)
    names = ("metric_" + rows["category"]).map(label)
    return rows.assign(
        task=rows["category"], row=names, value=rows["count"], category="emergent_pairs"
    )


VIEWS = {
    "bigbench_tasks": classified_tasks,
    "bigbench_keywords": classified_keywords,
    "bigbench_metrics": emergent_metrics,
}


@chapter.figure(
    "bigbench-classes",
    tables=[
        "emergent_bigbench_task_classes",
        "wei2022_fig8_bigbench_keywords",
        "schaeffer2023_fig5_metric_shares",
    ],
    controls=[Choice("bigbench_view", tuple(VIEWS))],
    columns=["task", "category", "model", "value"],
)
def bigbench_classes(bigbench_view):
    """BIG-bench tasks by the class of their curves, keywords by class, or metrics by their emergent pairs (counts)."""
    rows = VIEWS[bigbench_view]().assign(kind="published")
    columns = ["kind", "row", "category", "task", "model", "position", "value"]
    return rows.reindex(columns=columns)


@bigbench_classes.draw
def _(rows, bigbench_view):
    by = Series("category", CLASSES, title="").only(rows)
    color = by.color()
    color["scale"]["range"] = CLASS_COLORS
    step = {"bigbench_tasks": 36, "bigbench_keywords": 20, "bigbench_metrics": 30}[bigbench_view]
    height = step * rows["row"].nunique()
    if bigbench_view == "bigbench_tasks":
        return plot(
            rows,
            x=linear("position", (0, 60), title="tasks_count", grid=False),
            y=Axis("row:N", {}, None, "", {"sort": None}),
            by=by,
            layers=[
                dots(size=34, yOffset=8, color=color, tooltip=task_tips()),
                words("row", {"position": 1}, size=12, align="left", dy=-6, x=2),
            ],
            height=height,
        )
    metrics = bigbench_view == "bigbench_metrics"
    stacked = {"color": color, "order": alt.Order("rank:Q")}
    chart = plot(
        rows,
        x=linear("value", title="pairs_count" if metrics else "tasks_count"),
        y=Axis("row:N", {}, {"labelLimit": 190}, "", {"sort": None}),
        layers=[bars(color=PALETTE[0]) if metrics else bars(**stacked)],
        tips=("row", "category", "value"),
        height=height,
    )
    return chart.transform_calculate(rank=alt.expr.indexof(list(CLASSES), alt.datum.category))


def task_tips() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("task:N", title=label("task")),
        alt.Tooltip("row:N", title=label("category")),
    ]


LITE = "palm_bigbench_lite_by_size"
PALM = {
    "PaLM 8B": "palm_8b",
    "PaLM 62B": "palm_62b",
    "PaLM 540B": "palm_540b",
    "Human (Avg.)": "average_rater",
}


@cache
def lite() -> pd.DataFrame:
    """BIG-bench Lite tasks by PaLM size, with the excess of 540B over a line in log parameters through 8B and 62B (`excess`)."""
    rows = pick(data.load(LITE), model=list(PALM))
    rows = rows.assign(value=rows["value"] / 100)
    rows["kind"] = np.where(rows["family"] == "human", "reference", "published")
    wide = rows.pivot(index="task", columns="model", values="value")
    sizes = np.log(rows.drop_duplicates("model").set_index("model")["params"].astype(float))
    small, middle, large = (sizes[model] for model in list(PALM)[:3])
    slope = (wide["PaLM 62B"] - wide["PaLM 8B"]) / (middle - small)
    line_at_large = wide["PaLM 62B"] + slope * (large - middle)
    return rows.assign(
        excess=rows["task"].map(wide["PaLM 540B"] - line_at_large),
        best=rows["task"].map(wide["PaLM 540B"]),
        who=rows["model"].map(PALM),
        entry=rows["task"].str.replace("_", " "),
    )


@chapter.figure(
    "palm-bigbench-lite",
    tables=[LITE],
    controls=[Choice("lite_order", ("by_excess", "by_score"))],
    columns=["task", "model", "params", "metric", "value", "excess"],
)
def palm_bigbench_lite(lite_order):
    """Scores of three sizes of PaLM (fractions) on the tasks of BIG-bench Lite, and of people."""
    first = "excess" if lite_order == "by_excess" else "best"
    rows = lite().sort_values([first, "task", "params"], ascending=[False, True, True])
    rows["place"] = rows["task"].factorize()[0] + 1
    return rows["kind place entry who family model params task metric value excess".split()]


@palm_bigbench_lite.draw
def _(rows):
    joined = {"width": 1.5, "color": "currentColor", "opacity": 0.4, "detail": "entry:N"}
    return plot(
        rows,
        x=share(ticks=5, grid=True),
        y=Axis("entry:N", {}, None, "", {"sort": None}),
        by=Series("who", list(PALM.values()), title=""),
        layers=[
            line({"family": "PaLM"}, yOffset=7, **joined),
            dots({"kind": ["published", "reference"]}, size=70, yOffset=7),
            words("entry", {"who": "palm_540b"}, align="left", dy=-6, x=2),
        ],
        tips=("entry", "model", "value", "excess"),
        height=34 * rows["entry"].nunique(),
    )
