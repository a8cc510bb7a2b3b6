"""Figures of the chapter on the paradigm shift: from one network per task to one model for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chapters.introduction.figures import ARCHITECTURES, architecture_group
from emergence.chart import marks as m
from emergence.figure import Choice, Figure, Predict
from emergence.text import label

__all__ = [
    "records",
    "bleu_by_compute",
    "pretraining_gain",
    "glue_by_task",
    "bert_by_size",
    "pipeline_layers",
    "glue_by_compute",
    "t5_by_size",
    "prompting_by_size",
    "routes",
]

CHAPTER = "paradigm_shift"
COLUMNS = ["kind", "family", "model", "params", "task", "setting", "n_shots", "metric", "value"]

PARADIGMS = (
    "feature_engineered",
    "neural_from_scratch",
    "pretrained_features",
    "pretrain_finetune",
    "prompting",
)
"""Our five ways of working, in order of arrival; the labels of `paradigm_timeline` are ours too."""

BENCHMARKS = {
    "with_human": ("SQuAD 1.1", "GLUE", "SuperGLUE"),
    "without_human": ("CoNLL-2003 NER (English)", "SST-2", "WMT14 English-German"),
}


def _fraction(percent: pd.Series) -> pd.Series:
    """Printed percentages (or BLEU and ROUGE points) as fractions, without the dust of binary division."""
    return (percent / 100).round(8)


def decimal_year(date: str) -> float:
    """'2018-10' as the middle of that month, '2018' as the middle of that year, in years."""
    year, _, month = date.partition("-")
    return round(int(year) + ((int(month) - 0.5) / 12 if month else 0.5), 3)


# --- tables ----------------------------------------------------------------------------------------------------------
@cache
def _records() -> pd.DataFrame:
    """Test-set scores of the six benchmarks by date, one row per system, and the human lines as reference rows.

    `record` is the best score up to that date within a benchmark. Left out: systems without a date or a paradigm, the
    sliding-window baseline of SQuAD, and one GLUE entry scored on an older version of one of its tasks.
    """
    rows = data.load("paradigm_timeline")
    shown = [task for tasks in BENCHMARKS.values() for task in tasks]
    rows = rows[
        rows["task"].isin(shown)
        & (rows["split"] == "test")
        & (rows["system"] != "Simple baseline")
        & ~rows["system"].str.contains("old QNLI")
    ]
    rows["paradigm"] = rows["paradigm"].replace(
        {
            "statistical (feature_engineered)": "feature_engineered",
            "pretrain_finetune (distilled)": "pretrain_finetune",
        }
    )
    rows = rows.dropna(subset=["date", "paradigm"])
    reference = rows["is_reference"].to_numpy(dtype=bool)
    rows = rows.assign(
        kind=np.where(reference, "reference", "published"),
        value=_fraction(rows["value"]),
        model=rows["system"],
        year=rows["date"].map(decimal_year),
        dated=np.where(rows["date"].str.len() == 4, "year", "month"),
        group=rows["task"].map({t: g for g, tasks in BENCHMARKS.items() for t in tasks}),
    )
    rows = rows.sort_values(["task", "kind", "year", "value"], kind="stable")
    rows["record"] = rows["value"].where(rows["kind"] == "published").groupby(rows["task"]).cummax()
    return rows[
        [
            "kind",
            "group",
            "task",
            "model",
            "params",
            "paradigm",
            "date",
            "dated",
            "year",
            "metric",
            "value",
            "record",
            "source",
        ]
    ]


BLEU_TASKS = ("WMT14 English-German", "WMT14 English-French")
MT_KIND = {
    "ByteNet": "para_convolutional",
    "ConvS2S": "para_convolutional",
    "GNMT + RL": "para_recurrent",
    "Deep-Att + PosUnk": "para_recurrent",
    "MoE": "para_recurrent",
    "Transformer (base)": "para_transformer",
    "Transformer (big)": "para_transformer",
}
"""What the layers of each translation model are; the mixture of experts stands between LSTM layers."""


@cache
def _bleu() -> pd.DataFrame:
    """Vaswani et al. 2017, Table 2: BLEU (fraction) and training FLOPs; ByteNet has no printed cost and drops out."""
    rows = data.load("attention_table2_bleu_vs_flops").dropna(subset=["train_flops"])
    single = rows["model"].str.replace(" Ensemble", "")
    return rows.assign(
        kind="published",
        value=_fraction(rows["value"]),
        para_layers=single.map(MT_KIND),
        para_ensemble=np.where(single == rows["model"], "single", "ensemble"),
    )


T5_GAIN_TASKS = {
    "GLUE average": "GLUE",
    "SuperGLUE average": "SuperGLUE",
    "SQuAD EM": "SQuAD",
    "CNN/DM ROUGE-2": "CNN/DM",
    "WMT EnRo BLEU": "WMT EnRo",
    "WMT EnDe BLEU": "WMT EnDe",
    "WMT EnFr BLEU": "WMT EnFr",
}


@cache
def _t5_gain() -> pd.DataFrame:
    """Raffel et al. 2019, Table 1: the same network with and without pretraining; `para_std` over ten pretrained runs."""
    rows = data.load("t5_table1_pretraining_gain")
    rows = rows.assign(
        kind="published", value=_fraction(rows["value"]), task=rows["metric"].map(T5_GAIN_TASKS)
    )
    std = rows[rows["setting"] == "baseline standard deviation"].set_index("task")["value"]
    rows = rows[rows["setting"] != "baseline standard deviation"]
    setting = rows["setting"].map(
        {"no pre-training": "para_from_scratch", "baseline average (10 runs)": "para_pretrained"}
    )
    rows = rows.assign(
        setting=setting, para_std=rows["task"].map(std).where(setting == "para_pretrained")
    )
    return rows.assign(low=rows["value"] - rows["para_std"], high=rows["value"] + rows["para_std"])


def _t5_gains() -> pd.Series:
    """Score with minus score without pretraining, by task, largest first."""
    wide = _t5_gain().pivot(index="task", columns="setting", values="value")
    return (wide["para_pretrained"] - wide["para_from_scratch"]).sort_values(ascending=False)


GLUE_TASKS = ("Average", "MNLI-m", "QQP", "QNLI", "SST-2", "CoLA", "STS-B", "MRPC", "RTE")
GLUE_METRICS = {
    "Average": "average of nine columns",
    "QQP": "F1",
    "MRPC": "F1",
    "STS-B": "Spearman correlation",
    "CoLA": "Matthews correlation",
}
GLUE_MODELS = ("BiLSTM+ELMo+Attn", "Pre-OpenAI SOTA", "OpenAI GPT", "BERT-Base", "BERT-Large")


@cache
def _glue() -> pd.DataFrame:
    """Devlin et al. 2018, Table 1: GLUE test scores (fraction); the average is over nine columns, MNLI counting twice and WNLI not."""
    rows = data.load("bert_table1_glue")
    rows = rows[rows["task"].isin(GLUE_TASKS)]
    return rows.assign(
        kind="published",
        value=_fraction(rows["value"]),
        metric=rows["task"].map(lambda t: GLUE_METRICS.get(t, "accuracy")),
    )


@cache
def _bert_size() -> pd.DataFrame:
    """Devlin et al. 2018, Table 6: dev accuracy (fraction) after fine-tuning, with the masked-LM perplexity of pretraining."""
    rows = data.load("bert_table6_model_size")
    shape = ["n_layers", "d_model", "n_heads"]
    perplexity = rows[rows["setting"] == "pretraining"].set_index(shape)["value"]
    rows = rows[rows["setting"] == "finetuned"]
    return rows.assign(
        kind="published",
        value=_fraction(rows["value"]),
        task=rows["metric"].str.removesuffix(" dev accuracy"),
        metric="accuracy",
        para_perplexity=[perplexity[key] for key in rows[shape].itertuples(index=False, name=None)],
        model=[
            f"{a} layers, width {b}, {c} heads"
            for a, b, c in rows[shape].itertuples(index=False, name=None)
        ],
    )


PROBES = (
    "POS",
    "Constituents",
    "Dependencies",
    "Entities",
    "SRL",
    "Coreference",
    "SPR",
    "Relations",
)
"""Tenney et al. 2019, order of their Figure 1."""


@cache
def _layers() -> pd.DataFrame:
    """Tenney et al. 2019, Figures 1 and A.2: layers (count from 0) and F1 (fraction) of the eight probing tasks."""
    rows = data.load("bert_pipeline_layers")
    rows["value"] = rows["value"].where(rows["unit"] != "percent", _fraction(rows["value"]))
    return rows.rename(columns={"quantity": "para_quantity"}).assign(kind="published")


@cache
def _electra() -> pd.DataFrame:
    """Clark et al. 2020, Tables 1 and 2, GLUE dev: average without WNLI (fraction) by pretraining FLOPs."""
    rows = data.load("electra_glue_vs_compute")
    rows = rows[rows["table"].str.contains("dev")].dropna(subset=["train_flops"])
    goal = {
        "ELMo": "para_left_to_right",
        "GPT": "para_left_to_right",
        "ELECTRA": "para_replaced_tokens",
        "XLNet": "para_permuted",
    }
    return rows.assign(
        kind="published",
        value=_fraction(rows["value"]),
        para_objective=rows["family"].map(goal).fillna("para_masked"),
        task="GLUE",
        setup=rows["table"],
    )


T5_TASKS = {
    "SuperGLUE": "average",
    "GLUE": "average",
    "SQuAD": "F1",
    "WiC": "accuracy",
    "WMT EnDe": "BLEU",
    "CNN/DM": "ROUGE-2",
}
HUMAN = {"SuperGLUE": "Human (est.)", "GLUE": "Human (Nangia & Bowman 2019)"}
"""Where `paradigm_timeline` has a human line on the same test set as T5's score."""


@cache
def _t5() -> pd.DataFrame:
    """Raffel et al. 2019, Table 14 (first arXiv version): five sizes, previous best and human line as reference rows."""
    rows = data.load("t5_table14_by_size")
    rows = rows[rows["metric"] == rows["task"].map(T5_TASKS)]
    best = rows["family"] == "reference"
    rows = rows.assign(
        kind=np.where(best, "reference", "published"),
        model=rows["model"].where(~best, label("para_previous_best")),
        value=_fraction(rows["value"]),
        para_split=rows["split"],
    )
    timeline = data.load("paradigm_timeline")
    human = pd.DataFrame(
        [
            {
                "kind": "reference",
                "model": label("para_human"),
                "task": task,
                "para_split": "test",
                "metric": T5_TASKS[task],
                "value": m.one(timeline, task=task, system=system) / 100,
            }
            for task, system in HUMAN.items()
        ]
    )
    rows = pd.concat([rows.astype(object), human.astype(object)], ignore_index=True)
    return rows[
        ["kind", "family", "model", "params", "task", "para_split", "setting", "metric", "value"]
    ]


PROMPTED = {
    "SuperGLUE": "average",
    "TriviaQA": "acc",
    "LAMBADA": "acc",
    "SQuADv2": "f1",
    "ANLI R3": "acc",
}
SHOTS = ("zero_shot", "one_shot", "few_shot")


@cache
def _prompted() -> pd.DataFrame:
    """Brown et al. 2020, Table H.1: GPT-3 by size and prompt, with the fine-tuned levels printed there as reference rows."""
    rows = data.load("gpt3_table_h1")
    rows = rows[(rows["metric"] == rows["task"].map(PROMPTED)) & (rows["split"] != "test server")]
    best = data.load("gpt3_table_h1_sota")
    best = best[best["metric"] == best["task"].map(PROMPTED)]
    best = best.assign(kind="reference", model=label("para_finetuned_best"))
    timeline = data.load("paradigm_timeline")
    bert = timeline[timeline["system"] == "Fine-tuned BERT-Large"].assign(
        kind="reference", model=label("para_finetuned_bert")
    )
    rows = pd.concat(
        [r.astype(object) for r in (rows.assign(kind="published"), best, bert)], ignore_index=True
    )
    return rows.assign(value=_fraction(rows["value"].astype(float)), para_split=rows["split"])[
        [*COLUMNS, "para_split"]
    ]


@cache
def _routes() -> pd.DataFrame:
    """Models per year of publication and architecture group in Epoch AI's list (`llm_timeline`), whole years only.

    The list ends in February 2025, so 2025 is left out.
    """
    rows = data.load("llm_timeline")
    rows = rows[rows["date"].dt.year < 2025]
    count = pd.crosstab(rows["date"].dt.year, rows["architecture"].map(architecture_group)).reindex(
        columns=list(ARCHITECTURES), fill_value=0
    )
    count = count.rename_axis(index="year", columns="group").stack().rename("value").reset_index()
    return count.assign(
        kind="published", para_models_in_year=count.groupby("year")["value"].transform("sum")
    )


# --- marks -----------------------------------------------------------------------------------------------------------
def _score_x(domain: Sequence[float] = (0, 1)) -> alt.X:
    return alt.X(
        "value:Q",
        scale=alt.Scale(domain=list(domain)),
        axis=alt.Axis(format=".0%", tickCount=5),
        title=label("value"),
    )


def _lowest(x: alt.X) -> alt.X:
    """The left end of a row's rule, on the scale of `x`; with a scale of its own it would stretch the axis to zero."""
    return alt.X("min(value):Q", scale=x["scale"], axis=x["axis"], title=x["title"])


def _two_columns(*channels: alt.Color | alt.Shape) -> None:
    """Legends of long names in two columns, so that they fit a phone."""
    for channel in channels:
        channel["legend"]["columns"] = 2


def _reference(base: alt.Chart, y: alt.Y) -> list[alt.Chart]:
    """Dashed rules with their names at the left, where curves of growing models are low."""
    flat = base.transform_filter("datum.kind === 'reference'")
    return [
        flat.mark_rule().encode(y=y),
        flat.mark_text(align="left", dx=4, dy=-6, fontSize=11, x=0).encode(y=y, text="model:N"),
    ]


def _named_points(
    rows: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
    hollow: str = "false",
    extra: Sequence[str] = (),
) -> alt.LayerChart:
    """Points with their `name` above, below, left or right of them, as `place` says; `hollow` is a Vega condition."""
    base = alt.Chart(rows)
    tip = m.tooltip(rows, (*m.TOOLTIP, *extra))
    layers = [
        base.transform_filter(f"!({hollow})")
        .mark_point(size=80, filled=True, opacity=1)
        .encode(x, y, color, shape, tooltip=tip)
    ]
    if hollow != "false":
        layers.append(
            base.transform_filter(hollow)
            .mark_point(size=80, filled=False, strokeWidth=2, opacity=1)
            .encode(x, y, color, shape, tooltip=tip)
        )
    places = {
        "above": {"dy": -11},
        "below": {"dy": 15},
        "left": {"dx": -9, "align": "right"},
        "right": {"dx": 9, "align": "left"},
    }
    for place in sorted(set(rows["place"])):
        layers.append(
            base.transform_filter(f"datum.place === '{place}'")
            .mark_text(fontSize=11, **places[place])
            .encode(x, y, text="name:N")
        )
    return alt.layer(*layers).properties(width="container", height=340)


# --- figures ---------------------------------------------------------------------------------------------------------
@cache
def records() -> Figure:
    def frame(para_benchmarks):
        rows = _records()
        return rows[rows["group"] == para_benchmarks].drop(columns="group")

    def chart(rows, para_benchmarks, columns):
        color, shape = m.series("paradigm", PARADIGMS, title="")
        _two_columns(color, shape)
        years = [2016, 2022] if para_benchmarks == "with_human" else [2002, 2022]
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=years, nice=False),
            title=label("date"),
            axis=alt.Axis(format="d", tickCount=4, grid=False),
        )
        shared = para_benchmarks == "with_human"
        # Names and translation have no common range, and BLEU is no percentage.
        y = (
            m.axis_y(domain=(0.4, 1))
            if shared
            else m.axis_y(domain=None, title=label("para_score_100"))
        )
        if not shared:
            y["axis"]["labelExpr"] = "format(datum.value * 100, 'd')"
        base = alt.Chart()
        measured = base.transform_filter("datum.kind === 'published'")
        human = base.transform_filter("datum.kind === 'reference'")
        tip = m.tooltip(rows, ("model", "paradigm", "params", "date", "metric", "value", "source"))
        layers = [
            human.mark_rule(aria=False).encode(y=y),
            measured.mark_line(
                interpolate="step-after",
                strokeWidth=1.5,
                strokeDash=[1, 0],
                opacity=0.55,
                color="currentColor",
            ).encode(x=x, y=alt.Y("record:Q", title=y["title"])),
        ]
        for dated, filled in (("month", True), ("year", False)):
            layers.append(
                measured.transform_filter(f"datum.dated === '{dated}'")
                .mark_point(size=45, filled=filled, opacity=1, strokeWidth=1.5)
                .encode(x, y, color, shape, tooltip=tip)
            )
        return (
            alt.layer(*layers, data=rows)
            .properties(width=150, height=230)
            .facet(
                facet=alt.Facet(
                    "task:N",
                    sort=list(BENCHMARKS[para_benchmarks]),
                    header=alt.Header(labelExpr=m.label_expr(BENCHMARKS[para_benchmarks])),
                    title=None,
                ),
                columns=columns,
            )
            .resolve_scale(y="shared" if shared else "independent")
        )

    return Figure(
        "paradigm-records",
        CHAPTER,
        ["paradigm_timeline"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("para_benchmarks", tuple(BENCHMARKS))],
        columns=[
            "kind",
            "task",
            "model",
            "params",
            "paradigm",
            "date",
            "metric",
            "value",
            "record",
            "source",
        ],
    )


@cache
def bleu_by_compute() -> Figure:
    german, french = BLEU_TASKS
    below = {
        (pair, model)
        for pair in BLEU_TASKS
        for model in ("ConvS2S", "GNMT + RL", "GNMT + RL Ensemble", "Deep-Att + PosUnk")
    }
    places = {(french, "MoE"): "left"} | dict.fromkeys(below, "below")

    def frame(para_languages):
        rows = _bleu()[_bleu()["task"] == para_languages]
        short = (
            rows["model"]
            .str.replace(" + PosUnk", "")
            .str.replace(" + RL", "")
            .str.replace(" Ensemble", "")
        )
        return rows.assign(
            name=short, place=[places.get(key, "above") for key in zip(rows["task"], rows["model"])]
        )[
            [
                "kind",
                "model",
                "train_flops",
                "task",
                "metric",
                "value",
                "para_layers",
                "para_ensemble",
                "name",
                "place",
            ]
        ]

    def chart(rows, para_languages):
        color, shape = m.series(
            "para_layers", ("para_transformer", "para_recurrent", "para_convolutional"), title=""
        )
        x = alt.X(
            "train_flops:Q",
            scale=alt.Scale(type="log", domain=[7e17, 2.5e21], nice=False),
            title=label("train_flops"),
            axis=alt.Axis(format="~e", values=[1e18, 1e19, 1e20, 1e21], grid=False),
        )
        y = m.axis_y(
            domain=(0.24, 0.29) if para_languages == german else (0.375, 0.425),
            title="BLEU",
            format=".3f",
        )
        y["axis"]["labelExpr"] = "format(datum.value * 100, 'd')"
        y["axis"]["tickCount"] = 5
        return _named_points(
            rows,
            x,
            y,
            color,
            shape,
            "datum.para_ensemble === 'ensemble'",
            ("para_layers", "para_ensemble"),
        )

    return Figure(
        "paradigm-bleu-by-compute",
        CHAPTER,
        ["attention_table2_bleu_vs_flops"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("para_languages", BLEU_TASKS)],
        columns=["model", "train_flops", "task", "metric", "value", "para_layers", "para_ensemble"],
    )


@cache
def pretraining_gain() -> Figure:
    def frame():
        return _t5_gain()[
            [
                "kind",
                "family",
                "model",
                "params",
                "task",
                "setting",
                "metric",
                "value",
                "para_std",
                "low",
                "high",
            ]
        ]

    def chart(rows):
        color, shape = m.series("setting", ("para_from_scratch", "para_pretrained"), title="")
        y = m.named_rows("task", list(_t5_gains().index), 170)
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.45).encode(
                x=alt.X("min(value):Q", title=label("value")), x2="max(value):Q", y=y
            ),
            base.transform_filter("isValid(datum.para_std)")
            .mark_rule(strokeWidth=2, strokeDash=[1, 0])
            .encode(x=alt.X("low:Q", title=label("value")), x2="high:Q", y=y),
            base.mark_point(size=85, filled=True, opacity=1).encode(
                _score_x(), y, color, shape, tooltip=m.tooltip(rows, (*m.TOOLTIP, "para_std"))
            ),
        ).properties(width="container", height=30 * len(T5_GAIN_TASKS))

    return Figure(
        "paradigm-pretraining-gain",
        CHAPTER,
        ["t5_table1_pretraining_gain"],
        frame,
        chart,
        facts=numbers,
        columns=["model", "params", "task", "setting", "metric", "value", "para_std"],
    )


@cache
def glue_by_task() -> Figure:
    def frame():
        # Names that say how a model reads belong to this figure, so they have keys of their own.
        return _glue().assign(para_reading=lambda r: "para_" + r["model"])[
            ["kind", "model", "para_reading", "params", "task", "metric", "value"]
        ]

    def chart(rows):
        color, shape = m.series("para_reading", ["para_" + name for name in GLUE_MODELS], title="")
        _two_columns(color, shape)
        x, y = _score_x((0.3, 1)), m.named_rows("task", GLUE_TASKS, 170)
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.35).encode(
                _lowest(x), x2="max(value):Q", y=y
            ),
            base.mark_point(size=85, filled=True, opacity=0.9).encode(
                x, y, color, shape, tooltip=m.tooltip(rows)
            ),
        ).properties(width="container", height=32 * len(GLUE_TASKS))

    return Figure(
        "paradigm-glue-by-task",
        CHAPTER,
        ["bert_table1_glue"],
        frame,
        chart,
        facts=numbers,
        columns=["kind", "model", "params", "task", "metric", "value"],
    )


@cache
def bert_by_size() -> Figure:
    def frame():
        return _bert_size()[
            ["kind", "family", "model", "task", "metric", "para_perplexity", "value"]
        ]

    def chart(rows):
        color, shape = m.series("task", ("SST-2", "MRPC", "MNLI-m"), title="")
        x = alt.X(
            "para_perplexity:Q",
            scale=alt.Scale(type="log", domain=[6.2, 3.05], nice=False),
            title=label("para_perplexity_axis"),
            axis=alt.Axis(values=[6, 5, 4.5, 4, 3.5, 3.2], format=".1f", grid=False),
        )
        y = m.axis_y(domain=(0.75, 0.95))
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_line(strokeWidth=2).encode(x, y, color),
            base.mark_point(size=70, filled=True, opacity=1).encode(
                x,
                y,
                color,
                shape,
                tooltip=m.tooltip(rows, ("model", "task", "para_perplexity", "metric", "value")),
            ),
        ).properties(width="container", height=300)

    return Figure(
        "paradigm-bert-by-size",
        CHAPTER,
        ["bert_table6_model_size"],
        frame,
        chart,
        facts=numbers,
        curve=["task"],
    )


@cache
def pipeline_layers() -> Figure:
    measures = {
        "para_layer": ("expected_layer", "mixing_weight_center_of_gravity"),
        "para_f1": ("f1_layer0_baseline", "f1_full_model"),
    }

    def frame(model, measure):
        rows = _layers()
        rows = rows[(rows["model"] == model) & rows["para_quantity"].isin(measures[measure])]
        return rows[["kind", "model", "task", "para_quantity", "unit", "value"]]

    def chart(rows, model, measure):
        color, shape = m.series("para_quantity", measures[measure], title="")
        y = m.named_rows("task", PROBES, 170)
        if measure == "para_layer":
            top = 24 if model == "BERT-large" else 12
            x = alt.X(
                "value:Q",
                scale=alt.Scale(domain=[0, top], nice=False),
                axis=alt.Axis(format="d", tickCount=6),
                title=label("para_layer_axis"),
            )
        else:
            x = _score_x((0.5, 1))
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.45).encode(
                _lowest(x), x2="max(value):Q", y=y
            ),
            base.mark_point(size=85, filled=True, opacity=1).encode(
                x,
                y,
                color,
                shape,
                tooltip=m.tooltip(rows, ("model", "task", "para_quantity", "value")),
            ),
        ).properties(width="container", height=30 * len(PROBES))

    return Figure(
        "paradigm-pipeline-layers",
        CHAPTER,
        ["bert_pipeline_layers"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("model", ("BERT-large", "BERT-base")), Choice("measure", tuple(measures))],
    )


@cache
def glue_by_compute() -> Figure:
    left = ("RoBERTa-100K", "ELECTRA-Base", "ELECTRA-Large")
    below = ("BERT-Small", "GPT", "BERT-Base", "BERT-Large", "ELMo", "BERT-Large (ELECTRA authors)")
    places = {"XLNet": "right"} | dict.fromkeys(left, "left") | dict.fromkeys(below, "below")

    def frame():
        rows = _electra()
        return rows.assign(
            name=rows["model"].str.replace(" (ELECTRA authors)", "*"),
            place=rows["model"].map(places).fillna("above"),
        )[
            [
                "kind",
                "family",
                "model",
                "params",
                "train_flops",
                "task",
                "metric",
                "value",
                "para_objective",
                "setup",
                "name",
                "place",
            ]
        ]

    def chart(rows):
        color, shape = m.series(
            "para_objective",
            ("para_left_to_right", "para_masked", "para_permuted", "para_replaced_tokens"),
            title="",
        )
        _two_columns(color, shape)
        x = alt.X(
            "train_flops:Q",
            scale=alt.Scale(type="log", domain=[2e17, 9e21], nice=False),
            title=label("train_flops"),
            axis=alt.Axis(format="~e", values=[1e18, 1e19, 1e20, 1e21], grid=False),
        )
        return _named_points(
            rows, x, m.axis_y(domain=(0.68, 0.92)), color, shape, extra=("para_objective",)
        )

    return Figure(
        "paradigm-glue-by-compute",
        CHAPTER,
        ["electra_glue_vs_compute"],
        frame,
        chart,
        facts=numbers,
        curve=["model"],
        columns=[
            "model",
            "params",
            "train_flops",
            "task",
            "metric",
            "value",
            "para_objective",
            "setup",
        ],
    )


@cache
def t5_by_size() -> Figure:
    understanding = ("SuperGLUE", "GLUE", "SQuAD", "WiC")

    def frame(task):
        return _t5()[_t5()["task"] == task]

    def chart(rows, task):
        sized = _t5().dropna(subset=["params"]).astype({"params": float})
        x = m.axis_x(sized, "params")
        y = m.axis_y(domain=(0.6, 1) if task in understanding else (0.15, 0.45))
        if task not in understanding:  # BLEU and ROUGE are not percentages of anything counted
            y["axis"]["labelExpr"] = "format(datum.value * 100, 'd')"
        base = alt.Chart(rows)
        measured = base.transform_filter("datum.kind === 'published'")
        return alt.layer(
            *_reference(base, y),
            measured.mark_line(strokeWidth=2, color=m.PALETTE[0]).encode(x, y),
            measured.mark_point(size=70, filled=True, opacity=1, color=m.PALETTE[0]).encode(
                x, y, tooltip=m.tooltip(rows)
            ),
        ).properties(width="container", height=320)

    return Figure(
        "paradigm-t5-by-size",
        CHAPTER,
        ["t5_table14_by_size", "paradigm_timeline"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", tuple(T5_TASKS))],
        curve=["task", "kind"],
        predict=Predict("params", 5e9, "params", "value", {"kind": "published"}),
    )


@cache
def prompting_by_size() -> Figure:
    def frame(para_prompted):
        return _prompted()[_prompted()["task"] == para_prompted]

    def chart(rows):
        sized = _prompted().dropna(subset=["params"])
        sized = sized[sized["kind"] == "published"].astype({"params": float})
        color, shape = m.series("setting", SHOTS)
        x, y = m.axis_x(sized, "params"), m.axis_y()
        base = alt.Chart(rows)
        measured = base.transform_filter("datum.kind === 'published'")
        return alt.layer(
            *_reference(base, y),
            measured.mark_line(strokeWidth=2).encode(x, y, color),
            measured.mark_point(size=70, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows)
            ),
        ).properties(width="container", height=320)

    return Figure(
        "paradigm-prompting-by-size",
        CHAPTER,
        ["gpt3_table_h1", "gpt3_table_h1_sota", "paradigm_timeline"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("para_prompted", tuple(PROMPTED))],
        curve=["task", "setting", "kind", "model"],
    )


@cache
def routes() -> Figure:
    def frame():
        return _routes()[["kind", "year", "group", "para_models_in_year", "value"]]

    def chart(rows):
        color, shape = m.series("group", ARCHITECTURES, title="")
        _two_columns(color, shape)
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=[2017, 2024], nice=False, padding=12),
            title=label("year"),
            axis=alt.Axis(format="d", tickCount=8, grid=False),
        )
        y = m.axis_y(domain=(0, 30), title=label("para_models"), format="d")
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_line(strokeWidth=2).encode(x, y, color),
            base.mark_point(size=70, filled=True, opacity=1).encode(
                x,
                y,
                color,
                shape,
                tooltip=m.tooltip(rows, ("year", "group", "value", "para_models_in_year")),
            ),
        ).properties(width="container", height=300)

    return Figure(
        "paradigm-routes", CHAPTER, ["llm_timeline"], frame, chart, facts=numbers, curve=["group"]
    )


# --- numbers of prose and texts ---------------------------------------------------------------------------------------
@cache
def numbers() -> dict[str, str]:
    """Every number of the prose, the captions and the alternative texts, formatted; percentages without the sign."""
    n: dict[str, str] = {}

    seen = _records()
    for key, task, model in (
        ("squad_features", "SQuAD 1.1", "Logistic regression"),
        ("squad_bert", "SQuAD 1.1", "BERT-Large + TriviaQA (ensemble)"),
        ("squad_human", "SQuAD 1.1", "Human (leaderboard)"),
        ("squad_human_paper", "SQuAD 1.1", "Human (SQuAD paper)"),
        ("squad_before", "SQuAD 1.1", "nlnet ensemble"),
        ("glue_elmo", "GLUE", "BiLSTM + Attn, ELMo, multi-task (GLUE v3 paper Table 4)"),
        ("glue_gpt", "GLUE", "OpenAI GPT (leaderboard)"),
        ("glue_bert", "GLUE", "BERT-Large (leaderboard)"),
        ("glue_human", "GLUE", "Human (Nangia & Bowman 2019)"),
        ("glue_xlnet", "GLUE", "XLNet ensemble"),
        ("sg_bert", "SuperGLUE", "Fine-tuned BERT-Large"),
        ("sg_gpt3", "SuperGLUE", "GPT-3 175B few-shot (32 examples)"),
        ("sg_t5", "SuperGLUE", "T5-11B"),
        ("sg_human", "SuperGLUE", "Human (est.)"),
        ("sg_deberta", "SuperGLUE", "DeBERTa single"),
        ("sg_first", "SuperGLUE", "BERT++ (SuperGLUE paper Table 2)"),
        ("ner_features", "CoNLL-2003 NER (English)", "Luo et al."),
        ("ner_scratch", "CoNLL-2003 NER (English)", "Chiu and Nichols (2016)"),
        ("ner_bert", "CoNLL-2003 NER (English)", "BERT Large (Devlin et al., 2018)"),
        (
            "wmt_phrase",
            "WMT14 English-German",
            "Phrase-based + large LM (Buck et al., winning WMT14 system)",
        ),
        ("wmt_bt", "WMT14 English-German", "Transformer Big + BT (Edunov et al., 2018)"),
        ("wmt_t5", "WMT14 English-German", "T5-11B"),
    ):
        n[key] = m.percent(m.one(seen, task=task, model=model))
    n["ner_best"] = m.percent(seen[(seen["task"] == "CoNLL-2003 NER (English)")]["record"].max())

    bleu = _bleu()
    for key, model in (
        ("base", "Transformer (base)"),
        ("big", "Transformer (big)"),
        ("gnmt_ens", "GNMT + RL Ensemble"),
        ("convs2s_ens", "ConvS2S Ensemble"),
        ("convs2s", "ConvS2S"),
        ("gnmt", "GNMT + RL"),
    ):
        for pair, task in zip(("de", "fr"), BLEU_TASKS):
            n[f"bleu_{key}_{pair}"] = m.percent(m.one(bleu, model=model, task=task))
    cost = bleu.set_index(["model", "task"])["train_flops"]
    german, french = BLEU_TASKS
    n["mt_cheaper"] = (
        f"{cost['GNMT + RL Ensemble', german] / cost['Transformer (base)', german]:.0f}"
    )
    n["mt_cheaper_big_fr"] = (
        f"{cost['GNMT + RL Ensemble', french] / cost['Transformer (big)', french]:.0f}"
    )
    mantissa, exponent = f"{cost['Transformer (base)', german]:.1e}".split("e+")
    n["mt_base_flops"] = (
        f"{mantissa}·10{exponent.translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
    )
    n["mt_gain_big_fr"] = (
        f"{100 * (m.one(bleu, model='Transformer (big)', task=french) - m.one(bleu, model='GNMT + RL Ensemble', task=french)):.1f}"
    )
    printed = m.one(
        data.load("paradigm_timeline"), task=french, system="Transformer Big (Vaswani et al., 2017)"
    )
    n["bleu_big_fr_other"] = f"{printed:.1f}"

    gain, score = _t5_gains(), _t5_gain().set_index(["task", "setting"])["value"]
    std = _t5_gain().dropna(subset=["para_std"]).set_index("task")["para_std"]
    for key, task in (
        ("squad", "SQuAD"),
        ("glue", "GLUE"),
        ("superglue", "SuperGLUE"),
        ("cnn", "CNN/DM"),
        ("enro", "WMT EnRo"),
        ("ende", "WMT EnDe"),
        ("enfr", "WMT EnFr"),
    ):
        n[f"gain_{key}"] = (
            f"{100 * gain[task]:.2f}" if task.startswith("WMT") else m.percent(gain[task])
        )
        n[f"scratch_{key}"], n[f"pretrained_{key}"] = (
            m.percent(score[task, "para_from_scratch"]),
            m.percent(score[task, "para_pretrained"]),
        )
    n["std_enfr"] = f"{100 * std['WMT EnFr']:.2f}"

    glue = _glue()
    for key, model in (
        ("elmo", "BiLSTM+ELMo+Attn"),
        ("sota", "Pre-OpenAI SOTA"),
        ("gpt", "OpenAI GPT"),
        ("base", "BERT-Base"),
        ("large", "BERT-Large"),
    ):
        for task in ("Average", "CoLA", "RTE", "SST-2", "MNLI-m"):
            n[f"glue_{key}_{task}"] = m.percent(m.one(glue, model=model, task=task))
    wide = glue[glue["task"] != "Average"].pivot(index="task", columns="model", values="value")
    n["glue_tasks"] = str(len(wide))
    n["glue_large_wins"] = str(int((wide["BERT-Large"] > wide["Pre-OpenAI SOTA"]).sum()))
    n["glue_base_over_gpt"] = str(int((wide["BERT-Base"] > wide["OpenAI GPT"]).sum()))
    gap = wide["BERT-Large"] - wide["Pre-OpenAI SOTA"]
    n |= {
        "glue_gap_max": m.percent(gap.max()),
        "glue_gap_max_task": gap.idxmax(),
        "glue_gap_min": m.percent(gap.min()),
        "glue_gap_min_task": gap.idxmin(),
    }

    size = _bert_size()
    for key, task in (("mrpc", "MRPC"), ("mnli", "MNLI-m"), ("sst", "SST-2")):
        rows = size[size["task"] == task].sort_values("para_perplexity")
        n[f"size_{key}_small"], n[f"size_{key}_large"] = (
            m.percent(rows["value"].iloc[-1]),
            m.percent(rows["value"].iloc[0]),
        )
    n["ppl_small"], n["ppl_large"] = (
        f"{size['para_perplexity'].max():.2f}",
        f"{size['para_perplexity'].min():.2f}",
    )

    layers = _layers()
    for model in ("BERT-large", "BERT-base"):
        for task in PROBES:
            n[f"layer_{model}_{task}"] = (
                f"{m.one(layers, model=model, task=task, para_quantity='expected_layer'):.1f}"
            )
    for task in ("POS", "Entities", "Relations", "Coreference"):
        n[f"f1_0_{task}"] = m.percent(
            m.one(layers, model="BERT-large", task=task, para_quantity="f1_layer0_baseline")
        )
        n[f"f1_24_{task}"] = m.percent(
            m.one(layers, model="BERT-large", task=task, para_quantity="f1_full_model")
        )
    center = layers[
        (layers["model"] == "BERT-large")
        & (layers["para_quantity"] == "mixing_weight_center_of_gravity")
    ]["value"]
    n["center_low"], n["center_high"] = f"{center.min():.1f}", f"{center.max():.1f}"

    electra = _electra()
    for key, model in (
        ("elmo", "ELMo"),
        ("gpt", "GPT"),
        ("bert_small", "BERT-Small"),
        ("electra_small", "ELECTRA-Small"),
        ("electra_large", "ELECTRA-Large"),
        ("bert_base", "BERT-Base"),
        ("electra_base", "ELECTRA-Base"),
        ("roberta", "RoBERTa"),
        ("bert_large_own", "BERT-Large (ELECTRA authors)"),
    ):
        n[f"cost_{key}"] = m.percent(m.one(electra, model=model))
    flops = electra.set_index("model")["train_flops"]
    n["cost_ratio_gpt"] = f"{flops['GPT'] / flops['ELECTRA-Small']:.0f}"
    n["cost_ratio_roberta"] = f"{flops['RoBERTa'] / flops['ELECTRA-Large']:.1f}"

    t5 = _t5()
    figure = t5_by_size()
    for task in T5_TASKS:
        told = figure.forecast(task=task)
        n[f"t5_{task}"], n[f"t5_line_{task}"] = m.percent(told["truth"]), m.percent(told["line"])
        for key, model in (("small", "T5-Small"), ("3b", "T5-3B")):
            n[f"t5_{key}_{task}"] = m.percent(m.one(t5, task=task, model=model))
        n[f"t5_best_{task}"] = m.percent(m.one(t5, task=task, model=label("para_previous_best")))

    # Exercise: the same straight line, drawn in log-odds, which cannot pass 100 percent.
    rows = t5[(t5["task"] == "SuperGLUE") & (t5["kind"] == "published")].sort_values("params")
    x, y = np.log10(rows["params"].astype(float).to_numpy()), rows["value"].astype(float).to_numpy()
    slope, intercept = np.polyfit(x[:-1], np.log(y[:-1] / (1 - y[:-1])), 1)
    n["t5_odds_line"] = m.percent(1 / (1 + np.exp(-(intercept + slope * x[-1]))))
    wrong = 1 - rows.set_index("model")["value"].astype(float)
    n["t5_wrong_cut"] = m.percent(1 - wrong["T5-11B"] / wrong["T5-3B"], 0)
    n["t5_wrong_cut_first"] = m.percent(1 - wrong["T5-Base"] / wrong["T5-Small"], 0)

    prompted = _prompted()
    for task in PROMPTED:
        n[f"best_{task}"] = m.percent(
            m.one(prompted, task=task, model=label("para_finetuned_best"))
        )
        for setting in SHOTS:
            n[f"gpt3_{task}_{setting}"] = m.percent(
                m.one(prompted, task=task, model="GPT-3 175B", setting=setting)
            )
    n["gpt3_small_SuperGLUE_few_shot"] = m.percent(
        m.one(prompted, task="SuperGLUE", model="GPT-3 Small", setting="few_shot")
    )
    n["gpt3_13b_SuperGLUE_few_shot"] = m.percent(
        m.one(prompted, task="SuperGLUE", model="GPT-3 13B", setting="few_shot")
    )
    h1 = data.load("gpt3_table_h1")
    n["gpt3_SuperGLUE_test"] = f"{m.one(h1, task='SuperGLUE', split='test server'):.1f}"
    n["gpt3_wic_test"] = f"{m.one(h1, task='WiC', split='test server'):.1f}"
    n["squad_wrong_cut"] = m.percent(
        1 - (1 - float(n["squad_bert"]) / 100) / (1 - float(n["squad_before"]) / 100), 0
    )
    gpt3 = data.load("gpt3_table_2_1_models").set_index("model")["params"]
    # Mixed-precision Adam keeps 16 bytes per parameter: weights and gradients in 2 bytes, a master copy and two moments in 4.
    n["finetune_gigabytes"] = f"{16 * gpt3['GPT-3 175B'] / 1e9:,.0f}"
    bert = glue[glue["model"] == "BERT-Large"]["params"].iloc[0]
    n["finetune_gigabytes_bert"], n["gpt3_over_bert"] = (
        f"{16 * bert / 1e9:.1f}",
        f"{gpt3['GPT-3 175B'] / bert:.0f}",
    )

    share = _routes()
    for year in (2019, 2020, 2021, 2022, 2023):
        row = share[share["year"] == year].set_index("group")
        n[f"route_{year}_n"] = str(int(row["para_models_in_year"].iloc[0]))
        for group in ARCHITECTURES:
            n[f"route_{year}_{group}"] = str(int(row.loc[group, "value"]))
    later = share[share["year"] >= 2021]
    n["encoders_since_2021"] = str(int(later[later["group"] == "encoder"]["value"].sum()))
    n["models_since_2021"] = str(int(later["value"].sum()))
    n["decoders_since_2021"] = str(int(later[later["group"] == "decoder"]["value"].sum()))
    n["route_models"] = str(int(share["value"].sum()))

    preferred = data.load("instructgpt_preferences_text").set_index("baseline")
    n["instruct_over_gpt3"] = f"{preferred.loc['GPT-3 175B', 'value']:.0f}"
    n["instruct_over_few_shot"] = f"{preferred.loc['GPT-3 175B few-shot prompted', 'value']:.0f}"
    return n
