"""The vocabulary of charts: each word makes the Altair chart that its docstring says."""

import re

import altair as alt
import pandas as pd
import pytest

from emergence import chart as c
from emergence import data
from emergence.text import label

ROWS = pd.DataFrame(
    {
        "kind": ["published", "published", "published", "fit", "reference"],
        "model": ["a", "a", "b", "c", "chance"],
        "task": ["x", "y", "x", "x", None],
        "params": [1e9, 7e9, 1e11, 1e10, None],
        "value": [0.1, 0.2, 0.3, 0.25, 0.5],
        "low": [0.05, 0.1, 0.2, None, None],
        "note": ["p", "q", "r", "s", None],
    }
)
X, Y = c.size("params", over=ROWS), c.share()


def drawn(*layers, rows=ROWS, **settings):
    """The layers of a chart as Vega-Lite has them, each with the rows left after its filters."""
    spec = c.plot(rows, x=X, y=Y, layers=layers, **settings).to_dict()
    return spec["layer"]


def filters(layer):
    steps = [step["filter"] for step in layer.get("transform", []) if "filter" in step]
    return [re.sub(r"\['(\w+)'\]", r".\1", step) for step in steps]


# --- rows and numbers ---------------------------------------------------------------------------------------------------
def test_one_finds_the_cell_and_refuses_what_is_not_unique():
    assert c.one(ROWS, model="b") == 0.3 and c.one(ROWS, "note", model="a", task="y") == "q"
    for where, found in (({"model": "d"}, 0), ({"model": "a"}, 2), ({}, 5)):
        with pytest.raises(ValueError, match=f"{found} rows match"):
            c.one(ROWS, **where)


def test_pick_takes_values_and_lists_of_values():
    assert c.pick(ROWS, model=["a", "b"], task="x")["value"].tolist() == [0.1, 0.3]
    assert len(c.pick(ROWS)) == len(ROWS)


def test_levels_that_are_not_known_get_no_row():
    rows = c.with_levels(ROWS, {"random_guessing": 0.25, "human_avg": None, "chance": float("nan")})
    assert rows.iloc[-1]["value"] == 0.25 and len(rows) == len(ROWS) + 1
    assert rows.iloc[-1]["model"] == label("random_guessing")


def test_percent_rounds_and_trims_only_when_asked():
    assert (c.percent(0.4388), c.percent(0.5), c.percent(0.5, 0), c.percent(0.12345, 2)) == (
        "43.9",
        "50.0",
        "50",
        "12.35",
    )
    assert (c.percent(0.5, trim=True), c.percent(0.505, trim=True)) == ("50", "50.5")
    assert (c.points(0.0312), c.points(-0.031), c.points(0)) == ("+3.1", "−3.1", "+0.0")


# --- axes and series ----------------------------------------------------------------------------------------------------
def test_sizes_are_logarithmic_with_air_at_both_ends_and_compute_has_powers_of_ten():
    axis = X.x().to_dict()
    low, high = axis["scale"]["domain"]
    assert axis["scale"]["type"] == "log" and low < 1e9 < 1e11 < high
    assert axis["axis"]["format"] == "~s" and "B" in axis["axis"]["labelExpr"]
    compute = c.size("train_flops", domain=(1e18, 1e24)).x().to_dict()
    assert compute["axis"]["format"] == "~e"
    with pytest.raises(ValueError, match="give the range"):
        c.size("params")


def test_titles_are_labels_or_none():
    assert c.linear("value").y().to_dict()["title"] == label("value")
    assert c.linear("value", title="params").y().to_dict()["title"] == label("params")
    assert c.linear("value", title="").y().to_dict()["title"] is None


def test_named_rows_keep_their_order_and_show_labels():
    axis = c.named_rows("fit", ("our_fit", "hoffmann"), limit=90).y().to_dict()
    assert axis["sort"] == ["our_fit", "hoffmann"] and axis["axis"]["labelLimit"] == 90
    assert (
        axis["axis"]["labelExpr"]
        == "{'our_fit':'our fit','hoffmann':'Hoffmann et al. 2022'}[datum.value]"
    )


def test_a_series_keeps_its_colors_whatever_is_shown_and_has_at_most_eight():
    series = c.Series("model", ("a", "b", "c"))
    some = series.only(["c"])
    assert some.color().to_dict()["scale"] == series.color().to_dict()["scale"]
    assert some.color().to_dict()["legend"]["values"] == ["c"]
    assert series.without_legend().shape().to_dict()["legend"] is None
    with pytest.raises(ValueError, match="9 series in model; at most 8"):
        c.Series("model", tuple("abcdefghi"))


def test_dashes_leave_out_the_solid_ones():
    dash = c.Series("model", ("a", "b"), dashed=True, solid=["b"]).dash().to_dict()
    assert dash["scale"]["range"] == [list(c.series.DASHES[0]), [1, 0]]


# --- layers -------------------------------------------------------------------------------------------------------------
def test_layers_draw_the_rows_they_name_and_no_levels_unless_asked():
    line, dots, every = drawn(
        c.line(), c.dots({"model": "a"}), c.dots({"kind": ["published", "reference"]})
    )
    assert filters(line) == ["(datum.kind !== 'reference')"]
    assert filters(dots) == [
        "(datum.kind !== 'reference')",
        "(datum.kind !== 'fit')",
        "(datum.model === 'a')",
    ]
    assert filters(every) == ["(indexof(['published', 'reference'],datum.kind) >= 0)"]


def test_levels_are_a_line_and_a_name():
    rule, name = drawn(c.levels("left", text="chance"))
    assert filters(rule) == filters(name) == ["(datum.kind === 'reference')"]
    assert name["encoding"]["text"] == {"value": label("chance")} and name["mark"]["x"] == 0


def test_what_the_look_fixes_is_not_taken_from_the_series():
    by = c.Series("model", ("a", "b", "c"))
    plain, gray, bare = drawn(
        c.dots(),
        c.dots(color="currentColor", shape="circle"),
        c.line(width=None, color=None),
        by=by,
    )
    assert {"color", "shape"} <= set(plain["encoding"])
    assert not {"color", "shape"} & set(gray["encoding"]) and gray["mark"]["shape"] == "circle"
    assert "color" not in bare["encoding"] and "strokeWidth" not in bare["mark"]


def test_ends_lie_on_the_axis_of_the_plot():
    spans, dumbbell, band = drawn(
        c.spans("low", "value"), c.dumbbell(axis="y"), c.band("low", "value")
    )
    for layer, low, high in ((spans, "low", "value"), (band, "low", "value")):
        assert layer["encoding"]["y"]["field"] == low
        assert layer["encoding"]["y"]["scale"] == Y.y().to_dict()["scale"]
        assert layer["encoding"]["y2"]["field"] == high
    assert (dumbbell["encoding"]["y"]["aggregate"], dumbbell["encoding"]["y2"]["aggregate"]) == (
        "min",
        "max",
    )
    with pytest.raises(ValueError, match="a line along x needs an axis there"):
        c.plot(ROWS, y=Y, layers=[c.dumbbell()])


def test_one_mark_for_each_combination_or_for_all():
    each, once = drawn(c.words("task", each=("task",)), c.zero("y"))
    assert {"aggregate": [], "groupby": ["task"]} in each["transform"] or any(
        step.get("groupby") == ["task"] for step in each["transform"]
    )
    assert once["encoding"]["y"] == {"datum": 0} and len(once["transform"]) == 1


def test_names_stand_on_the_side_that_is_listed():
    sides = c.places(ROWS["model"], below=["b"], left=["c"])
    assert sides.tolist() == ["above", "above", "below", "left", "above"]
    layers = drawn(c.names("model", "note"))
    assert [layer["mark"].get("dy") or layer["mark"]["dx"] for layer in layers] == [-11, 15, -9, 9]


# --- the chart ----------------------------------------------------------------------------------------------------------
def test_kinds_have_their_dashes_and_a_series_its_own_instead():
    (line,) = drawn(c.line())
    assert line["encoding"]["strokeDash"]["field"] == "kind"
    (line,) = drawn(c.line(), by=c.Series("model", ("a", "b", "c"), dashed=True))
    assert line["encoding"]["strokeDash"]["field"] == "model"
    measured = c.pick(ROWS, kind=["published", "reference"])
    (line,) = drawn(c.line(), rows=measured)
    assert "strokeDash" not in line["encoding"]


def test_panels_stand_side_by_side_and_reach_their_limits():
    def facet(keys, columns=3, **settings):
        panels = c.Panels("task", keys, **settings)
        chart = c.plot(ROWS, X, Y, layers=[c.dots()], panels=panels, columns=columns)
        return chart.to_dict()

    assert [facet(keys)["columns"] for keys in ("xy", "xyz", "wxyz", "vwxyz")] == [2, 3, 2, 3]
    assert facet("wxyz", at_most=3)["columns"] == 3 and facet("xyz", columns=1)["columns"] == 1
    spec = facet("xy", independent=("y",), limits={"x": (0, 1), "y": (2, 6)})
    assert spec["resolve"] == {"scale": {"y": "independent"}}
    steps = {step["as"]: step["calculate"] for step in spec["spec"]["layer"][0]["transform"]}
    assert steps["low"] == "if((datum['task'] === 'x'),0,2)"
    assert steps["high"] == "if((datum['task'] === 'x'),1,6)"


def test_tooltips_have_the_columns_there_are_with_their_labels():
    tips = [tip.to_dict() for tip in c.tooltips(ROWS, ("model", "params", "absent", "value"))]
    assert [tip["field"] for tip in tips] == ["model", "params", "value"]
    assert [tip["type"] for tip in tips] == ["nominal", "quantitative", "quantitative"]
    assert tips[1] == {
        "field": "params",
        "type": "quantitative",
        "title": label("params"),
        "format": ".3~s",
    }


def test_a_chart_is_plain_altair():
    chart = c.plot(ROWS, X, Y)
    assert isinstance(chart, alt.LayerChart) and chart.to_dict()["height"] == 320


def test_numbers_in_words():
    assert [c.magnitude(v) for v in (7e10, 1.5e9, 999_600, 3e5)] == ["70B", "1.5B", "1M", "3e+05"]
    assert [c.about(v) for v in (42345, 1_499, 0.6)] == ["42,000", "1,500", "1"]
    assert c.scientific(3.14e23) == "3.1·10²³" and c.scientific(4e-7, 0, " × ") == "4 × 10⁻⁷"


def test_printed_percentages_become_fractions_without_dust():
    rows = c.published_fractions("closed_book_qa_t5", metric="exact_match")
    printed = data.load("closed_book_qa_t5").query("metric == 'exact_match'")["value"]
    assert set(rows["kind"]) == {"published"} and len(rows) == len(printed) > 0
    assert (rows["value"] * 100).round(6).tolist() == printed.round(6).tolist()
    assert all(len(str(value)) <= 6 for value in rows["value"])
