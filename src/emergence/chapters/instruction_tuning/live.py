"""The live part of the chapter: the reader gives an instruction, and three small models follow it or not."""

from __future__ import annotations

from functools import cache, partial

import altair as alt
import pandas as pd

from emergence.chart import Axis, Series, dots, plot, words
from emergence.live import Live
from emergence.models import instructions, load, packed
from emergence.text import label

from .miniature import RUN

__all__ = ["instructions_live"]

TASKS = (15, 23, 48)
TEXT = "abcdef"


def first_task() -> tuple[str, str]:
    """The instruction shown first: the first one that every live model has to answer without training on it."""
    return instructions.split(0)[0][0]


def met(task: instructions.Task, tasks: int) -> str:
    """Whether the seed-0 model of `tasks` training tasks was trained on `task`: label key."""
    if task in instructions.trained(tasks, 0):
        return "met"
    return "never" if task in instructions.split(0)[0] else "later"


def row_name(tasks: int) -> str:
    return label("model_row").format(tasks=tasks)


def answer_rows(text: str, task: instructions.Task) -> pd.DataFrame:
    """The right result and what the three live models write: the table the live part draws, from NumPy."""
    string = instructions.encode(text)[None]
    right = instructions.decode(instructions.carry_out([task], string)[0])
    said = [(label("wanted"), right, "")]
    for tasks in TASKS:
        model = load(RUN, f"tasks_{tasks}")
        written = instructions.answer(model, instructions.prompt([task], string))[0]
        said.append((row_name(tasks), instructions.decode(written), label(met(task, tasks))))
    rows = [
        {
            "kind": "miniature" if part else "simulation",
            "tuned_model": name,
            "training_state": part,
            "place": i + 1,
            "letter": letter,
            "wanted_letter": right[i],
            "mark": "is_right" if letter == right[i] else "is_wrong",
        }
        for name, written, part in said
        for i, letter in enumerate(written)
    ]
    return pd.DataFrame(rows)


def answers() -> tuple[pd.DataFrame, alt.LayerChart]:
    """What the models write, letter by letter, with an example."""
    rows = answer_rows(TEXT, first_task())
    names = [label("wanted"), *map(row_name, TASKS)]
    bare = {"domain": False, "ticks": False}
    tips = "tuned_model training_state place letter wanted_letter"
    chart = plot(
        rows,
        x=Axis("place:O", {}, {"labelAngle": 0, **bare}),
        y=Axis(
            "tuned_model:N", {"domain": names}, {"labelLimit": 170, **bare}, "", {"sort": names}
        ),
        by=Series("mark", ("is_right", "is_wrong"), title=""),
        layers=[
            dots({"kind": "miniature"}, size=420, hollow=True),
            words("letter", size=14),
        ],
        tips=tips.split(),
        height=160,
    )
    return rows, chart


def options() -> dict:
    """What the page's script is given: letters, instructions, and what each model was trained on."""
    return {
        "text": TEXT,
        "task": list(first_task()),
        "letters": instructions.LETTERS,
        "length": instructions.LENGTH,
        "orders": [
            {"name": name, "label": label(name), "takes": takes.tolist()}
            for name, takes in instructions.ORDERS.items()
        ],
        "maps": [
            {"name": name, "label": label(name), "becomes": becomes.tolist()}
            for name, becomes in instructions.MAPS.items()
        ],
        "wanted": label("wanted"),
        "models": [
            {
                "asset": f"tasks-{tasks}",
                "tasks": tasks,
                "label": row_name(tasks),
                "states": {" ".join(task): label(met(task, tasks)) for task in instructions.TASKS},
            }
            for tasks in TASKS
        ],
    }


@cache
def instructions_live() -> Live:
    """Instructions in two words on the reader's six letters, followed by three small Transformers."""
    return Live(
        "inst-mini-live",
        "instruction_tuning",
        "instructions",
        {"answers": answers},
        runs=[RUN],
        assets={f"tasks-{tasks}": partial(packed, RUN, f"tasks_{tasks}") for tasks in TASKS},
        options=options,
        room=(478, 563),
    )
