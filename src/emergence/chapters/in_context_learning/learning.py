"""Learning without training: what happens inside the network while it reads examples."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import (
    Series,
    dots,
    dumbbell,
    fractions,
    line,
    linear,
    named_rows,
    plot,
    share,
    tooltips,
    words,
)
from emergence.figure import Choice, Slider
from emergence.text import label

from .tables import chapter

__all__ = ["vs_finetuning", "gradient_step", "induction_phases"]

WAYS = {
    "zero_shot": "zero_shot",
    "finetuned": "finetuned_on_examples",
    "in_context": "prompted",
    "reference": "random_guessing",
}
TASKS = ("SST2", "MR", "Subj", "SST5", "AGNews", "CB")


@chapter.figure(
    "icl-vs-finetuning",
    tables=["dai2023_icl_vs_finetuning"],
    controls=[Choice("model", ("GPT 2.7B", "GPT 1.3B"))],
)
def vs_finetuning(model):
    """Accuracy (fractions) on six tasks without examples, with examples in the prompt, and tuned on the same examples."""
    rows = data.load("dai2023_icl_vs_finetuning")
    guessing = rows["setting"] == "reference"
    rows = rows.assign(
        kind=np.where(guessing, "reference", "published"),
        setting=rows["setting"].replace(WAYS),
        value=fractions(rows["value"]),
    )[(rows["metric"] == "accuracy") & (guessing | (rows["model"] == model))]
    rows["model"] = rows["model"].where(rows["kind"] == "published", label("random_guessing"))
    return rows["kind family model params task setting metric value".split()]


@vs_finetuning.draw
def _(rows):
    every = {"kind": ["published", "reference"]}
    return plot(
        rows,
        x=share(ticks=5),
        y=named_rows("task", TASKS),
        by=Series("setting", tuple(WAYS.values()), columns=2),
        layers=[dumbbell(every, width=1.5, opacity=0.45), dots(every, size=90)],
        height=34 * len(TASKS),
    )


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


def unexplained(solved: dict[str, np.ndarray | float]) -> float:
    """Squared error of gradient descent as a share of the targets' mean square."""
    error = np.mean((solved["gradient_descent"] - solved["truth"]) ** 2)
    return float(error / np.mean(solved["truth"] ** 2))


METHODS = ("linear_attention", "gradient_descent", "least_squares")
LIMIT = 3


def dual_difference() -> float:
    """Largest difference between linear attention over examples and question, and Dai's W0 + ΔW (random matrices)."""
    random = np.random.default_rng(0)
    examples, question = random.normal(size=(8, 12)), random.normal(size=(8, 5))
    values, keys = random.normal(size=(2, 8, 8))
    query = random.normal(size=8)
    both = np.hstack([examples, question])
    attention = values @ both @ ((keys @ both).T @ query)
    start = values @ question @ (keys @ question).T
    change = values @ examples @ (keys @ examples).T
    return float(np.abs(attention - (start + change) @ query).max() / np.abs(attention).max())


@chapter.figure(
    "icl-gradient-step",
    controls=[
        Slider("dimension", 2, 14, 6, 8),
        Slider("examples", 10, 40, 15, 25),
        Slider("step_size", 0.5, 1.5, 0.5, 1),
        Slider("layers", 1, 10, 3, 1),
    ],
    simulation=True,
    columns=["kind", "method", "truth", "value"],
)
def gradient_step(dimension, examples, step_size, layers):
    """Answers of linear attention, gradient descent and least squares against the right ones, for twelve new inputs."""
    whole = round(dimension), round(examples), step_size, round(layers)
    solved = construction(*whole)
    answers = [
        {
            "kind": "simulation",
            "method": method,
            "truth": np.round(solved["truth"], 4),
            "value": np.round(solved[method], 4),
        }
        for method in METHODS
    ]
    ends = [-LIMIT, LIMIT]
    diagonal = {
        "kind": "reference",
        "method": "least_squares",
        "truth": ends,
        "value": ends,
    }
    said = label("construction_words").format(
        difference=f"{solved['difference']:.1e}", error=f"{unexplained(solved):.1%}"
    )
    note = {
        "kind": ["simulation"],
        "method": "words",
        "words": said,
        "value": solved["difference"],
    }
    parts = [pd.DataFrame(part) for part in (*answers, diagonal, note)]
    return pd.concat(parts, ignore_index=True)


@gradient_step.draw
def _(rows):
    ends = (-LIMIT, LIMIT)
    diagonal = {"width": 1, "strokeDash": [4, 4], "color": "currentColor"}
    marks = {"least_squares": 40, "linear_attention": 190, "gradient_descent": 45}
    drawn = [
        dots(
            {"method": method, "kind": "simulation"},
            size=size,
            hollow=True,
            opacity=1,
            strokeWidth=1.8,
        )
        for method, size in marks.items()
    ]
    corner = {"align": "left", "baseline": "top", "x": 6, "y": 2, "lineBreak": "|"}
    return plot(
        rows,
        x=linear("truth", ends, grid=False, clamp=True),
        y=linear("value", ends, title="predicted", clamp=True),
        by=Series("method", METHODS, title=""),
        layers=[
            line({"kind": "reference"}, **diagonal),
            *drawn,
            words("words", {"method": "words"}, size=12, **corner),
        ],
        tips=("method", "truth", "value"),
        height=360,
    )


STRATEGIES = ("uniform", "unigram", "bigram")


@chapter.figure("icl-induction-phases", tables=["edelman2024_induction_phases"])
def induction_phases():
    """Distance of a small network's predictions from three strategies (KL divergence) while it is trained."""
    rows = data.load("edelman2024_induction_phases").assign(
        kind="published", metric="kl_divergence"
    )
    rows = rows.sort_values(["strategy", "training_examples_seen"])
    return rows["kind model task strategy training_examples_seen metric value".split()]


@induction_phases.draw
def _(rows):
    tips = tooltips(rows, ("strategy", "training_examples_seen", "value"))
    dashes = {"dashes": ((2, 3), (8, 4)), "solid": ("bigram",)}
    return plot(
        rows,
        x=linear("training_examples_seen", (0, 125000), format="~s", grid=False, nice=False),
        y=linear("value", (0, 0.28), title="kl_to_strategy", format=".2f"),
        by=Series("strategy", STRATEGIES, dashed=True, **dashes),
        layers=[line(tooltip=tips)],
        height=300,
    )
