"""Figures of the chapter on instruction tuning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import marks as m
from emergence.figure import Choice, Figure, Live, Predict, Slider
from emergence.models import instructions, load, pack
from emergence.text import label

__all__ = [
    "win_rates",
    "tuned_by_size",
    "tasks_and_size",
    "more_tasks",
    "prompt_elements",
    "bloomz_panels",
    "compute",
    "ratings",
    "alignment_tax",
    "automatic_evaluations",
    "summaries",
    "preference_fit",
    "overoptimization",
    "kl_bandit",
    "prompt_search",
    "lima",
    "collections",
    "instructions_by_tasks",
    "instructions_by_size",
    "instructions_live",
]

CHAPTER = "instruction_tuning"
COLUMNS = ["kind", "family", "model", "params", "task", "setting", "metric", "value"]


# --- shared parts ----------------------------------------------------------------------------------------------------
@cache
def _rows(table: str) -> pd.DataFrame:
    """The rows of one table in the schema of `data.evaluations`, scores as fractions."""
    rows = data.evaluations()
    return rows[rows["table"] == table].assign(kind="published").reset_index(drop=True)


def _fraction(percent: pd.Series) -> pd.Series:
    """Printed percentages as fractions, without the dust of binary division."""
    return (percent / 100).round(8)


def _beside(
    rows: pd.DataFrame, series: Sequence[str], column: str = "series", gap: float = 1.08
) -> pd.Series:
    """`params`, spread by series by factors of `gap`: error bars of one size stand side by side on a logarithmic axis."""
    place = rows[column].map({s: i - (len(series) - 1) / 2 for i, s in enumerate(series)})
    return rows["params"] * gap**place


def _intervals(
    rows: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
    tips: Sequence[str],
    height: int = 340,
) -> alt.LayerChart:
    """Lines through points with a vertical bar from `bar_low` to `bar_high`; reference rows are dashed rules with their name."""
    base = alt.Chart(rows)
    measured, flat = (
        base.transform_filter("datum.kind !== 'reference'"),
        base.transform_filter("datum.kind === 'reference'"),
    )
    bars = measured.mark_rule(strokeWidth=1.5, strokeDash=[1, 0]).encode(
        x, y.copy(), alt.Y2("bar_high:Q"), color
    )
    bars.encoding.y.shorthand = "bar_low:Q"
    layers = [
        bars,
        measured.mark_line(strokeWidth=2).encode(x, y, color),
        measured.mark_point(size=70, filled=True, opacity=1).encode(
            x, y, color, shape, tooltip=m.tooltip(rows, tips)
        ),
    ]
    if (rows["kind"] == "reference").any():
        layers += [
            flat.mark_rule().encode(y=y),
            flat.mark_text(align="right", dy=-6, fontSize=11, x="width").encode(
                y=y, text="model:N"
            ),
        ]
    return alt.layer(*layers).properties(width="container", height=height)


def _named(
    rows: pd.DataFrame,
    name: str,
    x: alt.X,
    color: alt.Color | None = None,
    shape: alt.Shape | None = None,
    tips: Sequence[str] = (),
    interval: bool = False,
    step: int = 36,
) -> alt.LayerChart:
    """One row per entry, in the order of the table: its name, and below the name its mark. An axis of names would leave no room on a phone."""
    y = alt.Y(f"{name}:N", sort=None, axis=None, scale=alt.Scale(paddingInner=0.1))
    base = alt.Chart(rows).encode(y=y)
    names = base.mark_text(
        align="left", fontSize=11, dy=-6, x=2, limit=alt.ExprRef("width")
    ).encode(text=f"{name}:N")
    ink = [c for c in (color,) if c is not None]
    if interval:
        spread = base.mark_rule(strokeWidth=2, strokeDash=[1, 0], opacity=0.7, yOffset=8).encode(
            x.copy(), alt.X2("bar_high:Q"), *ink
        )
        spread.encoding.x.shorthand = "bar_low:Q"
    else:
        spread = base.mark_rule(strokeDash=[1, 0], opacity=0.35, yOffset=8).encode(
            x=x, x2=alt.value(0)
        )
    points = base.mark_point(size=80, filled=True, opacity=1, yOffset=8).encode(
        x, *[c for c in (color, shape) if c is not None], tooltip=m.tooltip(rows, tips)
    )
    return alt.layer(spread, points, names).properties(
        width="container", height=step * rows[name].nunique()
    )


def _share_x(domain: Sequence[float] = (0, 1), title: str | None = None) -> alt.X:
    return alt.X(
        "value:Q",
        scale=alt.Scale(domain=list(domain)),
        axis=alt.Axis(format=".0%", tickCount=5),
        title=label("value") if title is None else title,
    )


# --- 1, 8, 9: InstructGPT ---------------------------------------------------------------------------------------------
TUNED = ("inst_gpt3", "inst_prompted", "inst_sft", "inst_ppo", "inst_ppo_ptx")
SERIES = {
    "GPT": "inst_gpt3",
    "GPT (prompted)": "inst_prompted",
    "SFT": "inst_sft",
    "PPO": "inst_ppo",
    "PPO-ptx": "inst_ppo_ptx",
    "PPO-ptx (InstructGPT)": "inst_ppo_ptx",
}
RATERS = {
    "inst_training_instruct": "Instruct distribution / training workers",
    "inst_heldout_instruct": "Instruct distribution / held-out workers",
    "inst_training_gpt": "GPT distribution / training workers",
    "inst_heldout_gpt": "GPT distribution / held-out workers",
}
SIZED = [
    "kind",
    "series",
    "model",
    "params",
    "task",
    "metric",
    "value",
    "bar_low",
    "bar_high",
    "drawn_params",
]


def _sized_axis(column: str = "drawn_params") -> alt.X:
    """Logarithmic axis for sizes with ticks at the three sizes of GPT-3 that Ouyang et al. tuned."""
    axis = alt.Axis(
        values=[1.3e9, 6e9, 1.75e11],
        format="~s",
        labelExpr="replace(datum.label, 'G', 'B')",
        grid=False,
    )
    return alt.X(
        f"{column}:Q",
        scale=alt.Scale(type="log", domain=[8e8, 2.8e11], nice=False),
        axis=axis,
        title=label("params"),
    )


@cache
def _win_rates() -> pd.DataFrame:
    rows = data.load("instructgpt_winrate_by_size").rename(
        columns={"ci95_low": "bar_low", "ci95_high": "bar_high"}
    )
    rows = rows[rows["figure"] == "Figure 3"]
    # The 175B SFT model is what all others are compared with: 50 percent by construction, no measurement.
    rows = rows[~((rows["model"] == "SFT") & (rows["params"] == 1.75e11))]
    rows = rows.assign(series=rows["model"].map(SERIES), kind="published")
    return rows.assign(
        drawn_params=_beside(rows, TUNED),
        model=rows["series"].map(label) + " " + (rows["params"] / 1e9).map("{:g}B".format),
    )


@cache
def win_rates() -> Figure:
    def frame(inst_raters):
        rows = _win_rates()
        rows = rows[rows["panel"] == RATERS[inst_raters]].sort_values(
            ["series", "params"], kind="stable"
        )[SIZED]
        even = pd.DataFrame(
            {
                "kind": ["reference"],
                "model": [label("inst_even")],
                "metric": [rows["metric"].iloc[0]],
                "value": [0.5],
            }
        )
        return pd.concat([rows, even], ignore_index=True)[SIZED]

    def chart(rows):
        return _intervals(
            rows,
            _sized_axis(),
            m.axis_y(domain=(0, 0.8), title=label("inst_win_rate")),
            *m.series("series", TUNED, title=""),
            ("model", "value", "bar_low", "bar_high"),
        )

    return Figure(
        "inst-win-rates",
        CHAPTER,
        ["instructgpt_winrate_by_size"],
        frame,
        chart,
        [Choice("inst_raters", tuple(RATERS))],
        columns=["model", "params", "metric", "value", "bar_low", "bar_high"],
        facts=numbers,
    )


MEASURES = {
    "inst_likert": "Mean Likert rating (1-7), InstructGPT prompt distribution",
    "inst_attempts": "Attempts correct instruction",
    "inst_constraints": "Follows explicit constraints",
    "inst_hallucinates": "Hallucinations (closed-domain)",
    "inst_language": "Uses language appropriate for customer assistant",
}
RATED = {
    "GPT": "inst_gpt3",
    "GPT (prompted)": "inst_prompted",
    "SFT": "inst_sft",
    "PPO": "inst_ppo",
    "PPO-ptx (InstructGPT)": "inst_ppo_ptx",
    "GPT-3 175B": "inst_gpt3",
    "GPT-3 175B (prompted)": "inst_prompted",
    "SFT 175B": "inst_sft",
    "PPO-ptx 175B (InstructGPT)": "inst_ppo_ptx",
    "FLAN": "inst_on_flan",
    "T0": "inst_on_t0",
}
RATED_ORDER = (
    "inst_gpt3",
    "inst_on_t0",
    "inst_on_flan",
    "inst_prompted",
    "inst_sft",
    "inst_ppo",
    "inst_ppo_ptx",
)


@cache
def ratings() -> Figure:
    table = data.load("instructgpt_metadata_likert").rename(
        columns={"ci95_low": "bar_low", "ci95_high": "bar_high"}
    )
    table = table.assign(kind="published", series=table["model"].map(RATED))
    table = table.assign(
        order=table["series"].map(RATED_ORDER.index), model=table["series"].map(label)
    )

    def frame(inst_measure):
        rows = table[table["panel"] == MEASURES[inst_measure]].sort_values("order")
        return rows[["kind", "model", "params", "metric", "unit", "value", "bar_low", "bar_high"]]

    def chart(rows, inst_measure):
        likert = inst_measure == "inst_likert"
        x = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[1, 7] if likert else [0, 1]),
            title=label(inst_measure),
            axis=alt.Axis(format="d" if likert else ".0%", tickCount=6),
        )
        return _named(
            rows, "model", x, tips=("model", "value", "bar_low", "bar_high"), interval=True, step=40
        )

    return Figure(
        "inst-ratings",
        CHAPTER,
        ["instructgpt_metadata_likert"],
        frame,
        chart,
        [Choice("inst_measure", tuple(MEASURES))],
        facts=numbers,
    )


NLP = ("SQuAD v2", "DROP", "HellaSwag", "QuAC", "RTE v2", "SST", "Winograd (WSC)", "WMT15 Fr-En")


@cache
def alignment_tax() -> Figure:
    series = tuple(s for s in TUNED if s != "inst_prompted")
    table = _rows("instructgpt_nlp_by_size").rename(
        columns={"ci_low": "bar_low", "ci_high": "bar_high"}
    )
    table = table.assign(
        series=table["model"].str.replace(r" [\d.]+B$", "", regex=True).map(SERIES)
    )
    table = table.assign(
        drawn_params=_beside(table, series),
        model=table["series"].map(label) + " " + (table["params"] / 1e9).map("{:g}B".format),
    )

    def frame(task, setting):
        rows = table[(table["task"] == task) & (table["setting"] == setting)]
        return rows.sort_values(["series", "params"], kind="stable")[[*SIZED, "setting", "setup"]]

    def chart(rows):
        return _intervals(
            rows,
            _sized_axis(),
            m.axis_y(domain=(0, 1)),
            *m.series("series", series, title=""),
            ("model", "task", "metric", "value", "bar_low", "bar_high"),
            320,
        )

    return Figure(
        "inst-alignment-tax",
        CHAPTER,
        ["instructgpt_nlp_by_size"],
        frame,
        chart,
        [Choice("task", NLP), Choice("setting", ("few_shot", "zero_shot"))],
        curve=["series", "setting"],
        columns=["model", "params", "task", "setting", "metric", "value", "bar_low", "bar_high"],
        facts=numbers,
    )


# Measure: task and metric of Table 14, top and format of the axis. Its two rows for summaries are identical in print, a slip, and left out.
AUTOMATIC = {
    "inst_auto_toxicity": ("Real Toxicity", "toxicity", 0.6, ".1f"),
    "inst_auto_informative": ("Truthful QA", "true + info", 1, ".0%"),
    "inst_auto_truthful": ("Truthful QA", "true", 1, ".0%"),
    "inst_auto_winogender": ("Winogender", "entropy", 1, ".1f"),
    "inst_auto_crows": ("CrowS Pairs", "entropy", 1, ".1f"),
}


@cache
def automatic_evaluations() -> Figure:
    series = tuple(s for s in TUNED if s != "inst_prompted")
    table = data.load("instructgpt_table14_automatic_evals")
    table = table.assign(
        kind="published", series=table["model"].map({"GPT-3": "inst_gpt3"} | SERIES)
    )
    table["model"] = (
        table["series"].map(label, na_action="ignore")
        + " "
        + (table["params"] / 1e9).map("{:g}B".format)
    )

    def frame(inst_automatic):
        task, metric, *_ = AUTOMATIC[inst_automatic]
        rows = table[(table["task"] == task) & (table["metric"] == metric)]
        return rows.sort_values(["series", "params"], kind="stable")[
            [
                "kind",
                "family",
                "series",
                "model",
                "params",
                "task",
                "prompt",
                "metric",
                "unit",
                "value",
            ]
        ]

    def chart(rows, inst_automatic, columns):
        *_, top, form = AUTOMATIC[inst_automatic]
        prompts = list(
            dict.fromkeys(table.loc[table["task"] == AUTOMATIC[inst_automatic][0], "prompt"])
        )
        x, y = _sized_axis("params"), m.axis_y(domain=(0, top), title="", format=form)
        color, shape = m.series("series", series, title="")
        base = alt.Chart()
        cell = alt.layer(
            base.mark_line(strokeWidth=1.8).encode(x, y, color),
            base.mark_point(size=55, filled=True, opacity=1).encode(
                x,
                y,
                color,
                shape,
                tooltip=m.tooltip(rows, ("model", "task", "prompt", "metric", "value")),
            ),
        ).properties(width=150, height=170)
        head = alt.Header(labelExpr=m.label_expr(prompts, "inst_asked_"), labelLimit=200)
        return cell.facet(
            data=rows,
            facet=alt.Facet("prompt:N", sort=prompts, header=head, title=None),
            columns=columns,
        )

    return Figure(
        "inst-automatic-evaluations",
        CHAPTER,
        ["instructgpt_table14_automatic_evals"],
        frame,
        chart,
        [Choice("inst_automatic", tuple(AUTOMATIC))],
        curve=["prompt", "series"],
        columns=["model", "params", "task", "prompt", "metric", "unit", "value"],
        facts=numbers,
    )


# --- 2: the same models with and without instruction tuning -----------------------------------------------------------
TUNING = ("inst_untuned", "inst_tuned")
ENGLISH = {
    ("winogrande", "xl"),
    ("xwinograd", "en"),
    ("anli", "r1"),
    ("anli", "r2"),
    ("anli", "r3"),
    ("super_glue", "cb"),
    ("super_glue", "rte"),
    ("xnli", "en"),
    ("story_cloze", "2016"),
    ("super_glue", "copa"),
}
THREE_WAY = ("anli", "xnli", "cb")
"""Test sets of the BLOOMZ table with three answers (entails, contradicts, neither); all others have two."""


@cache
def _bloomz() -> pd.DataFrame:
    """BLOOM and BLOOMZ, median accuracy over five English prompts, one row per model and held-out test set."""
    rows = data.load("bloomz_mt0_all_results_en_prompts")
    plain = rows["model"].str.fullmatch(r"BLOOMZ?-[\d.]+[MB]")  # without the variants -MT and -P3
    rows = rows[plain & (rows["metric"] == "Median acc.")]
    english = [pair in ENGLISH for pair in zip(rows["dataset"], rows["config"])]
    chance = [
        1 / 3 if d in THREE_WAY or c in THREE_WAY else 0.5
        for d, c in zip(rows["dataset"], rows["config"])
    ]
    return rows.assign(
        kind="published",
        setting=np.where(rows["instruction_finetuned"], "inst_tuned", "inst_untuned"),
        english=english,
        chance=chance,
        value=_fraction(rows["value"]),
        metric="median accuracy over 5 prompts",
        task=rows["dataset"] + " " + rows["config"],
    )


def _bloomz_mean(english: bool) -> pd.DataFrame:
    rows = _bloomz()
    rows = rows[rows["english"] == english]
    mean = rows.groupby(["kind", "family", "model", "params", "setting", "metric"], as_index=False)[
        ["value", "chance"]
    ].mean()
    return mean.assign(
        task="inst_bloomz_english" if english else "inst_bloomz_other", sets=rows["task"].nunique()
    )


@cache
def _pairs() -> pd.DataFrame:
    """Score by size without and with instruction tuning, for every study that reports at least three sizes; with guessing levels."""
    flan = data.load("wei2022_fig3_fig12_prompting_finetuning")
    flan = flan[flan["panel"] == "B"].assign(
        task="inst_flan",
        value=lambda r: _fraction(r["value"]),
        model=lambda r: "LaMDA " + (r["params"] / 1e9).map("{:g}B".format),
        setting=lambda r: r["setting"].map(
            {"no_instruction_tuning": "inst_untuned", "instruction_tuned": "inst_tuned"}
        ),
    )
    t5 = data.load("flan2022_table5_all_models")
    t5 = t5[(t5["family"] == "T5") & (t5["task"] == "MMLU") & (t5["setting"] == "standard")]
    t5 = t5.assign(
        task="inst_t5",
        value=_fraction(t5["value"]),
        setting=np.where(t5["instruction_finetuned"], "inst_tuned", "inst_untuned"),
    )
    bloomz = [_bloomz_mean(True), _bloomz_mean(False)]
    chance = [{"task": "inst_t5", "value": 0.25}] + [
        {"task": b["task"].iloc[0], "value": b["chance"].iloc[0]} for b in bloomz
    ]
    chance = pd.DataFrame(chance).assign(kind="reference", model=label("random_guessing"))
    return pd.concat(
        [flan.assign(kind="published"), *bloomz, t5.assign(kind="published"), chance],
        ignore_index=True,
    )[COLUMNS]


@cache
def tuned_by_size() -> Figure:
    def frame(inst_study):
        return (
            _pairs()[_pairs()["task"] == inst_study]
            .sort_values(["setting", "params"], kind="stable")
            .assign(task=label(inst_study))
        )

    def chart(rows, inst_study):
        return m.curves(
            rows,
            m.axis_x(_pairs(), "params"),
            m.axis_y(domain=(0.2, 0.9)),
            *m.series("setting", TUNING, title=""),
        )

    return Figure(
        "inst-tuned-by-size",
        CHAPTER,
        [
            "wei2022_fig3_fig12_prompting_finetuning",
            "bloomz_mt0_all_results_en_prompts",
            "flan2022_table5_all_models",
        ],
        frame,
        chart,
        [
            Choice(
                "inst_study", ("inst_flan", "inst_bloomz_english", "inst_bloomz_other", "inst_t5")
            )
        ],
        curve=["task", "setting"],
        predict=Predict("params", 1e10, "params", "value", {"setting": "inst_tuned"}),
        facts=numbers,
    )


# --- 3: number of tasks and size --------------------------------------------------------------------------------------
FLAN_TASKS = {
    "inst_average": ("normalized_average", "mixed"),
    "inst_mmlu_direct": ("MMLU", "standard"),
    "inst_mmlu_chain": ("MMLU", "chain_of_thought"),
    "inst_bbh_direct": ("BBH", "standard"),
    "inst_bbh_chain": ("BBH", "chain_of_thought"),
    "inst_tydiqa": ("TyDiQA", "standard"),
    "inst_mgsm": ("MGSM", "chain_of_thought"),
}
TASK_COUNTS = (0, 9, 89, 282, 1836)


@cache
def _flan_palm() -> pd.DataFrame:
    """Table 3 of Chung et al. 2022 only: the 540B model has other scores in their Tables 4 and 5."""
    rows = data.load("flan2022_table3_num_tasks")
    rows = rows.replace({"task": {"BIG-Bench Hard": "BBH"}})
    return rows.assign(
        kind="published",
        value=_fraction(rows["value"]),
        size=(rows["params"] / 1e9).map("{:g}B".format),
        tuning_tasks=rows["n_finetuning_tasks"].astype(int),
    ).sort_values(["params", "tuning_tasks"], kind="stable")


@cache
def tasks_and_size() -> Figure:
    sizes = ("8B", "62B", "540B")

    def frame(inst_benchmark, inst_view):
        task, setting = FLAN_TASKS[inst_benchmark]
        rows = _flan_palm()
        rows = rows[(rows["task"] == task) & (rows["setting"] == setting)]
        return rows.assign(task=label(inst_benchmark), tuned_on=rows["tuning_tasks"].map(str))[
            [
                "kind",
                "family",
                "model",
                "params",
                "size",
                "tuning_tasks",
                "tuned_on",
                "task",
                "setting",
                "n_shots",
                "metric",
                "value",
            ]
        ]

    def chart(rows, inst_view):
        y = m.axis_y(domain=(0, 0.8))
        if inst_view == "inst_by_size":
            return m.curves(
                rows,
                m.axis_x(_flan_palm(), "params"),
                y,
                *m.series("tuned_on", [str(n) for n in TASK_COUNTS], title=label("tuning_tasks")),
            )
        x = alt.X(
            "tuning_tasks:Q",
            scale=alt.Scale(type="symlog", constant=4, domain=[0, 2200], nice=False),
            title=label("tuning_tasks"),
            axis=alt.Axis(values=list(TASK_COUNTS), grid=False, format=",d", labelOverlap=False),
        )
        return m.curves(rows, x, y, *m.series("size", sizes, title=label("params")))

    return Figure(
        "inst-tasks-and-size",
        CHAPTER,
        ["flan2022_table3_num_tasks"],
        frame,
        chart,
        [
            Choice("inst_benchmark", tuple(FLAN_TASKS)),
            Choice("inst_view", ("inst_by_tasks", "inst_by_size")),
        ],
        columns=[
            "model",
            "params",
            "tuning_tasks",
            "task",
            "setting",
            "n_shots",
            "metric",
            "value",
        ],
        facts=numbers,
    )


# --- 4 and 5: what in the data helps ----------------------------------------------------------------------------------
@cache
def more_tasks() -> Figure:
    flan = data.load("flan2021_fig6_num_clusters")
    flan = flan.assign(
        amount=flan["n_clusters"].astype(float),
        study="inst_clusters",
        series="FLAN 137B",
        added=flan["cluster_added"],
    )
    ni = data.load("superni_fig5_scaling")
    size = ni[ni["axis"] == "model_size"].assign(
        amount=lambda r: r["params"], study="inst_superni_size", series="Tk-Instruct"
    )
    tasks = ni[(ni["axis"] == "number_of_tasks")]
    # The right end of the printed curve is the set of all training tasks; the left end's number of tasks is not printed.
    every = tasks["note"].str.contains("all training tasks")
    tasks = tasks.assign(
        amount=tasks["x_training_tasks"].astype(float).where(~every, 757.0)
    ).dropna(subset=["amount"])
    tasks = tasks.assign(study="inst_superni_tasks", series="Tk-Instruct, " + tasks["base_model"])
    table = pd.concat([flan, size, tasks], ignore_index=True).assign(
        kind="published", value=lambda r: _fraction(r["value"])
    )

    def frame(inst_amount):
        rows = table[table["study"] == inst_amount].sort_values(["series", "amount"])
        return rows[
            ["kind", "series", "model", "params", "amount", "added", "task", "metric", "value"]
        ]

    def chart(rows, inst_amount):
        title = label(inst_amount + "_axis")
        if inst_amount == "inst_clusters":
            x = alt.X(
                "amount:Q",
                scale=alt.Scale(domain=[0.7, 7.3], nice=False),
                axis=alt.Axis(values=list(range(1, 8)), format="d", grid=False),
                title=title,
            )
        else:
            x = m.axis_x(table[table["study"] == inst_amount], "amount", title=title)
        series = list(dict.fromkeys(table.loc[table["study"] == inst_amount, "series"]))
        color, shape = m.series("series", series, title="")
        chart = m.curves(rows, x, m.axis_y(domain=(0.3, 0.7)), color, shape)
        if inst_amount == "inst_clusters":
            chart += (
                alt.Chart(rows)
                .transform_calculate(short="'+ ' + datum.added")
                .mark_text(dx=10, fontSize=11, angle=90, align="left")
                .encode(x, m.axis_y(domain=(0.3, 0.7)), text="short:N")
            )
        return chart

    return Figure(
        "inst-more-tasks",
        CHAPTER,
        ["flan2021_fig6_num_clusters", "superni_fig5_scaling"],
        frame,
        chart,
        [Choice("inst_amount", ("inst_clusters", "inst_superni_tasks", "inst_superni_size"))],
        columns=["model", "params", "amount", "added", "task", "metric", "value"],
        facts=numbers,
    )


@cache
def prompt_elements() -> Figure:
    flan = data.load("flan2021_fig8_role_of_instructions")
    flan = flan.assign(
        study="inst_flan_prompts",
        condition=("inst_cond_" + flan["finetuning_prompt"] + " / " + flan["inference_prompt"]).map(
            label
        ),
    )
    ni = data.load("superni_table4_instruction_elements")
    ni = ni[ni["testing_encoding"].str.startswith("average")]
    ni = ni.assign(study="inst_superni_elements", condition=ni["training_encoding"].map(label))
    table = (
        pd.concat([flan, ni], ignore_index=True)
        .assign(kind="published", value=lambda r: _fraction(r["value"]))
        .sort_values("value", ascending=False, kind="stable")
    )

    def frame(inst_elements):
        return table[table["study"] == inst_elements][
            ["kind", "model", "condition", "task", "metric", "value"]
        ]

    def chart(rows, inst_elements):
        return _named(
            rows, "condition", _share_x((0, 0.7)), tips=("condition", "task", "metric", "value")
        )

    return Figure(
        "inst-prompt-elements",
        CHAPTER,
        ["flan2021_fig8_role_of_instructions", "superni_table4_instruction_elements"],
        frame,
        chart,
        [Choice("inst_elements", ("inst_flan_prompts", "inst_superni_elements"))],
        facts=numbers,
    )


# --- 6: BLOOM and BLOOMZ, task by task --------------------------------------------------------------------------------
PANELS = {
    "inst_english_tasks": None,
    "inst_xnli": "xnli",
    "inst_xcopa": "xcopa",
    "inst_xstory": "xstory_cloze",
    "inst_xwinograd": "xwinograd",
}


@cache
def bloomz_panels() -> Figure:
    def frame(inst_group):
        rows, dataset = _bloomz(), PANELS[inst_group]
        rows = (
            rows[rows["english"]]
            if dataset is None
            else rows[(rows["dataset"] == dataset) & ~rows["english"]]
        )
        rows = rows.assign(panel=rows["task"] if dataset is None else rows["config"])
        rows = rows.sort_values(["panel", "setting", "params"], kind="stable")
        chance = rows.drop_duplicates("panel").assign(
            kind="reference",
            value=lambda r: r["chance"],
            setting=None,
            family=None,
            params=np.nan,
            model=label("random_guessing"),
        )
        return pd.concat([rows, chance], ignore_index=True)[["panel", *COLUMNS]]

    def chart(rows, inst_group, columns):
        best = rows[(rows["setting"] == "inst_tuned") & (rows["params"] > 1e11)].sort_values(
            "value", ascending=False
        )
        x, y, (color, shape) = (
            m.axis_x(_bloomz(), "params"),
            m.axis_y(domain=(0.25, 1)),
            m.series("setting", TUNING, title=""),
        )
        base = alt.Chart().transform_filter("datum.kind !== 'reference'")
        cell = alt.layer(
            base.mark_line(strokeWidth=1.8).encode(x, y, color),
            base.mark_point(size=42, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows)
            ),
            alt.Chart().transform_filter("datum.kind === 'reference'").mark_rule().encode(y=y),
        ).properties(width=150, height=120)
        head = alt.Header(
            labelExpr=m.label_expr(list(best["panel"]), "inst_panel_"), labelLimit=200
        )
        return cell.facet(
            data=rows,
            facet=alt.Facet("panel:N", sort=list(best["panel"]), header=head, title=None),
            columns=columns,
        )

    return Figure(
        "inst-bloomz-panels",
        CHAPTER,
        ["bloomz_mt0_all_results_en_prompts"],
        frame,
        chart,
        [Choice("inst_group", tuple(PANELS))],
        curve=["panel", "setting"],
        columns=COLUMNS,
        facts=numbers,
    )


# --- 7: what it costs -------------------------------------------------------------------------------------------------
PETAFLOP_DAY = 8.64e19
"""Floating-point operations in one petaflop/s-day: 10**15 per second for 86,400 seconds."""


@cache
def _compute() -> pd.DataFrame:
    """Compute of pretraining and tuning in FLOPs, one row per model and stage; `share` is tuning over pretraining."""
    flan = data.load("flan2022_table2_compute")
    # U-PaLM's pretraining compute is printed ten times too small (see the table's notes) and is left out.
    flan["pretrain_flops"] = flan["pretrain_flops"].mask(flan["model"] == "Flan-U-PaLM 540B")
    gpt = data.load("instructgpt_text_numbers")
    gpt = gpt[gpt["metric"] == "training_compute"].set_index("model")["value"] * PETAFLOP_DAY
    rows = pd.concat(
        [
            flan[["model", "params", "pretrain_flops", "finetune_flops"]],
            pd.DataFrame(
                {
                    "model": [label("inst_sft_175b"), label("inst_ppo_ptx_175b")],
                    "params": 1.75e11,
                    "pretrain_flops": gpt["GPT-3 175B"],
                    "finetune_flops": [gpt["SFT 175B"], gpt["PPO-ptx 175B"]],
                }
            ),
        ],
        ignore_index=True,
    )
    rows = rows.assign(share=rows["finetune_flops"] / rows["pretrain_flops"]).sort_values(
        ["params", "finetune_flops"], kind="stable"
    )
    long = rows.melt(
        ["model", "params", "share"],
        ["pretrain_flops", "finetune_flops"],
        var_name="stage",
        value_name="flops",
    ).dropna(subset=["flops"])
    return long.assign(
        kind="published",
        stage=long["stage"].map(
            {"pretrain_flops": "inst_pretraining", "finetune_flops": "inst_tuning_stage"}
        ),
        order=long["model"].map({name: i for i, name in enumerate(rows["model"])}),
    ).sort_values(["order", "stage"], kind="stable")


@cache
def compute() -> Figure:
    def frame():
        return _compute()[["kind", "model", "params", "stage", "flops", "share"]]

    def chart(rows):
        color, shape = m.series("stage", ("inst_pretraining", "inst_tuning_stage"), title="")
        x = alt.X(
            "flops:Q",
            scale=alt.Scale(type="log", domain=[1e18, 1e25], nice=False),
            axis=alt.Axis(format="~e", tickCount=7),
            title=label("flops"),
        )
        y = alt.Y("model:N", sort=None, axis=None)
        base = alt.Chart(rows).encode(y=y)
        return alt.layer(
            base.mark_rule(strokeDash=[1, 0], opacity=0.35, yOffset=8).encode(
                x=alt.X("min(flops):Q", title=label("flops")), x2="max(flops):Q"
            ),
            base.mark_point(size=80, filled=True, opacity=1, yOffset=8).encode(
                x,
                color,
                shape,
                tooltip=m.tooltip(rows, ("model", "params", "stage", "flops", "share")),
            ),
            base.transform_filter("datum.stage === 'inst_tuning_stage'")
            .mark_text(align="left", fontSize=11, dy=-6, x=2)
            .encode(text="model:N"),
        ).properties(width="container", height=34 * rows["model"].nunique())

    return Figure(
        "inst-compute",
        CHAPTER,
        ["flan2022_table2_compute", "instructgpt_text_numbers"],
        frame,
        chart,
        facts=numbers,
    )


# --- 10: summaries from human feedback --------------------------------------------------------------------------------
METHODS = {
    "human feedback (RL)": "inst_feedback",
    "supervised fine-tuning": "inst_supervised",
    "pretrain only": "inst_pretrain_only",
}


@cache
def _stiennon() -> pd.DataFrame:
    return data.load("stiennon2020_summarization_rlhf").assign(kind="published")


@cache
def summaries() -> Figure:
    def frame(inst_stiennon):
        rows = _stiennon()
        if inst_stiennon == "inst_policies":
            rows = rows[rows["figure"] == "Figure 1"]
            rows = rows.assign(
                series=rows["model"].map(METHODS),
                bar_low=rows["err_low"],
                bar_high=rows["err_high"],
            )
            flat = pd.DataFrame(
                {"kind": ["reference"], "model": [label("inst_human_summary")], "value": [0.5]}
            )
        else:
            rows = rows[rows["figure"] == "Figure 6"]
            flat = rows[rows["params"].isna()].assign(
                kind="reference",
                model=lambda r: r["model"].map(lambda w: label("inst_" + w.replace(" ", "_"))),
            )
            rows = rows.dropna(subset=["params"])
            rows = rows.assign(series=rows["comparisons"], bar_low=np.nan, bar_high=np.nan)
        return pd.concat([rows, flat], ignore_index=True).sort_values(
            ["series", "params"], kind="stable"
        )[["kind", "series", "model", "params", "metric", "value", "bar_low", "bar_high"]]

    def chart(rows, inst_stiennon):
        policies = inst_stiennon == "inst_policies"
        series = tuple(METHODS.values()) if policies else ("64k", "32k", "16k", "8k")
        y = m.axis_y(
            domain=(0, 0.9) if policies else (0.55, 0.9),
            title=label("inst_preferred" if policies else "inst_rm_accuracy"),
        )
        x = m.axis_x(
            _stiennon()[_stiennon()["figure"] == ("Figure 1" if policies else "Figure 6")], "params"
        )
        return _intervals(
            rows,
            x,
            y,
            *m.series("series", series, title="" if policies else label("inst_comparisons")),
            ("model", "params", "value", "bar_low", "bar_high"),
        )

    return Figure(
        "inst-summaries",
        CHAPTER,
        ["stiennon2020_summarization_rlhf"],
        frame,
        chart,
        [Choice("inst_stiennon", ("inst_policies", "inst_reward_models"))],
        facts=numbers,
    )


@cache
def overoptimization() -> Figure:
    names = {"reward model prediction": "inst_predicted", "actual human preference": "inst_actual"}

    def frame():
        rows = _stiennon()
        rows = rows[rows["figure"] == "Figure 5"]
        rows = rows.assign(
            series=rows["model"].map(names), kl=rows["kl_from_supervised"]
        ).sort_values(["series", "kl"])
        even = pd.DataFrame(
            {"kind": ["reference"], "model": [label("inst_human_summary")], "value": [0.5]}
        )
        return pd.concat([rows, even], ignore_index=True)[
            ["kind", "series", "model", "kl", "metric", "value"]
        ]

    def chart(rows):
        x = alt.X(
            "kl:Q",
            scale=alt.Scale(type="symlog", constant=1, domain=[0, 300], nice=False),
            title=label("kl"),
            axis=alt.Axis(values=[0, 1, 3, 10, 30, 100, 300], grid=False, format="d"),
        )
        return m.curves(
            rows,
            x,
            m.axis_y(domain=(0, 1), title=label("inst_preferred")),
            *m.series("series", tuple(names.values()), title=""),
        )

    return Figure(
        "inst-overoptimization",
        CHAPTER,
        ["stiennon2020_summarization_rlhf"],
        frame,
        chart,
        facts=numbers,
    )


# --- 11 and 12: simulations -------------------------------------------------------------------------------------------
TRUE_REWARDS = np.array([-1.5, -0.9, -0.3, 0.3, 0.9, 1.5])
PRIOR_SD = 2.0


def _tally(n: int, draw: int) -> np.ndarray:
    """How often each of six answers beat each other one in `n` comparisons per pair, drawn from the preference model."""
    rng, wins = np.random.default_rng(draw), np.zeros((6, 6))
    for a in range(6):
        for b in range(a):
            wins[a, b] = rng.binomial(n, formulas.preference(TRUE_REWARDS[a], TRUE_REWARDS[b]))
            wins[b, a] = n - wins[a, b]
    return wins


@cache
def preference_fit() -> Figure:
    def frame(inst_per_pair, inst_draw):
        wins = _tally(int(inst_per_pair), int(inst_draw))
        fitted, error = formulas.fit_preferences(wins, PRIOR_SD)
        rows = pd.DataFrame(
            {
                "kind": "simulation",
                "answer": list("ABCDEF"),
                "true_reward": TRUE_REWARDS,
                "fitted_reward": fitted,
                "bar_low": fitted - 1.96 * error,
                "bar_high": fitted + 1.96 * error,
                "won": wins.sum(1) / (wins.sum(1) + wins.sum(0)),
            }
        )
        line = pd.DataFrame(
            {"kind": "reference", "true_reward": [-2.0, 2.0], "fitted_reward": [-2.0, 2.0]}
        )
        return pd.concat([rows, line], ignore_index=True)

    def chart(rows):
        x = alt.X(
            "true_reward:Q",
            scale=alt.Scale(domain=[-2, 2], nice=False),
            axis=alt.Axis(grid=False, tickCount=5),
            title=label("true_reward"),
        )
        y = alt.Y(
            "fitted_reward:Q",
            scale=alt.Scale(domain=[-5, 5], nice=False),
            title=label("fitted_reward"),
        )
        base = alt.Chart(rows)
        dots = base.transform_filter("datum.kind === 'simulation'")
        return alt.layer(
            base.transform_filter("datum.kind === 'reference'")
            .mark_line(strokeDash=[4, 4], strokeWidth=1, color="currentColor")
            .encode(x, y),
            dots.mark_rule(strokeDash=[1, 0], opacity=0.7).encode(
                x, alt.Y("bar_low:Q", title=label("fitted_reward")), alt.Y2("bar_high:Q")
            ),
            dots.mark_point(size=90, filled=False, opacity=1).encode(
                x, y, tooltip=m.tooltip(rows, ("answer", "true_reward", "fitted_reward", "won"))
            ),
            dots.mark_text(dx=12, dy=-8, fontSize=12).encode(x, y, text="answer:N"),
        ).properties(width="container", height=320)

    return Figure(
        "inst-preference-fit",
        CHAPTER,
        [],
        frame,
        chart,
        [
            Choice("inst_per_pair", ("1", "3", "10", "30", "100", "300"), "3"),
            Slider("inst_draw", 1, 8, 1, 1),
        ],
        simulation=True,
        facts=numbers,
    )


BETAS = (100, 8, 4, 3, 2, 1.5, 1.2, 1, 0.85, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25)
FLAWS = {"inst_flaw_none": 0.0, "inst_flaw_1e6": 1e-6, "inst_flaw_1e4": 1e-4, "inst_flaw_1e3": 1e-3}
NOISE = {"inst_noise_0": 0.0, "inst_noise_half": 0.5, "inst_noise_1": 1.0}
FLAW_SCORE, FLAW_WORTH = 7.0, -2.0


def _bandit(flaw: float, noise: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One prompt, 3,722 answers: probability before tuning, what a person would give, what the reward model gives.

    3,721 ordinary answers are a grid of 61 qualities by 61 errors of the reward model, both standard normal weights cut
    at three standard deviations, the error times `noise`. The last answer, of probability `flaw`, fools the reward model.
    """
    grid = np.linspace(-3, 3, 61)
    weight = np.exp(-(grid**2) / 2)
    weight /= weight.sum()
    quality, error = (g.ravel() for g in np.meshgrid(grid, grid))
    reference = np.append(np.outer(weight, weight).ravel() * (1 - flaw), flaw)
    return (
        reference / reference.sum(),
        np.append(quality, FLAW_WORTH),
        np.append(quality + noise * error, FLAW_SCORE),
    )


@cache
def kl_bandit() -> Figure:
    series = ("inst_proxy", "inst_worth")

    def frame(inst_flaw, inst_noise):
        reference, worth, score = _bandit(FLAWS[inst_flaw], NOISE[inst_noise])
        policy = formulas.kl_optimal_policy(reference, score, np.array(BETAS))
        kl = formulas.kl_divergence(policy, reference)
        rows = pd.concat(
            [
                pd.DataFrame(
                    {
                        "kind": "simulation",
                        "series": s,
                        "beta": BETAS,
                        "kl": kl,
                        "reward": policy @ r,
                        "flawed": policy[:, -1],
                    }
                )
                for s, r in zip(series, (score, worth))
            ],
            ignore_index=True,
        )
        return rows.sort_values(["series", "kl"], kind="stable")

    def chart(rows):
        x = alt.X(
            "kl:Q",
            scale=alt.Scale(type="sqrt", domain=[0, 14], nice=False),
            axis=alt.Axis(values=[0, 0.1, 0.5, 1, 2, 4, 6, 8, 10, 12, 14], format="~g", grid=False),
            title=label("kl"),
        )
        y = alt.Y(
            "reward:Q",
            scale=alt.Scale(domain=[-2.5, 7.5], nice=False),
            axis=alt.Axis(tickCount=6),
            title=label("reward"),
        )
        color, shape = m.series("series", series, title="")
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_line(strokeWidth=2, strokeDash=[1, 3]).encode(x, y, color),
            base.mark_point(size=60, filled=False, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("beta", "kl", "reward", "flawed"))
            ),
        ).properties(width="container", height=320)

    return Figure(
        "inst-kl-bandit",
        CHAPTER,
        [],
        frame,
        chart,
        [
            Choice("inst_flaw", tuple(FLAWS), "inst_flaw_1e4"),
            Choice("inst_noise", tuple(NOISE), "inst_noise_half"),
        ],
        simulation=True,
        columns=["kind", "series", "beta", "kl", "reward", "flawed"],
        facts=numbers,
    )


# --- 13: searching for instructions -----------------------------------------------------------------------------------
@cache
def prompt_search() -> Figure:
    origin = {
        "APE": "inst_found",
        "OPRO": "inst_found",
        "human_designed": "inst_human",
        "baseline": "inst_human",
        "no_trigger": "inst_no_prompt",
    }
    ape = data.load("ape_zero_shot_cot_prompts")
    ape = ape[ape["task"] == "MultiArith"].assign(search="inst_ape_multiarith")
    opro = data.load("opro_gsm8k_prompts").assign(search="inst_opro_gsm8k")
    table = pd.concat([ape, opro], ignore_index=True)
    # The two prompts that OPRO's table uses as baselines: one a person wrote, one another search found; the third is empty.
    source = table.get("optimizer_or_source", pd.Series(index=table.index, dtype=object)).astype(
        object
    )
    kind_of = (
        table["category"]
        .map(origin)
        .mask(source.eq("empty"), "inst_no_prompt")
        .mask(source.astype(str).str.contains("APE"), "inst_found")
    )
    table = table.assign(
        kind="published",
        origin=kind_of,
        value=_fraction(table["value"]),
        prompt=table["trigger_prompt"].where(
            table["trigger_prompt"].notna(), label("inst_empty_prompt")
        ),
    ).sort_values("value", ascending=False, kind="stable")

    def frame(inst_search):
        return table[table["search"] == inst_search][
            ["kind", "model", "task", "origin", "prompt", "metric", "value"]
        ]

    def chart(rows, inst_search):
        color, shape = m.series("origin", ("inst_found", "inst_human", "inst_no_prompt"), title="")
        return _named(rows, "prompt", _share_x(), color, shape, ("prompt", "origin", "value"))

    return Figure(
        "inst-prompt-search",
        CHAPTER,
        ["ape_zero_shot_cot_prompts", "opro_gsm8k_prompts"],
        frame,
        chart,
        [Choice("inst_search", ("inst_ape_multiarith", "inst_opro_gsm8k"))],
        facts=numbers,
    )


# --- 14 and 15: how much data -----------------------------------------------------------------------------------------
@cache
def lima() -> Figure:
    outcomes = {"LIMA wins": "inst_lima_wins", "tie": "inst_tie", "LIMA loses": "inst_lima_loses"}
    judges = {"inst_people": "human (Fig. 1)", "inst_gpt4_judge": "GPT-4 as judge (Fig. 2)"}
    table = data.load("lima_preferences")
    table = table[table["outcome"].isin(list(outcomes))]
    table = table.assign(
        kind="published",
        series=table["outcome"].map(outcomes),
        value=_fraction(table["value"]),
        opponent=label("inst_against") + " " + table["baseline"],
    )

    def frame(inst_judge):
        rows = table[table["judge"] == judges[inst_judge]]
        return rows[["kind", "model", "opponent", "judge", "series", "metric", "value"]]

    def chart(rows, inst_judge):
        color, shape = m.series("series", tuple(outcomes.values()), title="")
        y = alt.Y("opponent:N", sort=None, axis=None)
        base = alt.Chart(rows).encode(y=y)
        rank = "indexof(" + str(list(outcomes.values())) + ", datum.series)"
        bars = (
            base.transform_calculate(rank=rank)
            .mark_bar(size=14, yOffset=8)
            .encode(
                alt.X(
                    "value:Q",
                    stack="zero",
                    scale=alt.Scale(domain=[0, 1]),
                    axis=alt.Axis(format=".0%", tickCount=5),
                    title=label("inst_share"),
                ),
                color,
                order=alt.Order("rank:Q"),
                tooltip=m.tooltip(rows, ("opponent", "judge", "value")),
            )
        )
        names = (
            base.transform_filter("datum.series === 'inst_tie'")
            .mark_text(align="left", fontSize=11, dy=-8, x=2)
            .encode(text="opponent:N")
        )
        return alt.layer(bars, names).properties(
            width="container", height=44 * rows["opponent"].nunique()
        )

    return Figure(
        "inst-lima",
        CHAPTER,
        ["lima_preferences"],
        frame,
        chart,
        [Choice("inst_judge", tuple(judges))],
        facts=numbers,
    )


WRITERS = {
    "Human-Crafted": "inst_by_people",
    "Synthetic Data (Distillation)": "inst_by_stronger",
    "Synthetic Data (Self-Improvement)": "inst_by_itself",
}
"""Categories of the survey's table; its fourth, reasoning data, mixes people and models and is not drawn."""


@cache
def collections() -> Figure:
    table = (
        data.load("timeline_instruction_tuning")
        .assign(kind="published")
        .rename(columns={"model": "trained_model"})
    )
    survey = data.load("survey_instruction_datasets")
    survey = survey.assign(
        kind="published",
        collection=survey["dataset"],
        entry=survey["dataset"],
        origin=survey["category"].map(WRITERS),
        amount=survey["n_instructions"].astype(float),
    ).dropna(subset=["origin", "amount"])
    survey = survey.assign(rank=survey["origin"].map(list(WRITERS.values()).index)).sort_values(
        ["rank", "amount"], kind="stable"
    )
    columns = [
        "kind",
        "release",
        "collection",
        "entry",
        "amount",
        "origin",
        "trained_model",
        "base_model",
        "note",
    ]

    def frame(inst_count):
        if inst_count == "inst_n_written":
            return survey.reindex(columns=columns)
        rows = table.assign(
            amount=table["n_tasks" if inst_count == "inst_n_tasks" else "n_instances"].astype(
                float
            ),
            entry=table["release"].dt.strftime("%Y-%m") + "  " + table["collection"],
        ).dropna(subset=["amount"])
        rows = rows.sort_values(["release", "amount"]).assign(
            release=lambda r: r["release"].dt.strftime("%Y-%m")
        )
        return rows.reindex(columns=columns)

    def chart(rows, inst_count):
        domain = {
            "inst_n_tasks": [20, 4000],
            "inst_n_instances": [3e4, 2e8],
            "inst_n_written": [500, 2e8],
        }[inst_count]
        title = label("inst_n_instances" if inst_count == "inst_n_written" else inst_count)
        x = alt.X(
            "amount:Q",
            scale=alt.Scale(type="log", domain=domain, nice=False),
            axis=alt.Axis(format="~s", tickCount=5),
            title=title,
        )
        ink = (
            m.series("origin", tuple(WRITERS.values()), title="")
            if inst_count == "inst_n_written"
            else ()
        )
        return _named(
            rows,
            "entry",
            x,
            *ink,
            tips=("collection", "amount", "origin", "trained_model", "base_model", "note"),
            step=34,
        )

    return Figure(
        "inst-collections",
        CHAPTER,
        ["timeline_instruction_tuning", "survey_instruction_datasets"],
        frame,
        chart,
        [Choice("inst_count", ("inst_n_tasks", "inst_n_instances", "inst_n_written"))],
        columns=[
            "release",
            "collection",
            "amount",
            "origin",
            "trained_model",
            "base_model",
            "note",
        ],
        facts=numbers,
    )


# --- in miniature ------------------------------------------------------------------------------------------------------
RUN = "instructions"
MINI_METRICS = ("exact_match", "instr_per_letter")
MINI_PARTS = ("instr_held_out", "instr_training")
MINI_COLUMNS = ["kind", "instr_metric", "instr_tasks", "params", "seed", "value"]
FULL_WIDTH, SIZED_TASKS = 64, 31


@cache
def _mini() -> pd.DataFrame:
    """Mean over the tasks of a part: one row per run, part and metric."""
    rows = data.curves(RUN, "by_task").rename(
        columns={"exact": "exact_match", "per_letter": "instr_per_letter", "tasks": "instr_tasks"}
    )
    means = rows.groupby(["part", "instr_tasks", "width", "params", "seed"], as_index=False)[
        list(MINI_METRICS)
    ].mean()
    long = means.melt(
        ["part", "instr_tasks", "width", "params", "seed"],
        list(MINI_METRICS),
        "instr_metric",
        "value",
    )
    return long.assign(
        kind="miniature", instr_part="instr_" + long["part"], value=long["value"].round(6)
    )


def _mini_chart(rows: pd.DataFrame, x: alt.X) -> alt.LayerChart:
    """One line per seed; color and shape say the metric."""
    color, shape = m.series("instr_metric", MINI_METRICS, title="")
    tips = m.tooltip(rows, ("instr_metric", "instr_tasks", "params", "seed", "value"))
    marks = m.own_runs(
        alt.Chart(rows),
        x,
        m.axis_y(domain=(0, 1.02), title=label("instr_right")),
        color,
        shape,
        tips,
        ["seed"],
        size=70,
    )
    return alt.layer(*marks).properties(width="container", height=320)


@cache
def instructions_by_tasks() -> Figure:
    def frame(instr_part):
        rows = _mini()[(_mini()["instr_part"] == instr_part) & (_mini()["width"] == FULL_WIDTH)]
        return rows.sort_values(["instr_metric", "seed", "instr_tasks"])[MINI_COLUMNS]

    def chart(rows):
        x = alt.X(
            "instr_tasks:Q",
            title=label("instr_tasks"),
            scale=alt.Scale(domain=[13, 50], nice=False, zero=False),
            axis=alt.Axis(values=[15, 19, 23, 31, 48], grid=False),
        )
        return _mini_chart(rows, x)

    return Figure(
        "inst-mini-tasks",
        CHAPTER,
        [],
        frame,
        chart,
        [Choice("instr_part", MINI_PARTS)],
        runs=[RUN],
        facts=numbers,
        curve=["instr_metric", "seed"],
    )


@cache
def instructions_by_size() -> Figure:
    def frame(instr_part):
        rows = _mini()[
            (_mini()["instr_part"] == instr_part) & (_mini()["instr_tasks"] == SIZED_TASKS)
        ]
        return rows.sort_values(["instr_metric", "seed", "params"])[MINI_COLUMNS]

    def chart(rows):
        return _mini_chart(rows, m.axis_x(_mini(), "params"))

    return Figure(
        "inst-mini-size",
        CHAPTER,
        [],
        frame,
        chart,
        [Choice("instr_part", MINI_PARTS)],
        runs=[RUN],
        facts=numbers,
        curve=["instr_metric", "seed"],
    )


LIVE_TASKS = (15, 23, 48)
LIVE_TEXT = "abcdef"


def _live_task() -> tuple[str, str]:
    """The instruction shown first: the first one that every live model has to answer without training on it."""
    return instructions.split(0)[0][0]


def met(task: instructions.Task, tasks: int) -> str:
    """Whether the seed-0 model of `tasks` training tasks was trained on `task`: label key."""
    if task in instructions.trained(tasks, 0):
        return "instr_met"
    return "instr_never" if task in instructions.split(0)[0] else "instr_later"


def answer_rows(text: str, task: instructions.Task) -> pd.DataFrame:
    """The right result and what the three live models write: the table the live part draws, from NumPy."""
    string = instructions.encode(text)[None]
    right = instructions.decode(instructions.carry_out([task], string)[0])
    said = [(label("instr_wanted"), right, "")]
    for tasks in LIVE_TASKS:
        written = instructions.answer(
            load(RUN, f"tasks_{tasks}"), instructions.prompt([task], string)
        )[0]
        said.append(
            (
                label("instr_model_row").format(tasks=tasks),
                instructions.decode(written),
                label(met(task, tasks)),
            )
        )
    return pd.DataFrame(
        [
            {
                "kind": "miniature" if part else "simulation",
                "instr_model": name,
                "instr_training_state": part,
                "instr_place": i + 1,
                "instr_letter": letter,
                "instr_wanted_letter": right[i],
                "instr_mark": "instr_is_right" if letter == right[i] else "instr_is_wrong",
            }
            for name, written, part in said
            for i, letter in enumerate(written)
        ]
    )


def _answers() -> tuple[pd.DataFrame, alt.Chart]:
    rows = answer_rows(LIVE_TEXT, _live_task())
    color, shape = m.series("instr_mark", ("instr_is_right", "instr_is_wrong"), title="")
    names = [label("instr_wanted"), *(label("instr_model_row").format(tasks=t) for t in LIVE_TASKS)]
    x = alt.X(
        "instr_place:O",
        title=label("instr_place"),
        axis=alt.Axis(labelAngle=0, domain=False, ticks=False),
    )
    y = alt.Y(
        "instr_model:N",
        sort=names,
        title=None,
        scale=alt.Scale(domain=names),
        axis=alt.Axis(labelLimit=170, domain=False, ticks=False),
    )
    base = alt.Chart(rows).encode(x, y)
    marks = (
        base.transform_filter("datum.kind === 'miniature'")
        .mark_point(size=420, filled=False, strokeWidth=2)
        .encode(
            color,
            shape,
            tooltip=m.tooltip(
                rows,
                (
                    "instr_model",
                    "instr_training_state",
                    "instr_place",
                    "instr_letter",
                    "instr_wanted_letter",
                ),
            ),
        )
    )
    return rows, alt.layer(
        marks, base.mark_text(fontSize=14).encode(text="instr_letter:N")
    ).properties(width="container", height=160)


def _weights_of(tasks: int):
    def make() -> bytes:
        model = load(RUN, f"tasks_{tasks}")
        return pack(model.config, model.weights)

    return make


def _live_options() -> dict:
    return {
        "text": LIVE_TEXT,
        "task": list(_live_task()),
        "letters": instructions.LETTERS,
        "length": instructions.LENGTH,
        "orders": [
            {"name": k, "label": label(f"instr_{k}"), "takes": v.tolist()}
            for k, v in instructions.ORDERS.items()
        ],
        "maps": [
            {"name": k, "label": label(f"instr_{k}"), "becomes": v.tolist()}
            for k, v in instructions.MAPS.items()
        ],
        "wanted": label("instr_wanted"),
        "models": [
            {
                "asset": f"tasks-{t}",
                "tasks": t,
                "label": label("instr_model_row").format(tasks=t),
                "states": {" ".join(task): label(met(task, t)) for task in instructions.TASKS},
            }
            for t in LIVE_TASKS
        ],
    }


@cache
def instructions_live() -> Live:
    return Live(
        "inst-mini-live",
        CHAPTER,
        "instructions",
        {"answers": _answers},
        runs=[RUN],
        facts=numbers,
        assets={f"tasks-{t}": _weights_of(t) for t in LIVE_TASKS},
        options=_live_options,
        room=(478, 563),
    )


def _mini_numbers() -> dict[str, str]:
    """Numbers of the miniature: mini_{tasks}_{width}_{part}_{metric}, the range over the seeds in percent."""
    n = {
        "mini_params": f"{_mini().query('width == @FULL_WIDTH')['params'].iloc[0]:,}",
        "mini_seeds": str(_mini()["seed"].nunique()),
        "mini_held": str(instructions.HELD_OUT),
        "mini_all": str(len(instructions.TASKS)),
        "mini_single": str(len(instructions.SINGLE)),
    }
    for (tasks, width, part, metric), rows in _mini().groupby(
        ["instr_tasks", "width", "part", "instr_metric"]
    ):
        low, high = (f"{100 * v:.0f}" for v in (rows["value"].min(), rows["value"].max()))
        key = f"mini_{tasks}_{width}_{part}_{'exact' if metric == 'exact_match' else 'letter'}"
        n |= {key: low if low == high else f"{low} to {high}"}
    halfway = (
        _mini()
        .query("width == 32 and instr_metric == 'exact_match'")
        .pivot(index="seed", columns="part", values="value")
        .sort_values("held_out")
    )
    n |= {
        f"mini_{name}_{part}": f"{100 * halfway[part].iloc[i]:.0f}"
        for name, i in (("worst", 0), ("best", -1))
        for part in ("held_out", "training")
    }
    n |= {"mini_orders": str(len(instructions.ORDERS)), "mini_maps": str(len(instructions.MAPS))}
    middle = (
        _mini()
        .query("instr_tasks == 19 and part == 'held_out'")
        .pivot(index="seed", columns="instr_metric", values="value")
    )
    independent = middle["instr_per_letter"] ** instructions.LENGTH
    low, high = (f"{100 * v:.0f}" for v in (independent.min(), independent.max()))
    n |= {"mini_independent": low if low == high else f"{low} to {high}"}
    n |= {
        f"mini_size_{width}": f"{rows['params'].iloc[0]:,}"
        for width, rows in _mini().groupby("width")
    }
    return n


# --- numbers the prose uses -------------------------------------------------------------------------------------------
def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def _scientific(value: float, digits: int = 1) -> str:
    """5.6e21 -> '5.6 × 10²¹'."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(str.maketrans('0123456789-', '⁰¹²³⁴⁵⁶⁷⁸⁹⁻'))}"


@cache
def numbers() -> dict[str, str]:
    """Every number of the chapter's prose and captions, formatted: percentages without their sign."""
    n: dict[str, str] = {}

    # FLAN
    recipe = data.load("flan2021_recipe").set_index("quantity")["value"]
    n |= {
        "flan_datasets": f"{int(recipe['datasets'])}",
        "flan_clusters": f"{int(recipe['task_clusters'])}",
        "flan_templates": f"{int(recipe['templates_per_dataset'])}",
        "flan_wins": f"{int(recipe['datasets_flan_beats_zero_shot_gpt3'])}",
    }
    types = data.load("flan2021_fig1_task_types")
    for key, task in (
        ("nli", "Natural language inference"),
        ("rc", "Reading comprehension"),
        ("qa", "Closed-book QA"),
    ):
        for who, family, setting in (
            ("flan", "FLAN", "zero_shot"),
            ("gpt_zero", "GPT-3", "zero_shot"),
            ("gpt_few", "GPT-3", "few_shot"),
        ):
            n[f"{key}_{who}"] = f"{m.one(types, task=task, family=family, setting=setting):.1f}"
    pairs = _pairs()
    for size in (0.4, 2, 8, 68, 137):
        for word, setting in (("tuned", "inst_tuned"), ("plain", "inst_untuned")):
            n[f"flan_{word}_{size:g}"] = m.percent(
                m.one(pairs, task="inst_flan", params=size * 1e9, setting=setting)
            )
    for study, key in (
        ("inst_flan", "flan"),
        ("inst_bloomz_english", "bz_en"),
        ("inst_bloomz_other", "bz_other"),
        ("inst_t5", "t5"),
    ):
        told = tuned_by_size().forecast(inst_study=study)
        n |= {f"{key}_line": m.percent(told["line"]), f"{key}_truth": m.percent(told["truth"])}
    for key, study, small, large in (
        ("bz_en", "inst_bloomz_english", 5.6e8, 1.76e11),
        ("bz_other", "inst_bloomz_other", 5.6e8, 1.76e11),
        ("t5", "inst_t5", 8e7, 1.1e10),
    ):
        for word, setting in (("tuned", "inst_tuned"), ("plain", "inst_untuned")):
            for place, params in (("small", small), ("large", large)):
                n[f"{key}_{word}_{place}"] = m.percent(
                    m.one(pairs, task=study, params=params, setting=setting)
                )
        n[f"{key}_chance"] = m.percent(m.one(pairs, task=study, kind="reference"))
    n["t5_xl"] = m.percent(m.one(pairs, task="inst_t5", params=3e9, setting="inst_tuned"))
    steps = data.load("flan2021_fig6_num_clusters").set_index("n_clusters")["value"]
    n |= {f"clusters_{k}": f"{v:.1f}" for k, v in steps.items()}
    roles = data.load("flan2021_fig8_role_of_instructions")
    n |= {
        "elem_flan": f"{roles['value'].iloc[0]:.1f}",
        "elem_none": f"{m.one(roles, finetuning_prompt='no template'):.1f}",
        "elem_name": f"{m.one(roles, finetuning_prompt='task/dataset name', inference_prompt='natural instructions'):.1f}",
    }

    # Super-NaturalInstructions (Tk-Instruct)
    facts = data.load("superni_table1_dataset_comparison")
    facts = facts[facts["resource"] == "Super-NaturalInstructions"].set_index("metric")["value"]
    n |= {
        f"ni_{k}": f"{int(facts[m_]):,}"
        for k, m_ in (
            ("tasks", "number_of_tasks"),
            ("types", "number_of_task_types"),
            ("languages", "number_of_languages"),
            ("train", "training_tasks_english"),
        )
    }
    ni = data.load("superni_fig5_scaling")
    size = ni[ni["axis"] == "model_size"].set_index("base_model")["value"]
    n |= {
        "ni_small": f"{size['T5-small']:.1f}",
        "ni_11b": f"{size['T5-11B']:.1f}",
        "ni_3b": f"{size['T5-3B']:.1f}",
        "ni_large": f"{size['T5-large']:.1f}",
        "ni_3b_128": f"{m.one(ni, x_training_tasks=128):.1f}",
        "ni_8": f"{m.one(ni, x_instances_per_task=8):.1f}",
        "ni_64": f"{m.one(ni, x_instances_per_task=64):.1f}",
    }
    table = data.load("superni_table3_rougel")
    paper = table[(table["source_version"] == "paper v3 Table 3") & (table["track"] == "en")]
    n |= {
        "ni_instructgpt": f"{m.one(paper, model='InstructGPT 175B'):.1f}",
        "ni_gpt3": f"{m.one(paper, model='GPT-3 175B'):.1f}",
        "ni_11b_readme": f"{m.one(table[table['source_version'] != 'paper v3 Table 3'], model='Tk-Instruct 11B', track='en'):.1f}",
    }
    parts = data.load("superni_table4_instruction_elements")
    parts = parts[parts["testing_encoding"].str.startswith("average")].set_index(
        "training_encoding"
    )["value"]
    n |= {"part_def": f"{parts['Def']:.1f}", "part_def_pos": f"{parts['Def + Pos (2)']:.1f}"}

    # Flan-PaLM
    flan = _flan_palm()
    average = flan[flan["task"] == "normalized_average"]
    for s in ("8B", "62B", "540B"):
        value = average[average["size"] == s].set_index("tuning_tasks")["value"]
        key = s[:-1]
        n |= {
            f"tasks_gain_{key}": m.percent(value[1836] - value[0]),
            f"tasks_late_{key}": m.percent(value[1836] - value[282]),
            f"tasks_none_{key}": m.percent(value[0]),
            f"tasks_all_{key}": m.percent(value[1836]),
        }
    for key, task, setting in (("mmlu", "MMLU", "standard"), ("mgsm", "MGSM", "chain_of_thought")):
        for count in TASK_COUNTS:
            n[f"{key}_62_{count}"] = m.percent(
                m.one(flan, task=task, setting=setting, size="62B", tuning_tasks=count)
            )
    said = data.load("flan2022_text_numbers").set_index("metric")["value"]
    n |= {
        "palm_tasks": f"{int(said['finetuning_tasks_total']):,}",
        "palm_chips": f"{int(said['finetuning_hardware_chips'])}",
        "palm_hours": f"{int(said['finetuning_hours'])}",
        "palm_tokens": f"{said['finetuning_tokens'] / 1e9:.1f}",
        "gpt3_mmlu": f"{said['MMLU_accuracy_reference']:.1f}",
    }
    cost = _compute()
    share = cost.dropna(subset=["share"]).drop_duplicates("model").set_index("model")["share"]
    spent = cost[cost["stage"] == "inst_tuning_stage"].set_index("model")["flops"]
    n |= {
        "share_min": m.percent(share.min(), 2),
        "share_max": m.percent(share.max()),
        "share_palm": m.percent(share["Flan-PaLM 540B"]),
        "share_sft": m.percent(share[label("inst_sft_175b")], 2),
        "share_ppo": m.percent(share[label("inst_ppo_ptx_175b")]),
        "palm_flops": _scientific(spent["Flan-PaLM 540B"]),
        "palm_flops_6nd": _scientific(6 * 5.4e11 * said["finetuning_tokens"]),
        "ppo_flops": _scientific(spent[label("inst_ppo_ptx_175b")]),
    }

    # BLOOMZ
    bloomz = _bloomz()
    for key, task in (("story", "story_cloze 2016"), ("anli", "anli r3")):
        for word, setting in (("tuned", "inst_tuned"), ("plain", "inst_untuned")):
            n[f"bz_{key}_{word}"] = m.percent(
                m.one(bloomz, task=task, setting=setting, params=1.76e11)
            )
    n["bz_sets_en"], n["bz_sets_other"] = (
        str(bloomz.loc[bloomz["english"] == e, "task"].nunique()) for e in (True, False)
    )
    for key, config in (("et", "et"), ("zh", "zh")):
        n[f"bz_xcopa_{key}"] = m.percent(
            m.one(bloomz, dataset="xcopa", config=config, setting="inst_tuned", params=1.76e11)
        )

    # InstructGPT
    wins = _win_rates()
    wins = wins[wins["panel"] == RATERS["inst_training_instruct"]]
    rate = wins.set_index(["series", "params"])["value"]
    n |= {
        "win_ptx_1": m.percent(rate["inst_ppo_ptx", 1.3e9]),
        "win_gpt_175": m.percent(rate["inst_gpt3", 1.75e11]),
        "win_prompted_175": m.percent(rate["inst_prompted", 1.75e11]),
    }
    held = _win_rates()[_win_rates()["panel"] == RATERS["inst_heldout_instruct"]].set_index(
        ["series", "params"]
    )["value"]
    n |= {
        "win_ptx_1_held": m.percent(held["inst_ppo_ptx", 1.3e9]),
        "win_gpt_175_held": m.percent(held["inst_gpt3", 1.75e11]),
    }
    for key, better, worse in (
        ("bt_gpt", ("inst_ppo_ptx", 1.75e11), ("inst_gpt3", 1.75e11)),
        ("bt_prompted", ("inst_ppo_ptx", 1.75e11), ("inst_prompted", 1.75e11)),
        ("bt_small", ("inst_ppo_ptx", 1.3e9), ("inst_gpt3", 1.75e11)),
    ):
        n[key] = m.percent(float(formulas.preference(_logit(rate[better]), _logit(rate[worse]))), 0)
    direct = data.load("instructgpt_preferences_text").set_index("baseline")
    for key, baseline in (
        ("gpt", "GPT-3 175B"),
        ("prompted", "GPT-3 175B few-shot prompted"),
        ("flan", "GPT-3 175B fine-tuned on FLAN"),
        ("t0", "GPT-3 175B fine-tuned on T0 (T0++)"),
    ):
        n |= {
            f"direct_{key}": f"{direct.loc[baseline, 'value']:.0f}",
            f"direct_{key}_pm": f"{direct.loc[baseline, 'ci95_plus_minus']:.0f}",
        }
    likert = ratings().frame_function("inst_likert").set_index("model")["value"]
    n |= {
        f"likert_{k[5:]}": f"{likert[label(k)]:.1f}"
        for k in (
            "inst_gpt3",
            "inst_prompted",
            "inst_on_flan",
            "inst_on_t0",
            "inst_sft",
            "inst_ppo_ptx",
        )
    }
    n |= {
        "likert_gpt": n["likert_gpt3"],
        "likert_flan": n["likert_on_flan"],
        "likert_t0": n["likert_on_t0"],
        "likert_ptx": n["likert_ppo_ptx"],
    }
    invents = ratings().frame_function("inst_hallucinates").set_index("model")["value"]
    n |= {
        f"invents_{k[5:]}": m.percent(invents[label(k)], 0)
        for k in ("inst_gpt3", "inst_sft", "inst_ppo_ptx")
    }
    for setting in ("few_shot", "zero_shot"):
        for task, key in (("SQuAD v2", "squad"), ("DROP", "drop")):
            rows = alignment_tax().frame_function(task, setting)
            rows = rows[rows["params"] == 1.75e11].set_index("series")["value"]
            n |= {
                f"tax_{key}_{short}{'_zero' if setting == 'zero_shot' else ''}": m.percent(rows[s])
                for short, s in (("gpt", "inst_gpt3"), ("ppo", "inst_ppo"), ("ptx", "inst_ppo_ptx"))
            }
    said = data.load("instructgpt_text_numbers").set_index(["metric", "model"])["value"]
    n |= {
        "agree": f"{said['inter_annotator_agreement', 'training labelers']:.1f}",
        "rm_accuracy": f"{said['reward_model_accuracy', 'RM, training labeler groups']:.1f}",
        "labelers": f"{said['number_of_labelers', 'contractors']:.0f}",
        "english": f"{said['share_english', 'prompt dataset']:.0f}",
        "pfdays_pre": f"{said['training_compute', 'GPT-3 175B']:,.0f}",
        "pfdays_sft": f"{said['training_compute', 'SFT 175B']:.1f}",
        "pfdays_ppo": f"{said['training_compute', 'PPO-ptx 175B']:.0f}",
    }
    said_ptx, said_gpt = (
        said["hallucination_rate_closed_domain", who] for who in ("InstructGPT", "GPT-3")
    )
    agreement = said["inter_annotator_agreement", "training labelers"] / 100
    n["ceiling"] = m.percent((1 + np.sqrt(2 * agreement - 1)) / 2)
    prompts = data.load("instructgpt_table6_dataset_sizes")
    prompts = prompts[prompts["split"] == "train"].groupby("dataset")["value"].sum()
    n |= {f"prompts_{k.lower()}": f"{prompts[k] / 1000:.0f}" for k in ("SFT", "RM", "PPO")}
    uses = data.load("instructgpt_table1_use_cases").set_index("use_case")["value"]
    n |= {
        "use_generation": f"{uses['Generation']:.0f}",
        "use_classification": f"{uses['Classification']:.1f}",
    }
    toxic = data.load("instructgpt_table14_automatic_evals")
    toxic = toxic[(toxic["task"] == "Real Toxicity") & (toxic["params"] == 1.75e11)]
    for word in ("respectful", "biased"):
        n |= {
            f"tox_{word}_{k}": f"{m.one(toxic, prompt=word, model=who):.2f}"
            for k, who in (("gpt", "GPT-3"), ("ptx", "PPO-ptx"))
        }
    truth = automatic_evaluations().frame_function("inst_auto_informative")
    truth = truth[truth["params"] == 1.75e11].set_index(["series", "prompt"])["value"]
    n |= {
        f"truth_{key}_{k}": m.percent(truth[who, asked])
        for k, who in (("gpt", "inst_gpt3"), ("ptx", "inst_ppo_ptx"))
        for key, asked in (("qa", "QA prompt"), ("said", "instruction"), ("both", "QA + instruct"))
    }

    # Summaries
    rows = _stiennon()
    first = rows[rows["figure"] == "Figure 1"].set_index(["model", "params"])["value"]
    n |= {
        "sum_rl_1": m.percent(first["human feedback (RL)", 1.3e9], 0),
        "sum_rl_6": m.percent(first["human feedback (RL)", 6.7e9], 0),
        "sum_sft_12": m.percent(first["supervised fine-tuning", 1.29e10], 0),
    }
    rm = rows[rows["figure"] == "Figure 6"]
    n |= {
        "rm_small": m.percent(m.one(rm, params=1.25e8, comparisons="64k"), 0),
        "rm_large": m.percent(m.one(rm, params=1.29e10, comparisons="64k"), 0),
        "rm_person": m.percent(m.one(rm, model="human baseline"), 0),
    }
    curve = rows[
        (rows["figure"] == "Figure 5") & (rows["model"] == "actual human preference")
    ].set_index("kl_from_supervised")["value"]
    proxy = rows[
        (rows["figure"] == "Figure 5") & (rows["model"] == "reward model prediction")
    ].set_index("kl_from_supervised")["value"]
    n |= {
        "over_first": m.percent(curve.iloc[0], 0),
        "over_best": m.percent(curve.max(), 0),
        "over_best_kl": f"{curve.idxmax():.0f}",
        "over_last": m.percent(curve.iloc[-1], 0),
        "over_last_kl": f"{curve.index[-1]:.0f}",
        "over_pred_last": m.percent(proxy.iloc[-1], 0),
    }

    # Simulations
    for pairs_ in ("3", "100"):
        fitted = preference_fit().frame_function(pairs_, 1).dropna(subset=["bar_low"])
        n[f"fit_err_{pairs_}"] = f"{((fitted['bar_high'] - fitted['bar_low']) / 2).mean():.1f}"
    p = formulas.preference(TRUE_REWARDS[:, None], TRUE_REWARDS)[np.triu_indices(6, 1)]
    n["fit_ceiling"] = m.percent(np.maximum(p, 1 - p).mean(), 0)
    bandit = kl_bandit().frame_function("inst_flaw_1e4", "inst_noise_half")
    worth, score = (
        bandit[bandit["series"] == s].sort_values("kl") for s in ("inst_worth", "inst_proxy")
    )
    best = worth.loc[worth["reward"].idxmax()]
    n |= {
        "bandit_best": f"{best['reward']:.2f}",
        "bandit_best_kl": f"{best['kl']:.1f}",
        "bandit_best_flawed": m.percent(best["flawed"]),
        "bandit_last": f"{worth['reward'].iloc[-1]:.1f}".replace("-", "−"),
        "bandit_score_last": f"{score['reward'].iloc[-1]:.1f}",
    }
    clean = kl_bandit().frame_function("inst_flaw_none", "inst_noise_1")
    clean = clean[clean["beta"] == 0.5].set_index("series")["reward"]
    n |= {
        "bandit_clean_score": f"{clean['inst_proxy']:.2f}",
        "bandit_clean_worth": f"{clean['inst_worth']:.2f}",
    }
    reference, reward = np.array([0.7, 0.25, 0.05]), np.array([0.0, 1.0, 2.0])
    for beta, key in ((1.0, "1"), (0.5, "05")):
        policy = formulas.kl_optimal_policy(reference, reward, beta)
        n |= {f"three_{key}_{i}": f"{q:.2f}" for i, q in enumerate(policy)} | {
            f"three_{key}_kl": f"{formulas.kl_divergence(policy, reference):.2f}",
            f"three_{key}_reward": f"{policy @ reward:.2f}",
        }

    # Searching for instructions; amounts of data
    ape = data.load("ape_zero_shot_cot_prompts")
    ape = ape[ape["task"] == "MultiArith"]
    n |= {
        "ape_best": f"{ape['value'].max():.1f}",
        "ape_step": f"{m.one(ape, trigger_prompt=STEP_BY_STEP):.1f}",
        "ape_none": f"{m.one(ape, category='no_trigger'):.1f}",
    }
    iqm = data.load("ape_iqm_human_vs_ape").set_index("prompt_method")["value"]
    wide = data.load("ape_bbii_human_vs_ape").pivot(
        index="task", columns="prompt_method", values="value"
    )
    n |= {
        "iqm_ape": f"{iqm['APE']:.2f}",
        "iqm_human": f"{iqm['human']:.2f}",
        "bbii_tasks": str(len(wide)),
        "bbii_better": str((wide["APE"] > wide["human"]).sum()),
        "bbii_worse": str((wide["APE"] < wide["human"]).sum()),
    }
    opro = data.load("opro_gsm8k_prompts")
    n |= {
        "opro_best": f"{opro['value'].max():.1f}",
        "opro_step": f"{m.one(opro, trigger_prompt=STEP_BY_STEP):.1f}",
        "opro_ape": f"{opro.loc[opro['optimizer_or_source'].str.contains('APE'), 'value'].iloc[0]:.1f}",
    }
    duels = data.load("lima_preferences")
    duels = duels[duels["judge"] == "human (Fig. 1)"].set_index(["baseline", "outcome"])["value"]
    n |= {
        f"lima_{k}": f"{duels[b, 'LIMA wins'] + duels[b, 'tie']:.0f}"
        for k, b in (("alpaca", "Alpaca 65B"), ("davinci", "DaVinci003"), ("gpt4", "GPT-4"))
    }
    made = data.load("selfinstruct_dataset_stats").set_index("metric")["value"]
    rouge = data.load("selfinstruct_superni_rougel").set_index("model")["value"]
    n |= {
        "si_seeds": f"{made['seed_tasks']:.0f}",
        "si_instructions": f"{made['instructions_generated']:,.0f}",
        "si_valid": f"{made['quality_all_fields_valid']:.0f}",
        "si_gpt3": f"{rouge['GPT-3']:.1f}",
        "si_self": f"{rouge['GPT-3 Self-Instruct']:.1f}",
        "si_instructgpt": f"{rouge['InstructGPT-001']:.1f}",
    }
    dpo = data.load("dpo_win_rates")
    n |= {"dpo": f"{dpo['value'].iloc[0]:.0f}", "dpo_ppo": f"{dpo['value'].iloc[1]:.0f}"}
    listed = collections().frame_function("inst_n_tasks")
    n |= {
        "coll_first": f"{listed['amount'].iloc[0]:.0f}",
        "coll_last": f"{m.one(listed, 'amount', collection='OPT-IML Bench'):,.0f}",
    }
    written = collections().frame_function("inst_n_written")["origin"].value_counts()
    n |= {
        "coll_people": str(written["inst_by_people"]),
        "coll_models": str(written["inst_by_stronger"] + written["inst_by_itself"]),
    }
    superni = data.load("superni_table1_dataset_comparison")
    n |= {
        "coll_n": str(len(listed)),
        "p3_listed": f"{m.one(listed, 'amount', collection='P3'):.0f}",
        "p3_superni": f"{m.one(superni, resource='PromptSource', metric='number_of_tasks'):.0f}",
        "said_invents_ptx": f"{said_ptx:.0f}",
        "said_invents_gpt": f"{said_gpt:.0f}",
    }
    return n | _mini_numbers()


STEP_BY_STEP = "Let's think step by step."
