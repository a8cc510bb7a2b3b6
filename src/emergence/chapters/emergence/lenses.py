"""The same answers through several lenses: metric, axis, size of the test, and who is compared."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import (
    Axis,
    Series,
    dots,
    levels,
    line,
    log,
    pick,
    plot,
    published,
    share,
    size,
    spans,
)
from emergence.figure import Choice, Predict
from emergence.models import addition
from emergence.text import label

from .tables import (
    ADDITION,
    BASE,
    BOTTOM,
    COLUMNS,
    IPA,
    OPEN,
    SCALE,
    SUMS_TRAINED,
    chapter,
    harness,
    mmlu,
    own_scores,
    score_axis,
)

__all__ = ["gpt3_arithmetic", "metric_lens", "four_lenses"]

ARITHMETIC = ("3D+", "2D+", "2D-", "3D-", "4D+", "4D-", "5D+", "5D-", "2Dx", "1DC")


@chapter.figure(
    "gpt3-arithmetic",
    tables=["gpt3_table_h1"],
    curve=["task", "setting"],
    controls=[Choice("task", ARITHMETIC), Choice("x", ("params", "train_flops"))],
    predict=Predict("params", 1e11, "x", "value", {"setting": "few_shot"}),
)
def gpt3_arithmetic(task, x):
    """Accuracy of GPT-3 in arithmetic (fractions) by size or training compute and number of examples."""
    rows = published("gpt3_table_h1", task=task)
    return rows.sort_values(["setting", "params"], kind="stable")[COLUMNS]


@gpt3_arithmetic.draw
def _(rows, x):
    by = Series("setting", ("few_shot", "one_shot", "zero_shot"))
    return plot(rows, size(x, over=published("gpt3_table_h1")), share(), by)


METRICS_TABLE = "wei2022_fig7_alternative_metrics"
ANSWERS = {
    "open_ipa": (OPEN, IPA, ("bleu", "exact_match")),
    "lamda_ipa": (METRICS_TABLE, "ipa_transliterate", ("rouge1", "bleu", "exact_match")),
    "lamda_arithmetic": (
        METRICS_TABLE,
        "modified_arithmetic",
        ("rouge1", "sequence_f1", "exact_match"),
    ),
    "lamda_elements": (
        METRICS_TABLE,
        "periodic_elements",
        ("rouge1", "multiple_choice_grade", "exact_match"),
    ),
}
METRICS = ("exact_match", "bleu", "rouge1", "sequence_f1", "multiple_choice_grade")


@chapter.figure(
    "metric-lens",
    tables=[OPEN, METRICS_TABLE],
    curve=["task", "metric"],
    controls=[
        Choice("answers", tuple(ANSWERS)),
        Choice("y_scale", ("log_axis", "linear_axis")),
        SCALE,
    ],
    columns=COLUMNS[:-1],
)
def metric_lens(answers, y_scale, x):
    """The same answers scored by exact match and with partial credit (fractions), by training compute or size."""
    table, task, drawn = ANSWERS[answers]
    rows = pick(harness(table), task=task, metric=drawn).dropna(subset=["train_flops"])
    if table == OPEN:  # the same models under both metrics
        rows = rows[rows.groupby("model")["metric"].transform("nunique") == 2]
    shown = rows["value"] if y_scale == "linear_axis" else rows["value"].clip(lower=BOTTOM)
    rows = rows.assign(shown=shown).sort_values(["metric", "params"], kind="stable")
    return rows[[*COLUMNS[:-1], "shown"]]


@metric_lens.draw
def _(rows, answers, y_scale, x):
    table, _, drawn = ANSWERS[answers]
    joined = [] if answers == "open_ipa" else [line()]
    return plot(
        rows,
        x=size(x, over=harness(table).dropna(subset=["train_flops"])),
        y=score_axis(y_scale),
        by=Series("metric", METRICS).only(drawn),
        layers=[*joined, dots(size=60, opacity=0.85)],
    )


IPA_ITEMS = 1003
"""Items behind the exact-match scores of the open models on IPA transliterate: the smallest number for which they are whole
numbers of items (see `formulas.items_behind`). Two models, Qwen-72B and Qwen1.5-72B, were scored on 1,000."""


@cache
def ipa() -> pd.DataFrame:
    """Open models on IPA transliterate under both metrics, with MMLU and LAMBADA perplexity where they are known."""
    rows = pick(harness(), task=IPA)
    last = pick(data.load("pythia_evals"), task="lambada_openai", metric="ppl", setting="zero_shot")
    last = last[last["step"].isna() | (last["step"] == 143000)].drop_duplicates("model")
    perplexity = rows["model"].map(last.set_index("model")["value"])
    return rows.assign(mmlu=rows["model"].map(mmlu()), lambada_perplexity=perplexity)


@cache
def scored(lens_models: str, metric: str) -> pd.DataFrame:
    """The models of one choice of the four lenses, scored by exact match or with partial credit (BLEU; for our sums, digits right)."""
    partial = metric == "partial_credit"
    if lens_models == "open_models":
        return pick(ipa(), metric="bleu" if partial else metric)
    rows = own_scores()
    if lens_models == "addition_mean":
        rows = rows.groupby(["width", "params"], as_index=False).mean(numeric_only=True)
        name = label("addition_mean_of").format
        rows["model"] = [name(width=width) for width in rows["width"]]
    drawn = "per_digit" if partial else metric
    tokens = SUMS_TRAINED * (addition.PROMPT + addition.ANSWER - 1)
    return rows.assign(
        kind="miniature",
        task=label("addition_task"),
        metric=drawn,
        value=rows[drawn],
        train_flops=6.0 * rows["params"] * tokens,
        mmlu=np.nan,
        lambada_perplexity=np.nan,
        digit_perplexity=np.exp(rows["cross_entropy"]),
        family="",
    )


LENS = "kind family model params train_flops mmlu lambada_perplexity digit_perplexity task metric value wilson_low wilson_high".split()


@chapter.figure(
    "four-lenses",
    tables=[OPEN, BASE, "pythia_evals"],
    controls=[
        Choice("lens_models", ("open_models", "addition_seeds", "addition_mean")),
        Choice("metric", ("exact_match", "partial_credit")),
        Choice("x", ("params", "train_flops", "mmlu", "lambada_perplexity")),
        Choice("test_items", ("1003", "300", "100", "30")),
        Choice("y_scale", ("linear_axis", "log_axis")),
    ],
    runs=[ADDITION],
    columns=LENS,
)
def four_lenses(lens_models, metric, x, test_items, y_scale):
    """Scores (fractions) as a reader chooses to see them: which models, metric, axes and size of test, with its resolution."""
    rows = scored(lens_models, metric)
    rows = rows.dropna(subset=[x]) if lens_models == "open_models" else rows
    rows = rows.sort_values(["params", "model"], kind="stable")
    n = int(test_items)
    low, high = formulas.wilson_interval(rows["value"], n)
    blind = float(formulas.hidden_below(n))
    exact = metric == "exact_match"
    counted = exact and lens_models != "addition_mean"
    seen = np.where((rows["value"] >= blind) | (not exact), "visible", "below_resolution")
    rows = rows.assign(
        wilson_low=low if counted else np.nan,
        wilson_high=high if counted else np.nan,
        at_test_size=seen,
    )
    if exact:
        limit = {"kind": "reference", "model": label("resolution_limit"), "metric": metric}
        limit = {**limit, "task": rows["task"].iloc[0], "value": blind}
        rows = pd.concat([rows, pd.DataFrame([limit])])
    floor = 0.0 if y_scale == "linear_axis" else BOTTOM
    drawn = {"shown": rows["value"], "shown_low": rows["wilson_low"]}
    rows = rows.assign(**{name: values.clip(lower=floor) for name, values in drawn.items()})
    return rows.reindex(columns=[*LENS, "at_test_size", "shown", "shown_low"])


@four_lenses.draw
def _(rows, lens_models, x, y_scale):
    ours = lens_models != "open_models"
    joined = [line(color="currentColor")] if lens_models == "addition_mean" else []
    return plot(
        rows,
        x=own_axis(x) if ours else open_axis(x),
        y=score_axis(y_scale, 1.0 if ours else 0.7),
        by=Series("at_test_size", ("visible", "below_resolution"), title=""),
        layers=[
            spans("shown_low", "wilson_high", width=None, opacity=0.45, color=None),
            *joined,
            dots(size=60, filled=not ours, strokeWidth=2, opacity=0.9),
            levels("left"),
        ],
        tips=LENS[2:],
    )


def open_axis(x: str) -> Axis:
    """What open models are ordered by."""
    if x == "lambada_perplexity":
        return log(x, (160, 3), ticks=(4, 6, 10, 20, 50, 100), grid=False)
    if x == "mmlu":
        return share(x, (0.2, 0.9), grid=False)
    return size(x, over=ipa().dropna(subset=[x]))


def own_axis(x: str) -> Axis:
    """The same axis for models that add: perplexity is that of the digits, and in place of MMLU, which they cannot take, stands their size."""
    if x == "lambada_perplexity":
        return log("digit_perplexity", (6.5, 0.97), ticks=(1, 2, 3, 4, 6), grid=False)
    return size("params" if x == "mmlu" else x, over=scored("addition_seeds", "exact_match"))
