"""Figures of the chapter that looks ahead."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import marks as m
from emergence.chart.dates import decimal_years
from emergence.figure import Choice, Figure, Predict, Slider
from emergence.text import label

__all__ = ["smallest", "harder", "distilled", "sampled", "truthful", "reasoning"]

CHAPTER = "outlook"
RELEASED = {
    "Llama": "LLaMA-65B",
    "Llama-2": "Llama 2 70B",
    "Llama-3": "Llama 3 70B",
    "Llama-3.1": "Llama 3.1 405B",
    "CodeLlama": "Code Llama 34B",
    "Qwen1.5": "Qwen1.5-72B",
    "Qwen2": "Qwen2-72B",
    "Yi": "Yi-34B",
    "Gemma": "Gemma 7B",
    "Gemma-2": "Gemma 2 27B",
    "Pythia": "Pythia-12B",
    "BLOOM": "BLOOM",
    "OPT": "OPT-175B",
    "DeepSeek-LLM": "DeepSeek LLM 67B",
    "Cerebras-GPT": "Cerebras-GPT-13B",
    "StarCoder": "StarCoder",
    "MPT": "MPT-7B",
    "TinyLlama": "TinyLlama 1.1B",
    "GPT-2": "GPT-2",
    "microsoft/phi-2": "Phi-2",
    "microsoft/phi-1_5": "Phi-1.5",
    "Qwen/Qwen-72B": "Qwen-72B",
    "mistralai/Mistral-7B-v0.1": "Mistral 7B",
    "tiiuae/falcon-180B": "Falcon-180B",
    "tiiuae/falcon-40b": "Falcon-40B",
    "tiiuae/falcon-7b": "Falcon-7B",
    "allenai/OLMo-7B-hf": "OLMo-7B",
}
"""Family or model of Ruan et al. 2024, and the entry of the timeline whose date it takes; models without an entry are left out."""
TASKS = {
    "out_math_hard": "math_hard",
    "out_bbh": "bbh",
    "out_mmlu_pro": "mmlu_pro",
    "out_gpqa": "gpqa",
    "out_musr": "musr",
    "out_ifeval": "ifeval",
}
CHANCE = {"out_gpqa": 0.25, "out_mmlu_pro": 0.1}
"""Guessing levels that follow from the format: four and ten options. The other tasks mix formats or have none."""
TRUTH_FAMILIES = (
    "Pythia",
    "OPT",
    "Cerebras-GPT",
    "GPT-Neo/J",
    "Qwen1.5",
    "Llama-2",
    "Yi-1.5",
    "Gemma-2",
)
OLD, NEW = TRUTH_FAMILIES[:4], TRUTH_FAMILIES[4:]
MIXTURES = r"Mixtral|Jamba|moe|DeepSeek-(?:Coder-)?V2|A14B"
"""Mixtures of experts: the source counts their parameters in two ways."""


# --- tables ----------------------------------------------------------------------------------------------------------
def _open(table: str) -> pd.DataFrame:
    """Dense base models of Ruan et al. 2024 in one of its tables, values as fractions, short model names."""
    rows = data.load(table)
    rows = rows[~rows["model"].str.contains(MIXTURES, regex=True)]
    return rows.assign(
        kind="published",
        short=rows["model"].str.split("/").str[-1],
        value=rows["value"].astype(float).round(6),
    )


@cache
def _mmlu() -> pd.DataFrame:
    """MMLU of dense open base models from 2022 on, dated by the timeline; `year` is the date as a decimal number."""
    rows = _open("obs_base_llm_benchmarks")
    rows = rows[rows["task"] == "MMLU"]
    entry = rows["model"].map(RELEASED).fillna(rows["family"].map(RELEASED))
    dates = data.load("llm_timeline").set_index("model")["date"]
    rows = rows.assign(date=entry.map(dates)).dropna(subset=["date"])
    rows = rows[rows["date"].dt.year >= 2022]
    rows["year"] = decimal_years(rows["date"])
    rows["date"] = rows["date"].dt.strftime("%Y-%m-%d")
    return rows.assign(model=rows["short"])[
        ["kind", "family", "model", "params", "date", "year", "task", "value"]
    ].sort_values(["year", "params"], kind="stable")


def _frontier(rows: pd.DataFrame, score: float) -> pd.DataFrame:
    """The models that were, at their release, the smallest to reach `score`; rows in order of date."""
    reach = rows[rows["value"] >= score].sort_values(["year", "params"])
    return reach[reach["params"] < reach["params"].cummin().shift(fill_value=np.inf)]


@cache
def _harder() -> pd.DataFrame:
    named = ("Llama", "Llama-2", "Llama-3", "Qwen1.5", "Qwen2", "Yi-1.5", "Gemma-2")
    rows = _open("obs_leaderboard_v2")
    rows = rows.assign(
        out_task=rows["task"].map({v: k for k, v in TASKS.items()}),
        metric="leaderboard score",
        model=rows["short"],
        model_series=rows["family"].where(rows["family"].isin(named), "other_families"),
    )
    return rows[
        [
            "kind",
            "family",
            "model_series",
            "model",
            "params",
            "train_flops",
            "out_task",
            "metric",
            "value",
        ]
    ].sort_values(["model_series", "params"], kind="stable")


@cache
def _r1() -> pd.DataFrame:
    rows = data.load("deepseek_r1_2025")
    return rows[rows["unit"] == "percent"].assign(
        value=lambda r: (r["value"] / 100).round(6), kind="published"
    )


@cache
def _sampled() -> pd.DataFrame:
    rows = data.load("rlvr_passk_yue2025")
    training = rows["model"].map({"base": "out_base", "RL-trained (RLVR)": "out_rl"})
    return rows.assign(kind="published", out_training=training, value=rows["value"].astype(float))[
        ["kind", "family", "out_training", "params", "task", "k", "metric", "value"]
    ].sort_values(["out_training", "k"])


@cache
def _truth() -> pd.DataFrame:
    rows = _open("obs_base_llm_benchmarks")
    rows = rows[(rows["task"] == "TruthfulQA") & rows["family"].isin(TRUTH_FAMILIES)]
    return rows.assign(model=rows["short"])[
        ["kind", "family", "model", "params", "task", "value"]
    ].sort_values(["family", "params"])


# --- marks -----------------------------------------------------------------------------------------------------------
def _lines(
    rows: pd.DataFrame,
    x: alt.X,
    y: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
    tips: Sequence[str],
    lines: str = "true",
) -> list[alt.Chart]:
    base = alt.Chart(rows).transform_filter("datum.kind === 'published'")
    return [
        base.transform_filter(lines).mark_line(strokeWidth=2).encode(x, y, color),
        base.mark_point(size=60, filled=True, opacity=1).encode(
            x, y, color, shape, tooltip=m.tooltip(rows, tips)
        ),
    ]


def _levels(rows: pd.DataFrame, y: alt.Y) -> list[alt.Chart]:
    flat = alt.Chart(rows).transform_filter("datum.kind === 'reference'")
    return [
        flat.mark_rule().encode(y=y),
        flat.mark_text(align="left", dx=4, dy=-6, fontSize=11, x=0).encode(y=y, text="model:N"),
    ]


# --- figures ---------------------------------------------------------------------------------------------------------
@cache
def smallest() -> Figure:
    def frame(out_score):
        rows = _mmlu()
        rows = rows.assign(
            reached=np.where(rows["value"] >= out_score, "out_reached", "out_missed"), note=""
        )
        best = _frontier(rows, out_score)
        ends = best.iloc[[0, -1]]  # names of all of them would not fit a phone
        rows.loc[ends.index, "note"] = ends["model"].str.replace(
            r"-hf$|-v0\.1$|^Meta-", "", regex=True
        )
        end = pd.DataFrame({"year": [rows["year"].max() + 0.1], "params": [best["params"].min()]})
        steps = pd.concat(
            [best[["family", "model", "params", "date", "year", "task", "value"]], end],
            ignore_index=True,
        )
        steps = steps.assign(kind="fit", reached="out_reached", note="", task="MMLU")
        return pd.concat([rows, steps], ignore_index=True)

    def chart(rows):
        color, shape = m.series("reached", ("out_reached", "out_missed"), title="")
        x = alt.X(
            "year:Q",
            scale=alt.Scale(domain=[2022.2, 2024.75], nice=False),
            title=label("date"),
            axis=alt.Axis(format="d", values=[2023, 2024], grid=False),
        )
        y = alt.Y(
            "params:Q",
            scale=alt.Scale(type="log", domain=[5e7, 1e12], nice=False),
            title=label("params"),
            axis=alt.Axis(
                format="~s",
                values=[1e8, 1e9, 1e10, 1e11, 1e12],
                labelExpr="replace(datum.label, 'G', 'B')",
            ),
        )
        base = alt.Chart(rows)
        points = base.transform_filter("datum.kind === 'published'")
        return alt.layer(
            base.transform_filter("datum.kind === 'fit'")
            .mark_line(
                interpolate="step-after",
                strokeDash=[8, 4],
                strokeWidth=1.5,
                color="currentColor",
                opacity=0.7,
            )
            .encode(x, y),
            points.mark_point(size=55, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("model", "date", "params", "value"))
            ),
            points.transform_filter("datum.note !== ''")
            .mark_text(align="right", dx=-7, dy=9, fontSize=11)
            .encode(x, y, text="note:N"),
        ).properties(width="container", height=360)

    return Figure(
        "outlook-smallest",
        CHAPTER,
        ["obs_base_llm_benchmarks", "llm_timeline"],
        frame,
        chart,
        facts=numbers,
        controls=[Slider("out_score", 0.4, 0.75, 0.05, 0.5, ".0%")],
        columns=["kind", "family", "model", "params", "date", "task", "value"],
    )


@cache
def harder() -> Figure:
    names = (
        "Llama",
        "Llama-2",
        "Llama-3",
        "Qwen1.5",
        "Qwen2",
        "Yi-1.5",
        "Gemma-2",
        "other_families",
    )
    top = {
        "out_math_hard": 0.35,
        "out_bbh": 0.75,
        "out_mmlu_pro": 0.65,
        "out_gpqa": 0.5,
        "out_musr": 0.5,
        "out_ifeval": 0.5,
    }

    def frame(out_task):
        rows = _harder()[_harder()["out_task"] == out_task]
        if out_task not in CHANCE:
            return rows
        level = pd.DataFrame(
            [
                {
                    "kind": "reference",
                    "model": label("out_guessing"),
                    "out_task": out_task,
                    "value": CHANCE[out_task],
                }
            ]
        )
        return pd.concat([rows, level], ignore_index=True)[list(rows)]

    def chart(rows, out_task):
        color, shape = m.series("model_series", names)
        x, y = m.axis_x(_harder(), "params"), m.axis_y(domain=(0, top[out_task]))
        return alt.layer(
            *_levels(rows, y),
            *_lines(
                rows,
                x,
                y,
                color,
                shape,
                ("family", "model", "params", "value"),
                "datum.model_series !== 'other_families'",
            ),
        ).properties(width="container", height=340)

    return Figure(
        "outlook-harder",
        CHAPTER,
        ["obs_leaderboard_v2"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("out_task", tuple(TASKS))],
        predict=Predict("params", 1e10, "params", "value", {"model_series": "Qwen1.5"}),
    )


@cache
def distilled() -> Figure:
    names = ("out_distill_qwen", "out_distill_llama", "out_rl_small", "out_qwq")
    series = {
        "DeepSeek-R1-Distill-Qwen": names[0],
        "DeepSeek-R1-Distill-Llama": names[1],
        "DeepSeek-R1-Zero-Qwen": names[2],
        "QwQ": names[3],
    }
    table = _r1()[
        _r1()["source_table"].isin(["5", "6"])
        & ~_r1().duplicated(["model", "task", "metric", "value"])
    ]
    table = table.assign(
        model_series=table["model"].str.extract(rf"^({'|'.join(series)})")[0].map(series)
    )

    def frame(out_bench):
        rows = table[(table["task"] == out_bench) & (table["metric"] == "pass_at_1")]
        sized = rows.dropna(subset=["model_series"]).sort_values(["model_series", "params"])
        level = rows[rows["model"] == "GPT-4o-0513"].assign(
            kind="reference", model="GPT-4o", model_series=None
        )
        return pd.concat([sized, level], ignore_index=True)[
            ["kind", "model_series", "model", "params", "task", "metric", "value", "source_table"]
        ]

    def chart(rows):
        color, shape = m.series("model_series", names)
        x = m.axis_x(table.dropna(subset=["model_series"]), "params")
        y = m.axis_y()
        return alt.layer(
            *_levels(rows, y),
            *_lines(rows, x, y, color, shape, ("model", "params", "task", "value")),
        ).properties(width="container", height=320)

    return Figure(
        "outlook-distilled",
        CHAPTER,
        ["deepseek_r1_2025"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("out_bench", ("AIME 2024", "MATH 500", "GPQA Diamond", "LiveCodeBench"))],
    )


@cache
def sampled() -> Figure:
    names = ("out_base", "out_rl")

    def frame(out_bench, out_model):
        return _sampled()[(_sampled()["task"] == out_bench) & (_sampled()["family"] == out_model)]

    def chart(rows):
        color, shape = m.series("out_training", names, title="")
        x = alt.X(
            "k:Q",
            scale=alt.Scale(type="log", base=2, domain=[0.9, 1150], nice=False),
            title=label("out_k"),
            axis=alt.Axis(values=[1, 4, 16, 64, 256, 1024], grid=False),
        )
        return alt.layer(
            *_lines(rows, x, m.axis_y(), color, shape, ("family", "out_training", "k", "value"))
        ).properties(width="container", height=320)

    return Figure(
        "outlook-sampled",
        CHAPTER,
        ["rlvr_passk_yue2025"],
        frame,
        chart,
        facts=numbers,
        controls=[
            Choice("out_bench", ("AIME24", "MATH500")),
            Choice(
                "out_model",
                ("Qwen-2.5-7B", "Qwen-2.5-14B", "Qwen-2.5-32B", "LLaMA-3.1-8B"),
                "Qwen-2.5-32B",
            ),
        ],
    )


@cache
def truthful() -> Figure:
    groups = {"out_all_families": TRUTH_FAMILIES, "out_old": OLD, "out_new": NEW}

    def frame(out_families):
        rows = _truth()
        return rows[rows["family"].isin(groups[out_families])]

    def chart(rows):
        color, shape = m.series("family", TRUTH_FAMILIES)
        return alt.layer(
            *_lines(
                rows,
                m.axis_x(_truth(), "params"),
                m.axis_y(domain=(0.2, 0.65)),
                color,
                shape,
                ("family", "model", "params", "value"),
            )
        ).properties(width="container", height=340)

    return Figure(
        "outlook-truthful",
        CHAPTER,
        ["obs_base_llm_benchmarks"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("out_families", tuple(groups))],
    )


@cache
def reasoning() -> Figure:
    names = ("DeepSeek-V3", "DeepSeek-R1", "GPT-4o-0513", "OpenAI-o1-1217")
    table = _r1()[(_r1()["source_table"] == "4") & _r1()["model"].isin(names)]
    wide = table.pivot(index="task", columns="model", values="value")
    order = list((wide["DeepSeek-R1"] - wide["DeepSeek-V3"]).sort_values(ascending=False).index)
    rows = (
        table[["kind", "model", "task", "metric", "value"]]
        .assign(place=lambda r: r["task"].map(order.index))
        .sort_values(["place", "model"])
    )
    rows = rows.drop(columns="place")

    def frame():
        return rows

    def chart(rows):
        color, shape = m.series("model", names)
        for channel in (color, shape):
            channel["legend"]["columns"] = 2
        y = alt.Y(
            "task:N",
            sort=order,
            title=None,
            axis=alt.Axis(labelLimit=160, grid=True, tickSize=0, domain=False, labelPadding=6),
        )
        x = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format=".0%", tickCount=5),
            title=label("value"),
        )
        base = alt.Chart(rows)
        pair = base.transform_filter(
            "datum.model === 'DeepSeek-V3' || datum.model === 'DeepSeek-R1'"
        )
        return alt.layer(
            pair.mark_rule(strokeWidth=2, strokeDash=[1, 0], opacity=0.5).encode(
                x=alt.X("min(value):Q", title=label("value")), x2="max(value):Q", y=y
            ),
            base.mark_point(size=85, filled=True, opacity=1).encode(
                x, y, color, shape, tooltip=m.tooltip(rows, ("model", "task", "metric", "value"))
            ),
        ).properties(width="container", height=30 * len(order))

    return Figure("outlook-reasoning", CHAPTER, ["deepseek_r1_2025"], frame, chart, facts=numbers)


# --- numbers of prose and texts ---------------------------------------------------------------------------------------
def _size(params: float) -> str:
    return f"{params / 1e9:.3g}"


@cache
def numbers() -> dict[str, str]:
    """Every number of the prose, the captions and the alternative texts, formatted; percentages without the sign."""
    n: dict[str, str] = {}
    for score in (0.4, 0.5, 0.6, 0.7):
        best = _frontier(_mmlu(), score)
        name = f"reach_{100 * score:.0f}"
        first, last = best.iloc[0], best.iloc[-1]
        n |= {
            f"{name}_first": first["model"],
            f"{name}_first_size": _size(first["params"]),
            f"{name}_first_date": first["date"][:7],
            f"{name}_last": last["model"],
            f"{name}_last_size": _size(last["params"]),
            f"{name}_last_date": last["date"][:7],
            f"{name}_factor": f"{first['params'] / last['params']:.0f}",
            f"{name}_months": f"{12 * (last['year'] - first['year']):.0f}",
            f"{name}_halving": f"{12 * (last['year'] - first['year']) / np.log2(first['params'] / last['params']):.0f}",
        }
    dated, everything = _mmlu(), data.load("obs_base_llm_benchmarks")
    n["dated"], n["scored"] = str(len(dated)), str((everything["task"] == "MMLU").sum())

    hard = _harder()
    for task in TASKS:
        rows = hard[hard["out_task"] == task]
        short = task.removeprefix("out_")
        values = rows.set_index("model")["value"]
        n |= {
            f"{short}_{key}": m.percent(values[model])
            for key, model in (
                ("llama2", "Llama-2-70b-hf"),
                ("llama3", "Meta-Llama-3-70B"),
                ("qwen15", "Qwen1.5-110B"),
                ("qwen15_32", "Qwen1.5-32B"),
                ("qwen15_7", "Qwen1.5-7B"),
                ("qwen2", "Qwen2-72B"),
                ("qwen2_small", "Qwen2-1.5B"),
            )
            if model in values
        }
        n[f"{short}_line"] = m.percent(harder().forecast(out_task=task)["line"])
        n[f"{short}_n"] = str(len(rows))
    n["hard_below"] = str((hard[hard["out_task"] == "out_math_hard"]["value"] < 0.05).sum())

    flops = data.load("llm_timeline").set_index("model")["train_flops"]
    n["flops_growth"] = f"{flops['Llama 3.1 405B'] / flops['GPT-3 175B']:.0f}"
    tokens = data.load("llm_timeline").set_index("model")
    for key, model in (
        ("gpt3", "GPT-3 175B"),
        ("chinchilla", "Chinchilla"),
        ("llama3", "Llama 3 70B"),
        ("llama2", "Llama 2 70B"),
    ):
        ratio = tokens.loc[model, "train_tokens"] / tokens.loc[model, "params"]
        n[f"{key}_ratio"] = f"{float(f'{ratio:.2g}'):g}"

    r1 = _r1()

    def score(model, task, table, metric="pass_at_1"):
        hit = r1[
            (r1["model"] == model)
            & (r1["task"] == task)
            & (r1["source_table"] == table)
            & (r1["metric"] == metric)
        ]
        return hit["value"].item()

    for key, task in (
        ("aime", "AIME 2024"),
        ("math", "MATH 500"),
        ("gpqa_d", "GPQA Diamond"),
        ("code", "LiveCodeBench"),
    ):
        n |= {
            f"distill15_{key}": m.percent(score("DeepSeek-R1-Distill-Qwen-1.5B", task, "5")),
            f"distill32_{key}": m.percent(score("DeepSeek-R1-Distill-Qwen-32B", task, "6")),
            f"rl32_{key}": m.percent(score("DeepSeek-R1-Zero-Qwen-32B", task, "6")),
            f"qwq_{key}": m.percent(score("QwQ-32B-Preview", task, "6")),
            f"gpt4o_{key}": m.percent(score("GPT-4o-0513", task, "5")),
            f"v3_{key}": m.percent(score("DeepSeek-V3", task, "4")),
            f"r1_{key}": m.percent(score("DeepSeek-R1", task, "4")),
            f"gain_{key}": m.percent(
                score("DeepSeek-R1", task, "4") - score("DeepSeek-V3", task, "4")
            ),
        }
    for key, task, metric in (
        ("mmlu", "MMLU", "pass_at_1"),
        ("swe", "SWE-bench Verified", "resolved"),
    ):
        n |= {
            f"v3_{key}": m.percent(score("DeepSeek-V3", task, "4", metric)),
            f"r1_{key}": m.percent(score("DeepSeek-R1", task, "4", metric)),
            f"gain_{key}": m.percent(
                score("DeepSeek-R1", task, "4", metric) - score("DeepSeek-V3", task, "4", metric)
            ),
        }
    blind = 1 - 0.999 ** _sampled()["k"].max()
    n["blind"], n["blind_solved"] = f"{100 * blind:.0f}", f"{30 * blind:.0f}"
    n["aime_error"] = f"{100 * np.sqrt(0.5 * 0.5 / 30):.0f}"

    passes = _sampled().set_index(["task", "family", "out_training", "k"])["value"].sort_index()
    for task, short in (("AIME24", "aime"), ("MATH500", "math")):
        for family in ("Qwen-2.5-7B", "Qwen-2.5-32B", "LLaMA-3.1-8B"):
            base, rl = passes[task, family, "out_base"], passes[task, family, "out_rl"]
            last = base.index.max()
            name = f"{short}_{family.rsplit('-', 1)[1].lower()}"
            n |= {
                f"{name}_base_1": m.percent(base[1]),
                f"{name}_rl_1": m.percent(rl[1]),
                f"{name}_base_last": m.percent(base[last]),
                f"{name}_rl_last": m.percent(rl[last]),
                f"{name}_last": str(last),
                f"{name}_cross": str(base.index[base > rl].min()),
            }

    truth = _truth().set_index("family")
    for family in TRUTH_FAMILIES:
        rows = truth.loc[family].sort_values("params")
        key = "".join(c for c in family.lower() if c.isalnum())
        n |= {
            f"{key}_small": m.percent(rows["value"].iloc[0]),
            f"{key}_large": m.percent(rows["value"].iloc[-1]),
            f"{key}_small_size": _size(rows["params"].iloc[0]),
            f"{key}_large_size": _size(rows["params"].iloc[-1]),
        }
    judged = data.load("truthfulqa_by_size")
    judged = judged[
        (judged["task"] == "TruthfulQA (generation)")
        & (judged["source_table"] == "Lin2021 sec 4.2")
    ].set_index("model")["value"]
    n["judged_small"], n["judged_large"] = (
        f"{judged['GPT-3 350M']:.0f}",
        f"{judged['GPT-3 175B']:.0f}",
    )
    return n
