"""The helpers all chapters share: a cell looked up, a percentage, an axis of names."""

import pandas as pd
import pytest

from emergence.chart import marks as m

ROWS = pd.DataFrame(
    {
        "model": ["a", "a", "b"],
        "task": ["x", "y", "x"],
        "value": [0.1, 0.2, 0.3],
        "note": ["p", "q", "r"],
    }
)


def test_one_finds_the_cell_and_refuses_what_is_not_unique():
    assert m.one(ROWS, model="b") == 0.3 and m.one(ROWS, "note", model="a", task="y") == "q"
    for where, found in (({"model": "c"}, 0), ({"model": "a"}, 2), ({}, 3)):
        with pytest.raises(ValueError, match=f"{found} rows match"):
            m.one(ROWS, **where)


def test_percent_rounds_and_trims_only_when_asked():
    assert (m.percent(0.4388), m.percent(0.5), m.percent(0.5, 0), m.percent(0.12345, 2)) == (
        "43.9",
        "50.0",
        "50",
        "12.35",
    )
    assert (m.percent(0.5, trim=True), m.percent(0.505, trim=True)) == ("50", "50.5")
    assert (m.points(0.0312), m.points(-0.031), m.points(0)) == ("+3.1", "−3.1", "+0.0")


def test_named_rows_keep_their_order_and_show_labels():
    axis = m.named_rows("fit", ("our_fit", "hoffmann"), 90).to_dict()
    assert axis["sort"] == ["our_fit", "hoffmann"] and axis["axis"]["labelLimit"] == 90
    assert (
        axis["axis"]["labelExpr"]
        == "{'our_fit':'our fit','hoffmann':'Hoffmann et al. 2022'}[datum.value]"
    )
