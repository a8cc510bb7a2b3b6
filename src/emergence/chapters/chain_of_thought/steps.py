"""The arithmetic of steps: a chain is right when every step is."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import formulas
from emergence.chart import (
    PALETTE,
    Layer,
    Series,
    dots,
    line,
    linear,
    pick,
    plot,
    published_fractions,
    share,
    tooltips,
    words,
)
from emergence.figure import Choice, Slider
from emergence.text import label

from .tables import chapter

__all__ = ["steps_dial", "steps_observed"]

LONGEST = 20


@chapter.figure(
    "steps-dial",
    controls=[
        Slider("step_accuracy", 0.5, 1, 0.02, 0.9, ".0%"),
        Slider("n_steps", 1, LONGEST, 1, 10),
    ],
    simulation=True,
    columns=["kind", "drawn", "step_accuracy", "n_steps", "value"],
)
def steps_dial(step_accuracy, n_steps):
    """Probability that a whole chain is right, by number of steps, if each is right with the same probability."""
    steps = np.arange(1, LONGEST + 1)
    curve = {
        "kind": "simulation",
        "drawn": "chain",
        "step_accuracy": step_accuracy,
        "n_steps": steps,
        "value": formulas.chain_accuracy(step_accuracy, steps),
    }
    curve = pd.DataFrame(curve)
    needed = float(formulas.step_accuracy(0.5, n_steps))
    value = float(formulas.chain_accuracy(step_accuracy, n_steps))
    said = label("dial_words").format(p=step_accuracy, k=n_steps, value=value, needed=needed)
    reader = pick(curve, n_steps=n_steps).assign(drawn="reader", words=said)
    half = {
        "kind": ["reference"],
        "drawn": "half",
        "step_accuracy": needed,
        "n_steps": n_steps,
        "value": 0.5,
    }
    return pd.concat([curve, reader, pd.DataFrame(half)], ignore_index=True)


WHOLE = {"ticks": None, "grid": False, "nice": False, "guide": {"tickMinStep": 1}}


@steps_dial.draw
def _(rows):
    chain, reader = {"drawn": "chain"}, {"drawn": "reader"}
    return plot(
        rows,
        x=linear("n_steps", (0.5, LONGEST + 0.5), **WHOLE),
        y=share(title="chain_accuracy"),
        layers=[
            Layer("rule", ("y",), {}, {"kind": "reference"}),
            line(chain, strokeDash=[1, 3], color=PALETTE[0]),
            dots(chain, size=45, filled=False, color=PALETTE[0]),
            dots(reader, size=160, shape="diamond", color=PALETTE[1]),
            words("words", reader, size=12, align="right", baseline="top", x="width", y=2),
        ],
        tips=("step_accuracy", "n_steps", "value"),
    )


RANGES = {"GSM8K by required steps": (0.8, 5.2), "last_letter_concatenation": (0.5, 12.5)}
SETTINGS = ("chain_of_thought", "least_to_most")


def fitted(rows: pd.DataFrame, last: float) -> pd.DataFrame:
    """The curve p**k through `rows` (``n_steps``, ``value``): p by least squares on log accuracy; open-ended bins left out."""
    closed = rows[~rows["length_or_subset"].str.startswith(">")]
    k, logs = closed["n_steps"].to_numpy(), np.log(closed["value"].to_numpy())
    p = float(np.exp(k @ logs / (k @ k)))
    steps = np.arange(1, last + 1)
    curve = {
        "kind": "fit",
        "setting": rows["setting"].iloc[0],
        "n_steps": steps,
        "metric": "p^k",
        "value": formulas.chain_accuracy(p, steps),
        "step_accuracy": p,
    }
    return pd.DataFrame(curve)


@chapter.figure(
    "steps-observed",
    tables=["least_to_most_zhou2022"],
    controls=[Choice("task", tuple(RANGES))],
)
def steps_observed(task):
    """Accuracy (fractions) by number of steps that a problem needs, with the nearest curve of independent steps."""
    rows = published_fractions("least_to_most_zhou2022", task=task, setting=list(SETTINGS))
    rows = rows[rows["length_or_subset"] != "all"]
    rows["n_steps"] = rows["length_or_subset"].str.extract(r"(\d+)")[0].astype(float)
    last = rows["n_steps"].max()
    fits = [fitted(pick(rows, setting=setting), last) for setting in SETTINGS]
    columns = "kind family model task setting length_or_subset n_steps metric value step_accuracy"
    return pd.concat([rows, *fits], ignore_index=True).assign(task=task)[columns.split()]


@steps_observed.draw
def _(rows, task):
    tips = tooltips(rows, ("model", "setting", "length_or_subset", "value", "step_accuracy"))
    return plot(
        rows,
        x=linear("n_steps", RANGES[task], title=task + "_axis", **WHOLE),
        y=share(),
        by=Series("setting", SETTINGS),
        layers=[
            line({"kind": "fit"}, strokeDash=[8, 4], tooltip=tips),
            dots({"kind": "published"}, size=80, tooltip=tips),
        ],
    )
