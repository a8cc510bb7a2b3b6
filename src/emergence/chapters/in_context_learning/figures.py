"""Figures of the chapter on in-context learning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import marks as m
from emergence.figure import Choice, Figure, Live, Predict, Slider
from emergence.models import pack, regression
from emergence.text import label

__all__ = [
    "shots_by_scale",
    "gpt3_explorer",
    "gain_by_task",
    "what_matters",
    "calibration",
    "prompt_order",
    "unrelated_labels",
    "symbol_tuning",
    "vs_finetuning",
    "gradient_step",
    "induction_phases",
    "regression_errors",
    "regression_distances",
    "regression_live",
]

CHAPTER = "in_context_learning"
SHOTS = ("zero_shot", "one_shot", "few_shot")

TASK_GROUPS = {
    "icl_cloze": ("HellaSwag", "LAMBADA", "StoryCloze"),
    "closed_book": ("NQs", "TriviaQA", "WebQs"),
    "icl_translation": ("Ro→En 16", "En→Ro 16", "Fr→En 14", "En→Fr 14", "De→En 16", "En→De 16"),
    "icl_winograd": ("Winograd", "Winogrande"),
    "science_questions": ("PIQA", "ARC (Challenge)", "ARC (Easy)", "OpenBookQA"),
    "icl_reading": ("Quac", "RACE-h", "RACE-m", "SQuADv2", "CoQA", "DROP"),
    "superglue_tasks": ("BoolQ", "Copa", "RTE", "WSC", "ReCoRD"),
    "icl_anli": ("ANLI R1", "ANLI R2", "ANLI R3"),
    "arithmetic": ("2D+", "2D-", "3D+", "3D-", "4D+", "4D-", "5D+", "5D-", "2Dx", "1DC"),
    "word_games": (
        "Cycled Letters",
        "Anagrams 1",
        "Anagrams 2",
        "Symbol Insertion",
        "Reversed Words",
    ),
}
"""Tasks of Brown et al. 2020 by their section 3; CB, WiC and MultiRC are left out of means (flagged cells)."""

# PaLM's names for the tasks of the GPT-3 paper.
PALM_NAMES = {
    "Lambada": "LAMBADA",
    "Natural Questions": "NQs",
    "Web Questions": "WebQs",
    "ARC-c": "ARC (Challenge)",
    "ARC-e": "ARC (Easy)",
    "OpenbookQA": "OpenBookQA",
    "QuAC": "Quac",
    "Drop": "DROP",
    "Multirc": "MultiRC",
}
SIZES = {
    "GPT-3": ("GPT-3 XL", "GPT-3 13B", "GPT-3 175B"),
    "PaLM": ("PaLM 8B", "PaLM 62B", "PaLM 540B"),
}


# --- tables ----------------------------------------------------------------------------------------------------------
@cache
def _gpt3() -> pd.DataFrame:
    """Table H.1 of Brown et al. 2020 without its test-server column: 63 measures (`task_and_metric`) × 3 settings × 8 sizes."""
    rows = data.evaluations()
    rows = rows[(rows["table"] == "gpt3_table_h1") & ~rows["setup"].str.endswith("test server")]
    several = rows.groupby("task")["metric"].transform("nunique") > 1
    return rows.assign(
        kind="published",
        task_and_metric=rows["task"].where(~several, rows["task"] + " (" + rows["metric"] + ")"),
        reading_of_cell=np.where(rows["flag"].isna(), "icl_as_printed", "icl_flagged"),
    ).reset_index(drop=True)


def _one_metric(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows without the measures that repeat a task in a second metric: one score per task is left."""
    second = {
        ("SQuADv2", "em"),
        ("SQuADv2", "EM"),
        ("CB", "f1"),
        ("ReCoRD", "f1"),
        ("MultiRC", "acc"),
    }
    repeated = [pair in second for pair in zip(rows["task"], rows["metric"])]
    return rows[~np.array(repeated) & ~rows["metric"].isin(["ppl", "BLEU-sb", "average"])]


@cache
def _scores() -> pd.DataFrame:
    """One score per task of GPT-3 that can be averaged: accuracy, else F1 or BLEU; no task with a doubtful cell."""
    rows = _one_metric(_gpt3())
    rows = rows[~rows["task"].isin(["WiC", "CB", "MultiRC"])]
    # The few-shot column of the smallest model repeats its one-shot column in 27 rows, so it is no measurement of few-shot.
    return rows[~((rows["setting"] == "few_shot") & (rows["model"] == "GPT-3 Small"))]


@cache
def _means() -> pd.DataFrame:
    """Mean score by group of tasks, setting and size of GPT-3; group ``all_accuracy``: every task scored by accuracy."""
    parts = [_scores()[_scores()["metric"] == "acc"].assign(task_group="all_accuracy")]
    parts += [
        _scores()[_scores()["task"].isin(tasks)].assign(task_group=group)
        for group, tasks in TASK_GROUPS.items()
    ]
    rows = pd.concat(parts)
    key = ["task_group", "setting", "family", "model", "params", "train_flops"]
    means = rows.groupby(key, as_index=False, sort=False).agg(
        value=("value", "mean"), tasks_in_mean=("task", "nunique")
    )
    return means.assign(kind="published", value=means["value"].round(8)).sort_values(
        ["task_group", "setting", "params"]
    )


@cache
def _gains() -> pd.DataFrame:
    """Few-shot minus zero-shot score of the tasks that GPT-3 and PaLM share, three sizes each; no doubtful cell."""
    palm = data.evaluations()
    palm = palm[palm["table"] == "palm_table40_by_size"]
    palm = palm.assign(task=palm["task"].replace(PALM_NAMES))
    both = _one_metric(pd.concat([_gpt3(), palm]))
    both = both[
        both["flag"].isna()
        & both["model"].isin(sum(SIZES.values(), ()))
        & both["task"].isin(set(palm["task"]))
    ]
    both = both.assign(metric=both["metric"].str.lower().replace({"em": "exact_match"}))
    wide = both.pivot_table(
        index=["family", "model", "params", "task", "metric"], columns="setting", values="value"
    )
    wide = wide.dropna(subset=["zero_shot", "few_shot"]).reset_index()
    return wide.assign(shot_gain=(wide["few_shot"] - wide["zero_shot"]).round(8), kind="published")


@cache
def _facts() -> pd.DataFrame:
    return data.load("facts_in_context_learning")


def _fact(model: str, quantity: str) -> str:
    """The single value printed in a paper's text for a model and a quantity."""
    rows = _facts()
    (value,) = rows.loc[(rows["model"] == model) & (rows["quantity"] == quantity), "value"]
    return str(value)


# --- marks -----------------------------------------------------------------------------------------------------------
def _ordinal_x(column: str, keys: Sequence[str], title: str | None = None, drop: str = "") -> alt.X:
    """Ordered names on the horizontal axis; what all have in common (pattern `drop`) is left out where space is short."""
    return alt.X(
        f"{column}:N",
        sort=list(keys),
        scale=alt.Scale(domain=list(keys)),
        title=label(column) if title is None else title or None,
        axis=alt.Axis(
            labelExpr=f"replace(datum.value, regexp({m.quote(drop)}, 'g'), '')"
            if drop
            else m.label_expr(keys),
            labelAngle=0,
            grid=False,
            labelOverlap=False,
        ),
    )


def _narrow(*channels):
    """Legends in two columns: beside long row names a narrow page has room for no more."""
    for channel in channels:
        channel["legend"]["columns"] = 2
    return channels


def _level(base: alt.Chart, y: alt.Y) -> list[alt.Chart]:
    """Reference rows: a dashed rule with the name (column `model`) at its right end."""
    flat = base.transform_filter("datum.kind === 'reference'")
    return [
        flat.mark_rule().encode(y=y),
        flat.mark_text(align="right", dy=-6, fontSize=11, x="width").encode(y=y, text="model:N"),
    ]


# --- figures ---------------------------------------------------------------------------------------------------------
@cache
def shots_by_scale() -> Figure:
    def frame(task_group):
        rows = _means()[_means()["task_group"] == task_group]
        return rows[
            [
                "kind",
                "family",
                "model",
                "params",
                "train_flops",
                "task_group",
                "tasks_in_mean",
                "setting",
                "value",
            ]
        ]

    def chart(rows):
        color, shape = m.series("setting", SHOTS)
        return m.curves(
            rows,
            m.axis_x(_means(), "params"),
            m.axis_y(title=label("icl_mean_score")),
            color,
            shape,
        )

    return Figure(
        "icl-shots-by-scale",
        CHAPTER,
        ["gpt3_table_h1"],
        frame,
        chart,
        facts=numbers,
        curve=["setting"],
        controls=[Choice("task_group", ("all_accuracy", *TASK_GROUPS))],
        predict=Predict("params", 1e11, "params", "value", {"setting": "few_shot"}),
    )


@cache
def gpt3_explorer() -> Figure:
    measures = tuple(dict.fromkeys(_gpt3()["task_and_metric"]))
    sota = data.load("gpt3_table_h1_sota").set_index(["task", "metric"])["value"].to_dict()
    columns = [
        "kind",
        "family",
        "model",
        "params",
        "train_flops",
        "task",
        "metric",
        "setting",
        "n_shots",
        "value",
        "value_printed",
        "unit_printed",
        "reading_of_cell",
        "flag_note",
    ]

    def score(printed: float, metric: str) -> float:
        """Every measure on one scale where more is better: a fraction, and for perplexity its inverse."""
        return round(1 / printed if metric == "ppl" else printed / 100, 8)

    def frame(task_and_metric):
        rows = _gpt3()[_gpt3()["task_and_metric"] == task_and_metric]
        task, metric = rows["task"].iloc[0], rows["metric"].iloc[0]
        levels = {
            "random_guessing": 100 * rows["chance"].iloc[0],
            "icl_human_level": 100 * rows["human"].iloc[0],
            "fine_tuned_sota": sota.get((task, metric), float("nan")),
        }
        levels = [
            {
                "kind": "reference",
                "model": label(k),
                "task": task,
                "metric": metric,
                "value": score(v, metric),
                "value_printed": round(v, 8),
                "unit_printed": rows["unit_printed"].iloc[0],
                "reading_of_cell": "icl_as_printed",
            }
            for k, v in levels.items()
            if v == v
        ]
        rows = rows.assign(
            value=[score(v, metric) for v in rows["value_printed"]],
            n_shots=rows["n_shots"].astype("float"),
        )
        rows = rows.sort_values(["setting", "params"])[columns]
        return (
            pd.concat([rows, pd.DataFrame(levels, columns=columns)], ignore_index=True)
            if levels
            else rows
        )

    def chart(rows):
        color, shape = m.series("setting", SHOTS)
        x, y = m.axis_x(_gpt3(), "params"), m.axis_y()
        tips = m.tooltip(
            rows,
            (
                "model",
                "params",
                "task",
                "setting",
                "n_shots",
                "metric",
                "value_printed",
                "unit_printed",
                "flag_note",
            ),
        )
        base = alt.Chart(rows)
        cells = base.transform_filter("datum.kind === 'published'")
        sound = cells.transform_filter("datum.reading_of_cell === 'icl_as_printed'")
        flagged = cells.transform_filter("datum.reading_of_cell === 'icl_flagged'")
        return alt.layer(
            *_level(base, y),
            sound.mark_line(strokeWidth=2).encode(x, y, color),
            sound.mark_point(size=70, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=tips
            ),
            flagged.mark_point(size=110, filled=False, opacity=1, strokeWidth=1.5).encode(
                x, y, color, shape, tooltip=tips
            ),
        ).properties(width="container", height=320)

    return Figure(
        "icl-gpt3-explorer",
        CHAPTER,
        ["gpt3_table_h1", "gpt3_table_h1_sota", "gpt3_reference_lines"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task_and_metric", measures, "Symbol Insertion")],
    )


@cache
def gain_by_task() -> Figure:
    order = tuple(
        _gains()[_gains()["model"] == "PaLM 540B"].sort_values("shot_gain", ascending=False)["task"]
    )

    def frame(family):
        rows = _gains()[_gains()["family"] == family].sort_values(["task", "params"])
        return rows[
            [
                "kind",
                "family",
                "model",
                "params",
                "task",
                "metric",
                "zero_shot",
                "few_shot",
                "shot_gain",
            ]
        ]

    def chart(rows, family):
        color, shape = _narrow(*m.series("model", SIZES[family], title=""))
        x = alt.X(
            "shot_gain:Q",
            scale=alt.Scale(domain=[-0.15, 0.52]),
            title=label("shot_gain"),
            axis=alt.Axis(format="+.0%", tickCount=6, labelExpr="replace(datum.label, '%', '')"),
        )
        y = m.named_rows("task", order)
        base = alt.Chart(rows)
        tips = m.tooltip(rows, ("model", "task", "metric", "zero_shot", "few_shot", "shot_gain"))
        return alt.layer(
            base.transform_aggregate(zero="count()").mark_rule().encode(x=alt.datum(0)),
            base.mark_point(size=75, filled=True, opacity=0.9).encode(
                x, y, color, shape, tooltip=tips
            ),
        ).properties(width="container", height=21 * len(order))

    return Figure(
        "icl-gain-by-task",
        CHAPTER,
        ["gpt3_table_h1", "palm_table40_by_size"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("family", ("PaLM", "GPT-3"))],
    )


@cache
def what_matters() -> Figure:
    spoiled = {
        "share of demonstration gain kept with 0% correct labels": "all_labels_wrong",
        "gain kept with random English words as labels (format kept)": "random_words_as_labels",
        "gain kept with OOD inputs + random labels (format kept)": "random_inputs_and_labels",
    }
    rows = _facts()
    rows = rows[rows["quantity"].str.rsplit(", ", n=1).str[0].isin(spoiled)]
    part = rows["quantity"].str.rsplit(", ", n=1)
    table = pd.DataFrame(
        {
            "kind": "published",
            "model": rows["model"],
            "spoiled": part.str[0].map(spoiled),
            "task_format": part.str[1].map(
                {"classification": "classification", "multi-choice": "multiple_choice"}
            ),
            "value": (rows["value"].astype(float) / 100).round(8),
        }
    ).reset_index(drop=True)
    table["task"] = table["spoiled"] + "_" + table["task_format"]
    table["words"] = table["task"].map(label)
    order = tuple(
        f"{s}_{t}" for s in spoiled.values() for t in ("classification", "multiple_choice")
    )
    models = ("MetaICL", "GPT-J", "Direct MetaICL", "Channel MetaICL", "Channel GPT-J")

    def frame():
        level = pd.DataFrame(
            [{"kind": "reference", "model": label("intact_examples"), "value": 1.0}]
        )
        return pd.concat(
            [table[["kind", "model", "task", "words", "spoiled", "task_format", "value"]], level],
            ignore_index=True,
        )

    def chart(rows):
        color, shape = _narrow(*m.series("model", models, title=""))
        x = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[0, 1.02], nice=False),
            axis=alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
            title=label("gain_kept"),
        )
        y = alt.Y("task:N", sort=list(order), title=None, axis=None)
        base = alt.Chart(rows)
        shown = base.transform_filter("datum.kind === 'published'")
        # The name stands above its row: as an axis label it would leave no room on a narrow page.
        return alt.layer(
            base.transform_filter("datum.kind === 'reference'").mark_rule().encode(x=x),
            shown.mark_rule(strokeWidth=1, strokeDash=[1, 0], opacity=0.3, yOffset=9).encode(
                x=alt.datum(0), x2=alt.datum(1), y=y
            ),
            shown.mark_point(size=95, filled=True, opacity=1, yOffset=9).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("model", "words", "value"))
            ),
            shown.transform_aggregate(groupby=["task", "words"])
            .mark_text(align="left", dx=4, dy=-6, fontSize=12)
            .encode(x=alt.datum(0), y=y, text="words:N"),
        ).properties(width="container", height=44 * len(order))

    return Figure(
        "icl-what-matters",
        CHAPTER,
        ["facts_in_context_learning"],
        frame,
        chart,
        facts=numbers,
        columns=["kind", "model", "words", "value"],
    )


@cache
def calibration() -> Figure:
    tasks = ("AGNews", "TREC", "DBPedia", "SST-2", "CB", "RTE", "LAMA")
    settings = ("baseline", "contextual_calibration")
    table = data.load("calibrate_before_use_table1")
    table = table[table["task"].isin(tasks)].assign(
        kind="published",
        value=lambda r: (r["mean"] / 100).round(8),
        icl_spread=lambda r: (r["std_over_example_sets"] / 100).round(8),
    )
    table = table.assign(
        low=(table["value"] - table["icl_spread"]).clip(lower=0),
        high=(table["value"] + table["icl_spread"]).clip(upper=1),
    )

    def frame(task, model):
        rows = table[(table["task"] == task) & (table["model"] == model)].sort_values(
            ["setting", "n_shots"]
        )
        return rows.assign(n_shots=rows["n_shots"].astype(str))[
            [
                "kind",
                "family",
                "model",
                "params",
                "task",
                "setting",
                "n_shots",
                "metric",
                "value",
                "icl_spread",
                "low",
                "high",
            ]
        ]

    def chart(rows):
        color, shape = m.series("setting", settings)
        return _with_spread(
            rows, _ordinal_x("n_shots", ("0", "1", "4", "8")), color, shape, "setting", settings
        )

    return Figure(
        "icl-calibration",
        CHAPTER,
        ["calibrate_before_use_table1"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", tasks), Choice("model", ("GPT-3 175B", "GPT-3 2.7B"))],
        columns=[
            "kind",
            "family",
            "model",
            "params",
            "task",
            "setting",
            "n_shots",
            "metric",
            "value",
            "icl_spread",
        ],
    )


def _with_spread(
    rows: pd.DataFrame, x: alt.X, color, shape, series: str, order: Sequence[str]
) -> alt.LayerChart:
    """Means with bars of one standard deviation, series side by side."""
    offset, y = (
        alt.XOffset(f"{series}:N", scale=alt.Scale(domain=list(order), paddingOuter=0.35)),
        m.axis_y(),
    )
    base = alt.Chart(rows)
    tips = m.tooltip(rows, (*m.TOOLTIP, "icl_spread"))
    for channel in (color, shape):  # else the bars give the legend's symbols a thick outline
        channel["legend"]["symbolStrokeWidth"] = 0
    return alt.layer(
        base.mark_rule(strokeWidth=2, strokeDash=[1, 0]).encode(
            x=x, xOffset=offset, color=color, y=alt.Y("low:Q", title=label("value")), y2="high:Q"
        ),
        base.mark_point(size=85, filled=True, opacity=1).encode(
            x=x, xOffset=offset, y=y, color=color, shape=shape, tooltip=tips
        ),
    ).properties(width="container", height=300)


@cache
def prompt_order() -> Figure:
    settings = (
        "all_orders_baseline",
        "LocalE_selected",
        "GlobalE_selected",
        "split_training_set_selected",
    )
    table = data.load("lu2022_prompt_order_sst2")
    models = tuple(dict.fromkeys(table["model"]))
    table = table.assign(
        kind="published",
        value=(table["mean"] / 100).round(8),
        icl_spread=(table["std"] / 100).round(8),
    )
    table = table.assign(
        low=table["value"] - table["icl_spread"],
        high=(table["value"] + table["icl_spread"]).clip(upper=1),
    )

    def frame():
        return table[
            [
                "kind",
                "family",
                "model",
                "params",
                "task",
                "setting",
                "n_shots",
                "metric",
                "value",
                "icl_spread",
                "low",
                "high",
            ]
        ]

    def chart(rows):
        color, shape = _narrow(*m.series("setting", settings))
        return _with_spread(
            rows,
            _ordinal_x("model", models, label("gpt2_size"), "^GPT-2 "),
            color,
            shape,
            "setting",
            settings,
        )

    return Figure(
        "icl-prompt-order",
        CHAPTER,
        ["lu2022_prompt_order_sst2"],
        frame,
        chart,
        facts=numbers,
        columns=[
            "kind",
            "family",
            "model",
            "params",
            "task",
            "setting",
            "n_shots",
            "metric",
            "value",
            "icl_spread",
        ],
    )


@cache
def unrelated_labels() -> Figure:
    settings = {
        "SST-2 only (baseline)": "same_data_set",
        "SST-2 in-context, RT eval": "sst2_then_rt",
        "RT in-context, SST-2 eval": "rt_then_sst2",
    }
    models = ("text-ada-001", "text-babbage-001", "text-curie-001", "text-davinci-001")
    rows = _facts()
    rows = rows[rows["quantity"].isin(settings)]
    table = pd.DataFrame(
        {
            "kind": "published",
            "family": "InstructGPT",
            "model": rows["model"],
            "task": "sentiment_foo_bar",
            "setting": rows["quantity"].map(settings),
            "metric": "accuracy",
            "value": rows["value"].astype(float) / 100,
        }
    )

    def frame():
        level = pd.DataFrame(
            [{"kind": "reference", "model": label("random_guessing"), "value": 0.5}]
        )
        return pd.concat([table, level], ignore_index=True)

    def chart(rows):
        color, shape = _narrow(*m.series("setting", tuple(settings.values())))
        x, y, base = _ordinal_x("model", models, "", "^text-|-001$"), m.axis_y(), alt.Chart(rows)
        shown = base.transform_filter("datum.kind === 'published'")
        return alt.layer(
            base.transform_filter("datum.kind === 'reference'").mark_rule().encode(y=y),
            base.transform_filter("datum.kind === 'reference'")
            .mark_text(align="right", dy=12, fontSize=11, x="width")
            .encode(y=y, text="model:N"),
            shown.mark_line(strokeWidth=2).encode(x, y, color),
            shown.mark_point(size=80, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows)
            ),
        ).properties(width="container", height=300)

    return Figure(
        "icl-unrelated-labels", CHAPTER, ["facts_in_context_learning"], frame, chart, facts=numbers
    )


@cache
def symbol_tuning() -> Figure:
    tunings = ("icl_instruction_tuned", "icl_symbol_tuned")
    models = ("Flan-PaLM-8B", "Flan-PaLM-62B", "Flan-PaLM-62B-cont", "Flan-PaLM-540B")
    table = data.load("symbol_tuning_table1")
    words = {
        (True, True): "relevant_with_instructions",
        (True, False): "relevant_without_instructions",
        (False, True): "symbols_with_instructions",
        (False, False): "symbols_without_instructions",
    }
    prompt = [
        words[bool(a), bool(b)]
        for a, b in zip(table["relevant_labels"], table["task_instructions"])
    ]
    table = table.assign(
        icl_prompt=prompt,
        icl_tuning="icl_" + table["tuning"],
        value=(table["value"] / 100).round(8),
        metric="accuracy",
        kind=np.where(table["family"] == "reference", "reference", "published"),
    )
    table["model"] = table["model"].replace({"random guessing": label("random_guessing")})

    def frame(icl_prompt):
        return table[table["icl_prompt"] == icl_prompt][
            [
                "kind",
                "family",
                "model",
                "params",
                "icl_prompt",
                "icl_tuning",
                "setting",
                "metric",
                "value",
            ]
        ]

    def chart(rows):
        color, shape = m.series("icl_tuning", tunings)
        x, y, base = _ordinal_x("model", models, "", "^Flan-PaLM-"), m.axis_y(), alt.Chart(rows)
        shown = base.transform_filter("datum.kind === 'published'")
        flat = base.transform_filter("datum.kind === 'reference'")
        return alt.layer(
            flat.mark_rule().encode(y=y),
            flat.mark_text(align="right", dy=12, fontSize=11, x="width").encode(
                y=y, text="model:N"
            ),
            shown.mark_line(strokeWidth=2).encode(x, y, color),
            shown.mark_point(size=80, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows)
            ),
        ).properties(width="container", height=300)

    return Figure(
        "icl-symbol-tuning",
        CHAPTER,
        ["symbol_tuning_table1"],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice(
                "icl_prompt",
                (
                    "symbols_without_instructions",
                    "symbols_with_instructions",
                    "relevant_without_instructions",
                    "relevant_with_instructions",
                ),
            )
        ],
    )


@cache
def vs_finetuning() -> Figure:
    settings = ("zero_shot", "finetuned_on_examples", "icl_prompted", "random_guessing")
    table = data.load("dai2023_icl_vs_finetuning")
    table = table[table["metric"] == "accuracy"]
    reference = table["setting"] == "reference"
    table = table.assign(
        setting=table["setting"].replace(
            {
                "finetuned": "finetuned_on_examples",
                "in_context": "icl_prompted",
                "reference": "random_guessing",
            }
        ),
        kind=np.where(reference, "reference", "published"),
        value=(table["value"] / 100).round(8),
    )
    table["model"] = table["model"].where(~reference, label("random_guessing"))
    order = ("SST2", "MR", "Subj", "SST5", "AGNews", "CB")

    def frame(model):
        rows = table[(table["model"] == model) | (table["kind"] == "reference")]
        return rows[["kind", "family", "model", "params", "task", "setting", "metric", "value"]]

    def chart(rows):
        color, shape = _narrow(*m.series("setting", settings))
        x = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", tickCount=5),
            title=label("value"),
        )
        y, base = m.named_rows("task", order), alt.Chart(rows)
        return alt.layer(
            base.mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.45).encode(
                x=alt.X("min(value):Q", title=label("value")), x2="max(value):Q", y=y
            ),
            base.mark_point(size=90, filled=True, opacity=1).encode(
                x=x, y=y, color=color, shape=shape, tooltip=m.tooltip(rows)
            ),
        ).properties(width="container", height=34 * len(order))

    return Figure(
        "icl-vs-finetuning",
        CHAPTER,
        ["dai2023_icl_vs_finetuning"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("model", ("GPT 2.7B", "GPT 1.3B"))],
    )


# --- the exact construction -------------------------------------------------------------------------------------------
N_QUERIES = 12


def construction(
    dimension: int, n_examples: int, step_size: float, n_layers: int
) -> dict[str, np.ndarray | float]:
    """One linear-regression task, solved in three ways for `N_QUERIES` new inputs.

    Inputs are standard normal, the true weights have length 1, targets carry no noise; the task depends on `dimension`
    and `n_examples` alone. `step_size` is in units of 1 over the largest curvature of the loss (largest eigenvalue of
    x.T @ x / n), so that gradient descent is stable below 2. Result: arrays of shape (N_QUERIES,) and the largest difference.
    """
    rng = np.random.default_rng([dimension, n_examples])
    w = rng.normal(size=dimension)
    w /= np.linalg.norm(w)
    x, queries = rng.normal(size=(n_examples, dimension)), rng.normal(size=(N_QUERIES, dimension))
    y = x @ w
    eta = step_size / np.linalg.eigvalsh(x.T @ x / n_examples)[-1]
    descent = queries @ formulas.gradient_steps(x, y, eta, n_layers)
    attention = formulas.attention_regression(x, y, queries, eta, n_layers)
    return {
        "truth": queries @ w,
        "gradient_descent": descent,
        "linear_attention": attention,
        "least_squares": queries @ np.linalg.lstsq(x, y, rcond=None)[0],
        "difference": float(np.abs(attention - descent).max()),
    }


@cache
def gradient_step() -> Figure:
    methods = ("icl_linear_attention", "icl_gradient_descent", "icl_least_squares")
    limit = 3

    def frame(icl_dimension, icl_examples, icl_step_size, icl_layers):
        solved = construction(
            round(icl_dimension), round(icl_examples), icl_step_size, round(icl_layers)
        )
        truth = np.round(solved["truth"], 4)
        parts = [
            pd.DataFrame(
                {
                    "kind": "simulation",
                    "icl_method": method,
                    "icl_truth": truth,
                    "value": np.round(solved[method.removeprefix("icl_")], 4),
                }
            )
            for method in methods
        ]
        error = float(
            np.mean((solved["gradient_descent"] - solved["truth"]) ** 2)
            / np.mean(solved["truth"] ** 2)
        )
        words = label("construction_words").format(
            difference=f"{solved['difference']:.1e}", error=f"{error:.1%}"
        )
        line = pd.DataFrame(
            {
                "kind": "reference",
                "icl_method": "icl_least_squares",
                "icl_truth": [-limit, limit],
                "value": [-limit, limit],
            }
        )
        note = pd.DataFrame(
            {
                "kind": ["simulation"],
                "icl_method": "words",
                "words": words,
                "value": solved["difference"],
            }
        )
        return pd.concat([*parts, line, note], ignore_index=True)

    def chart(rows):
        color, shape = m.series("icl_method", methods, title="")
        x = alt.X(
            "icl_truth:Q",
            scale=alt.Scale(domain=[-limit, limit], clamp=True),
            axis=alt.Axis(tickCount=6, grid=False),
            title=label("icl_truth"),
        )
        y = alt.Y(
            "value:Q",
            scale=alt.Scale(domain=[-limit, limit], clamp=True),
            axis=alt.Axis(tickCount=6),
            title=label("icl_predicted"),
        )
        base = alt.Chart(rows)
        tips = m.tooltip(rows, ("icl_method", "icl_truth", "value"))
        marks = {"icl_least_squares": 40, "icl_linear_attention": 190, "icl_gradient_descent": 45}
        layers = [
            base.transform_filter("datum.kind === 'reference'")
            .mark_line(strokeDash=[4, 4], color="currentColor", strokeWidth=1)
            .encode(x, y)
        ]
        layers += [
            base.transform_filter(f"datum.icl_method === '{name}' && datum.kind === 'simulation'")
            .mark_point(size=size, filled=False, opacity=1, strokeWidth=1.8)
            .encode(x, y, color, shape, tooltip=tips)
            for name, size in marks.items()
        ]
        layers.append(
            base.transform_filter("datum.icl_method === 'words'")
            .mark_text(align="left", baseline="top", x=6, y=2, fontSize=12, lineBreak="|")
            .encode(text="words:N")
        )
        return alt.layer(*layers).properties(width="container", height=360)

    return Figure(
        "icl-gradient-step",
        CHAPTER,
        [],
        frame,
        chart,
        simulation=True,
        facts=numbers,
        columns=["kind", "icl_method", "icl_truth", "value"],
        controls=[
            Slider("icl_dimension", 2, 14, 6, 8),
            Slider("icl_examples", 10, 40, 15, 25),
            Slider("icl_step_size", 0.5, 1.5, 0.5, 1),
            Slider("icl_layers", 1, 10, 3, 1),
        ],
    )


@cache
def induction_phases() -> Figure:
    strategies = ("icl_uniform", "icl_unigram", "icl_bigram")
    table = data.load("edelman2024_induction_phases").assign(
        kind="published", metric="kl_divergence"
    )
    table["icl_strategy"] = "icl_" + table["strategy"]
    table = table.sort_values(["icl_strategy", "training_examples_seen"])

    def frame():
        return table[
            ["kind", "model", "task", "icl_strategy", "training_examples_seen", "metric", "value"]
        ]

    def chart(rows):
        color, _ = m.series("icl_strategy", strategies)
        x = alt.X(
            "training_examples_seen:Q",
            scale=alt.Scale(domain=[0, 125000], nice=False),
            axis=alt.Axis(grid=False, format="~s", tickCount=6),
            title=label("training_examples_seen"),
        )
        y = m.axis_y(domain=(0, 0.28), title=label("kl_to_strategy"), format=".2f")
        dash = alt.StrokeDash(
            "icl_strategy:N",
            scale=alt.Scale(domain=list(strategies), range=[[2, 3], [8, 4], [1, 0]]),
            legend=color["legend"],
        )
        return (
            alt.Chart(rows)
            .mark_line(strokeWidth=2)
            .encode(
                x,
                y,
                color,
                dash,
                tooltip=m.tooltip(rows, ("icl_strategy", "training_examples_seen", "value")),
            )
            .properties(width="container", height=300)
        )

    return Figure(
        "icl-induction-phases",
        CHAPTER,
        ["edelman2024_induction_phases"],
        frame,
        chart,
        facts=numbers,
    )


# --- numbers the prose uses -------------------------------------------------------------------------------------------
# --- in miniature ------------------------------------------------------------------------------------------------------
DEPTHS = (1, 2, 3, 4)
RIVALS = ("least_squares", "ridge", "gradient_step", "nearest")


def _regression(table: str, task: str = "linear") -> pd.DataFrame:
    rows = data.curves("regression", table)
    rows = rows[rows["task"] == task].reset_index(drop=True)
    names = {"errors": "answers", "distances": "algorithm"}.get(table)
    return rows.assign(regression_answers="reg_" + rows[names]) if names else rows


@cache
def regression_errors() -> Figure:
    names = tuple(f"reg_{n}" for n in ("transformer", *RIVALS))
    columns = [
        "kind",
        "regression_answers",
        "layers",
        "params",
        "seed",
        "examples",
        "squared_error",
    ]

    def frame(regression_layers):
        rows = _regression("errors")
        rows = rows[rows["layers"].isin([0, int(regression_layers.removeprefix("layers_"))])]
        return rows.assign(
            kind=np.where(rows["answers"] == "transformer", "miniature", "simulation")
        )[columns]

    def chart(rows):
        color, shape = m.series("regression_answers", names, title="")
        x = alt.X(
            "examples:Q",
            title=label("regression_examples"),
            scale=alt.Scale(domain=[0, 15.3], nice=False),
            axis=alt.Axis(tickCount=8, grid=False),
        )
        y = alt.Y(
            "squared_error:Q",
            title=label("squared_error"),
            scale=alt.Scale(domain=[0, 2.2], nice=False, clamp=True),
            axis=alt.Axis(tickCount=6),
        )
        tips = m.tooltip(rows, ("regression_answers", "seed", "examples", "squared_error"))
        return alt.layer(
            *m.own_runs(alt.Chart(rows), x, y, color, shape, tips, ["seed"])
        ).properties(width="container", height=330)

    return Figure(
        "icl-regression",
        CHAPTER,
        [],
        frame,
        chart,
        runs=["regression"],
        facts=numbers,
        curve=["regression_answers", "seed"],
        controls=[Choice("regression_layers", tuple(f"layers_{n}" for n in DEPTHS), "layers_4")],
    )


@cache
def regression_distances() -> Figure:
    names = tuple(f"reg_{n}" for n in RIVALS)
    columns = [
        "kind",
        "regression_answers",
        "layers",
        "params",
        "seed",
        "examples",
        "squared_distance",
    ]

    def frame(regression_examples_seen):
        rows = _regression("distances")
        return rows[
            rows["examples"] == int(regression_examples_seen.removeprefix("examples_"))
        ].assign(kind="miniature")[columns]

    def chart(rows):
        color, shape = m.series("regression_answers", names, title="")
        x = alt.X("layers:O", title=label("regression_depth"), axis=alt.Axis(labelAngle=0))
        y = alt.Y(
            "squared_distance:Q",
            title=label("squared_distance"),
            scale=alt.Scale(type="log", domain=[0.001, 3], nice=False, clamp=True),
            axis=alt.Axis(tickCount=4),
        )
        tips = m.tooltip(
            rows, ("regression_answers", "layers", "params", "seed", "examples", "squared_distance")
        )
        return alt.layer(
            *m.own_runs(alt.Chart(rows), x, y, color, shape, tips, ["seed"], size=80)
        ).properties(width="container", height=320)

    return Figure(
        "icl-regression-distance",
        CHAPTER,
        [],
        frame,
        chart,
        runs=["regression"],
        facts=numbers,
        curve=["regression_answers", "seed"],
        controls=[
            Choice(
                "regression_examples_seen",
                tuple(f"examples_{k}" for k in (2, 3, 5, 8, 12)),
                "examples_5",
            )
        ],
    )


LINE_ANSWERS = ("reg_transformer", "reg_posterior_mean", "reg_least_squares", "reg_nearest")
STARTING_POINTS = ((-0.8, -0.7), (-0.3, -0.45), (0.1, 0.2), (0.6, 0.35))


def line_rows(points: Sequence[Sequence[float]], queries: Sequence[float]) -> pd.DataFrame:
    """What the four ways of answering say at `queries` after `points`: the table the live part draws, from NumPy."""
    from emergence.models import load

    points, queries = np.asarray(points, float), np.asarray(queries, float)
    X = np.broadcast_to(
        np.stack([np.ones(len(points)), points[:, 0]], 1), (len(queries), len(points), 2)
    )
    Y, q = np.broadcast_to(points[:, 1], X.shape[:2]), np.stack([np.ones(len(queries)), queries], 1)
    task = regression.LINES
    said = {
        "reg_transformer": regression.line_answers(load("regression", "lines"), points, queries)
    }
    said |= {f"reg_{name}": rule(task, X, Y, q) for name, rule in regression.rivals(task).items()}
    rows = [
        pd.DataFrame(
            {
                "kind": "miniature" if name == "reg_transformer" else "simulation",
                "regression_answers": name,
                "across": queries,
                "height": said[name],
            }
        )
        for name in LINE_ANSWERS
    ]
    given = pd.DataFrame(
        {
            "kind": "simulation",
            "regression_answers": "reg_given",
            "across": points[:, 0],
            "height": points[:, 1],
        }
    )
    return pd.concat([*rows, given], ignore_index=True)


def _plane() -> tuple[pd.DataFrame, alt.Chart]:
    rows = line_rows(STARTING_POINTS, np.linspace(-1, 1, 41))
    color, _ = m.series("regression_answers", LINE_ANSWERS, title="")
    dash = m.dashes("regression_answers", LINE_ANSWERS, solid=["reg_transformer"])
    x = alt.X(
        "across:Q",
        title="x",
        scale=alt.Scale(domain=[-1, 1], nice=False),
        axis=alt.Axis(tickCount=5),
    )
    y = alt.Y(
        "height:Q",
        title="y",
        scale=alt.Scale(domain=[-2, 2], nice=False),
        axis=alt.Axis(tickCount=5),
    )
    base = alt.Chart(rows)
    return rows, alt.layer(
        base.transform_filter("datum.regression_answers !== 'reg_given'")
        .mark_line(strokeWidth=2, clip=True)
        .encode(x, y, color, dash),
        base.transform_filter("datum.regression_answers === 'reg_given'")
        .mark_point(size=90, color="currentColor", filled=True, shape="circle")
        .encode(x, y),
    ).properties(width="container", height=320)


@cache
def regression_live() -> Live:
    from emergence import data as package

    return Live(
        "icl-regression-live",
        CHAPTER,
        "regression",
        {"plane": _plane},
        runs=["regression"],
        facts=numbers,
        assets={"lines": lambda: pack(*_lines(package))},
        options=lambda: {
            "points": [list(p) for p in STARTING_POINTS],
            "most": regression.LINES.examples,
            "noise": regression.LINES.noise,
            "penalty": regression.LINES.penalty,
            "answers": list(LINE_ANSWERS),
            "queries": 41,
        },
        room=(533, 647),
    )


def _lines(package) -> tuple:
    from emergence.models import Config

    config, weights = package.weights("regression", "lines")
    return Config(**config), weights


@cache
def numbers() -> dict[str, str]:
    """Every number of the chapter's prose and captions, formatted: percentages without their sign, gains in points."""
    n: dict[str, str] = {}
    # GPT-3 by shots
    means, sizes = (
        _means(),
        {
            "xl": "GPT-3 XL",
            "13b": "GPT-3 13B",
            "175b": "GPT-3 175B",
            "medium": "GPT-3 Medium",
            "67b": "GPT-3 6.7B",
        },
    )
    for group in ("all_accuracy", *TASK_GROUPS):
        rows = means[means["task_group"] == group]
        for key, model in sizes.items():
            n |= {
                f"{group}_{key}_{s}": m.percent(m.one(rows, model=model, setting=s)) for s in SHOTS
            }
            n[f"{group}_{key}_gain"] = m.points(
                m.one(rows, model=model, setting="few_shot")
                - m.one(rows, model=model, setting="zero_shot")
            )
        forecast = shots_by_scale().forecast(task_group=group)
        n |= {
            f"{group}_line": m.percent(forecast["line"]),
            f"{group}_miss": m.points(forecast["truth"] - forecast["line"]),
        }
    wider = [
        float(n[f"{g}_175b_gain"].replace("−", "-")) > float(n[f"{g}_xl_gain"].replace("−", "-"))
        for g in TASK_GROUPS
    ]
    below = [n[f"{g}_miss"].startswith("−") for g in TASK_GROUPS]
    n |= {
        "n_groups": str(len(TASK_GROUPS)),
        "n_wider": str(sum(wider)),
        "n_below_line": str(sum(below)),
    }
    shots = _gpt3().loc[_gpt3()["setting"] == "few_shot", "n_shots"]
    n |= {"shots_low": str(shots.min()), "shots_high": str(shots.max())}
    n["n_accuracy_tasks"] = str(
        int(means.loc[means["task_group"] == "all_accuracy", "tasks_in_mean"].max())
    )
    gpt3 = _gpt3()
    repeated = gpt3["flag_note"].str.startswith("Printed identical to the one-shot", na=False)
    n |= {
        "n_measures": str(gpt3["task_and_metric"].nunique()),
        "n_repeated": str(int(repeated.sum())),
    }
    for key, name in {
        "symbol": "Symbol Insertion",
        "reversed": "Reversed Words",
        "wic": "WiC",
        "anli3": "ANLI R3",
        "add3": "3D+",
        "lambada": "LAMBADA (acc)",
        "piqa": "PIQA",
        "hella": "HellaSwag",
        "trivia": "TriviaQA",
    }.items():
        rows = gpt3[gpt3["task_and_metric"] == name]
        for size, model in sizes.items():
            n |= {
                f"{key}_{size}_{s}": m.percent(m.one(rows, model=model, setting=s)) for s in SHOTS
            }
    server = data.load("gpt3_table_h1")
    n["wic_server"] = m.percent(m.one(server[server["split"] == "test server"], task="WiC") / 100)
    n["reversed_best"] = m.percent(gpt3.loc[gpt3["task"] == "Reversed Words", "value"].max())
    sota = data.load("gpt3_table_h1_sota")
    n |= {
        "trivia_sota": m.percent(m.one(sota, task="TriviaQA", metric="acc") / 100),
        "lambada_sota": m.percent(m.one(sota, task="LAMBADA", metric="acc") / 100),
    }
    # Gains by task
    gains = _gains()
    for key, models in SIZES.items():
        name = key.lower().replace("-", "")
        for model, size in zip(models, ("small", "mid", "large")):
            part = gains[gains["model"] == model]
            n |= {
                f"{name}_{size}_mean": m.points(part["shot_gain"].mean()),
                f"{name}_{size}_median": m.points(part["shot_gain"].median()),
                f"{name}_{size}_lose": str(int((part["shot_gain"] < 0).sum())),
                f"{name}_{size}_n": str(len(part)),
            }
    for key, task in {
        "webqs": "WebQs",
        "hella": "HellaSwag",
        "nq": "NQs",
        "anli2": "ANLI R2",
        "cb": "CB",
    }.items():
        for size, model in zip(("small", "mid", "large"), SIZES["PaLM"]):
            row = gains[(gains["model"] == model) & (gains["task"] == task)]
            n |= {
                f"palm_{key}_{size}": m.points(m.one(row, "shot_gain")),
                f"palm_{key}_{size}_zero": m.percent(m.one(row, "zero_shot")),
                f"palm_{key}_{size}_few": m.percent(m.one(row, "few_shot")),
            }
    # Labels
    kept = "share of demonstration gain kept with 0% correct labels, "
    n |= {
        "min_drop": _fact(
            "12 models", "performance drop, random instead of gold labels (range)"
        ).replace("-", " to "),
        "min_drop_choice": _fact("all models", "mean drop, multi-choice tasks"),
        "min_drop_class": _fact("all models", "mean drop, classification tasks"),
        "min_worst": _fact(
            "GPT-J", "largest per-dataset gap gold vs random (financial_phrasebank)"
        ).replace("nearly ", ""),
        "min_metaicl_class": _fact("MetaICL", kept + "classification"),
        "min_metaicl_choice": _fact("MetaICL", kept + "multi-choice"),
        "min_gptj_choice": _fact("GPT-J", kept + "multi-choice"),
        "min_gptj_drop": _fact("GPT-J", "drop with 0% correct labels, classification").replace(
            "nearly ", ""
        ),
        "min_random_class": _fact(
            "Direct MetaICL",
            "gain kept with OOD inputs + random labels (format kept), classification",
        ),
        "min_random_choice": _fact(
            "Direct MetaICL",
            "gain kept with OOD inputs + random labels (format kept), multi-choice",
        ),
        "yoo_slope": _fact(
            "average",
            "label-correctness sensitivity (slope of performance on share of correct labels)",
        ),
        "flip_0": _fact("text-davinci-002", "mean accuracy, 0% labels flipped"),
        "flip_100": _fact("text-davinci-002", "mean accuracy, 100% labels flipped"),
        "flip_palm": _fact("PaLM (lowest)", "mean accuracy, 100% labels flipped"),
        "linear_codex": _fact("largest Codex", "16-dim linear classification above random"),
        "order_correlation": _fact("GPT-3 175B vs 2.7B", "correlation of permutation performance"),
        "loss_window": _fact(
            "Anthropic models", "window in which ICL and induction heads form"
        ).replace("-", " to "),
        "icl_before": _fact("Anthropic models", "ICL score before the window").replace("<", ""),
        "icl_after": _fact("Anthropic models", "ICL score after the window"),
    }
    order = _fact("GPT2-XL -> GPT2-Large", "accuracy of one permutation on two models").split(
        " -> "
    )
    n |= {"order_xl": order[0], "order_large": order[1]}
    n |= {
        f"symbol_flip_{k}": _fact(
            f"Flan-PaLM-{k}", "flipped-label accuracy gain from symbol tuning"
        )
        for k in ("8B", "62B", "540B")
    }
    words = [
        int(_fact(model, f"gain kept with random English words as labels (format kept), {t}"))
        for model in ("Channel MetaICL", "Channel GPT-J")
        for t in ("classification", "multi-choice")
    ]
    n |= {"min_words_low": str(min(words)), "min_words_high": str(max(words))}
    transfer = unrelated_labels().frame()
    for key in ("same_data_set", "sst2_then_rt", "rt_then_sst2"):
        n |= {
            f"{key}_{name.split('-')[1]}": f"{100 * m.one(transfer, setting=key, model=name):.0f}"
            for name in ("text-ada-001", "text-babbage-001", "text-curie-001", "text-davinci-001")
        }
    for prompt, key in {
        "symbols_without_instructions": "sym",
        "relevant_with_instructions": "rel",
        "symbols_with_instructions": "symi",
        "relevant_without_instructions": "relwo",
    }.items():
        rows = symbol_tuning().frame(icl_prompt=prompt)
        for size in ("8B", "62B", "540B"):
            n |= {
                f"{key}_{size}_{t}": m.percent(
                    m.one(rows, model=f"Flan-PaLM-{size}", icl_tuning=f"icl_{t}")
                )
                for t in ("instruction_tuned", "symbol_tuned")
            }
        n["sym_chance"] = m.percent(m.one(rows, kind="reference"))
    # Order and calibration
    rows = prompt_order().frame()
    for key, model in {
        "01": "GPT-2 0.1B",
        "15": "GPT-2 1.5B",
        "08": "GPT-2 0.8B",
        "03": "GPT-2 0.3B",
    }.items():
        for s, short in {"all_orders_baseline": "all", "GlobalE_selected": "global"}.items():
            n |= {
                f"order_{key}_{short}": m.percent(m.one(rows, model=model, setting=s)),
                f"order_{key}_{short}_std": m.percent(
                    m.one(rows, "icl_spread", model=model, setting=s)
                ),
            }
    for task, key in {"AGNews": "ag", "TREC": "trec", "SST-2": "sst", "DBPedia": "db"}.items():
        for model, size in {"GPT-3 175B": "175", "GPT-3 2.7B": "27"}.items():
            rows = calibration().frame(task=task, model=model)
            for shots in ("0", "1", "4", "8"):
                for s, short in {"baseline": "base", "contextual_calibration": "cal"}.items():
                    n |= {
                        f"{key}_{size}_{shots}_{short}": m.percent(
                            m.one(rows, n_shots=shots, setting=s)
                        ),
                        f"{key}_{size}_{shots}_{short}_std": m.percent(
                            m.one(rows, "icl_spread", n_shots=shots, setting=s)
                        ),
                    }
    # Learning without training
    dai = data.load("dai2023_icl_vs_finetuning")
    for model, key in {"GPT 1.3B": "13", "GPT 2.7B": "27"}.items():
        rows = dai[dai["model"] == model]
        accuracy = rows[rows["metric"] == "accuracy"]
        for s in ("zero_shot", "finetuned", "in_context"):
            n |= {
                f"dai_{key}_{s}_{t}": f"{m.one(accuracy, task=t, setting=s):.1f}"
                for t in ("SST2", "CB", "AGNews", "MR")
            }
            n[f"dai_{key}_{s}"] = f"{accuracy[accuracy['setting'] == s]['value'].mean():.1f}"
        for metric, short in {
            "Rec2FTP": "recall",
            "SimAOU (finetuning update)": "update",
            "SimAOU (random update)": "update_random",
            "Kendall (ICL, FT)": "kendall",
        }.items():
            value = m.one(rows, task="Average", metric=metric)
            n[f"dai_{key}_{short}"] = (
                f"{value:.0f}" if short == "recall" else f"{value:.2f}".replace("-0.00", "0.00")
            )
    one, ten = construction(8, 25, 1.0, 1), construction(8, 25, 1.0, 10)
    power = np.mean(one["truth"] ** 2)
    n |= {
        "gd_difference": f"{one['difference']:.0e}".replace("e-", "e−"),
        "gd_error_1": m.percent(np.mean((one["gradient_descent"] - one["truth"]) ** 2) / power),
        "gd_error_10": m.percent(np.mean((ten["gradient_descent"] - ten["truth"]) ** 2) / power),
    }
    states = [construction(*s.values())["difference"] for s in gradient_step().states()]
    n["gd_worst"] = f"{max(states):.0e}".replace("e-", "e−")
    n["gd_states"] = str(len(states))
    n |= {
        "flip_full": f"{100 - float(n['flip_0']):.1f}",
        "flip_share": f"{100 * (float(n['flip_0']) - float(n['flip_100'])) / (2 * float(n['flip_0']) - 100):.0f}",
    }
    anli = float(n["anli3_175b_few_shot"]) / 100
    n |= {
        "anli_error": m.percent(np.sqrt(anli * (1 - anli) / 1200)),
        "anli_sigmas": f"{(anli - 1 / 3) / np.sqrt(anli * (1 - anli) / 1200):.1f}",
    }
    n["chance_noise"] = m.percent(np.sqrt(1 / 3 * 2 / 3 / 1200))
    phases = data.load("edelman2024_induction_phases")
    for s in ("uniform", "unigram", "bigram"):
        rows = phases[phases["strategy"] == s].sort_values("training_examples_seen")
        n |= {
            f"phase_{s}_{k}": f"{np.interp(k * 1000, rows['training_examples_seen'], rows['value']):.2f}"
            for k in (0, 50, 80, 110, 120)
        }
    olsson = data.load("induction_heads_models")
    full = olsson[olsson["family"] == "Anthropic full-scale"]
    n |= {
        "olsson_n": str(len(olsson)),
        "olsson_small": f"{full['non_embedding_params'].min() / 1e6:.0f}",
        "olsson_large": f"{full['non_embedding_params'].max() / 1e9:.0f}",
    }
    return n | regression_numbers()


def regression_numbers() -> dict[str, str]:
    """Numbers of the miniature, from its record: means over the runs of a depth."""
    rows, distances = _regression("errors"), _regression("distances")
    errors = rows.groupby(["regression_answers", "layers", "examples"])["squared_error"].mean()
    n = {
        f"mini_{name}_{k}": f"{errors[f'reg_{name}', 0, k]:.3f}"
        for name in RIVALS
        for k in (3, 5, 8, 12, 15)
    }
    n |= {
        f"mini_L{d}_{k}": f"{errors['reg_transformer', d, k]:.3f}"
        for d in DEPTHS
        for k in (3, 5, 8, 12, 15)
    }
    for d in DEPTHS:
        here = (
            distances[(distances["layers"] == d) & (distances["examples"] == 5)]
            .groupby("algorithm")["squared_distance"]
            .mean()
        )
        n |= {f"mini_d{d}_{name}": f"{here[name]:.3f}" for name in RIVALS}
        n[f"mini_params_{d}"] = (
            f"{int(distances.loc[distances['layers'] == d, 'params'].iloc[0]):,}"
        )
    lines = _regression("errors", "lines").set_index(["answers", "examples"])["squared_error"]
    n |= {
        f"line_{name}_{k}": f"{lines[name, k]:.3f}"
        if lines[name, k] < 10
        else f"{lines[name, k]:.0f}"
        for name in ("transformer", "posterior_mean", "least_squares", "nearest")
        for k in (2, 3, 5, 10)
    }
    n["mini_steps"] = f"{_regression('history')['step'].max():,}"
    n["line_noise"] = f"{regression.LINES.noise**2:.2f}"
    return n
