"""Figures of the chapter on scaling laws."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial

import altair as alt
import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import marks as m
from emergence.figure import Choice, Figure, Predict, Slider
from emergence.text import label

from .budgets import SERVED, tokens_per_param
from .kaplan import kaplan_curves, kaplan_joint

__all__ = [
    "refit",
    "isoflop",
    "chinchilla_gopher",
    "inverse",
    "repeated_sampling",
    "thinking_tokens",
    "test_time_or_size",
    "rl_compute",
    "pass_at_k",
    "overoptimization",
]

CHAPTER = "scaling_laws"
RULES = ("kaplan", "approach_1", "approach_2", "approach_3", "replication")
POINTS = ("points_240", "points_245")
DELTAS = {"huber_1e-3": 1e-3, "huber_1e-4": 1e-4, "huber_1e-2": 1e-2, "squares": None}
PARAMETERS = ("E", "A", "B", "alpha", "beta", "a")
DRAWS = 200
"""Bootstrap resamples behind our intervals, with seed 0."""
SERIES = ("PaLM", "GPT-2", "GPT-3", "GPT-3 FeedME", "OPT", "Gopher", "Chinchilla", "Anthropic LM")
"""Model series drawn with their own color; the two Anthropic series fine-tuned on preferences are in the table only."""


# --- laws and tables -------------------------------------------------------------------------------------------------
def _published(fit: str) -> dict[str, float]:
    """E, A, B, alpha, beta as printed: ``hoffmann`` (unrounded), ``rounded`` (as in the paper's text) or ``replication``."""
    table = data.load("chinchilla_loss_fits").set_index(["fit", "parameter"])["value"]
    if fit == "replication":
        return {
            k: table["Besiroglu et al. 2024 (Epoch AI replication, published table)", k]
            for k in PARAMETERS[:5]
        }
    if fit == "rounded":
        return {
            k: table["Hoffmann et al. 2022 (Approach 3, published, rounded)", k]
            for k in PARAMETERS[:5]
        }
    raw = table[
        "Hoffmann et al. 2022 (Approach 3, unrounded values from the TeX source, as used by Epoch AI)"
    ]
    return {
        "E": np.exp(raw["e=ln E"]),
        "A": np.exp(raw["a=ln A"]),
        "B": np.exp(raw["b=ln B"]),
        "alpha": raw["alpha"],
        "beta": raw["beta"],
    }


@cache
def _runs(points: str) -> pd.DataFrame:
    """The training runs read from Hoffmann et al.'s Figure 4, tokens from 6 N D = C as in the replication."""
    rows = data.load("chinchilla_training_runs")
    rows["train_tokens"] = rows["train_flops"] / (6 * rows["params"])
    return rows[rows["used_in_epoch_fit"].astype(bool)] if points == "points_240" else rows


@cache
def _refit(points: str, loss_function: str) -> dict[str, float]:
    rows = _runs(points)
    return formulas.fit_parametric_loss(
        rows["params"], rows["train_tokens"], rows["loss"], DELTAS[loss_function]
    )


@cache
def _intervals(points: str, loss_function: str) -> dict[str, tuple[float, float]]:
    """95 percent percentile intervals of our bootstrap, per parameter and for the exponent a."""
    rows = _runs(points)
    drawn = pd.DataFrame(
        formulas.bootstrap_parametric_loss(
            rows["params"], rows["train_tokens"], rows["loss"], DELTAS[loss_function], DRAWS
        )
    )
    drawn["a"] = drawn["beta"] / (drawn["alpha"] + drawn["beta"])
    return {k: tuple(np.quantile(drawn[k], [0.025, 0.975])) for k in PARAMETERS}


def _law(fit: dict[str, float]) -> dict[str, float]:
    return {k: fit[k] for k in PARAMETERS[:5]}


@cache
def _table_line(approach: int) -> tuple[float, float]:
    """Slope and intercept of ln N against ln C through the optimal sizes printed for approach 1 or 2."""
    rows = data.load("chinchilla_optimal_sizes")
    rows = rows[rows["approach"].astype(int) == approach]
    slope, intercept = np.polyfit(
        np.log(rows["train_flops"].astype(float)), np.log(rows["params"].astype(float)), 1
    )
    return float(slope), float(intercept)


@cache
def _table_a3() -> pd.DataFrame:
    """Sizes and compute of approach 3 (Hoffmann et al. 2022, Table A3) with two slips of the print undone.

    175 billion is printed with 1.26e24 FLOPs for 1.26e25. The row printed as 67 billion fits its own tokens, and the power
    law of the other eight rows, at 70 billion, the size of Chinchilla.
    """
    rows = data.load("chinchilla_optimal_sizes")
    rows = rows[rows["approach"].astype(int) == 3].astype({"params": float, "train_flops": float})
    return rows.assign(
        params=rows["params"].replace(6.7e10, 7e10),
        train_flops=rows["train_flops"].replace(1.26e24, 1.26e25),
    )


def _kaplan(law: str, parameter: str) -> float:
    table = data.load("kaplan_power_laws")
    return float(
        table.loc[table["law"].eq(law) & table["parameter"].eq(parameter), "value"].iloc[0]
    )


def optimal(rule: str, train_flops):
    """Parameters and tokens (N, D) that `rule` recommends for `train_flops`, with 6 N D = C throughout."""
    flops = np.asarray(train_flops, float)
    if rule == "kaplan":
        params = _kaplan("N_opt", "N_e") * (flops / _kaplan("unit", "flops_per_PF_day")) ** _kaplan(
            "N_opt", "p_N"
        )
    elif rule in ("approach_1", "approach_2"):
        slope, intercept = _table_line(int(rule[-1]))
        params = np.exp(intercept) * flops**slope
    else:
        params, _ = formulas.compute_optimal(
            flops, **_published("hoffmann" if rule == "approach_3" else rule)
        )
    return params, flops / (6 * params)


@cache
def _models() -> pd.DataFrame:
    """Dense decoder-only transformers, or mixtures with known active size, whose training tokens are known."""
    rows = data.load("llm_timeline")
    rows = rows[
        rows["architecture"].isin(["decoder transformer", "decoder transformer (prefix)"])
    ].dropna(subset=["train_tokens", "params"])
    mixture = rows["moe"].astype(bool)
    rows = rows[~mixture | rows["active_params"].notna()]
    used = rows["active_params"].fillna(rows["params"])
    return rows.assign(
        model_class=np.where(rows["moe"].astype(bool), "mixture_model", "dense_model"),
        used_params=used,
        tokens_per_param=rows["train_tokens"] / used,
    )


def _fraction(percent: pd.Series) -> pd.Series:
    return (percent.astype(float) / 100).round(8)


def _digits(values, n: int = 4):
    """Rounded to `n` significant digits: what a drawing can show, and what a page has to carry."""
    return [float(f"{v:.{n}g}") for v in np.asarray(values, float)]


def _size(value: float) -> str:
    """A count as the field writes it: 7.0e10 -> 70B; trillions as T."""
    for factor, letter in ((1e15, "P"), (1e12, "T"), (1e9, "B"), (1e6, "M")):
        if value >= 0.9995 * factor:
            return f"{value / factor:.3g}{letter}"
    return f"{value:.3g}"


# --- marks -----------------------------------------------------------------------------------------------------------
SI = "replace(datum.label, 'G', 'B')"


def _log_x(
    column: str, domain: Sequence[float], title: str | None = None, power: bool = False
) -> alt.X:
    """Logarithmic horizontal axis over a fixed domain; powers of ten when `power`, else 1M, 1B, 1T."""
    axis = alt.Axis(
        grid=False,
        tickCount=6,
        format="~e" if power else "~s",
        **({} if power else {"labelExpr": SI}),
    )
    return alt.X(
        f"{column}:Q",
        scale=alt.Scale(type="log", domain=list(domain), nice=False),
        axis=axis,
        title=label(column) if title is None else title,
    )


def _log_y(column: str, domain: Sequence[float], title: str | None = None) -> alt.Y:
    # Powers of ten only: minor grid lines of a wide logarithmic axis would be the darkest thing in the picture.
    powers = [
        10.0**k
        for k in range(int(np.ceil(np.log10(domain[0]))), int(np.floor(np.log10(domain[1]))) + 1)
    ]
    return alt.Y(
        f"{column}:Q",
        scale=alt.Scale(type="log", domain=list(domain), nice=False),
        title=label(column) if title is None else title,
        axis=alt.Axis(format="~s", labelExpr=SI, values=powers),
    )


def _two_columns(*channels):
    for channel in channels:
        channel["legend"]["columns"] = 2
    return channels


# --- Chinchilla ------------------------------------------------------------------------------------------------------
def _exponent(fit: dict[str, float]) -> float:
    return fit["beta"] / (fit["alpha"] + fit["beta"])


@cache
def _replication_intervals() -> dict[str, tuple[float, float]]:
    table = data.load("chinchilla_loss_fits")
    rows = table[table["fit"].str.contains("notebook output")].set_index("parameter")
    found = {
        k: (float(rows.loc[k, "ci95_low"]), float(rows.loc[k, "ci95_high"])) for k in PARAMETERS[:5]
    }
    centre = (
        data.load("optimal_allocation_exponents")
        .set_index("source")
        .loc["Besiroglu et al. 2024 (Epoch AI)", "a_params_exponent"]
    )
    # The standard error of a, 0.020, is in the table's interval note.
    return found | {"a": (centre - 1.96 * 0.020, centre + 1.96 * 0.020)}


@cache
def refit() -> Figure:
    fits = ("hoffmann", "replication", "our_fit")
    printed = {k: _published(k) | {"a": _exponent(_published(k))} for k in fits[:2]}
    bounds = _replication_intervals()

    def position(parameter, value):
        """In half widths of the replication's interval, from its estimate; A and B by their logarithm."""
        scale = np.log if parameter in "AB" else float
        low, high = (scale(v) for v in bounds[parameter])
        return float(
            f"{(scale(value) - scale(printed['replication'][parameter])) / ((high - low) / 2):.4g}"
        )

    def frame(runs_used, loss_function):
        ours, spread = _refit(runs_used, loss_function), _intervals(runs_used, loss_function)
        rows = []
        for parameter in PARAMETERS:
            for fit in fits:
                value = ours | {"a": _exponent(ours)} if fit == "our_fit" else printed[fit]
                low, high = {"our_fit": spread, "replication": bounds}.get(fit, {}).get(
                    parameter, (None, None)
                )
                rows.append(
                    {
                        "kind": "fit" if fit == "our_fit" else "published",
                        "fit": fit,
                        "model": label(fit),
                        "fitted_number": "law_" + parameter,
                        "value": float(f"{value[parameter]:.4g}"),
                        "ci_low": low and float(f"{low:.4g}"),
                        "ci_high": high and float(f"{high:.4g}"),
                        "refit_position": position(parameter, value[parameter]),
                        "from": low and position(parameter, low),
                        "to": high and position(parameter, high),
                        "text": f"{value[parameter]:,.4g}"
                        if value[parameter] < 1e4
                        else f"{value[parameter]:,.0f}",
                    }
                )
        return pd.DataFrame(rows)

    def chart(rows):
        color, shape = m.series("fit", fits, title="")
        y, offset = (
            m.named_rows("fitted_number", tuple("law_" + p for p in PARAMETERS)),
            alt.YOffset(
                "fit:N", sort=list(fits), scale=alt.Scale(domain=list(fits), paddingOuter=0.4)
            ),
        )
        x = alt.X(
            "refit_position:Q",
            scale=alt.Scale(domain=[-4, 9.5]),
            title=label("refit_position"),
            axis=alt.Axis(values=[-4, -2, -1, 0, 1, 2, 4, 6]),
        )
        base, tips = (
            alt.Chart(rows),
            m.tooltip(rows, ("model", "fitted_number", "value", "ci_low", "ci_high")),
        )
        return alt.layer(
            base.mark_rule(strokeWidth=2.5, strokeDash=[1, 0]).encode(
                x=alt.X("from:Q", title=label("refit_position")),
                x2="to:Q",
                y=y,
                yOffset=offset,
                color=color,
            ),
            base.mark_point(size=60, filled=True, opacity=1).encode(
                x=x, y=y, yOffset=offset, color=color, shape=shape, tooltip=tips
            ),
            base.mark_text(align="right", fontSize=11, x="width").encode(
                y=y, yOffset=offset, text="text:N"
            ),
        ).properties(width="container", height=62 * len(PARAMETERS))

    return Figure(
        "scaling-refit",
        CHAPTER,
        ["chinchilla_training_runs", "chinchilla_loss_fits", "optimal_allocation_exponents"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("runs_used", POINTS), Choice("loss_function", tuple(DELTAS))],
        columns=["kind", "model", "fitted_number", "value", "ci_low", "ci_high"],
    )


@cache
def isoflop() -> Figure:
    fits = {"hoffmann": _published("hoffmann"), "our_fit": _law(_refit("points_240", "huber_1e-3"))}
    everything = _runs("points_245").assign(
        used=lambda r: np.where(r["used_in_epoch_fit"].astype(bool), "used_run", "left_out_run")
    )
    grid = 10.0 ** np.arange(7.5, 10.51, 0.1)

    def frame(log_budget):
        flops = 10.0**log_budget
        near = (np.log10(everything["train_flops"]) - log_budget).abs() <= 0.05
        runs = pd.DataFrame(
            {
                "kind": "published",
                "fit": everything["used"],
                "place": np.where(near, "near", "far"),
                "params": _digits(everything["params"]),
                "train_tokens": _digits(everything["train_tokens"]),
                "train_flops": _digits(everything["train_flops"]),
                "value": _digits(everything["loss"]),
            }
        )
        parts = [runs.sort_values("place", kind="stable")]
        for name, law in fits.items():
            best, _ = formulas.compute_optimal(flops, **law)
            for place, params in (("curve", grid), ("best", np.array([float(best)]))):
                tokens = flops / (6 * params)
                parts.append(
                    pd.DataFrame(
                        {
                            "kind": "fit",
                            "fit": name,
                            "place": place,
                            "params": _digits(params),
                            "train_tokens": _digits(tokens),
                            "train_flops": float(f"{flops:.4g}"),
                            "value": _digits(formulas.parametric_loss(params, tokens, **law)),
                        }
                    )
                )
        return pd.concat(parts, ignore_index=True).rename(columns={"value": "nats"})

    def chart(rows):
        color, shape = m.series(
            "fit", ("used_run", "left_out_run", "hoffmann", "our_fit"), title=""
        )
        _two_columns(color, shape)
        across = _log_x("params", (3e7, 2e10))
        up = alt.Y(
            "nats:Q",
            scale=alt.Scale(type="log", domain=[2.05, 5.2], nice=False),
            title=label("nats"),
            axis=alt.Axis(values=[2.2, 2.5, 3, 3.5, 4, 5]),
        )
        base, tips = (
            alt.Chart(rows),
            m.tooltip(rows, ("fit", "params", "train_tokens", "train_flops", "nats")),
        )
        return alt.layer(
            base.transform_filter("datum.place === 'far'")
            .mark_point(size=14, filled=True, opacity=0.22, color="currentColor")
            .encode(across, up),
            base.transform_filter("datum.place === 'curve'")
            .mark_line(strokeDash=[8, 4], strokeWidth=2, clip=True)
            .encode(across, up, color),
            base.transform_filter("datum.place === 'best'")
            .mark_point(size=170, filled=False, strokeWidth=2.5, opacity=1)
            .encode(across, up, color, shape, tooltip=tips),
            base.transform_filter("datum.place === 'near'")
            .mark_point(size=60, filled=True, opacity=1)
            .encode(across, up, color, shape, tooltip=tips),
        ).properties(width="container", height=400)

    return Figure(
        "scaling-isoflop",
        CHAPTER,
        ["chinchilla_training_runs", "chinchilla_loss_fits"],
        frame,
        chart,
        facts=numbers,
        controls=[Slider("log_budget", 18.7, 21.5, 0.1, 20.0, format=".1f")],
    )


@cache
def chinchilla_gopher() -> Figure:
    models = ("GPT-3", "Gopher", "Chinchilla")
    table = data.load("chinchilla_vs_gopher")

    def frame(suite):
        rows = table[table["model"].isin(models)]
        if suite == "pile":
            rows = rows[(rows["table"] == "Table A5") & rows["model"].isin(models[1:])].assign(
                task=lambda r: r["task"].str.removeprefix("The Pile: ").str.replace("_", " ")
            )
            rows = rows.assign(value=rows["value"].astype(float))
        else:
            rows = rows[
                rows["table"].isin([f"Table {i}" for i in (6, 7, 8, 9)] + ["Section 4.2.5"])
                & rows["setting"].isin(["zero_shot", "few_shot"])
            ]
            rows = rows[
                ~(rows["task"].str.startswith("RACE") & rows["model"].eq("GPT-3"))
            ]  # another prompt format, the paper says
            shots = rows["n_shots"].map(lambda k: "" if pd.isna(k) else f", {int(k)}-shot")
            rows = rows.assign(
                task=rows["task"]
                .str.replace(
                    r" \((57 tasks|unfiltered, test|filtered, dev|dev)\)", r" (\1)", regex=True
                )
                .str.replace(" (57 tasks)", "", regex=False)
                + shots,
                value=_fraction(rows["value"]),
            )
            rows = rows[
                rows.groupby("task")["model"].transform(
                    lambda s: {"Gopher", "Chinchilla"} <= set(s)
                )
            ]
        return rows.assign(kind="published")[
            ["kind", "model", "params", "train_flops", "task", "metric", "value"]
        ]

    def chart(rows, suite):
        color, shape = m.series("model", models, title="")
        wide = rows.pivot_table(index="task", columns="model", values="value")
        gain = (wide["Chinchilla"] - wide["Gopher"]).sort_values(ascending=suite == "pile")
        if suite == "pile":
            x = alt.X("value:Q", scale=alt.Scale(domain=[0.3, 1.2]), title=label("bits_per_byte"))
        else:
            x = alt.X(
                "value:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5),
                title=label("value"),
            )
        y = alt.Y(
            "task:N",
            sort=list(gain.index),
            title=None,
            axis=alt.Axis(labelLimit=210, grid=True, tickSize=0, domain=False, labelPadding=6),
        )
        base = alt.Chart(rows)
        return alt.layer(
            base.mark_rule(strokeWidth=1.5, strokeDash=[1, 0], opacity=0.45).encode(
                x=alt.X("min(value):Q", title=x["title"]), x2="max(value):Q", y=y
            ),
            base.mark_point(size=80, filled=True, opacity=1).encode(
                x=x, y=y, color=color, shape=shape, tooltip=m.tooltip(rows)
            ),
        ).properties(width="container", height=22 * len(gain))

    return Figure(
        "scaling-chinchilla-gopher",
        CHAPTER,
        ["chinchilla_vs_gopher"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("suite", ("benchmarks", "pile"))],
    )


# --- inverse scaling -------------------------------------------------------------------------------------------------
TASKS = (
    "hindsight_neglect",
    "modus_tollens",
    "repetitive_algebra",
    "sig_figs",
    "neqa",
    "redefine",
    "memo_trap",
    "resisting_correction",
    "into_the_unknown",
    "pattern_match_suppression",
    "prompt_injection",
)


@cache
def _inverse() -> pd.DataFrame:
    rows = data.load("mckenzie2023_inverse_scaling_tasks")
    return rows[rows["train_flops"].notna()].sort_values(["task", "family", "train_flops"])


@cache
def inverse() -> Figure:
    def frame(task):
        rows = _inverse()
        rows = rows[rows["task"] == task]
        drawn = rows[rows["family"].isin(SERIES)].assign(kind="published")[
            ["kind", "family", "model", "params", "train_flops", "task", "metric", "value"]
        ]
        chance = rows["random_baseline"].dropna().unique()
        line = [
            {"kind": "reference", "model": label("scaling_chance"), "task": task, "value": float(c)}
            for c in chance
        ]
        return pd.concat([drawn, pd.DataFrame(line)], ignore_index=True) if line else drawn

    def chart(rows, task):
        color, shape = m.series("family", SERIES, title="")
        loss = task == "prompt_injection"
        up = m.axis_y(
            domain=(0, 5) if loss else (0, 1),
            title=label("nats" if loss else "value"),
            format=".1f" if loss else ".0%",
        )
        across = _log_x("train_flops", (1e18, 6e24), power=True)
        base = alt.Chart(rows)
        measured = base.transform_filter("datum.kind !== 'reference'")
        palm = measured.transform_filter("datum.family === 'PaLM'")
        layers = [
            measured.mark_line(strokeWidth=1.5, opacity=0.55, clip=True).encode(across, up, color),
            measured.mark_point(size=40, filled=True, opacity=0.7, clip=True).encode(
                across, up, color, shape, tooltip=m.tooltip(rows, ("family", *m.TOOLTIP))
            ),
            palm.mark_line(strokeWidth=3.5).encode(across, up, color),
        ]
        if not loss:
            flat = base.transform_filter("datum.kind === 'reference'")
            layers += [
                flat.mark_rule().encode(y=up),
                flat.mark_text(align="left", dy=-6, dx=4, fontSize=11, x=0).encode(
                    y=up, text="model:N"
                ),
            ]
        return alt.layer(*layers).properties(width="container", height=340)

    return Figure(
        "scaling-inverse",
        CHAPTER,
        ["mckenzie2023_inverse_scaling_tasks"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", TASKS)],
        predict=Predict("train_flops", 1e24, "train_flops", "value", {"family": "PaLM"}),
    )


# --- test time -------------------------------------------------------------------------------------------------------
@cache
def repeated_sampling() -> Figure:
    models = (
        "Llama-3-8B-Instruct",
        "Llama-3-70B-Instruct",
        "Gemma-2B",
        "Pythia-70M",
        "Pythia-160M",
        "Pythia-12B",
    )
    short = {"MATH (oracle verifier)": "MATH"}
    fits, points = data.load("monkeys_brown2024_fits"), data.load("monkeys_brown2024_points")
    k = np.unique(np.round(10.0 ** np.arange(0, 4.01, 0.2)))

    def frame(task):
        lines = [
            pd.DataFrame(
                {
                    "kind": "fit",
                    "model": r["model"],
                    "params": r["params"],
                    "task": task,
                    "n_samples": k,
                    "metric": "sample_coverage",
                    "value": _digits(np.exp(r["a"] * k ** r["b"])),
                }
            )
            for r in fits.to_dict("records")
            if short.get(r["task"], r["task"]) == task
        ]
        seen = points[(points["task"] == task) & points["model"].isin(models)]
        seen = seen.assign(
            kind="published",
            metric=seen["metric"].replace(
                {"best_selection_success": "sample_selected", "coverage": "sample_coverage"}
            ),
            value=_fraction(seen["value"]),
        )
        return pd.concat([*lines, seen[list(lines[0])]], ignore_index=True)

    def chart(rows):
        color, shape = m.series("model", models, title="")
        across = _log_x("n_samples", (1, 1.3e4))
        up = m.axis_y(title=label("problems_solved"))
        base, tips = (
            alt.Chart(rows),
            m.tooltip(rows, ("model", "task", "n_samples", "metric", "value")),
        )
        points = base.transform_filter("datum.kind === 'published'")
        return alt.layer(
            base.transform_filter("datum.kind === 'fit'")
            .mark_line(strokeDash=[8, 4], strokeWidth=2)
            .encode(across, up, color),
            points.transform_filter("datum.metric === 'sample_coverage'")
            .mark_point(size=80, filled=True, opacity=1)
            .encode(across, up, color, shape, tooltip=tips),
            points.transform_filter("datum.metric === 'sample_selected'")
            .mark_point(size=110, filled=False, strokeWidth=2.5, opacity=1)
            .encode(across, up, color, shape, tooltip=tips),
        ).properties(width="container", height=320)

    return Figure(
        "scaling-repeated-sampling",
        CHAPTER,
        ["monkeys_brown2024_fits", "monkeys_brown2024_points"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("task", ("MATH", "CodeContests"))],
    )


@cache
def thinking_tokens() -> Figure:
    names = {"MATH500": "MATH500", "GPQA Diamond": "GPQA Diamond", "AIME24": "AIME24"}
    table = data.load("s1_test_time_scaling")

    def frame():
        forced = table[table["figure"] == "Figure 1"].assign(
            thinking=lambda r: r["task"].map(names)
        )
        rejected = table[table["figure"].str.startswith("Figure 6")].assign(
            thinking="rejection_aime"
        )
        rows = pd.concat([forced, rejected], ignore_index=True)
        return rows.assign(
            kind="published", value=_fraction(rows["value"]), thinking_tokens=rows["x"]
        )[["kind", "model", "task", "thinking", "thinking_tokens", "metric", "value"]].sort_values(
            ["thinking", "thinking_tokens"]
        )

    def chart(rows):
        color, shape = m.series("thinking", (*names, "rejection_aime"), title="")
        return m.curves(rows, _log_x("thinking_tokens", (400, 9000)), m.axis_y(), color, shape)

    return Figure(
        "scaling-thinking-tokens",
        CHAPTER,
        ["s1_test_time_scaling"],
        frame,
        chart,
        facts=numbers,
        curve=["thinking"],
    )


@cache
def test_time_or_size() -> Figure:
    ratios, difficulty = (
        {"R<<1": "ratio_low", "R~=1": "ratio_one", "R>>1": "ratio_high"},
        ("easy", "medium", "hard"),
    )
    table = data.load("snell_test_time_compute")
    table = table[table["metric"].eq("relative improvement in accuracy")]

    def frame(test_time_method):
        word = {"revisions": "revisions", "prm_search": "PRM search"}[test_time_method]
        rows = table[table["figure"].str.contains(word)]
        return pd.DataFrame(
            {
                "kind": "published",
                "model": rows["model"],
                "task": "MATH",
                "method": test_time_method,
                "snell_difficulty": rows["difficulty_bin"],
                "token_ratio": rows["generation_budget"].map(ratios),
                "metric": "relative_improvement",
                "value": _fraction(rows["value"]),
            }
        )

    def chart(rows):
        color, shape = m.series("snell_difficulty", difficulty)
        y = m.named_rows("token_ratio", tuple(ratios.values()), 190)
        x = alt.X(
            "value:Q",
            scale=alt.Scale(domain=[-0.6, 0.4]),
            axis=alt.Axis(format="+.0%", tickCount=6),
            title=label("relative_improvement"),
        )
        offset = alt.YOffset(
            "snell_difficulty:N",
            sort=list(difficulty),
            scale=alt.Scale(domain=list(difficulty), paddingOuter=0.4),
        )
        base = alt.Chart(rows)
        return alt.layer(
            base.transform_aggregate(zero="count()").mark_rule().encode(x=alt.datum(0)),
            base.mark_bar(size=5, opacity=0.5).encode(x=x, y=y, yOffset=offset, color=color),
            base.mark_point(size=75, filled=True, opacity=1).encode(
                x=x,
                y=y,
                yOffset=offset,
                color=color,
                shape=shape,
                tooltip=m.tooltip(rows, ("snell_difficulty", "token_ratio", "value")),
            ),
        ).properties(width="container", height=200)

    return Figure(
        "scaling-test-time-or-size",
        CHAPTER,
        ["snell_test_time_compute"],
        frame,
        chart,
        facts=numbers,
        controls=[Choice("test_time_method", ("revisions", "prm_search"))],
    )


# --- reinforcement learning ------------------------------------------------------------------------------------------
@cache
def rl_compute() -> Figure:
    runs = {
        "ScaleRL (batch 768, 14k context)": "scalerl_base",
        "ScaleRL-32k context": "scalerl_32k",
        "ScaleRL batch 2048 (100k GPU-hour run)": "scalerl_2048",
        "ScaleRL-Scout": "scalerl_scout",
    }
    hours = 10.0 ** np.arange(2, 5.01, 0.1)
    table = data.load("scalerl_khatri2025_fits")
    table = table[table["run"].isin(runs)]

    def frame():
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "kind": "fit",
                        "rl_run": runs[r["run"]],
                        "model": r["model"],
                        "gpu_hours": _digits(hours),
                        "scalerl_asymptote": r["A"],
                        "scalerl_exponent": r["B"],
                        "scalerl_midpoint": r["C_mid"],
                        "metric": "share_of_gain",
                        "value": _digits(1 / (1 + (r["C_mid"] / hours) ** r["B"])),
                    }
                )
                for r in table.to_dict("records")
            ],
            ignore_index=True,
        )

    def chart(rows):
        color, _ = m.series("rl_run", tuple(runs.values()), title="")
        return (
            alt.Chart(rows)
            .mark_line(strokeWidth=2)
            .encode(
                _log_x("gpu_hours", (100, 1e5)),
                m.axis_y(title=label("share_of_gain")),
                color,
                m.dashes("rl_run", tuple(runs.values())),
                tooltip=m.tooltip(
                    rows,
                    (
                        "rl_run",
                        "model",
                        "gpu_hours",
                        "value",
                        "scalerl_asymptote",
                        "scalerl_exponent",
                        "scalerl_midpoint",
                    ),
                ),
            )
            .properties(width="container", height=300)
        )

    return Figure(
        "scaling-rl-compute", CHAPTER, ["scalerl_khatri2025_fits"], frame, chart, facts=numbers
    )


@cache
def pass_at_k() -> Figure:
    families = ("Qwen-2.5-32B", "Qwen-2.5-14B", "Qwen-2.5-7B", "LLaMA-3.1-8B")
    names = {"base": "rl_before", "RL-trained (RLVR)": "rl_after"}
    table = data.load("rlvr_passk_yue2025")

    def frame(family, task):
        rows = table[(table["family"] == family) & (table["task"] == task)]
        return rows.assign(
            kind="published", rl_version=rows["model"].map(names), metric="pass_at_k"
        )[["kind", "family", "rl_version", "params", "task", "k", "metric", "value"]].sort_values(
            ["rl_version", "k"]
        )

    def chart(rows):
        color, shape = m.series("rl_version", tuple(names.values()), title="")
        across = alt.X(
            "k:Q",
            scale=alt.Scale(type="log", base=2, domain=[1, 1200], nice=False),
            title=label("n_samples"),
            axis=alt.Axis(grid=False, values=[1, 4, 16, 64, 256, 1024]),
        )
        return m.curves(rows, across, m.axis_y(title=label("problems_solved")), color, shape)

    return Figure(
        "scaling-pass-at-k",
        CHAPTER,
        ["rlvr_passk_yue2025"],
        frame,
        chart,
        facts=numbers,
        curve=["rl_version"],
        controls=[Choice("family", families), Choice("task", ("AIME24", "MATH500"))],
    )


@cache
def overoptimization() -> Figure:
    x = np.round(np.arange(0, 2.51, 0.05), 2)

    def frame():
        rows = []
        for d in x:
            rl = d * (1 - np.log(d)) if d else 0.0
            rows += [
                {
                    "kind": "simulation",
                    "overopt_form": "form_bon",
                    "overopt_distance": float(d),
                    "value": float(f"{2 * d - d * d:.5g}"),
                },
                {
                    "kind": "simulation",
                    "overopt_form": "form_rl",
                    "overopt_distance": float(d),
                    "value": float(f"{rl:.5g}"),
                },
            ]
        return pd.DataFrame(rows).sort_values(["overopt_form", "overopt_distance"])

    def chart(rows):
        color, _ = m.series("overopt_form", ("form_bon", "form_rl"), title="")
        base = alt.Chart(rows)
        return alt.layer(
            base.transform_aggregate(zero="count()").mark_rule().encode(y=alt.datum(0)),
            base.mark_line(strokeDash=[1, 3], strokeWidth=2.5).encode(
                alt.X(
                    "overopt_distance:Q",
                    scale=alt.Scale(domain=[0, 2.5]),
                    title=label("overopt_distance"),
                    axis=alt.Axis(grid=False),
                ),
                alt.Y("value:Q", scale=alt.Scale(domain=[-1.3, 1.1]), title=label("gold_reward")),
                color,
                tooltip=m.tooltip(rows, ("overopt_form", "overopt_distance", "value")),
            ),
        ).properties(width="container", height=260)

    return Figure(
        "scaling-overoptimization",
        CHAPTER,
        ["functional_forms"],
        frame,
        chart,
        facts=numbers,
        simulation=True,
    )


# --- numbers the prose uses ------------------------------------------------------------------------------------------
_percent = partial(m.percent, trim=True)


def _signed(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")


def _words(value: float) -> str:
    """A count in words: 7.0e10 -> 70 billion; two significant digits below 100 of a unit, three above."""
    for factor, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if value >= 0.9995 * factor:
            scaled = value / factor
            return (
                f"{scaled:,.0f} {word}" if scaled >= 99.5 else f"{float(f'{scaled:.2g}'):g} {word}"
            )
    return f"{value:,.0f}"


def gopher_gaps() -> pd.DataFrame:
    """Chinchilla minus Gopher per benchmark row drawn, as fractions."""
    wide = (
        chinchilla_gopher()
        .frame(suite="benchmarks")
        .pivot_table(index="task", columns="model", values="value")
    )
    return (wide["Chinchilla"] - wide["Gopher"]).round(6)


@cache
def numbers() -> dict[str, str]:
    """Every number of the chapter's prose and captions, formatted: percentages without their sign, counts in words."""
    n: dict[str, str] = {}

    # Allocation and budget
    for flops in (21, 23, 24, 25):
        for rule in RULES:
            params, tokens = (float(v) for v in optimal(rule, 10.0**flops))
            n |= {
                f"{rule}_{flops}_N": _words(params),
                f"{rule}_{flops}_D": _words(tokens),
                f"{rule}_{flops}_ratio": f"{float(f'{tokens / params:.2g}'):,g}",
            }
    exponents = data.load("optimal_allocation_exponents")
    for key, source, approach in (
        ("a1", "Hoffmann et al. 2022 Table 2", "1."),
        ("a2", "Hoffmann et al. 2022 Table 2", "2."),
        ("a3", "Hoffmann et al. 2022 Table 2", "3."),
        ("a_kaplan", "Kaplan", "batch"),
        ("a_rep", "Besiroglu", "3."),
    ):
        row = exponents[
            exponents["source"].str.startswith(source)
            & exponents["approach"].str.startswith(approach)
        ].iloc[0]
        n |= {
            key: f"{row['a_params_exponent']:g}",
            key + "_low": f"{row['a_low']:g}",
            key + "_high": f"{row['a_high']:g}",
        }
    n["b_kaplan"] = f"{_kaplan('D_opt (1 epoch)', 'p_D'):g}"
    day = _kaplan("unit", "flops_per_PF_day")
    n["kaplan_more_tokens"] = (
        f"{_kaplan('D_opt (1 epoch)', 'D_e') / float(optimal('kaplan', day)[1]):.1f}"
    )
    law = _published("replication")
    for served, tokens_served in SERVED.items():
        params, tokens = formulas.inference_optimal(1e24, tokens_served, **law)
        start, start_tokens = (float(v) for v in formulas.compute_optimal(1e24, **law))
        life = 6 * params * tokens + 2 * params * tokens_served
        whole = 6 * start * start_tokens + 2 * start * tokens_served
        n |= {
            f"{served}_N": _words(params),
            f"{served}_D": _words(tokens),
            f"{served}_ratio": f"{float(f'{tokens / params:.2g}'):,g}",
            f"{served}_train": f"{6 * params * tokens / 1e24:.2f}",
            f"{served}_saved": f"{abs(100 * (1 - life / whole)):.0f}",
        }
    n |= {"served_24_N": n["served_1e13_N"], "served_24_D": n["served_1e13_D"]}
    third = _table_a3()
    sizes, flops = third["params"].to_numpy(), third["train_flops"].to_numpy()
    for key, fit in (("unrounded", "hoffmann"), ("rounded", "rounded")):
        ratio = optimal_flops(sizes, _published(fit)) / flops
        n |= {
            f"{key}_low": f"{100 * (ratio.min() - 1):.0f}",
            f"{key}_high": f"{100 * (ratio.max() - 1):.0f}",
        }
    slope, intercept = np.polyfit(np.log(sizes), np.log(flops), 1)
    n |= {
        "table_slope": f"{1 / slope:.3f}",
        "table_spread": f"{100 * np.abs(np.log(flops) - slope * np.log(sizes) - intercept).max():.1f}",
    }
    # The beta and B that, with the published alpha and A, have the table's power law as their optimum.
    source = _published("hoffmann")
    beta = source["alpha"] / (slope - 1)
    B = (
        source["alpha"]
        * source["A"]
        / (beta * np.exp((intercept - np.log(6)) / -slope * (source["alpha"] + beta)))
    )
    n |= {"table_beta": f"{beta:.3f}", "table_B": f"{B:.0f}"}

    # Kaplan
    rows = kaplan_curves().frame()
    rows = rows[rows["kind"] == "published"].sort_values("x_value")
    n |= {
        "kaplan_N_first": _words(rows["x_value"].iloc[0]),
        "kaplan_N_last": _words(rows["x_value"].iloc[-1]),
        "kaplan_L_first": f"{rows['value'].iloc[0]:.2f}",
        "kaplan_L_last": f"{rows['value'].iloc[-1]:.2f}",
        "kaplan_slope_N": f"{_kaplan('L(N)', 'alpha_N'):g}",
        "kaplan_slope_D": f"{_kaplan('L(D)', 'alpha_D'):g}",
        "kaplan_slope_C": f"{_kaplan('L(C_min)', 'alpha_C_min'):.3f}",
        "kaplan_ten": f"{100 * (1 - 10 ** -_kaplan('L(N)', 'alpha_N')):.0f}",
        "kaplan_half": f"{np.log10(2) / _kaplan('L(N)', 'alpha_N'):.1f}",
    }
    joint = kaplan_joint().frame()
    for key, size, params in (
        ("joint_inf_6", "data_unlimited", 1e6),
        ("joint_inf_11", "data_unlimited", 1e11),
        ("joint_9_11", "data_1e+09", 1e11),
    ):
        n[key] = f"{m.one(joint, data_size=size, params=params):.2f}"

    # Refit
    ours, spread = _refit("points_240", "huber_1e-3"), _intervals("points_240", "huber_1e-3")
    fits = {
        "our": ours,
        "rep": law,
        "hoff": _published("hoffmann"),
        "all": _refit("points_245", "huber_1e-3"),
        "allsq": _refit("points_245", "squares"),
        "sq": _refit("points_240", "squares"),
    }
    for key, fit in fits.items():
        n |= {
            f"{key}_alpha": f"{fit['alpha']:.3f}",
            f"{key}_beta": f"{fit['beta']:.3f}",
            f"{key}_E": f"{fit['E']:.2f}",
            f"{key}_a": f"{_exponent(fit):.3f}",
            f"{key}_A": f"{fit['A']:,.0f}",
            f"{key}_B": f"{fit['B']:,.0f}",
        }
    n |= {f"our_{k}_low": f"{spread[k][0]:.3f}" for k in ("alpha", "beta", "a", "E")} | {
        f"our_{k}_high": f"{spread[k][1]:.3f}" for k in ("alpha", "beta", "a", "E")
    }
    n |= {
        "draws": str(DRAWS),
        "runs": str(len(_runs("points_245"))),
        "runs_used": str(len(_runs("points_240"))),
    }
    n["runs_max_flops"] = f"{_runs('points_245')['train_flops'].max():.1e}".replace("e+", "e")
    for key in ("our", "hoff"):
        for flops in (20, 21):
            n[f"iso_{key}_{flops}"] = _words(
                float(formulas.compute_optimal(10.0**flops, **_law(fits[key]))[0])
            )
        for flops in (23, 25):
            params, tokens = (
                float(v) for v in formulas.compute_optimal(10.0**flops, **_law(fits[key]))
            )
            n[f"{key}_{flops}_ratio"] = f"{float(f'{tokens / params:.2g}'):g}"
    best = float(formulas.compute_optimal(1e20, **_law(ours))[0])
    valley = formulas.parametric_loss(
        best * np.array([0.5, 1, 2]), 1e20 / (6 * best * np.array([0.5, 1, 2])), **_law(ours)
    )
    n["valley"] = f"{valley[[0, 2]].max() - valley[1]:.2f}"
    # Runs near 1e19 FLOPs with more than 1.5 billion parameters that the replication keeps, and how far above our law they lie.
    steep = _runs("points_240")
    steep = steep[((np.log10(steep["train_flops"]) - 19).abs() <= 0.05) & (steep["params"] > 1.5e9)]
    excess = steep["loss"] - formulas.parametric_loss(
        steep["params"], steep["train_tokens"], **_law(ours)
    )
    n |= {
        "steep_n": str(len(steep)),
        "steep_low": f"{excess.min():.2f}",
        "steep_high": f"{excess.max():.2f}",
    }
    chinchilla = data.load("llm_timeline").set_index("model").loc["Chinchilla"]
    gopher = data.load("llm_timeline").set_index("model").loc["Gopher"]
    for key, row in (("chin", chinchilla), ("goph", gopher)):
        value = formulas.parametric_loss(row["params"], row["train_tokens"], **law)
        n |= {
            f"{key}_N": _words(row["params"]),
            f"{key}_D": _words(row["train_tokens"]),
            f"{key}_loss": f"{value:.3f}",
            f"{key}_term_N": f"{law['A'] / row['params'] ** law['alpha']:.3f}",
            f"{key}_term_D": f"{law['B'] / row['train_tokens'] ** law['beta']:.3f}",
        }

    # Chinchilla against Gopher, tokens per parameter
    gaps = gopher_gaps()
    n |= {
        "chin_tasks": str(len(gaps)),
        "chin_better": str((gaps > 0).sum()),
        "chin_equal": str((gaps == 0).sum()),
        "chin_worse": str((gaps < 0).sum()),
    }
    rows = chinchilla_gopher().frame()
    for key, model in (("chin", "Chinchilla"), ("goph", "Gopher")):
        n[f"{key}_mmlu"] = _percent(m.one(rows, model=model, task="MMLU, 5-shot"))
    bits = (
        chinchilla_gopher()
        .frame(suite="pile")
        .pivot_table(index="task", columns="model", values="value")
    )
    n |= {"pile_n": str(len(bits)), "pile_better": str((bits["Chinchilla"] < bits["Gopher"]).sum())}
    ratio = _models().set_index("model")["tokens_per_param"]
    for key, model in {
        "gpt3": "GPT-3 175B",
        "gopher": "Gopher",
        "chin": "Chinchilla",
        "palm": "PaLM 540B",
        "llama7": "LLaMA-7B",
        "llama2": "Llama 2 7B",
        "llama3": "Llama 3 70B",
        "llama405": "Llama 3.1 405B",
        "phi4": "Phi-4",
        "tiny": "TinyLlama 1.1B",
    }.items():
        n[f"tpp_{key}"] = (
            f"{float(f'{ratio[model]:.2g}') if ratio[model] < 100 else round(ratio[model]):,g}"
        )
    early, late = (
        _models()[_models()["date"].between(*span)]["tokens_per_param"].median()
        for span in (("2020-01-01", "2021-12-31"), ("2024-01-01", "2024-12-31"))
    )
    n |= {"tpp_early": f"{early:.1f}", "tpp_late": f"{late:.0f}", "tpp_n": str(len(_models()))}

    # Inverse scaling
    rows = _inverse()
    palm = rows[rows["family"] == "PaLM"].pivot_table(index="task", columns="model", values="value")
    for key, task in {
        "hind": "hindsight_neglect",
        "modus": "modus_tollens",
        "algebra": "repetitive_algebra",
        "figs": "sig_figs",
        "unknown": "into_the_unknown",
        "pattern": "pattern_match_suppression",
        "memo": "memo_trap",
        "redefine": "redefine",
    }.items():
        n |= {
            f"{key}_{size}": _percent(palm.loc[task, size]) for size in ("1B", "8B", "62B", "540B")
        }
    n["hind_line"] = _percent(inverse().forecast()["line"])
    accuracy = palm.drop(index="prompt_injection")
    n |= {
        "inverse_tasks": str(len(palm)),
        "palm_up_last": str((accuracy["540B"] > accuracy["62B"]).sum()),
        "palm_tasks": str(len(accuracy)),
        "palm_below_1B": str((accuracy["540B"] < accuracy["1B"]).sum()),
    }

    # Test time
    points = data.load("monkeys_brown2024_points")
    llama = points[points["model"] == "Llama-3-8B-Instruct"]
    for k in (100, 10000):
        n |= {
            f"monkey_{k}": f"{m.one(llama, metric='coverage', n_samples=k):g}",
            f"select_{k}": f"{m.one(llama, metric='best_selection_success', n_samples=k):g}",
        }
    swe = points[(points["task"] == "SWE-bench Lite") & (points["metric"] == "coverage")]
    n |= {"swe_1": f"{m.one(swe, n_samples=1):g}", "swe_250": f"{m.one(swe, n_samples=250):g}"}
    fits_table = data.load("monkeys_brown2024_fits")
    drawn = fits_table[fits_table["task"].isin(["MATH (oracle verifier)", "CodeContests"])]
    n |= {
        "monkey_error_low": f"{100 * drawn['fit_error_mean'].min():.1f}",
        "monkey_error_high": f"{100 * drawn['fit_error_mean'].max():.1f}",
    }
    one = fits_table[
        (fits_table["model"] == "Llama-3-8B-Instruct") & fits_table["task"].str.startswith("MATH")
    ].iloc[0]
    n |= {
        "monkey_a": f"{one['a']:g}".replace("-", "−"),
        "monkey_b": f"{one['b']:g}".replace("-", "−"),
        "monkey_fit_1": _percent(np.exp(one["a"])),
        "monkey_fit_100": _percent(np.exp(one["a"] * 100 ** one["b"])),
        "monkey_same_p": _percent(float(formulas.coverage(np.exp(one["a"]), 10))),
    }
    n["monkey_fit_10"] = _percent(np.exp(one["a"] * 10 ** one["b"]))
    rows = thinking_tokens().frame()
    forced, rejected = (
        rows[rows["thinking"] == k].sort_values("thinking_tokens")
        for k in ("AIME24", "rejection_aime")
    )
    n |= {
        "s1_first": _percent(forced["value"].iloc[0]),
        "s1_last": _percent(forced["value"].iloc[-1]),
        "s1_first_tokens": f"{forced['thinking_tokens'].iloc[0]:,.0f}",
        "s1_last_tokens": f"{forced['thinking_tokens'].iloc[-1]:,.0f}",
        "s1_reject_first": _percent(rejected["value"].iloc[0]),
        "s1_reject_last": _percent(rejected["value"].iloc[-1]),
    }
    rows = test_time_or_size().frame()
    for level in ("easy", "medium", "hard"):
        for ratio_key in ("low", "high"):
            n[f"snell_{level}_{ratio_key}"] = _signed(
                m.one(rows, snell_difficulty=level, token_ratio=f"ratio_{ratio_key}")
            )

    # Reinforcement learning
    table = data.load("scalerl_khatri2025_fits").set_index("run")
    for key, name in (
        ("rl_base", "ScaleRL (batch 768, 14k context)"),
        ("rl_32k", "ScaleRL-32k context"),
        ("rl_scout", "ScaleRL-Scout"),
    ):
        n |= {
            f"{key}_A": f"{table.loc[name, 'A']:g}",
            f"{key}_mid": f"{table.loc[name, 'C_mid']:,.0f}",
            f"{key}_B": f"{table.loc[name, 'B']:g}",
        }
    for model, key in (("rl_before", "base"), ("rl_after", "rl")):
        rows = pass_at_k().frame()
        n |= {
            f"pass_{key}_{k}": _percent(m.one(rows, rl_version=model, k=k))
            for k in (1, 64, 128, 1024)
        }
    n["rl_zero"] = f"{np.e:.1f}"
    zero = data.load("deepseek_r1_2025")
    n["r1_start"] = (
        f"{m.one(zero, source_table='text / figure 2', task='AIME 2024', metric='pass_at_1'):g}"
    )
    n["r1_end"] = (
        f"{m.one(zero, model='DeepSeek-R1-Zero', source_table='2', task='AIME 2024', metric='pass_at_1'):g}"
    )
    later = data.load("deepseek_r1_zero_training")
    n["r1_later"] = _percent(later.loc[later["metric"] == "pass@1", "value"].max())
    return n


def optimal_flops(params, law: dict[str, float]) -> np.ndarray:
    """Training FLOPs (6 N D) for which a model of size `params` is compute-optimal under L = E + A/N^alpha + B/D^beta."""
    scale = (law["alpha"] * law["A"] / (law["beta"] * law["B"])) ** (
        1 / (law["alpha"] + law["beta"])
    )
    return 6 * (np.asarray(params, float) / scale) ** (1 / _exponent(law))
