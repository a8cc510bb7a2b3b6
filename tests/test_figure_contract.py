"""The contract every figure keeps: valid charts, honest texts, page and notebook skin alike, clear errors.

Figures are taken from `emergence.chapters.every`, so a new figure is tested without being named here.
"""

import gzip
import itertools
import json
import math
import random
import re
import subprocess
import sys
from collections import Counter

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert as vlc
from scipy import stats
from vision import DARK_PAGE, VISION, WHITE, cielab, contrast, delta_e, linear_rgb

from emergence import data, display, text
from emergence.chapters import every, lives
from emergence.figure import (  # fmt: skip
    MAX_STATES,
    Choice,
    Figure,
    FigureError,
    Predict,
    Slider,
    plain,
    to_json,
)
from emergence.page import default_state, page_of, page_rows, static_svg
from emergence.theme import KINDS, PALETTE, SHAPES

FIGURES = every()
PREDICTING = [name for name, figure in FIGURES.items() if figure.predict]
CONTROLLED = [(name, c.name) for name, figure in FIGURES.items() for c in figure.controls]


@pytest.fixture(params=FIGURES)
def figure(request):
    return FIGURES[request.param]


def some_states(figure):
    """The default, first and last state of the page's grid, each control's other end, and six at random (seeded)."""
    states, rng = figure.states(), random.Random(figure.name)
    ends = [
        figure.state(**{c.name: end}) for c in figure.controls for end in (c.grid[0], c.grid[-1])
    ]
    chosen = [
        figure.state(),
        states[0],
        states[-1],
        *ends,
        *rng.sample(states, min(6, len(states))),
    ]
    return [dict(s) for s in dict.fromkeys(tuple(s.items()) for s in chosen)]


def number_of(figure, state):
    """Index of `state` among the page's states, found by search: an oracle for the client's arithmetic."""
    return figure.states().index(state)


def marks(scenegraph):
    """What data marks a Vega scene draws, as a multiset: axes, legends and titles left out, places rounded to 0.01 px."""
    found = Counter()

    def walk(node, ox, oy):
        for item in node.get("items", []):
            if "marktype" in item:
                if item.get("role") == "mark":
                    for i in item["items"]:
                        if item["marktype"] == "group":
                            walk(i, ox + i.get("x", 0), oy + i.get("y", 0))
                        else:
                            look = {
                                k: i.get(k)
                                for k in (
                                    "fill",
                                    "stroke",
                                    "shape",
                                    "text",
                                    "opacity",
                                    "strokeDash",
                                    "size",
                                )
                            }
                            place = [
                                round(v, 2) if isinstance(v, float | int) else None
                                for v in (
                                    ox + i.get("x", 0),
                                    oy + i.get("y", 0),
                                    i.get("x2"),
                                    i.get("y2"),
                                    i.get("width"),
                                    i.get("height"),
                                )
                            ]
                            found[item["marktype"], *place, json.dumps(look, sort_keys=True)] += 1
                else:
                    walk(item, ox, oy)
            else:
                walk(item, ox + item.get("x", 0), oy + item.get("y", 0))

    walk(scenegraph["scenegraph"], 0, 0)
    return found


def at_width(vega, width=640):
    """The Vega specification with its container width fixed, so that two compilations can be compared."""
    signals = [s for s in vega.get("signals", []) if s["name"] != "width"]
    return vega | (
        {"signals": [*signals, {"name": "width", "value": width}]} if "width" not in vega else {}
    )


# --- charts ---------------------------------------------------------------------------------------------------------
def test_chart_compiles_and_draws_without_a_warning(figure, capfd):
    for state in some_states(figure)[:4]:
        svg = vlc.vegalite_to_svg(figure.spec(**state), vl_version="6.4", show_warnings=True)
        said = [line for line in capfd.readouterr().err.splitlines() if line.strip()]
        assert not said, f"{state}: {said[0]}"
        assert "NaN" not in svg and "undefined" not in svg, state


@pytest.mark.parametrize("skin", ["light", "dark"])
def test_static_picture_shows_marks_in_the_ink_of_its_page(figure, skin):
    svg = static_svg(page_of(figure), skin)
    assert "currentColor" not in svg and "NaN" not in svg
    assert re.search(r'class="mark-(symbol|line|rect|rule|area|arc|text)[^"]*role-mark', svg)


def test_every_encoding_of_a_series_uses_the_palette_and_a_shape(figure):
    """Color alone never tells two series apart: where points are colored by a column, their shape follows it too."""

    def points(node):
        if isinstance(node, dict):
            kind = node.get("mark")
            kind = kind.get("type") if isinstance(kind, dict) else kind
            if (
                kind == "point"
                and {"field", "legend"} <= set(node.get("encoding", {}).get("color", {}))
                and node["encoding"]["color"].get("type") == "nominal"
            ):
                yield node["encoding"]
            for child in node.values():
                yield from points(child)
        elif isinstance(node, list):
            for child in node:
                yield from points(child)

    for encoding in points(
        {k: v for k, v in figure.spec().items() if k not in ("datasets", "config")}
    ):
        assert encoding.get("shape", {}).get("field") == encoding["color"]["field"]
        assert set(encoding["color"]["scale"]["range"]) <= set(PALETTE)


# --- texts and sources ----------------------------------------------------------------------------------------------
def test_name_is_unique_and_fits_a_link(figure):
    assert re.fullmatch(r"[a-z0-9-]{1,80}", figure.name)  # what the client accepts in an address
    assert [f for f in FIGURES.values() if f.name == figure.name] == [figure]


def test_texts_are_whole(figure):
    shows, hides = figure.caption
    assert figure.title.endswith("?")
    assert len(figure.finding) >= 40
    for words in (figure.title, figure.finding, shows, hides):
        assert not re.search(r"[{}]|\bnan\b|\bNone\b|\binf\b", words), words
    assert figure.chart().to_dict()["description"] == figure.finding


def test_alternative_text_names_what_is_selected(figure):
    said = {figure.describe(**s) for s in some_states(figure)}
    assert len(said) == len(some_states(figure))


def test_no_key_is_shown_as_a_word(figure):
    """Labels a reader meets are words, not column names with underscores."""
    controls = page_of(figure)["controls"]
    shown = [c["label"] for c in controls] + [o["label"] for c in controls for o in c["options"]]
    shown += [column["label"] for column in page_of(figure)["table"]]
    assert not [s for s in shown if "_" in s]


def test_no_text_is_left_without_a_figure():
    named = FIGURES | lives()
    for chapter in {f.chapter for f in named.values()}:
        assert set(text.chapter(chapter)) - {"labels"} <= set(named), chapter


def test_sources_resolve(figure):
    assert figure.tables or figure.runs or figure.simulation
    assert set(figure.tables) <= set(data.tables()) and set(figure.runs) <= set(data.runs())
    for source in figure.sources:
        assert (
            source.url.startswith("https://") and source.locator and source.authors and source.year
        ), source.name


def test_table_columns_are_drawn_columns(figure):
    assert set(figure.columns) <= set(figure.frame())


def test_data_sent_with_a_page_stay_small(figure):
    assert len(gzip.compress(to_json(page_of(figure)).encode(), mtime=0)) <= 60_000


# --- rows -----------------------------------------------------------------------------------------------------------
def test_kinds_and_set_ups(figure):
    for state in some_states(figure):
        rows = figure.frame(**state)
        assert set(rows["kind"]) <= set(KINDS)
        assert figure.tables or "published" not in set(rows["kind"]), (
            "published rows without a table"
        )
        assert figure.runs or "miniature" not in set(rows["kind"]), (
            "rows of our own runs without a record"
        )
        if "setup" in rows:
            assert figure.curve, "a figure with several set-ups says what one curve is"
            measured = rows[rows["kind"] != "reference"]
            assert (
                measured.groupby(list(figure.curve), dropna=False)["setup"]
                .nunique(dropna=False)
                .max()
                <= 1
            )


def computed(figure, state):
    """The rows of a state computed anew, past the cache of `Figure.frame`."""
    with text.within(figure.chapter, figure.name):
        return figure.frame_function(**state).reset_index(drop=True)


def test_frame_is_pure(figure):
    """Called again, or after a caller has spoiled its copy, a state gives the same rows."""
    for state in some_states(figure)[:3]:
        first = figure.frame(**state)
        spoiled = figure.frame(**state)
        spoiled.loc[:, spoiled.columns[0]] = None
        pd.testing.assert_frame_equal(figure.frame(**state), first)
        pd.testing.assert_frame_equal(computed(figure, state), first)


def test_page_and_frame_hold_the_same_rows(figure):
    page = page_of(figure)
    assert default_state(page) == number_of(figure, figure.state())
    assert len(page["states"]) == len(figure.states())
    for state in some_states(figure):
        rows = computed(figure, state)
        assert page["columns"] == list(rows)
        drawn = page_rows(page, number_of(figure, state))
        assert len(drawn) == len(rows)
        for column, sent in zip(rows, zip(*drawn, strict=True), strict=True):
            for was, is_ in zip(rows[column], sent, strict=True):
                if pd.api.types.is_number(was) and not pd.isna(was) and math.isfinite(was):
                    assert math.isclose(was, is_, rel_tol=1e-9, abs_tol=1e-9), (state, column)
                elif pd.isna(was) or pd.api.types.is_number(was):
                    assert is_ is None, (state, column)
                else:
                    assert is_ == plain(was), (state, column)


def test_page_and_notebook_draw_the_same_marks(figure):
    """The page's compiled specification with the page's rows against Altair's own chart with its own rows inside."""
    page = page_of(figure)
    for state in some_states(figure)[:5]:
        layouts, _ = page["states"][number_of(figure, state)]
        sent = json.loads(to_json(page["specs"][layouts[-1]]))
        rows = [
            dict(zip(page["columns"], r, strict=True))
            for r in page_rows(page, number_of(figure, state))
        ]
        (source,) = [d for d in sent["data"] if d["name"] == "rows"]
        source["values"] = rows
        ours = marks(vlc.vega_to_scenegraph(at_width(sent)))
        theirs = marks(
            vlc.vega_to_scenegraph(
                at_width(vlc.vegalite_to_vega(figure.spec(**state), vl_version="6.4"))
            )
        )
        assert ours and ours == theirs, state


@pytest.mark.parametrize("name, control", CONTROLLED)
def test_every_option_of_a_control_changes_the_drawing(name, control):
    figure = FIGURES[name]
    page, states = page_of(figure), figure.states()
    drawing = {
        tuple(s.items()): (tuple(page["states"][i][0]), Counter(page_rows(page, i)))
        for i, s in enumerate(states)
    }
    (options,) = [c.grid for c in figure.controls if c.name == control]
    for one, other in itertools.pairwise(options):
        assert any(
            drawing[tuple(s.items())] != drawing[tuple((s | {control: other}).items())]
            for s in states
            if s[control] == one
        ), f"{control}: {one!r} and {other!r} draw the same everywhere"


# --- predict first --------------------------------------------------------------------------------------------------
def test_some_figure_asks_for_a_forecast():
    assert PREDICTING


@pytest.mark.parametrize("name", PREDICTING)
def test_forecast_line_is_least_squares_over_the_visible_points(name):
    figure = FIGURES[name]
    p = figure.predict
    for number, state in enumerate(figure.states()):
        told = page_of(figure)["forecasts"][number]
        rows = figure.frame(**state)
        series = rows[[all(r[c] == v for c, v in p.where.items()) for _, r in rows.iterrows()]]
        x = state.get(p.x, p.x)
        seen = series[series[p.column] <= p.beyond]
        assert len(seen) >= 2 and len(seen) < len(series)
        last = series.loc[series[x].astype(float).idxmax()]
        assert last[p.column] > p.beyond, "the target must be hidden"
        assert told["x"] == last[x] and told["truth"] == last[p.y]
        scale = np.log10 if p.log_x else np.asarray
        fit = stats.linregress(scale(seen[x].astype(float)), seen[p.y].astype(float))
        assert told["line"] == pytest.approx(
            fit.intercept + fit.slope * scale(float(last[x])), abs=1e-9
        )
        spec = page_of(figure)["specs"][page_of(figure)["states"][number][0][-1]]
        scales = {s["name"]: s for s in spec["scales"]}
        low, high = scales["x"]["domain"]
        assert low <= told["x"] <= high, "the reader must be able to see where the point will be"
        low, high = scales["y"]["domain"]
        assert low <= told["start"] <= high and low <= told["truth"] <= high


# --- errors: one sentence, saying what is allowed -------------------------------------------------------------------
def tiny(
    name="gsm8k-by-scale", chapter="chain_of_thought", tables=(), frame=None, chart=None, **more
):
    """A simulation drawn from two points, to break the contract with; its texts are another figure's."""
    frame = frame or (
        lambda **state: pd.DataFrame({"kind": "simulation", "x": [1.0, 2.0], "value": [0.1, 0.2]})
    )
    chart = chart or (lambda rows: alt.Chart(rows).mark_point().encode(x="x:Q", y="value:Q"))
    return Figure(
        name,
        chapter,
        tables,
        frame,
        chart,
        **{"simulation": not tables, "facts": FIGURES["gsm8k-by-scale"].facts, **more},
    )


TWO = Choice("task", ("GSM8K", "SVAMP"))


def test_unknown_control_names_the_nearest():
    with pytest.raises(FigureError, match=r"^gsm8k-by-scale has no control 'tsak'; it has: task$"):
        tiny(controls=[TWO]).frame(tsak="GSM8K")


def test_value_that_is_no_option_names_the_nearest():
    with pytest.raises(
        FigureError, match=r"^task='GSM8' is not an option; allowed: 'GSM8K', 'SVAMP'$"
    ):
        tiny(controls=[TWO]).frame(task="GSM8")


@pytest.mark.parametrize("value", [-0.1, 11, "5", None, True, math.nan])
def test_number_out_of_range(value):
    with pytest.raises(FigureError, match=r"^k=.* is out of range; allowed: numbers from 0 to 10$"):
        tiny(controls=[Slider("k", 0, 10, 1, 5)]).frame(k=value)


def test_slider_takes_any_value_between_its_steps():
    assert tiny(controls=[Slider("k", 0, 10, 1, 5)]).state(k=3.7) == {"k": 3.7}


def test_default_off_the_grid():
    with pytest.raises(FigureError, match=r"^k: default 2.5 is not on the grid of steps of 1$"):
        Slider("k", 0, 10, 1, 2.5)


def test_default_that_is_no_option():
    with pytest.raises(
        FigureError, match=r"^task='MMLU' is not an option; allowed: 'GSM8K', 'SVAMP'$"
    ):
        Choice("task", ("GSM8K", "SVAMP"), "MMLU")


@pytest.mark.parametrize("grid", [(0, 1, 0.1), (1, 20, 1), (-2, 2, 0.25), (0.5, 0.99, 0.01)])
def test_slider_grid_has_both_ends_and_even_steps(grid):
    low, high, step = grid
    values = Slider("k", low, high, step, low).grid
    assert values[0] == low and values[-1] == pytest.approx(high)
    assert np.diff(values) == pytest.approx(step)
    assert len(set(values)) == len(values)


def test_too_many_states():
    with pytest.raises(
        FigureError,
        match=rf"^gsm8k-by-scale: 10201 states; a page carries at most {MAX_STATES}: use fewer controls or coarser steps$",
    ):
        tiny(controls=[Slider("a", 0, 100, 1, 0), Slider("b", 0, 100, 1, 0)])


def test_no_source_and_no_simulation():
    with pytest.raises(
        FigureError,
        match=r"^gsm8k-by-scale: a figure names the tables or runs it draws, or says that it is a simulation$",
    ):
        tiny(simulation=False)


def test_missing_text_names_the_nearest():
    with pytest.raises(
        text.TextError,
        match=r"^chain_of_thought/text.en.toml has no \[gsm8k-by-scales\]; did you mean gsm8k-by-scale",
    ):
        tiny(name="gsm8k-by-scales")


def test_missing_chapter_text():
    with pytest.raises(
        text.TextError,
        match=r"^no text file text.en.toml in no_such_chapter/$",
    ):
        tiny(chapter="no_such_chapter")


def test_unknown_table_names_the_nearest():
    with pytest.raises(
        data.DataError,
        match=r"^There is no table 'gpt3_table_h2'; the nearest names are: gpt3_table_h1",
    ):
        _ = tiny(tables=["gpt3_table_h2"]).sources


def test_empty_frame():
    with pytest.raises(
        FigureError, match=r"^gsm8k-by-scale: nothing to draw for \{'task': 'SVAMP'\}$"
    ):
        tiny(
            controls=[TWO], frame=lambda task: pd.DataFrame({"x": [1.0] if task == "GSM8K" else []})
        ).frame(task="SVAMP")


def test_unknown_kind():
    with pytest.raises(
        FigureError,
        match=r"^gsm8k-by-scale: kind must be one of published, fit, simulation, miniature, reference, found \['guess'\]$",
    ):
        tiny(frame=lambda: pd.DataFrame({"kind": ["guess"], "x": [1.0], "value": [0.1]})).frame()


def test_two_set_ups_on_one_curve():
    rows = pd.DataFrame(
        {
            "kind": "published",
            "model": "PaLM",
            "setup": ["few-shot", "fine-tuned"],
            "x": [1.0, 2.0],
            "value": [0.1, 0.2],
        }
    )
    with pytest.raises(
        data.DataError,
        match=r"^The curve \(PaLM\) mixes 2 set-ups that must not share a curve: few-shot; fine-tuned\.$",
    ):
        tiny(frame=lambda: rows, curve=["model"]).frame()


def test_two_tables_in_one_chart():
    def chart(rows):
        return alt.layer(
            alt.Chart(rows).mark_point().encode(x="x:Q"),
            alt.Chart(rows.head(1)).mark_rule().encode(x="x:Q"),
        )

    with pytest.raises(
        FigureError,
        match=r"^gsm8k-by-scale: a chart draws from one table; give every layer the same frame and use transform_filter$",
    ):
        tiny(chart=chart).compiled()


def test_columns_that_change_with_the_state():
    def frame(task):
        return pd.DataFrame(
            {"x": [1.0], "value": [0.1]} | ({"extra": [1]} if task == "SVAMP" else {})
        )

    with pytest.raises(
        FigureError,
        match=r"^gsm8k-by-scale: the table's columns change with the state: \['extra'\]$",
    ):
        page_of(tiny(controls=[TWO], frame=frame))


def test_forecast_without_a_hidden_point():
    with pytest.raises(
        FigureError,
        match=r"^gsm8k-by-scale: predict first needs two visible points and a hidden one in every state, not so in \{\}$",
    ):
        tiny(predict=Predict("x", 5, "x", "value", {"kind": "simulation"}, log_x=False)).forecast()


def test_page_carries_missing_and_infinite_values_as_empty():
    rows = pd.DataFrame(
        {
            "kind": "simulation",
            "x": [1.0, 2.0, 3.0],
            "value": [math.nan, math.inf, 0.5],
            "note": ["a", None, "b"],
        }
    )
    page = page_of(tiny(frame=lambda: rows))
    assert page_rows(page, 0) == [
        ("simulation", 1, None, "a"),
        ("simulation", 2, None, None),
        ("simulation", 3, 0.5, "b"),
    ]


def test_numbers_keep_twelve_digits():
    assert plain(np.float64(1 / 3)) == 0.333333333333
    assert plain(np.int64(7)) == 7 and type(plain(np.int64(7))) is int
    assert plain(3.0) == 3 and plain(float("nan")) is None and plain(pd.NA) is None


# --- colors ---------------------------------------------------------------------------------------------------------


def test_color_difference_against_published_pairs():
    """Sharma, Wu & Dalal 2005, table 1, pairs 1, 7, 13 and 17."""
    assert delta_e((50, 2.6772, -79.7751), (50, 0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert delta_e((50, 0, 0), (50, -1, 2)) == pytest.approx(2.3669, abs=1e-4)
    assert delta_e((50, -0.0010, 2.4900), (50, 0.0009, -2.4900)) == pytest.approx(4.8045, abs=1e-4)
    assert delta_e((50, 2.5, 0), (73, 25, -18)) == pytest.approx(27.1492, abs=1e-4)


@pytest.mark.parametrize("color", PALETTE)
def test_color_stands_out_on_both_pages(color):
    assert contrast(color, WHITE) >= 3 and contrast(color, DARK_PAGE) >= 3  # WCAG 2.2, 1.4.11


@pytest.mark.parametrize("vision", VISION)
def test_colors_can_be_told_apart(vision):
    """Any two differ by at least 5 CIEDE2000 units, the first four (most figures use no more) by 7; shape is the second channel."""
    seen = [cielab(np.clip(VISION[vision] @ linear_rgb(c), 0, 1)) for c in PALETTE]
    for (i, one), (j, other) in itertools.combinations(enumerate(seen), 2):
        assert delta_e(one, other) >= (7 if j < 4 else 5), f"{PALETTE[i]} and {PALETTE[j]}"


def test_every_color_has_its_own_shape():
    assert len(set(SHAPES)) == len(SHAPES) == len(PALETTE) == len(set(PALETTE))


# --- the whole ------------------------------------------------------------------------------------------------------
def test_import_is_light():
    heavy = "{'altair', 'pandas', 'numpy', 'scipy', 'vl_convert', 'ipywidgets', 'sphinx', 'jupyter_book'}"
    code = f"import sys, emergence; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_library_and_figures_do_not_load_altair_before_a_chart_is_asked_for():
    code = "import sys, emergence.data, emergence.figure, emergence.text; print('altair' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "False"
    )


def test_display_computes_only_what_is_shown(monkeypatch):
    """In a notebook a figure's frame is made for the default state alone; the table of all states is for the build."""
    monkeypatch.delenv("EMERGENCE_SKIN", raising=False)
    figure = FIGURES["four-lenses"]
    asked, frame = [], Figure.frame

    def counted(self, **state):
        if self is figure:  # the numbers of its texts may come from others
            asked.append(self.state(**state))
        return frame(self, **state)

    monkeypatch.setattr(Figure, "frame", counted)
    monkeypatch.setattr(display, "page_of", lambda _: pytest.fail("the page skin was computed"))
    figure._repr_mimebundle_()
    assert asked and all(state == figure.state() for state in asked)


def test_notebook_and_page_say_a_state_in_the_same_words(figure):
    page = page_of(figure)["controls"]
    for state in some_states(figure):
        if figure.state(**state) == figure.state():
            continue
        said = "; ".join(
            f"{p['label']}: {next(o['label'] for o in p['options'] if o['value'] == state.get(p['name'], c.default))}"
            for c, p in zip(figure.controls, page, strict=True)
        )
        assert figure.describe(**state) == f"{figure.title} {said}."
