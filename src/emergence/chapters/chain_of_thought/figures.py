"""Figures of the chapter on chain of thought."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import marks as m
from emergence.figure import Choice, Figure, Live, Predict, Slider
from emergence.models import Config, cups, pack
from emergence.text import label

__all__ = [
    "gsm8k_by_scale",
    "tasks_by_scale",
    "symbolic_by_length",
    "gain_by_scale",
    "open_models",
    "bbh_by_size",
    "bbh_by_task",
    "ablations",
    "calculator",
    "steps_dial",
    "steps_observed",
    "zero_shot_by_model",
    "trigger_phrases",
    "self_consistency",
    "multilingual",
    "r1_zero",
    "cups_accuracy",
    "cups_temperature",
    "cups_votes",
    "cups_live",
]

CHAPTER = "chain_of_thought"
FAMILIES = ("GPT-3", "LaMDA", "PaLM")
PROMPTING = ("standard", "chain_of_thought")
COLUMNS = ["kind", "family", "model", "params", "train_flops", "task", "setting", "metric", "value"]

GROUPS = {
    "arithmetic": ("GSM8K", "SVAMP", "ASDiv", "AQuA", "MAWPS"),
    "commonsense": ("CSQA", "StrategyQA", "Date Understanding", "Sports Understanding", "SayCan"),
    "mawps_subsets": ("SingleOp", "SingleEq", "AddSub", "MultiArith"),
    "symbolic": tuple(
        f"{task}_{n}" for task in ("last_letter_concatenation", "coin_flip") for n in (2, 3, 4)
    ),
}
# Guessing level that follows from the task's format: AQuA and CSQA have five options, the others two.
CHANCE = {"AQuA": 0.2, "CSQA": 0.2, "StrategyQA": 0.5, "Sports Understanding": 0.5} | {
    f"coin_flip_{n}": 0.5 for n in (2, 3, 4)
}
BBH_SHARED = (
    "Boolean Expressions",
    "Causal Judgement",
    "Date Understanding",
    "Disambiguation QA",
    "Dyck Languages",
    "Formal Fallacies",
    "Hyperbaton",
    "Logical Deduction",
    "Movie Recommendation",
    "Multistep Arithmetic",
    "Navigate",
    "Object Counting",
    "Penguins in a Table",
    "Reasoning about Colored Objects",
    "Ruin Names",
)
"""BBH tasks that both papers print in full: Geometric Shapes lacks two cells, the three Logical Deductions are one mean."""


# --- tables ----------------------------------------------------------------------------------------------------------
def _fraction(percent: pd.Series) -> pd.Series:
    """Printed percentages as fractions, without the dust of binary division (14.3 / 100)."""
    return (percent / 100).round(8)


def _with_flops(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds `train_flops` from Wei et al. 2022 (emergence), Table 2: same family, nearest size within 10 percent.

    The two papers round sizes differently (LaMDA 420M and 453M, 68B and 69B). Models not in that table get a missing value.
    """
    table = data.load("wei2022_table2_models")

    def flops(family: str, params: float) -> float:
        ratio = (table.loc[table["family"] == family, "params"] / params - 1).abs()
        return (
            table.loc[ratio.idxmin(), "train_flops"]
            if len(ratio) and ratio.min() < 0.1
            else float("nan")
        )

    return rows.assign(train_flops=[flops(f, p) for f, p in zip(rows["family"], rows["params"])])


@cache
def _wei() -> pd.DataFrame:
    """Every cell of Wei et al. 2022, appendix Tables 2 to 5: value as a fraction; `length` is the number of symbolic steps."""
    parts = []
    for name in (
        "cot_wei2022_arithmetic",
        "cot_wei2022_commonsense",
        "cot_wei2022_mawps_subsets",
        "cot_wei2022_symbolic",
    ):
        rows = data.load(name)
        subset = rows["subset"].astype(object)
        rows["task"] = subset if name.endswith("subsets") else rows["task"]
        group = {"cot_wei2022_mawps_subsets": "mawps_subsets"}.get(name, name.rsplit("_", 1)[1])
        length = subset.str[0].astype(float) if group == "symbolic" else float("nan")
        parts.append(
            rows.assign(
                task_group=group,
                length=length,
                value=_fraction(rows["value"]),
                kind="published",
                table=name,
            )
        )
    return _with_flops(pd.concat(parts, ignore_index=True)).sort_values(
        ["table", "task", "setting", "params"], kind="stable"
    )


@cache
def _gains() -> pd.DataFrame:
    """Chain of thought minus standard prompting, one row per model of known size and task (MAWPS by its four subsets)."""
    rows = _wei().dropna(subset=["params"])
    rows = rows[rows["task"] != "MAWPS"]  # the mean of its subsets
    key = ["task_group", "task", "length", "family", "model", "params", "train_flops", "metric"]
    wide = (
        rows.pivot_table(index=key, columns="setting", values="value", dropna=False)
        .dropna(subset=list(PROMPTING))
        .reset_index()
    )
    task = [
        f"{t}, {int(n)}" if n == n else t for t, n in zip(wide["task"].map(label), wide["length"])
    ]
    return wide.assign(task=task, gain=wide["chain_of_thought"] - wide["standard"]).sort_values(
        ["params", "task"]
    )


@cache
def _bbh() -> pd.DataFrame:
    """Chung et al. 2022 on the 15 shared BBH tasks, with their mean as task ``average``."""
    rows = data.load("bbh_by_size_chung2022")
    rows["task"] = rows["task"].str.replace(
        r"^Logical Deduction .*", "Logical Deduction", regex=True
    )
    rows = rows[rows["task"].isin(BBH_SHARED)]
    key = ["family", "model", "setting"]
    tasks = rows.groupby([*key, "task"], as_index=False, sort=False)["value"].mean()
    mean = tasks.groupby(key, as_index=False, sort=False)["value"].mean().assign(task="average")
    rows = pd.concat([mean, tasks], ignore_index=True)
    # The table has no params column entries: the sizes are part of the PaLM names; those of the API models are not known.
    size = rows["model"].str.extract(r"(\d+)B")[0].astype(float) * 1e9
    return rows.assign(
        value=_fraction(rows["value"]), params=size, kind="published", metric="accuracy"
    )


@cache
def _bbh_levels() -> pd.DataFrame:
    """Suzgun et al. 2022 per task: random, human and model levels as fractions; printed averages left out."""
    rows = data.load("bbh_suzgun2022")
    rows = rows[rows["task_kind"] != "aggregate"]
    return rows.assign(value=_fraction(rows["value"]))


@cache
def _open_gains() -> pd.DataFrame:
    """Ruan et al. 2024: gain from chain of thought per open base model on GSM8K (strict match) and BBH (flexible extract)."""
    rows = data.load("obs_chain_of_thought")
    keep = (
        ((rows["task"] == "GSM8K") & (rows["answer_filter"] == "strict-match"))
        | ((rows["task"] == "BBH: overall") & (rows["answer_filter"] == "flexible-extract"))
    ) & rows["setting"].isin(PROMPTING)
    rows = rows[
        keep & ~rows["family"].isin(["Mixtral", "DeepSeek-V2", "Jamba"])
    ]  # mixtures: their size is ambiguous
    wide = (
        rows.pivot_table(
            index=["family", "model", "params", "train_flops", "task"],
            columns="setting",
            values="value",
            dropna=False,
        )
        .dropna(subset=list(PROMPTING))
        .reset_index()
    )
    return wide.assign(
        task=wide["task"].replace({"BBH: overall": "BBH"}),
        gain=wide["chain_of_thought"] - wide["standard"],
        model=wide["model"].str.split("/").str[-1],
    ).sort_values(["family", "params", "model"])


# --- marks -----------------------------------------------------------------------------------------------------------
def _dots(
    rows: pd.DataFrame, y: alt.Y, x: alt.X, color: alt.Color, shape: alt.Shape, step: int = 22
) -> alt.LayerChart:
    """One row per name, one mark per series, joined by a thin line; `std` (where there is one) as a bar."""
    name = y.shorthand.split(":")[0]
    base = alt.Chart(rows)
    for channel in (
        color,
        shape,
    ):  # the legend begins where the names end, which leaves half of a narrow page
        channel["legend"]["columns"] = 2
    layers = [
        base.mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.45).encode(
            x=alt.X("min(value):Q", title=label("value")), x2="max(value):Q", y=y
        )
    ]
    if "std" in rows:
        layers = [
            base.mark_rule(strokeWidth=2, strokeDash=[1, 0]).encode(
                x=alt.X("low:Q", title=label("value")), x2="high:Q", y=y, color=color
            )
        ]
    layers.append(
        base.mark_point(size=85, filled=True, opacity=1).encode(
            x=x, y=y, color=color, shape=shape, tooltip=m.tooltip(rows, (*m.TOOLTIP, "std"))
        )
    )
    return alt.layer(*layers).properties(width="container", height=step * rows[name].nunique())


def _score_x(
    column: str = "value", domain: Sequence[float] = (0, 1), title: str | None = None
) -> alt.X:
    return alt.X(
        f"{column}:Q",
        scale=alt.Scale(domain=list(domain)),
        axis=alt.Axis(format=".0%", tickCount=5),
        title=label(column) if title is None else title,
    )


def _gain_y(domain: Sequence[float]) -> alt.Y:
    """Vertical axis of differences between two scores, in percentage points."""
    return alt.Y(
        "gain:Q",
        scale=alt.Scale(domain=list(domain)),
        title=label("gain"),
        axis=alt.Axis(format="+.0%", tickCount=6, labelExpr="replace(datum.label, '%', '')"),
    )


def _multiples(
    rows: pd.DataFrame, field: str, keys: Sequence[str], x: alt.X, columns: int, height: int = 140
) -> alt.FacetChart:
    """Small multiples of curves by prompting; reference rows are dashed rules."""
    color, shape = m.series("setting", PROMPTING)
    y = m.axis_y()
    base = alt.Chart()
    measured = base.transform_filter("datum.kind !== 'reference'")
    layers = [
        base.transform_filter("datum.kind === 'reference'").mark_rule().encode(y=y),
        measured.mark_line(strokeWidth=2).encode(x, y, color),
        measured.mark_point(size=55, filled=True, opacity=1).encode(
            x, y, color, shape, tooltip=m.tooltip(rows)
        ),
    ]
    return (
        alt.layer(*layers, data=rows)
        .properties(width=150, height=height)
        .facet(
            facet=alt.Facet(
                f"{field}:N",
                sort=list(keys),
                header=alt.Header(labelExpr=m.label_expr(keys)),
                title=None,
            ),
            columns=columns,
        )
    )


def _chance_rows(tasks: Sequence[str], template: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {"kind": "reference", "model": "chance", "task": t, "value": CHANCE[t]}
        for t in tasks
        if t in CHANCE
    ]
    return (
        pd.concat([template, pd.DataFrame(rows)], ignore_index=True)[list(template)]
        if rows
        else template
    )


# --- figures ---------------------------------------------------------------------------------------------------------
@cache
def gsm8k_by_scale() -> Figure:
    everything = _wei()[_wei()["task"] == "GSM8K"].dropna(subset=["params"])

    def frame(family):
        rows = everything[everything["family"] == family].sort_values(["setting", "params"])
        return rows[
            ["kind", "family", "model", "params", "task", "setting", "n_shots", "metric", "value"]
        ]

    def chart(rows):
        color, shape = m.series("setting", PROMPTING)
        return m.curves(
            rows, m.axis_x(everything, "params"), m.axis_y(domain=(0, 0.7)), color, shape
        )

    return Figure(
        "gsm8k-by-scale",
        CHAPTER,
        ["cot_wei2022_arithmetic"],
        frame,
        chart,
        controls=[Choice("family", FAMILIES)],
        curve=["family", "setting"],
        facts=numbers,
        predict=Predict("params", 1e11, "params", "value", {"setting": "chain_of_thought"}),
    )


@cache
def tasks_by_scale() -> Figure:
    sized = _wei().dropna(subset=["train_flops"])

    def frame(task_group, family, x):
        rows = sized[(sized["task_group"] == task_group) & (sized["family"] == family)]
        if (
            task_group == "symbolic"
        ):  # no rows for GPT-3: the paper did not test it, so only the guessing levels are left
            rows = rows.assign(task=rows["task"] + rows["length"].map("_{:.0f}".format))
        return _chance_rows(GROUPS[task_group], rows[COLUMNS])

    def chart(rows, task_group, x, columns):
        return _multiples(rows, "task", GROUPS[task_group], m.axis_x(sized, x), columns)

    return Figure(
        "tasks-by-scale",
        CHAPTER,
        [
            "cot_wei2022_arithmetic",
            "cot_wei2022_commonsense",
            "cot_wei2022_mawps_subsets",
            "cot_wei2022_symbolic",
            "wei2022_table2_models",
        ],
        frame,
        chart,
        facts=numbers,
        curve=["task", "setting"],
        controls=[
            Choice("task_group", tuple(GROUPS)),
            Choice("family", FAMILIES, "PaLM"),
            Choice("x", ("params", "train_flops")),
        ],
    )


@cache
def symbolic_by_length() -> Figure:
    symbolic = _wei()[(_wei()["task_group"] == "symbolic") & (_wei()["family"] != "UL2")]
    lengths = ("2", "3", "4")

    def frame(task, family):
        rows = symbolic[(symbolic["task"] == task) & (symbolic["family"] == family)][
            [*COLUMNS, "length"]
        ]
        rows = rows.assign(length=rows["length"].map("{:.0f}".format))
        chance = [
            {
                "kind": "reference",
                "model": "chance",
                "task": task,
                "length": n,
                "value": CHANCE[f"{task}_{n}"],
            }
            for n in lengths
            if f"{task}_{n}" in CHANCE
        ]
        return (
            pd.concat([rows, pd.DataFrame(chance, columns=list(rows))], ignore_index=True)
            if chance
            else rows
        )

    def chart(rows, task, columns):
        layered = _multiples(
            rows, "length", lengths, m.axis_x(symbolic, "params"), columns, height=180
        )
        layered.facet.header = alt.Header(
            labelExpr=f"datum.value + ' ' + {m.quote(label(task + '_unit'))}"
        )
        return layered

    return Figure(
        "symbolic-by-length",
        CHAPTER,
        ["cot_wei2022_symbolic"],
        frame,
        chart,
        facts=numbers,
        curve=["length", "setting"],
        controls=[
            Choice("task", ("last_letter_concatenation", "coin_flip")),
            Choice("family", ("PaLM", "LaMDA")),
        ],
    )


@cache
def gain_by_scale() -> Figure:
    groups = ("arithmetic", "mawps_subsets", "commonsense", "symbolic")

    def frame(x, family):
        rows = _gains().assign(kind="published").dropna(subset=["train_flops"])
        rows = rows if family == "all_families" else rows[rows["family"] == family]
        rows = rows[
            [
                "kind",
                "family",
                "model",
                "params",
                "train_flops",
                "task_group",
                "task",
                "metric",
                "standard",
                "chain_of_thought",
                "gain",
            ]
        ]
        mean = rows.groupby(
            ["family", "model", "params", "train_flops"], as_index=False, sort=False
        )["gain"].mean()
        return pd.concat(
            [rows, mean.assign(kind="fit", task=label("mean_of_tasks"))], ignore_index=True
        )[list(rows)]

    def chart(rows, x):
        color, shape = m.series("task_group", groups)
        across, up = m.axis_x(_gains().dropna(subset=["train_flops"]), x), _gain_y((-0.25, 0.95))
        base = alt.Chart(rows)
        points = (
            base.transform_filter("datum.kind === 'published'")
            .mark_point(size=45, filled=True, opacity=0.85)
            .encode(
                across,
                up,
                color,
                shape,
                tooltip=m.tooltip(
                    rows, ("model", "task", "standard", "chain_of_thought", "gain", x)
                ),
            )
        )
        mean = base.transform_filter("datum.kind === 'fit'")
        largest = mean.transform_filter(
            "indexof(['GPT-3 175B', 'LaMDA 137B', 'PaLM 540B'], datum.model) >= 0"
        )
        tips = m.tooltip(rows, ("model", "task", "gain"))
        return alt.layer(
            mean.transform_aggregate(zero="count()").mark_rule().encode(y=alt.datum(0)),
            points,
            mean.mark_line(
                strokeDash=[8, 4], strokeWidth=1.5, color="currentColor", opacity=0.7
            ).encode(across, up, detail="family:N"),
            largest.mark_text(align="right", dx=-15, dy=-9, fontSize=11).encode(
                across, up, text="family:N"
            ),
            mean.mark_tick(thickness=3, size=24, color="currentColor", orient="horizontal").encode(
                across, up, tooltip=tips
            ),
        ).properties(width="container", height=360)

    return Figure(
        "gain-by-scale",
        CHAPTER,
        [
            "cot_wei2022_arithmetic",
            "cot_wei2022_commonsense",
            "cot_wei2022_mawps_subsets",
            "cot_wei2022_symbolic",
            "wei2022_table2_models",
        ],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice("x", ("train_flops", "params")),
            Choice("family", ("all_families", *FAMILIES)),
        ],
    )


@cache
def open_models() -> Figure:
    families = (
        "OPT",
        "Pythia",
        "Llama-2",
        "CodeLlama",
        "Llama-3",
        "Qwen1.5",
        "StarCoder2",
        "other_families",
    )

    def frame(task):
        rows = _open_gains()
        rows = rows[rows["task"] == task].assign(kind="published", metric="exact_match")
        rows["model_series"] = rows["family"].where(rows["family"].isin(families), "other_families")
        return rows[
            [
                "kind",
                "family",
                "model_series",
                "model",
                "params",
                "task",
                "metric",
                "standard",
                "chain_of_thought",
                "gain",
            ]
        ]

    def chart(rows):
        color, shape = m.series("model_series", families)
        across, up = m.axis_x(_open_gains(), "params"), _gain_y((-0.06, 0.62))
        base = alt.Chart(rows)
        return alt.layer(
            base.transform_aggregate(zero="count()").mark_rule().encode(y=alt.datum(0)),
            base.transform_filter("datum.model_series !== 'other_families'")
            .mark_line(strokeWidth=2)
            .encode(across, up, color),
            base.mark_point(size=60, filled=True, opacity=1).encode(
                across,
                up,
                color,
                shape,
                tooltip=m.tooltip(
                    rows,
                    ("family", "model", "params", "task", "standard", "chain_of_thought", "gain"),
                ),
            ),
        ).properties(width="container", height=360)

    return Figure(
        "open-models",
        CHAPTER,
        ["obs_chain_of_thought"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", ("GSM8K", "BBH"))],
    )


@cache
def bbh_by_size() -> Figure:
    def frame(task, family):
        rows = _bbh()
        rows = rows[
            (rows["task"] == task)
            & (rows["family"] == family)
            & ~rows["model"].str.contains("cont-")
        ]
        levels = _bbh_levels()
        levels = levels.assign(
            task=levels["task"].replace(
                {
                    "Logical Deduction (avg)": "Logical Deduction",
                    "Multi-Step Arithmetic [Two]": "Multistep Arithmetic",
                }
            )
        )
        levels = levels[
            levels["task"].isin(BBH_SHARED if task == "average" else [task])
            & levels["setting"].isin(["random", "human_avg"])
        ]
        lines = levels.groupby("setting", as_index=False)["value"].mean()
        lines = lines.assign(
            kind="reference", model=lines["setting"].map(label), task=task, metric="accuracy"
        )
        return pd.concat([rows.sort_values(["setting", "params"]), lines], ignore_index=True)[
            ["kind", "family", "model", "params", "task", "setting", "metric", "value"]
        ]

    def chart(rows):
        color, shape = m.series("setting", ("answer_only", "chain_of_thought"))
        return m.curves(
            rows, m.axis_x(_bbh().dropna(subset=["params"]), "params"), m.axis_y(), color, shape
        )

    return Figure(
        "bbh-by-size",
        CHAPTER,
        ["bbh_by_size_chung2022", "bbh_suzgun2022"],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice("task", ("average", *BBH_SHARED)),
            Choice("family", ("PaLM", "Flan-PaLM")),
        ],
    )


@cache
def bbh_by_task() -> Figure:
    settings = ("answer_only", "chain_of_thought", "human_avg", "random")
    levels = _bbh_levels()
    order = levels[
        levels["setting"].isin(settings[:2]) & (levels["model"] == "code-davinci-002")
    ].pivot_table(index="task", columns="setting", values="value")
    order = tuple(
        (order["chain_of_thought"] - order["answer_only"]).sort_values(ascending=False).index
    )

    def frame(model):
        rows = levels[(levels["model"] == model) | levels["setting"].isin(settings[2:])]
        return rows.assign(
            kind=np.where(rows["setting"].isin(settings[2:]), "reference", "published")
        )[["kind", "family", "model", "task", "task_kind", "setting", "n_shots", "metric", "value"]]

    def chart(rows):
        color, shape = m.series("setting", settings)
        return _dots(rows, m.named_rows("task", order), _score_x(), color, shape)

    return Figure(
        "bbh-by-task",
        CHAPTER,
        ["bbh_suzgun2022"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("model", ("code-davinci-002", "text-davinci-002", "PaLM 540B"))],
    )


@cache
def ablations() -> Figure:
    tasks = (
        "GSM8K",
        "SVAMP",
        "ASDiv",
        "MAWPS",
        "last_letter_concatenation",
        "coin_flip",
        "Date Understanding",
        "Sports Understanding",
        "SayCan",
    )
    table = data.load("cot_wei2022_ablations")
    order = tuple(dict.fromkeys(table["setting"]))
    roles = ("baseline", "ablation", "robustness")

    def frame(task):
        rows = table[table["task"] == task].rename(
            columns={"kind": "prompt_part", "std_over_5_exemplar_orders": "std"}
        )
        rows = rows.assign(
            kind="published", value=_fraction(rows["value"]), std=_fraction(rows["std"])
        )
        rows = rows.assign(
            low=(rows["value"] - rows["std"]).clip(lower=0),
            high=(rows["value"] + rows["std"]).clip(upper=1),
        )
        return rows[
            [
                "kind",
                "family",
                "model",
                "params",
                "task",
                "prompt_part",
                "setting",
                "metric",
                "value",
                "std",
                "low",
                "high",
            ]
        ]

    def chart(rows, task):
        color, shape = m.series("prompt_part", roles)
        top = 0.25 if task == "GSM8K" else 0.7 if task in GROUPS["arithmetic"] else 1
        return _dots(
            rows,
            m.named_rows("setting", [s for s in order if s in set(rows["setting"])]),
            _score_x(domain=(0, top)),
            color,
            shape,
            step=26,
        )

    return Figure(
        "ablations",
        CHAPTER,
        ["cot_wei2022_ablations"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", tasks)],
        columns=[
            "kind",
            "family",
            "model",
            "params",
            "task",
            "prompt_part",
            "setting",
            "metric",
            "value",
            "std",
        ],
    )


@cache
def calculator() -> Figure:
    settings = ("standard", "chain_of_thought", "chain_of_thought+external_calculator")
    table = data.load("cot_wei2022_calculator")
    order = tuple(table.loc[table["setting"] == "standard", "model"].drop_duplicates())

    def frame(task):
        rows = table[(table["task"] == task) & table["setting"].isin(settings)]
        return rows.assign(kind="published", value=_fraction(rows["value"]))[
            ["kind", "family", "model", "params", "task", "setting", "n_shots", "metric", "value"]
        ]

    def chart(rows):
        color, shape = m.series("setting", settings)
        return _dots(rows, m.named_rows("model", order), _score_x(), color, shape, step=34)

    return Figure(
        "calculator",
        CHAPTER,
        ["cot_wei2022_calculator"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", GROUPS["arithmetic"])],
    )


@cache
def steps_dial() -> Figure:
    longest = 20

    def frame(step_accuracy, n_steps):
        k = np.arange(1, longest + 1)
        curve = pd.DataFrame(
            {
                "kind": "simulation",
                "drawn": "chain",
                "step_accuracy": step_accuracy,
                "n_steps": k,
                "value": formulas.chain_accuracy(step_accuracy, k),
            }
        )
        needed = float(formulas.step_accuracy(0.5, n_steps))
        value = float(formulas.chain_accuracy(step_accuracy, n_steps))
        reader = curve[curve["n_steps"] == n_steps].assign(
            drawn="reader",
            words=label("dial_words").format(
                p=step_accuracy, k=n_steps, value=value, needed=needed
            ),
        )
        half = pd.DataFrame(
            {
                "kind": ["reference"],
                "drawn": "half",
                "step_accuracy": needed,
                "n_steps": n_steps,
                "value": 0.5,
            }
        )
        return pd.concat([curve, reader, half], ignore_index=True)

    def chart(rows):
        across = alt.X(
            "n_steps:Q",
            scale=alt.Scale(domain=[0.5, longest + 0.5], nice=False),
            axis=alt.Axis(tickMinStep=1, grid=False),
            title=label("n_steps"),
        )
        up = m.axis_y(title=label("chain_accuracy"))
        base = alt.Chart(rows)
        reader = base.transform_filter("datum.drawn === 'reader'")
        tips = m.tooltip(rows, ("step_accuracy", "n_steps", "value"))
        return alt.layer(
            base.transform_filter("datum.drawn === 'half'").mark_rule().encode(y=up),
            base.transform_filter("datum.drawn === 'chain'")
            .mark_line(strokeDash=[1, 3], strokeWidth=2, color=m.PALETTE[0])
            .encode(across, up),
            base.transform_filter("datum.drawn === 'chain'")
            .mark_point(size=45, filled=False, color=m.PALETTE[0])
            .encode(across, up, tooltip=tips),
            reader.mark_point(
                size=160, filled=True, opacity=1, shape="diamond", color=m.PALETTE[1]
            ).encode(across, up, tooltip=tips),
            reader.mark_text(align="right", baseline="top", x="width", y=2, fontSize=12).encode(
                text="words:N"
            ),
        ).properties(width="container", height=320)

    return Figure(
        "steps-dial",
        CHAPTER,
        [],
        frame,
        chart,
        simulation=True,
        facts=numbers,
        columns=["kind", "drawn", "step_accuracy", "n_steps", "value"],
        controls=[
            Slider("step_accuracy", 0.5, 1, 0.02, 0.9, ".0%"),
            Slider("n_steps", 1, longest, 1, 10),
        ],
    )


@cache
def steps_observed() -> Figure:
    tasks = ("GSM8K by required steps", "last_letter_concatenation")
    settings = ("chain_of_thought", "least_to_most")
    table = data.load("least_to_most_zhou2022")
    table = table[
        table["task"].isin(tasks)
        & table["setting"].isin(settings)
        & (table["length_or_subset"] != "all")
    ]
    table = table.assign(
        n_steps=table["length_or_subset"].str.extract(r"(\d+)")[0].astype(float),
        value=_fraction(table["value"]),
        kind="published",
    )

    def frame(task):
        rows = table[table["task"] == task]
        fits = [_fit_rows(rows[rows["setting"] == s], rows["n_steps"].max()) for s in settings]
        rows = pd.concat([rows, *fits], ignore_index=True)
        return rows.assign(task=task)[
            [
                "kind",
                "family",
                "model",
                "task",
                "setting",
                "length_or_subset",
                "n_steps",
                "metric",
                "value",
                "step_accuracy",
            ]
        ]

    def chart(rows, task):
        color, shape = m.series("setting", settings)
        across = alt.X(
            "n_steps:Q",
            scale=alt.Scale(domain=[0.8, 5.2] if task == tasks[0] else [0.5, 12.5], nice=False),
            axis=alt.Axis(tickMinStep=1, grid=False),
            title=label(task + "_axis"),
        )
        up, base = m.axis_y(), alt.Chart(rows)
        tips = m.tooltip(rows, ("model", "setting", "length_or_subset", "value", "step_accuracy"))
        fit, points = (
            base.transform_filter(f"datum.kind === '{kind}'") for kind in ("fit", "published")
        )
        return alt.layer(
            fit.mark_line(strokeDash=[8, 4]).encode(across, up, color, tooltip=tips),
            points.mark_point(size=80, filled=True, opacity=1).encode(
                across, up, color, shape, tooltip=tips
            ),
        ).properties(width="container", height=320)

    return Figure(
        "steps-observed",
        CHAPTER,
        ["least_to_most_zhou2022"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", tasks)],
    )


def _fit_rows(rows: pd.DataFrame, last: float) -> pd.DataFrame:
    """The curve p**k through `rows` (``n_steps``, ``value``): p by least squares on log accuracy; open-ended bins left out."""
    closed = rows[~rows["length_or_subset"].str.startswith(">")]
    k, logs = closed["n_steps"].to_numpy(), np.log(closed["value"].to_numpy())
    p = float(np.exp(k @ logs / (k @ k)))
    steps = np.arange(1, last + 1)
    return pd.DataFrame(
        {
            "kind": "fit",
            "setting": rows["setting"].iloc[0],
            "n_steps": steps,
            "metric": "p^k",
            "value": formulas.chain_accuracy(p, steps),
            "step_accuracy": p,
        }
    )


@cache
def zero_shot_by_model() -> Figure:
    settings = ("zero_shot", "few_shot", "zero_shot_cot", "few_shot_cot")
    table = data.load("zeroshot_cot_kojima2022_model_scale")
    named = ("GPT-3 (original)", "Instruct GPT-3", "PaLM")
    table = table.assign(
        value=_fraction(table["value"]),
        kind="published",
        model_series=table["family"].where(table["family"].isin(named), "other_models"),
    )

    def frame(model_series):
        return table[table["model_series"] == model_series][
            [
                "kind",
                "family",
                "model_series",
                "model",
                "params",
                "task",
                "setting",
                "n_shots",
                "metric",
                "value",
            ]
        ]

    def chart(rows, model_series):
        color, shape = m.series("setting", settings)
        order = list(dict.fromkeys(table.loc[table["model_series"] == model_series, "model"]))
        across = alt.X(
            "model:N",
            sort=order,
            title=None,
            axis=alt.Axis(labelAngle=-40, labelLimit=160, labelOverlap=False, grid=False),
        )
        up, base = m.axis_y(), alt.Chart(rows)
        line = (
            []
            if model_series == "other_models"
            else [base.mark_line(strokeWidth=2).encode(across, up, color)]
        )
        return alt.layer(
            *line,
            base.mark_point(size=80, filled=True, opacity=1).encode(
                across, up, color, shape, tooltip=m.tooltip(rows)
            ),
        ).properties(width="container", height=300)

    return Figure(
        "zero-shot-by-model",
        CHAPTER,
        ["zeroshot_cot_kojima2022_model_scale"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("model_series", (*named, "other_models"))],
    )


@cache
def trigger_phrases() -> Figure:
    table = data.load("zeroshot_cot_kojima2022_templates").rename(
        columns={"category": "trigger_kind", "template": "trigger"}
    )
    table = table.assign(
        kind=np.where(table["trigger_kind"] == "none", "reference", "published"),
        value=_fraction(table["value"]),
    )
    categories = ("instructive", "misleading", "irrelevant", "none")

    def frame():
        return table[["kind", "model", "task", "trigger_kind", "trigger", "metric", "value"]]

    def chart(rows):
        color, shape = m.series("trigger_kind", categories)
        order = list(table.sort_values("value", ascending=False)["trigger"])
        x, base = _score_x(), alt.Chart(rows)
        y = alt.Y("trigger:N", sort=order, title=None, axis=None)
        # The sentence stands above its bar: as an axis label it would leave no room on a narrow page.
        return alt.layer(
            base.mark_bar(size=4, opacity=0.5, yOffset=8).encode(x=x, y=y, color=color),
            base.mark_point(size=85, filled=True, opacity=1, yOffset=8).encode(
                x=x,
                y=y,
                color=color,
                shape=shape,
                tooltip=m.tooltip(rows, ("trigger", "trigger_kind", "value")),
            ),
            base.mark_text(align="left", dx=4, dy=-7, fontSize=12).encode(
                x=alt.datum(0), y=y, text="trigger:N"
            ),
        ).properties(width="container", height=34 * len(rows))

    return Figure(
        "trigger-phrases",
        CHAPTER,
        ["zeroshot_cot_kojima2022_templates"],
        frame,
        chart,
        facts=numbers,
    )


@cache
def self_consistency() -> Figure:
    settings = ("chain_of_thought", "self_consistency")
    table = data.load("self_consistency_wang2022_models")
    table = table[table["setting"].isin(settings)].assign(
        kind="published", value=lambda r: _fraction(r["value"])
    )
    order, tasks = tuple(table["model"].drop_duplicates()), tuple(table["task"].drop_duplicates())

    def frame(task):
        return table[table["task"] == task][
            ["kind", "family", "model", "params", "task", "setting", "n_paths", "metric", "value"]
        ]

    def chart(rows):
        color, shape = m.series("setting", settings)
        return _dots(rows, m.named_rows("model", order), _score_x(), color, shape, step=34)

    return Figure(
        "self-consistency",
        CHAPTER,
        ["self_consistency_wang2022_models"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", tasks, "GSM8K")],
    )


@cache
def multilingual() -> Figure:
    settings = ("direct", "native_cot", "en_cot", "translate_en")
    table = data.load("mgsm_shi2022")
    table = table[
        table["model"].isin(["PaLM-540B", "GPT-3"]) & (table["language"].str.len() == 2)
    ]  # averages have longer names
    table = table.assign(kind="published", value=_fraction(table["value"]))
    order = tuple(table["language"].drop_duplicates())

    def frame(model):
        return table[table["model"] == model][
            [
                "kind",
                "family",
                "model",
                "params",
                "task",
                "language",
                "setting",
                "n_shots",
                "metric",
                "value",
            ]
        ]

    def chart(rows):
        color, shape = m.series("setting", settings)
        return _dots(
            rows, m.named_rows("language", order), _score_x(domain=(0, 0.7)), color, shape, step=26
        )

    return Figure(
        "multilingual",
        CHAPTER,
        ["mgsm_shi2022"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("model", ("PaLM-540B", "GPT-3"))],
    )


@cache
def r1_zero() -> Figure:
    table = data.load("deepseek_r1_zero_training").rename(columns={"step": "rl_step"})
    length = "average response length (smoothed curve)"
    human = table["model"].str.startswith("human")
    table = table.assign(
        kind=np.where(human, "reference", "published"),
        measure=np.where(table["metric"] == length, "response_length", "accuracy"),
    )
    table["metric"] = table["metric"].replace({length: "response_length"})

    def frame(measure):
        return table[table["measure"] == measure][
            ["kind", "model", "rl_step", "task", "metric", "unit", "value"]
        ]

    def chart(rows, measure):
        across = alt.X(
            "rl_step:Q",
            scale=alt.Scale(domain=[0, 10400], nice=False),
            axis=alt.Axis(grid=False, format="~s", tickCount=6),
            title=label("rl_step"),
        )
        if measure == "accuracy":
            color, shape = m.series("metric", ("pass@1", "cons@16"))
            return m.curves(rows, across, m.axis_y(), color, shape)
        color, shape = m.series("metric", ("response_length",))
        return m.curves(
            rows,
            across,
            m.axis_y(domain=(0, 16000), title=label("tokens"), format="~s"),
            color,
            shape,
        )

    return Figure(
        "r1-zero",
        CHAPTER,
        ["deepseek_r1_zero_training"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("measure", ("accuracy", "response_length"))],
    )


# --- numbers the prose uses ------------------------------------------------------------------------------------------
# --- in miniature ------------------------------------------------------------------------------------------------------
CUP_MODELS = {
    "written_d12": ("written", 2, 12),
    "written_d64": ("written", 1, 64),
    **{f"direct_{layers}": ("direct", layers, 64) for layers in (1, 2, 3, 4)},
}
CUP_GROUPS = {
    "steps_or_answer": ("written_d12", "direct_1", "direct_4", "direct_3_long"),
    "answer_by_depth": ("direct_1", "direct_2", "direct_3", "direct_4", "direct_3_long"),
}


def _cups(table: str) -> pd.DataFrame:
    """A table of the experiment with the column `cup_model`."""
    rows = data.curves("cups", table)
    names, shapes = {shape: name for name, shape in CUP_MODELS.items()}, ["mode", "layers", "width"]
    longer = rows["steps"] > rows.groupby(shapes)["steps"].transform("min")
    return rows.assign(
        cup_model=[
            names[shape] + "_long" * more
            for shape, more in zip(zip(*(rows[c] for c in shapes)), longer)
        ]
    )


def _guessing(rows: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    flat = alt.Chart(rows).transform_filter("datum.kind === 'reference'")
    return [
        flat.mark_rule().encode(y=y),
        flat.mark_text(align="left", dx=6, dy=-6, fontSize=11, x=0).encode(y=y, text="cup_model:N"),
    ]


def _swaps_axis() -> alt.X:
    return alt.X(
        "swaps:Q",
        title=label("swaps"),
        scale=alt.Scale(domain=[0.5, 12.5], nice=False),
        axis=alt.Axis(tickCount=12, grid=False),
    )


@cache
def cups_accuracy() -> Figure:
    columns = ["kind", "cup_model", "params", "steps", "seed", "swaps", "value"]
    rows = _cups("accuracy").rename(columns={"accuracy": "value"}).assign(kind="miniature")
    guessing = pd.DataFrame(
        [{"kind": "reference", "cup_model": label("random_guessing"), "value": 1 / cups.CUPS}]
    )

    def frame(cup_group):
        return pd.concat(
            [rows[rows["cup_model"].isin(CUP_GROUPS[cup_group])], guessing], ignore_index=True
        ).reindex(columns=columns)

    def chart(rows, cup_group):
        color, shape = m.series("cup_model", CUP_GROUPS[cup_group], title="")
        y = m.axis_y("value", (0, 1.02), title=label("cups_right"))
        return alt.layer(
            *m.own_runs(
                alt.Chart(rows).transform_filter("datum.kind !== 'reference'"),
                _swaps_axis(),
                y,
                color,
                shape,
                m.tooltip(rows, ("cup_model", "params", "steps", "seed", "swaps", "value")),
                ["seed"],
            ),
            *_guessing(rows, y),
        ).properties(width="container", height=330)

    return Figure(
        "cups-accuracy",
        CHAPTER,
        [],
        frame,
        chart,
        runs=["cups"],
        facts=numbers,
        controls=[Choice("cup_group", tuple(CUP_GROUPS))],
    )


@cache
def cups_temperature() -> Figure:
    """Chains sampled at a temperature: share whose first k steps are all right, beside the k-th power of the measured share of right steps."""
    columns = ["kind", "cup_curve", "swaps", "step_right", "value"]
    rows = _cups("temperature")

    def frame(cup_writer, cup_temperature):
        here = rows[
            (rows["cup_model"] == cup_writer)
            & (rows["temperature"] == float(cup_temperature.removeprefix("temperature_")))
        ]
        measured = here.assign(
            kind="miniature", cup_curve="all_steps_right", value=here["all_right"]
        )
        power = here.assign(
            kind="simulation", cup_curve="power_of_p", value=here["step_right"] ** here["swaps"]
        )
        return pd.concat([measured, power], ignore_index=True)[columns]

    def chart(rows):
        color, shape = m.series("cup_curve", ("all_steps_right", "power_of_p"), title="")
        y = m.axis_y("value", (0, 1.02), title=label("cups_share"))
        return alt.layer(
            *m.own_runs(
                alt.Chart(rows),
                _swaps_axis(),
                y,
                color,
                shape,
                m.tooltip(rows, ("cup_curve", "swaps", "step_right", "value")),
            )
        ).properties(width="container", height=310)

    return Figure(
        "cups-temperature",
        CHAPTER,
        [],
        frame,
        chart,
        runs=["cups"],
        facts=numbers,
        curve=["cup_curve"],
        controls=[
            Choice(
                "cup_temperature",
                tuple(f"temperature_{t:g}" for t in sorted(rows["temperature"].unique())),
                "temperature_3",
            ),
            Choice("cup_writer", ("written_d64", "written_d12")),
        ],
    )


@cache
def cups_votes() -> Figure:
    columns = ["kind", "cup_length", "chains", "value"]
    rows = _cups("votes")
    lengths = ("swaps_4", "swaps_8", "swaps_12")
    rows = rows.assign(
        kind="miniature", cup_length="swaps_" + rows["swaps"].astype(str), value=rows["accuracy"]
    )

    def frame(cup_vote_temperature, cup_writer):
        return rows[
            (rows["cup_model"] == cup_writer)
            & (rows["temperature"] == float(cup_vote_temperature.removeprefix("vote_temperature_")))
        ][columns]

    def chart(rows):
        color, shape = m.series("cup_length", lengths, title="")
        x = alt.X(
            "chains:Q",
            title=label("chains"),
            scale=alt.Scale(type="log", domain=[0.9, 45], nice=False),
            axis=alt.Axis(values=[1, 2, 3, 5, 10, 20, 40], grid=False, format="d"),
        )
        y = m.axis_y("value", (0, 1.02), title=label("cups_right"))
        return alt.layer(
            *m.own_runs(
                alt.Chart(rows),
                x,
                y,
                color,
                shape,
                m.tooltip(rows, ("cup_length", "chains", "value")),
            )
        ).properties(width="container", height=310)

    return Figure(
        "cups-votes",
        CHAPTER,
        [],
        frame,
        chart,
        runs=["cups"],
        facts=numbers,
        curve=["cup_length"],
        controls=[
            Choice(
                "cup_vote_temperature",
                ("vote_temperature_2", "vote_temperature_3", "vote_temperature_4"),
                "vote_temperature_3",
            ),
            Choice("cup_writer", ("written_d64", "written_d12")),
        ],
    )


CUP_ANSWERS = ("cups_written", "cups_direct")


def _answers_drawing() -> tuple[pd.DataFrame, alt.Chart]:
    rows = pd.DataFrame(
        [
            {"kind": "miniature", "cup_answer": who, "cup": cup, "value": float(cup == "C")}
            for who in CUP_ANSWERS
            for cup in "ABCDE"
        ]
    )
    color, _ = m.series("cup_answer", CUP_ANSWERS, title="")
    base = alt.Chart(rows)
    return rows, base.mark_bar(stroke="currentColor").encode(
        alt.X(
            "cup:N",
            title=label("cup"),
            axis=alt.Axis(labelAngle=0),
            scale=alt.Scale(domain=list("ABCDE")),
        ),
        m.axis_y("value", (0, 1), title=label("cups_votes_axis")),
        color,
        alt.XOffset("cup_answer:N", scale=alt.Scale(domain=list(CUP_ANSWERS))),
        tooltip=m.tooltip(rows, ("cup_answer", "cup", "value")),
    ).properties(width="container", height=220)


def _cup_weights(name: str) -> bytes:
    config, weights = data.weights("cups", name)
    return pack(Config(**config), weights)


@cache
def cups_live() -> Live:
    return Live(
        "cups-live",
        CHAPTER,
        "cups",
        {"answers": _answers_drawing},
        runs=["cups"],
        facts=numbers,
        still=cups_accuracy(),
        assets={
            name: partial(_cup_weights, name.replace("-", "_"))
            for name in ("written-d12", "written-d64", "direct-d64")
        },
        options=lambda: {
            "pairs": [list(p) for p in cups.PAIRS],
            "most": cups.SWAPS,
            "pad": cups.PAD,
            "equals": cups.EQUALS,
        },
        room=(716, 924),
    )


@cache
def numbers() -> dict[str, str]:
    """Every number of the chapter's prose and captions, formatted: percentages without their sign, gains in points."""
    n: dict[str, str] = {}

    def put(prefix: str, rows: pd.DataFrame, settings: Sequence[str], **where) -> None:
        n.update({f"{prefix}_{s}": m.percent(m.one(rows, setting=s, **where)) for s in settings})

    # Scale
    wei = _wei()
    for key, model in {
        "gpt3": "GPT-3 175B",
        "gpt3_small": "GPT-3 6.7B",
        "palm": "PaLM 540B",
        "palm_small": "PaLM 8B",
        "palm_mid": "PaLM 62B",
        "lamda": "LaMDA 137B",
        "codex": "Codex",
    }.items():
        put(key, wei, PROMPTING, task="GSM8K", model=model)
    for family in FAMILIES:
        n[f"{family}_line"] = m.percent(gsm8k_by_scale().forecast(family=family)["line"])
    put("csqa_gpt3", wei, PROMPTING, task="CSQA", model="GPT-3 175B")
    gains = _gains()
    for key, low, high in (("low", 0, 1e22), ("mid", 1e22, 1e23), ("high", 1e23, np.inf)):
        part = gains.loc[(gains["train_flops"] > low) & (gains["train_flops"] <= high), "gain"]
        n |= {
            f"{key}_n": str(len(part)),
            f"{key}_worse": str((part < 0).sum()),
            f"{key}_better": str((part > 0).sum()),
            f"{key}_mean": m.points(part.mean()),
        }
    for group in ("arithmetic", "commonsense", "symbolic"):
        part = gains[(gains["model"] == "PaLM 540B") & (gains["task_group"] == group)]
        n[f"palm_gain_{group}"] = m.points(part["gain"].mean())
    for length in (2, 3, 4):
        for size in ("62B", "540B"):
            put(
                f"words{length}_{size}",
                wei,
                PROMPTING,
                task="last_letter_concatenation",
                length=length,
                model=f"PaLM {size}",
            )
        whole = m.one(
            wei,
            task="last_letter_concatenation",
            length=length,
            model="PaLM 540B",
            setting="chain_of_thought",
        )
        n[f"words{length}_step"] = m.percent(formulas.step_accuracy(whole, length))

    # BIG-Bench Hard
    for key, model in {
        "palm8": "PaLM 8B",
        "palm540": "PaLM 540B",
        "flan8": "Flan-PaLM 8B",
        "flan540": "Flan-PaLM 540B",
    }.items():
        put(f"bbh_{key}", _bbh(), ("answer_only", "chain_of_thought"), task="average", model=model)
    n["bbh_human"] = m.percent(
        m.one(bbh_by_size().frame(), kind="reference", model=label("human_avg"))
    )
    wide = _bbh_levels().pivot_table(index="task", columns=["setting", "model"], values="value")
    human = wide[("human_avg", "average human rater")]
    n["bbh_tasks"] = str(len(wide))
    for key, model in {"codex": "code-davinci-002", "palm": "PaLM 540B"}.items():
        direct, chain = wide[("answer_only", model)], wide[("chain_of_thought", model)]
        n |= {
            f"bbh_{key}_direct": m.percent(direct.mean()),
            f"bbh_{key}_chain": m.percent(chain.mean()),
            f"bbh_{key}_direct_above": str((direct > human).sum()),
            f"bbh_{key}_chain_above": str((chain > human).sum()),
            f"bbh_{key}_worse": str((chain < direct).sum()),
        }

    # Ablations and calculator
    table = data.load("cot_wei2022_ablations").set_index(["task", "setting"])
    value, std = table["value"], table["std_over_5_exemplar_orders"]
    short = {
        "standard": "Standard prompting",
        "chain": "Chain of thought prompting",
        "equation": "equation only",
        "dots": "variable compute only",
        "after": "reasoning after answer",
    }
    for key, setting in short.items():
        n |= {f"{key}_{task}": f"{value[task, setting]:.1f}" for task in ("GSM8K", "ASDiv")}
    for key in ("chain", "after"):
        n[f"{key}_GSM8K_std"] = f"{std['GSM8K', short[key]]:.1f}"
    gap = value["GSM8K", short["chain"]] - value["GSM8K", short["after"]]
    n["after_in_std"] = (
        f"{gap / np.hypot(std['GSM8K', short['chain']], std['GSM8K', short['after']]):.0f}"
    )
    others = value["GSM8K"][table.loc["GSM8K", "kind"] == "robustness"]
    n |= {
        "robust_low": f"{others.min():.1f}",
        "robust_high": f"{others.max():.1f}",
        "coin_authors": f"{value['coin_flip', short['chain']]:.1f}",
        "coin_c": f"{value['coin_flip', 'different annotator (C)']:.1f}",
        "coin_c_std": f"{std['coin_flip', 'different annotator (C)']:.1f}",
    }
    table = data.load("cot_wei2022_calculator").assign(value=lambda r: _fraction(r["value"]))
    n["finetuned"] = f"{100 * m.one(table, family='prior_best', task='GSM8K'):.0f}"
    for key, model, task in (
        ("ul2_MAWPS", "UL2 20B", "MAWPS"),
        ("palm_GSM8K", "PaLM 540B", "GSM8K"),
    ):
        for word, setting in (
            ("without", "chain_of_thought"),
            ("with", "chain_of_thought+external_calculator"),
        ):
            n[f"calc_{key}_{word}"] = m.percent(
                m.one(table, model=model, task=task, setting=setting)
            )

    # Arithmetic of steps
    n |= {f"dial_{p:.0f}_10": m.percent(formulas.chain_accuracy(p / 100, 10)) for p in (90, 95, 99)}
    n |= {f"dial_need_{k}": m.percent(formulas.step_accuracy(0.5, k)) for k in (4, 10, 20)}
    for key, task in {
        "gsm8k": "GSM8K by required steps",
        "letters": "last_letter_concatenation",
    }.items():
        rows = steps_observed().frame(task=task)
        for row in rows[rows["kind"] == "published"].to_dict("records"):
            k, which = (
                int(row["n_steps"]),
                {"chain_of_thought": "cot", "least_to_most": "ltm"}[row["setting"]],
            )
            n |= {
                f"{key}_{which}_{k}": m.percent(row["value"]),
                f"{key}_{which}_{k}_step": m.percent(formulas.step_accuracy(row["value"], k)),
            }
    rows = steps_observed().frame()
    p = rows.loc[
        (rows["kind"] == "fit") & (rows["setting"] == "chain_of_thought"), "step_accuracy"
    ].iloc[0]
    n |= {"gsm8k_cot_p": m.percent(p), "gsm8k_cot_half": str(int(np.log(0.5) / np.log(p)))}

    # Zero-shot, votes, languages
    table = data.load("zeroshot_cot_kojima2022_model_scale").assign(
        value=lambda r: _fraction(r["value"])
    )
    for key, model in {
        "davinci": "GPT-3 davinci (175B)",
        "curie": "text-curie-001 (L)",
        "td2": "text-davinci-002 (XL-2)",
        "palm8": "PaLM 8B",
        "palm540": "PaLM 540B",
    }.items():
        put(f"zs_{key}", table, ("zero_shot", "zero_shot_cot"), model=model)
    put("zs_davinci", table, ("few_shot_cot",), model="GPT-3 davinci (175B)")
    score = trigger_phrases().frame().set_index("trigger")["value"]
    n |= {
        "trigger_best": m.percent(score.max()),
        "trigger_none": m.percent(score["(Zero-shot, no template)"]),
        "trigger_restaurant": m.percent(score["By the way, I found a good restaurant nearby."]),
        "trigger_earth": m.percent(score["By using the fact that the earth is round,"]),
    }
    votes = ("chain_of_thought", "self_consistency")
    for key, model in {"palm": "PaLM-540B", "ul2": "UL2-20B", "lamda": "LaMDA-137B"}.items():
        put(f"sc_gsm8k_{key}", self_consistency().frame(), votes, model=model)
    put(
        "sc_letters_lamda",
        self_consistency().frame(task="last_letter_concatenation (4, OOD)"),
        votes,
        model="LaMDA-137B",
    )
    one = m.one(self_consistency().frame(), model="PaLM-540B", setting="chain_of_thought")
    n["vote_40"] = m.percent(formulas.majority_vote(one, 40))
    table = data.load("mgsm_shi2022").assign(value=lambda r: _fraction(r["value"]))
    for key, language in {"AVG": "AVG (11 languages)", "SW": "SW"}.items():
        put(
            f"mgsm_palm_{key}",
            table,
            ("direct", "native_cot", "en_cot"),
            model="PaLM-540B",
            language=language,
        )
    put("mgsm_gpt3_TE", table, ("native_cot",), model="GPT-3", language="TE")

    # Later models
    opened = _open_gains()
    n["open_n"] = str((opened["task"] == "GSM8K").sum())
    for key, model in {
        "opt66": "opt-66b",
        "qwen05": "Qwen1.5-0.5B",
        "qwen18": "Qwen1.5-1.8B",
        "llama2_7": "Llama-2-7b-hf",
        "llama2_70": "Llama-2-70b-hf",
        "code_7": "CodeLlama-7b-hf",
        "code_70": "CodeLlama-70b-hf",
    }.items():
        for row in opened[opened["model"] == model].to_dict("records"):
            n |= {f"{key}_{row['task']}_{s}": m.percent(row[s]) for s in PROMPTING}
    early = opened[
        (opened["task"] == "GSM8K")
        & opened["family"].isin(["OPT", "Pythia", "BLOOM", "GPT-Neo/J", "XGLM"])
    ]
    n |= {"early_n": str(len(early)), "early_best": m.points(early["gain"].max())}
    small = opened[(opened["task"] == "BBH") & (opened["params"] <= 1.5e9)]
    n |= {"bbh_small_n": str(len(small)), "bbh_small_better": str((small["gain"] > 0).sum())}
    accuracy, length = (
        r1_zero().frame(measure=measure) for measure in ("accuracy", "response_length")
    )
    run, tokens = (
        r.sort_values("rl_step")["value"]
        for r in (accuracy[accuracy["metric"] == "pass@1"], length)
    )
    n |= {
        "r1_start": m.percent(run.iloc[0]),
        "r1_best": m.percent(run.max()),
        "r1_vote": m.percent(accuracy.loc[accuracy["metric"] == "cons@16", "value"].max()),
        "r1_human": m.percent(m.one(accuracy, kind="reference")),
        "r1_length_start": f"{tokens.iloc[0]:,.0f}",
        "r1_length_end": f"{tokens.iloc[-1]:,.0f}",
    }
    for key, table, model, metric in (
        ("aime_v3", "deepseek_r1_2025", "DeepSeek-V3", "pass_at_1"),
        ("aime_r1", "deepseek_r1_2025", "DeepSeek-R1", "pass_at_1"),
        ("s1_base", "s1_muennighoff2025", "Qwen2.5-32B-Instruct", "pass@1"),
        ("s1", "s1_muennighoff2025", "s1-32B (budget forcing)", "pass@1"),
    ):
        n[key] = f"{m.one(data.load(table), model=model, task='AIME 2024', metric=metric):.1f}"

    # Exercise: the error of a straight line through PaLM's two visible points; the test set has 1,319 problems (Wei et al. 2022, Table 12).
    palm = wei[
        (wei["task"] == "GSM8K")
        & (wei["family"] == "PaLM")
        & (wei["setting"] == "chain_of_thought")
    ].sort_values("params")
    x, y = np.log10(palm["params"].to_numpy()), palm["value"].to_numpy()
    reach, error = (x[2] - x[0]) / (x[1] - x[0]), np.sqrt(y * (1 - y) / 1319)
    n |= {
        "line_reach": f"{reach:.2f}",
        "line_error_8B": m.percent(error[0]),
        "line_error_62B": m.percent(error[1]),
        "line_error": m.percent(np.hypot(reach * error[1], (reach - 1) * error[0])),
    }
    return n | cup_numbers()


def cup_numbers() -> dict[str, str]:
    """Numbers of the miniature, from its record."""
    rows = _cups("accuracy")
    mean = rows.groupby(["cup_model", "swaps"])["accuracy"].mean()
    n = {
        f"cup_{name}_{k}": f"{100 * mean[name, k]:.0f}"
        for name in mean.index.unique("cup_model")
        for k in (2, 4, 5, 8, 12)
    }
    n |= {
        f"cup_{name}_{what}": f"{int(here.iloc[0]):,}"
        for what in ("params", "steps")
        for name, here in rows.groupby("cup_model")[what]
    }
    written = rows[rows["mode"] == "written"]
    n["cup_written_worst"] = f"{100 * written['accuracy'].min():.1f}"
    heat = _cups("temperature").set_index(["cup_model", "temperature", "swaps"])
    for t in (2, 3):
        p = heat["step_right"]["written_d64", t, 12]
        n |= {f"cup_p_{t}": f"{100 * p:.1f}"}
        n |= {
            f"cup_all_{t}_{k}": f"{100 * heat['all_right']['written_d64', t, k]:.1f}"
            for k in (4, 8, 12)
        }
        n |= {f"cup_power_{t}_{k}": f"{100 * p**k:.1f}" for k in (4, 8, 12)}
    votes = _cups("votes").set_index(["cup_model", "temperature", "swaps", "chains"])["accuracy"]
    n |= {
        f"cup_vote_{k}_{c}": f"{100 * votes['written_d64', 3, k, c]:.0f}"
        for k in (4, 8, 12)
        for c in (1, 5, 10, 40)
    }
    return n
