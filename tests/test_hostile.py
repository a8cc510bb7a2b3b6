"""Every public function of the library answers what it cannot use with one sentence of its own kind, and hands out nothing that is shared."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

from emergence import data
from emergence.chapters import every, explorer
from emergence.chapters.explorer import ExplorerError
from emergence.data import DataError
from emergence.figure import Choice, Figure, FigureError, Slider

FIGURES = every()
MENU = next(
    f for f in FIGURES.values() if isinstance(f.controls[0] if f.controls else None, Choice)
)
DIAL = next(
    f for f in FIGURES.values() if isinstance(f.controls[0] if f.controls else None, Slider)
)
TABLE = "gpt3_table_h1"
DEEP = []
DEEP.append(DEEP)

ODD = {
    "nothing": None,
    "truth": True,
    "not a number": float("nan"),
    "infinity": float("inf"),
    "bytes": b"task",
    "no text": "",
    "text": "tsak",
    "long text": "a\nb" * 500,
    "list": ["task"],
    "empty": [],
    "mapping": {"task": 1},
    "tuple": ("task", ["a"]),
    "array": np.array([1, 2]),
    "words": np.array(["task", "model"]),
    "series": pd.Series([1, 2]),
    "frame": pd.DataFrame({"a": [1]}),
    "object": object(),
    "function": len,
    "slice": slice(3),
    "itself": DEEP,
}
CALLS = {
    "load": (DataError, lambda v: data.load(v)),
    "load a column": (DataError, lambda v: data.load(TABLE, [v])),
    "source": (DataError, lambda v: data.source(v)),
    "unit of a table": (DataError, lambda v: data.column_unit(v, "params")),
    "unit of a column": (DataError, lambda v: data.column_unit(TABLE, v)),
    "one set-up": (DataError, lambda v: data.one_setup(data.evaluations().head(9), [v])),
    "run": (DataError, lambda v: data.run(v)),
    "curves of a run": (DataError, lambda v: data.curves(v, "phases")),
    "curves": (DataError, lambda v: data.curves("grokking", v)),
    "weights of a run": (DataError, lambda v: data.weights(v, "plain")),
    "weights": (DataError, lambda v: data.weights("facts", v)),
    "option": (FigureError, lambda v: MENU.frame(**{MENU.controls[0].name: v})),
    "number": (FigureError, lambda v: DIAL.frame(**{DIAL.controls[0].name: v})),
    "option of a chart": (FigureError, lambda v: MENU.chart(**{MENU.controls[0].name: v})),
    "skin": (FigureError, lambda v: MENU.svg(skin=v)),
    "width": (FigureError, lambda v: MENU.svg(width=v)),
    "horizontal axis": (ExplorerError, lambda v: explorer.state(x=v)),
    "vertical axis": (ExplorerError, lambda v: explorer.select(y=v)),
    "a curve": (ExplorerError, lambda v: explorer.state(curves=[v])),
    "task of a curve": (ExplorerError, lambda v: explorer.curve_id(task=v)),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("call", CALLS)
def test_odd_arguments_are_answered_with_one_sentence(call, odd):
    error, act = CALLS[call]
    with pytest.raises(error) as raised:
        act(ODD[odd])
    said = str(raised.value)
    assert "\n" not in said and len(said) < 500
    assert any(word in said for word in ("allowed", "nearest", "see curve_id()", "no curve fits"))


@pytest.mark.parametrize("columns", ["task", 3, len])
def test_names_are_given_as_a_list(columns):
    """A bare text would be read letter by letter."""
    for ask in (
        lambda: data.load(TABLE, columns),
        lambda: data.one_setup(data.evaluations(), columns),
    ):
        with pytest.raises(DataError, match="as a list of names"):
            ask()


def test_any_sequence_of_names_will_do():
    wanted = ["task", "value"]
    for columns in (
        wanted,
        tuple(wanted),
        np.array(wanted),
        pd.Series(wanted),
        dict.fromkeys(wanted),
        iter(wanted),
    ):
        assert list(data.load(TABLE, columns)) == wanted


def test_what_is_handed_out_is_the_callers_own():
    """Whatever a caller does to an answer, the next answer is the same."""
    figure = MENU
    asks = {
        "tables": data.tables,
        "runs": data.runs,
        "run": lambda: data.run("grokking"),
        "source": lambda: data.source(TABLE),
        "load": lambda: data.load(TABLE),
        "evaluations": data.evaluations,
        "models": data.models,
        "curves": lambda: data.curves("grokking", "phases"),
        "weights": lambda: data.weights("facts", "plain")[1],
        "frame": figure.frame,
        "state": figure.state,
        "spec": figure.spec,
        "explorer": explorer.default,
        "select": explorer.select,
    }

    def spoil(value):
        if isinstance(value, pd.DataFrame):
            for column in list(value):
                del value[column]
        elif isinstance(value, np.ndarray):
            value[:] = 0
        elif isinstance(value, dict):
            for part in list(value.values()):
                spoil(part)
            value.clear()
        elif isinstance(value, list):
            for part in value:
                spoil(part)
            value.clear()
        elif hasattr(value, "__dataclass_fields__"):
            for part in vars(value).values():
                spoil(part)
        elif isinstance(value, tuple):
            for part in value:
                spoil(part)

    for name, ask in asks.items():
        before = pickle.dumps(ask())
        spoil(ask())
        assert pickle.dumps(ask()) == before, name


@pytest.mark.parametrize("names", [["columns"], ["self"], ["task", "task"]])
def test_a_control_has_a_name_of_its_own(names):
    """`chart` takes controls by name, beside the number of its columns."""
    with pytest.raises(FigureError, match="no name for another control"):
        Figure(
            MENU.name,
            MENU.chapter,
            MENU.tables,
            MENU.frame_function,
            MENU.chart_function,
            [Choice(name, ["a", "b"]) for name in names],
        )


@pytest.mark.parametrize("name", data.runs())
def test_a_record_can_be_copied_and_sent_to_another_process(name):
    record = data.run(name)
    assert pickle.loads(pickle.dumps(record)) == copy.deepcopy(record) == record
