"""The explorer: what the page draws and fits is what `select` and `fit_logistic` say, for any state and from any link."""

import csv
import gzip
import html
import json
import math
import random
import re
import struct
import zlib
from collections import Counter
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from axe_core_python.sync_playwright import Axe
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from emergence import data, text
from emergence.chapters import explorer
from emergence.chapters.explorer import figures as figures
from emergence.figure import plain
from emergence.publish.build import ROOT

STORE = explorer.store()
WORDS = text.chapter("explorer")["explorer"]["words"] | text.interface()
IDS = list(STORE.known)
PAGE = (ROOT / "book" / "explorer.md").read_text("utf-8")


def random_states(count, seed):
    """States as a reader may reach them: curves of one or two tasks, every axis, every switch; seeded."""
    rng = random.Random(seed)
    by_task = {}
    for id, members in STORE.known.items():
        by_task.setdefault(STORE.curves["task"][members[0]], []).append(id)
    tasks = list(by_task)
    for _ in range(count):
        pool = by_task[rng.choice(tasks)] + (
            by_task[rng.choice(tasks)] if rng.random() < 0.5 else []
        )
        curves = rng.sample(pool, min(len(pool), rng.randint(0, explorer.MOST)))
        table = STORE.curves["table"][STORE.known[curves[0]][0]] if curves else None
        near = STORE.curves["task"][STORE.curves["table"] == table].unique().tolist() or tasks
        yield explorer.state(
            curves=curves,
            x=rng.choice(explorer.X),
            other=rng.choice(near),
            xscale=rng.choice(["log", "linear"]),
            y=rng.choice(explorer.Y),
            lines=rng.random() < 0.7,
            fit=rng.random() < 0.5,
        )


def rows_of(frame):
    """A selection as JSON sees it: one dictionary per row, missing values None."""
    return [
        {c: plain(v) for c, v in zip(frame, row, strict=True)}
        for row in frame.itertuples(index=False)
    ]


def same(sent, expected):
    assert len(sent) == len(expected)
    for got, want in zip(sent, expected, strict=True):
        for column, value in want.items():
            found = got.get(column)
            if isinstance(value, float) or isinstance(found, float):
                assert (
                    found is not None
                    and value is not None
                    and math.isclose(found, value, rel_tol=1e-10, abs_tol=1e-10)
                ), (column, found, value)
            else:
                assert found == value, (column, found, value)


# --- packing ------------------------------------------------------------------------------------------------------------
def test_identify_is_fnv_1a():
    """Fowler, Noll & Vo's published test vectors for 32 bits; the last two digits are ours."""
    assert [i[:8] for i in explorer.identify(["a", "foobar", "chongo was here!\n"])] == [
        "e40c292c",
        "bf9cf968",
        "d49930d5",
    ]
    assert len(set(explorer.identify(["é", "e", "\u0000e"]))) == 3


def test_pack_holds_every_row():
    pack = json.loads(gzip.decompress(explorer.pack()))
    texts, head, points, rows = pack["texts"], pack["curves"], pack["points"], pack["rows"]
    lists = {n: [texts[n][c] for c in head[n]] for n in (*explorer.KEY, "unit", "source", "chance")}
    curve = np.repeat(np.arange(len(head["rows"])), head["rows"])
    frame = pd.DataFrame({n: [v[c] for c in curve] for n, v in lists.items()})
    for n in explorer.POINT:
        values = texts["point_family" if n == "family" else n]
        frame[f"point_{n}"] = [values[points[n][p]] for p in rows["point"]]
    frame["value"] = rows["value"]
    for n in ("human", "ci_low", "ci_high"):
        frame[n] = pd.Series(dict(zip(*rows[n], strict=True)), dtype=float)
    frame["note"] = pd.Series(
        {at: tuple(pack["notes"][k]) for at, k in zip(*rows["note"], strict=True)}
    )
    frame["locator"] = [pack["locators"][head["table"][c]] for c in curve]
    everything = data.evaluations()
    wanted = {
        tuple(
            plain(v)
            for v in (
                r.table,
                r.setup,
                r.family,
                r.task,
                r.setting,
                r.n_shots,
                r.metric,
                r.unit,
                r.source,
                r.chance,
                r.locator,
                r.model,
                r.params,
                r.train_tokens,
                r.train_flops,
                r.date,
                r.value,
                r.human,
                r.ci_low,
                r.ci_high,
                r.flag,
                r.flag_note,
            )
        )
        for r in everything.itertuples()
    }
    found = {
        tuple(
            plain(v)
            for v in (
                r.table,
                r.setup,
                r.point_family,
                r.task,
                r.setting,
                r.n_shots,
                r.metric,
                r.unit,
                r.source,
                r.chance,
                r.locator,
                r.point_model,
                r.point_params,
                r.point_train_tokens,
                r.point_train_flops,
                r.point_date,
                r.value,
                r.human,
                r.ci_low,
                r.ci_high,
                *(r.note if isinstance(r.note, tuple) else (None, None)),
            )
        )
        for r in frame.itertuples()
    }
    assert len(frame) == len(everything) == len(wanted) and found == wanted
    assert (frame["family"] == frame["point_family"]).all()


def test_pack_is_small_and_does_not_change_by_itself():
    assert len(explorer.pack()) <= 400_000
    assert explorer.pack() == explorer.pack()


# --- selecting ----------------------------------------------------------------------------------------------------------
def test_mistakes_are_named():
    for wrong, message in (
        ({"curve": ()}, r"^the explorer has no 'curve'; it has: curves"),
        ({"x": "size"}, r"^x='size' is not allowed; allowed: 'params', "),
        ({"curves": ("nonsense",)}, r"^'nonsense' is no curve"),
        ({"curves": IDS[:9]}, r"^9 curves; at most 8 can be told apart$"),
        ({"x": "task"}, r"^other=None is no task$"),
        ({"y": "sqrt"}, r"^y='sqrt' is not allowed"),
    ):
        with pytest.raises(explorer.ExplorerError, match=message):
            explorer.state(**wrong)
    with pytest.raises(explorer.ExplorerError, match=r"^no curve fits "):
        explorer.curve_id(table="gpt3_table_h1", task="4D*")
    with pytest.raises(explorer.ExplorerError, match=r"^3 curves fit .*; name more of: .*setting"):
        explorer.curve_id(table="gpt3_table_h1", task="4D+")


@pytest.mark.parametrize("wrong, message", [
    ({"curves": None}, "curves=None is not allowed; allowed: a list or tuple of ids"), ({"curves": "0707ee7d8f"}, "curves='0707ee7d8f' is not allowed; allowed: a list or tuple"),
    ({"curves": [["x"]]}, r"\['x'\] is no curve"), ({"curves": [None]}, "None is no curve"),
    ({"x": "task", "other": ["MMLU"]}, r"other=\['MMLU'\] is no task"), ({"x": "task", "other": "MMUL"}, "other='MMUL' is no task; near: 'MMLU'"),
    ({"x": np.array(["params", "date"])}, "x=.* is not allowed; allowed: 'params'"), ({"y": ["log"]}, r"y=\['log'\] is not allowed"),
    ({"fit": np.array([True, False])}, "fit=.* is not allowed; allowed: True, False"), ({"lines": "yes"}, "lines='yes' is not allowed; allowed: True, False"),
    ({"x": pd.DataFrame({"a": [1, 2]})}, "x=.* is not allowed")])  # fmt: skip
def test_a_state_of_another_kind_is_named(wrong, message):
    with pytest.raises(explorer.ExplorerError, match=f"^{message}") as told:
        explorer.state(**wrong)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("key, message", [
    ({}, r"curve_id\(\) needs at least one of: table, setup, "), ({"task": ["MMLU"]}, r"task=\['MMLU'\] is not allowed; allowed: one text or number"),
    ({"task": np.array(["a", "b"])}, "task=.* is not allowed"), ({"tabel": "x"}, "a curve has no tabel; it has: table"),
    ({"task": "HelaSwag"}, "no curve fits .*; near: 'HellaSwag'"), ({"n_shots": 50.5}, "no curve fits ")])  # fmt: skip
def test_a_key_of_another_kind_is_named(key, message):
    with pytest.raises(explorer.ExplorerError, match=f"^{message}"):
        explorer.curve_id(**key)


def test_a_number_of_a_key_may_come_from_any_column():
    key = {"table": "gpt3_table_h1", "task": "4D+", "setting": "few_shot"}
    assert (
        len({explorer.curve_id(**key, n_shots=n) for n in (50, 50.0, np.int64(50), np.float64(50))})
        == 1
    )


def test_the_first_state_is_the_callers_own():
    explorer.default()["curves"] = ()
    assert len(explorer.default()["curves"]) == 2 and figures.explorer() is figures.explorer()


def test_rows_name_their_table():
    """What is drawn says where it is from: points, and the levels of chance and people beside them."""
    rows = explorer.select(**explorer.default())
    assert set(rows["kind"]) == {"published", "reference"}
    assert (
        (rows["table"] == "gpt3_table_h1").all()
        and rows["locator"].str.startswith("Table H.1").all()
        and (rows["paper"] == "Brown et al. 2020").all()
    )
    part = figures.explorer()
    assert set(part.tables) == set(STORE.curves["table"]) and {"table", "paper", "locator"} <= set(
        figures.TABLE
    )


@given(st.sampled_from(IDS))
def test_a_line_never_joins_two_set_ups(id):
    """Rows of one run agree in everything that makes a curve; a field is never joined."""
    for x in ("params", "train_tokens", "train_flops", "date"):
        rows = explorer.select(curves=(id,), x=x, lines=False)
        rows = rows[rows["run"].notna()]
        if len(rows):
            assert (rows.groupby("run")[list(explorer.KEY)].nunique(dropna=False) == 1).all(
                axis=None
            )
            assert not rows.duplicated(["run", "x"]).any()


def test_every_row_is_in_exactly_one_curve():
    single = [members for members in STORE.known.values() if len(members) == 1]
    assert {c for m in single for c in m} == set(STORE.curves.index)
    assert STORE.rows.groupby("curve")["setup"].nunique().max() == 1
    shared = data.evaluations().groupby(list(explorer.KEY), dropna=False).ngroups
    assert shared == len(STORE.curves)


def test_score_of_another_task_belongs_to_the_same_model():
    """GPT-3, addition against HellaSwag, by hand from the table."""
    h1 = data.evaluations().query("table == 'gpt3_table_h1' and setting == 'few_shot'")
    score = {t: h1[h1["task"] == t].set_index("model")["value"] for t in ("3D+", "HellaSwag")}
    rows = explorer.select(
        curves=explorer.default()["curves"][:1], x="task", other="HellaSwag", lines=False
    )
    assert dict(zip(rows["model"], rows["x"], strict=True)) == score["HellaSwag"].to_dict()
    assert dict(zip(rows["model"], rows["y"], strict=True)) == score["3D+"].to_dict()
    assert rows["run"].isna().all()


def test_partner_prefers_the_same_prompting_and_refuses_to_guess():
    addition = STORE.known[explorer.default()["curves"][0]][0]
    other = explorer.partner(addition, "HellaSwag")
    assert STORE.curves.loc[other, "setting"] == "few_shot", "zero- and one-shot exist too"
    lone = STORE.known[
        explorer.curve_id(
            table="pythia_evals",
            family="Pythia",
            task="arc_easy",
            setting="zero_shot",
            metric="acc_norm",
        )
    ][0]
    assert explorer.partner(lone, "lambada_openai") is None, (
        "accuracy and perplexity, and no reason to take one"
    )
    assert explorer.partner(addition, "GSM8K") is None


def test_model_in_training_counts_once_by_size_and_is_a_line_by_tokens():
    id = explorer.curve_id(
        table="pythia_evals",
        family="Pythia",
        task="lambada_openai",
        setting="zero_shot",
        metric="acc",
    )
    raw = data.evaluations().query(
        "table == 'pythia_evals' and family == 'Pythia' and task == 'lambada_openai' and setting == 'zero_shot' and metric == 'acc'"
    )
    by_size = explorer.select(curves=(id,), lines=False)
    last = (
        raw.loc[raw.groupby("model")["train_tokens"].idxmax()].set_index("model")["value"].to_dict()
    )
    assert dict(zip(by_size["model"], by_size["value"], strict=True)) == last
    by_tokens = explorer.select(curves=(id,), x="train_tokens", lines=False)
    assert (
        len(by_tokens) == (raw["train_tokens"] > 0).sum()
        and by_tokens.groupby("run")["model"].nunique().max() == 1
    )


def test_axes_leave_out_what_they_cannot_show():
    rng = np.random.default_rng(3)
    for id in rng.choice(IDS, 40):
        rows = {y: explorer.select(curves=(str(id),), y=y, lines=False) for y in explorer.Y}
        assert (rows["log"]["y"].astype(float) > 0).all() and np.isfinite(
            rows["logit"]["y"].astype(float)
        ).all()
        share = rows["logit"]
        if len(share) and share["unit"].iloc[0] == "fraction":
            assert np.allclose(
                1 / (1 + np.exp(-share["y"].astype(float))), share["value"].astype(float)
            )


def test_units_do_not_mix():
    perplexity = explorer.curve_id(
        table="pythia_evals",
        family="Pythia",
        task="lambada_openai",
        setting="zero_shot",
        metric="ppl",
    )
    rows = explorer.select(curves=(*explorer.default()["curves"], perplexity))
    assert set(rows["slot"]) == {0, 1} and set(rows["unit"]) == {"fraction"}


# --- fitting ------------------------------------------------------------------------------------------------------------
def logistic(u, midpoint, steepness, floor):
    return floor + (1 - floor) / (1 + np.exp(-steepness * (u - midpoint)))


@pytest.mark.parametrize("floor", [0.0, 0.25])
def test_fit_equals_scipys_curve_fit(floor):
    rng = np.random.default_rng(0)
    for _ in range(20):
        u = np.sort(rng.uniform(7, 12, 9))
        y = logistic(u, rng.uniform(8.5, 11), rng.uniform(0.7, 4), floor) + rng.normal(
            0, 0.02, u.size
        )
        fit = explorer.fit_logistic(u, y, floor)
        best, cov = curve_fit(
            lambda u, m, k: logistic(u, m, k, floor),
            u,
            y,
            p0=[fit.midpoint, fit.steepness],
            xtol=1e-13,
            ftol=1e-13,
        )
        assert [fit.midpoint, fit.steepness] == pytest.approx(best, rel=1e-5)
        half = np.sqrt(np.diag(cov)) * fit.t
        for (low, high), value, h in zip(
            (fit.midpoint_interval, fit.steepness_interval), best, half, strict=True
        ):
            assert (high - low) / 2 == pytest.approx(h, rel=1e-3) and (
                high + low
            ) / 2 == pytest.approx(value, rel=1e-5)


def test_interval_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    u, hits = np.linspace(8, 11, 8), 0
    for _ in range(400):
        fit = explorer.fit_logistic(u, logistic(u, 9.5, 2.0, 0) + rng.normal(0, 0.03, u.size))
        hits += fit.midpoint_interval[0] <= 9.5 <= fit.midpoint_interval[1]
    assert 0.92 <= hits / 400 <= 0.98


def test_band_holds_the_curve_and_stays_between_floor_and_one():
    fit = explorer.fit_logistic([8, 9, 10, 11, 12], [0.26, 0.3, 0.5, 0.8, 0.9], 0.25)
    curve, low, high = fit.band(np.linspace(6, 14, 50))
    assert (low <= curve).all() and (curve <= high).all() and low.min() >= 0.25 and high.max() <= 1
    assert curve == pytest.approx(
        logistic(np.linspace(6, 14, 50), fit.midpoint, fit.steepness, 0.25)
    )


@pytest.mark.parametrize(
    "u, y, why",
    [
        ([1, 2, 3], [0.1, 0.5, 0.9], "few"),
        ([1, 1, 2, 2, 3, 3], [0.1, 0.2, 0.4, 0.5, 0.9, 0.8], "few"),
        ([1, 2, 3, 4, 5], [0, 0, 0, 0, 0], "flat"),
        ([1, 2, 3, 4], [0.3] * 4, "flat"),
        ([1, 2, 3, 4], [0.5] * 4, "flat"),
        ([1, 2, 3, 4], [1] * 4, "flat"),
        ([1, 2, 3, 4, 5, 6], [0.4, 0.6, 0.5, 0.4, 0.6, 0.5], "flat"),
        ([1, 2, 3, 4, 5], [0.9, 0.8, 0.5, 0.2, 0.1], "falls"),
        ([1, 2, 3, 4], [1, 1, 0, 0], "falls"),
        ([1, 2, 3, 4], [0, 0, 0, 1], "steep"),
        ([1, 2, 3, 4], [0, 0, 1, 1], "steep"),
        ([1, 2, 3, 4, 5, 6], [0.1, 0, 0.15, 0.5, 1, 0.9], "steep"),
        ([1, 2, 3, 4, 5], [0.001, 0.002, 0.004, 0.008, 0.016], "far"),
        ([1, 2, 3, 4, 5], [0.97, 0.98, 0.985, 0.99, 0.993], "far"),
    ],
)
def test_fit_refuses_what_the_points_do_not_determine(u, y, why):
    assert explorer.fit_logistic(u, y) == why


@pytest.mark.parametrize("floor", [1, 1.5])
def test_fit_needs_room_below_the_ceiling(floor):
    assert explorer.fit_logistic([1, 2, 3, 4], [0.9, 0.8, 0.5, 0.2], floor) == "room"


def test_error_rates_are_refused_for_their_floor():
    errors = [id for id, (first, *_) in STORE.known.items() if STORE.curves["chance"][first] == 1]
    found = {explorer.fits(curves=(id,), fit=True).get(0) for id in errors}
    assert "room" in found and found <= {"room", "few", None}


def test_a_fit_stays_near_its_points():
    """A midpoint just inside the margin is given, one just outside is not; its interval is never wider than points and margins."""
    u = np.linspace(8, 11, 8)
    for midpoint, near in ((9.5, True), (11.9, True), (12.1, False), (7.1, True), (6.9, False)):
        fit = explorer.fit_logistic(u, logistic(u, midpoint, 2.0, 0) + 1e-6 * np.cos(7 * u))
        assert isinstance(fit, explorer.Fit) == near and (near or fit == "far"), midpoint


@pytest.mark.parametrize(
    "u, y, floor",
    [
        ([1, 2, 3, 4], [0.1, 0.2, 0.3], 0),
        ([1, 2, 3, 4], [0.1, 0.2, 0.3, math.nan], 0),
        ([1, 2, 3, math.inf], [0.1, 0.2, 0.3, 0.4], 0),
        ("abcd", [0.1, 0.2, 0.3, 0.4], 0),
        ([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], None),
        ([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4], math.nan),
    ],
)
def test_fit_needs_numbers(u, y, floor):
    with pytest.raises(explorer.ExplorerError, match="^a fit needs "):
        explorer.fit_logistic(u, y, floor)


# --- the page's words ---------------------------------------------------------------------------------------------------
def links():
    for address in re.findall(r'href="(#fig-explorer\?[^"]*)"', PAGE):
        pairs = dict(p.split("=") for p in html.unescape(address).split("?")[1].split("&"))
        yield {
            "curves": tuple(pairs["c"].split(".")),
            "x": pairs["x"],
            "other": unquote(pairs["other"]) if "other" in pairs else None,
            "xscale": pairs["xscale"],
            "y": pairs["y"],
            "lines": pairs["lines"] == "1",
            "fit": pairs["fit"] == "1",
        }


def test_links_of_the_page_lead_to_states_that_draw_something():
    found = list(links())
    assert len(found) == 4
    for state in found:
        rows = explorer.select(**state)
        assert set(rows["slot"]) == set(range(len(state["curves"])))


def test_claims_of_the_page():
    logit, chain, training, other = links()
    fits = explorer.fits(**logit)
    assert fits[0].steepness_interval[0] > 3 * fits[1].steepness_interval[1], (
        "addition rises much more steeply"
    )
    rows = explorer.select(**chain)
    value = {(r.model, r.setting): r.value for r in rows.itertuples()}
    gain = {m: value[m, "chain_of_thought"] - value[m, "standard"] for m in rows["model"].unique()}
    assert {m for m, g in gain.items() if g < 0} == {
        "PaLM 8B",
        "LaMDA 420M",
        "LaMDA 2B",
        "LaMDA 8B",
    }
    assert {m for m, g in gain.items() if g > 0} == {
        "PaLM 62B",
        "PaLM 540B",
        "LaMDA 68B",
        "LaMDA 137B",
    }
    assert {slot: fit for slot, fit in explorer.fits(**chain).items() if slot < 2} == {
        0: "few",
        1: "few",
    }
    rows = explorer.select(**training)
    small = rows[(rows["slot"] == 0) & (rows["model"] == "pythia-160m")].sort_values(
        "train_tokens"
    )["value"]
    assert small.iloc[0] == 0 and small.iloc[-1] < small.max() - 0.05
    rows = explorer.select(**other)
    school = rows[(rows["slot"] == 0) & (rows["kind"] == "published")]
    low = school.loc[school["x"] < 0.3, "y"]
    assert (low >= 0.08).sum() == 1 and len(low) == int(figures.numbers()["low_mmlu"])
    above = school[school["x"].between(0.6, 0.65)]["y"]
    assert above.max() - above.min() > 0.2
    drawn = explorer.select(**explorer.default())
    addition = drawn[(drawn["slot"] == 0)].sort_values("x")["value"]
    assert addition.iloc[:-1].max() == addition.iloc[-2] < 0.1 < 0.8 < addition.iloc[-1]
    story = drawn[(drawn["slot"] == 1) & (drawn["kind"] == "published")].sort_values("x")["value"]
    assert (story.diff().dropna() > 0).all()


# --- in the browser -----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def address(live_site, serve):
    return serve(live_site(figures.explorer())) + "/x.html"


READY = "emergence.live.openAll().then(([part]) => part.explorer.whole)"
PART = "[...emergence.live.parts.values()][0].then(part => part.explorer)"


def opened(page, address, query=""):
    page.goto(f"{address}#fig-explorer{query}")
    page.wait_for_selector("#fig-explorer.em-drawn")
    page.evaluate(READY)
    return page


@pytest.fixture(scope="module")
def shared(browser, address):
    """One page for the tests that compute and leave nothing behind."""
    page = browser.new_context().new_page()
    yield opened(page, address)
    page.context.close()


def test_client_draws_what_select_says(shared):
    """400 random states, all rows and columns."""
    states = list(random_states(400, seed=11))
    drawn = 0
    for at in range(0, len(states), 50):
        batch = states[at : at + 50]
        answers = shared.evaluate(
            f"states => {PART}.then(e => states.map(s => e.select(e.store, s).rows))",
            [s | {"curves": list(s["curves"])} for s in batch],
        )
        for state, sent in zip(batch, answers, strict=True):
            same(sent, rows_of(explorer.select(**state)))
            drawn += len(sent)
    assert drawn > 3000


def test_client_fits_what_scipy_fits(shared):
    """Every fit of 60 real selections, of the page's own links and of the first view: parameters and intervals to 1e-4, and the refusals."""
    states = [explorer.default(), *links()] + [
        s for s in random_states(150, seed=5) if s["curves"] and s["x"] != "task"
    ][:60]
    fitted = 0
    for state in states:
        expected = explorer.fits(**state)
        sent = shared.evaluate(
            f"state => {PART}.then(e => [...e.fits(e.store, state, e.select(e.store, state).rows)])",
            explorer.state(**state) | {"curves": list(state["curves"])},
        )
        assert [slot for slot, _ in sent] == list(expected)
        for slot, found in sent:
            fit = expected[slot]
            if isinstance(fit, str):
                assert found == {"reason": fit}, (state, slot)
                continue
            fitted += 1
            assert found["points"] == fit.points and found["t"] == pytest.approx(fit.t, rel=1e-9)
            scale = {
                "midpoint": fit.midpoint_interval[1] - fit.midpoint_interval[0],
                "steepness": fit.steepness_interval[1] - fit.steepness_interval[0],
            }
            for name in ("midpoint", "steepness"):
                assert found[name] == pytest.approx(getattr(fit, name), rel=1e-4), (state, slot)
                for got, want in zip(
                    found[f"{name}_interval"], getattr(fit, f"{name}_interval"), strict=True
                ):
                    assert abs(got - want) <= 1e-4 * max(abs(want), scale[name]), (state, slot)
    assert fitted >= 10


EVERY_FIT = """async (known) => {
  const part = await [...emergence.live.parts.values()][0], { store, select, fits } = part.explorer, out = [];
  for (const id of known)
    for (const x of ["params", "train_tokens", "train_flops", "date"]) {
      const state = { curves: [id], x, other: null, xscale: x === "date" ? "linear" : "log", y: "linear", lines: false, fit: true };
      const { rows } = select(store, state), fit = fits(store, state, rows).get(0), head = store.known.get(id).members[0];
      if (!fit || fit.reason === "unit") continue;
      const mine = rows.filter((r) => r.x > 0);
      out.push({ id, x, u: mine.map((r) => (x === "date" ? r.x : Math.log10(r.x))), y: mine.map((r) => r.value), floor: head.chance ?? 0, fit });
    }
  return out;
}"""


def test_page_and_python_agree_on_every_curve_and_axis(shared):
    """Refused in both or in neither, for the same reason; the same midpoint, near its points, and nothing that prints as 0 or Infinity."""
    reasons = Counter()
    for case in shared.evaluate(EVERY_FIT, IDS):
        fit, found = explorer.fit_logistic(case["u"], case["y"], case["floor"]), case["fit"]
        where = (case["id"], case["x"])
        if isinstance(fit, str):
            assert found == {"reason": fit}, where
            reasons[fit] += 1
            continue
        assert "reason" not in found, where
        reasons["fit"] += 1
        assert found["midpoint"] == pytest.approx(fit.midpoint, abs=1e-5), where
        assert found["midpoint_interval"] == pytest.approx(fit.midpoint_interval, abs=1e-4), where
        assert found["steepness_interval"] == pytest.approx(fit.steepness_interval, rel=1e-3), where
        low, high = fit.midpoint_interval
        assert min(case["u"]) - 1 <= low <= fit.midpoint <= high <= max(case["u"]) + 1, where
        assert 0 < fit.steepness_interval[0] <= fit.steepness_interval[1] < math.inf, where
    assert set(reasons) == {"fit", "few", "room", "flat", "falls", "steep", "far"}
    assert reasons["fit"] > 1000 and reasons.total() > 15_000


def test_page_says_why_there_is_no_fit(new_page, address):
    """One curve for every reason, by its sentence; and the numbers of those that were fitted."""
    page = opened(new_page(), address)
    for id, x, why in (
        ("a115696547", "params", "flat"),
        ("0e97710967", "params", "flat"),
        ("1e401af892", "params", "room"),
        ("2201002bad", "params", "falls"),
        ("9b25a27608", "params", "steep"),
        ("7e8647ba44", "params", "far"),
        ("0026223a90", "params", "few"),
        (IDS[0], "task", "task"),
    ):
        state = explorer.state(curves=(id,), x=x, other="MMLU", fit=True)
        assert explorer.fits(**state) in ({0: why}, {}), (id, why)
        page.evaluate(f"state => {PART}.then(e => e.change(state))", state | {"curves": [id]})
        said = " ".join(page.locator(".em-notes").all_inner_texts())
        beginning = WORDS[f"fit_{why}"].split("{curve}: ")[1].split("{")[0].strip()
        assert explorer.fits(**state) == {} or (beginning in said and "{" not in said), (id, why)
        assert "Infinity" not in said and "NaN" not in said
    state = explorer.default() | {"fit": True}
    page.evaluate(
        f"state => {PART}.then(e => e.change(state))", state | {"curves": list(state["curves"])}
    )
    said = " ".join(page.locator(".em-notes").all_inner_texts())
    assert said.count("Fit, ") == 2 and "No fit" not in said
    assert page.errors == []


def test_page_shows_a_random_states_rows(new_page, address):
    """The whole way: state to chart, legend, table and file."""
    page = opened(new_page(), address)
    for state in [
        s for s in random_states(60, seed=2) if s["curves"] and len(explorer.select(**s))
    ][:12]:
        page.evaluate(
            f"state => {PART}.then(e => e.change(state))", state | {"curves": list(state["curves"])}
        )
        expected = explorer.select(**state)
        marks = page.evaluate(
            "emergence.live.openAll().then(([p]) => { const svg = p.stage.querySelector('.em-live svg'); return svg.querySelectorAll('.mark-symbol.role-mark path').length })"
        )
        assert marks == (expected["kind"] == "published").sum(), state
        assert page.locator(".em-chips li").count() == len(state["curves"])
        assert "NaN" not in page.locator(".em-live svg").inner_html()
    page.get_by_role("button", name=WORDS["table"]).click()
    rows = page.locator(".em-table tbody tr").count()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=WORDS["download"]).click()
    lines = list(csv.DictReader(waiting.value.path().read_text("utf-8").splitlines()))
    assert rows == len(lines) and [r for r in lines if r["kind"] == "published"]
    measured = [r for r in lines if r["kind"] == "published"]
    assert [float(r["value"]) for r in measured] == pytest.approx(
        list(expected.loc[expected["kind"] == "published", "value"].astype(float))
    )
    assert all(r["paper"] and r["locator"] and r["setup"] for r in measured)
    assert page.errors == []


def test_link_restores_the_state(new_page, address):
    page = opened(new_page(permissions=["clipboard-read", "clipboard-write"]), address)
    for state in list(random_states(40, seed=9))[:12]:
        page.evaluate(
            f"state => {PART}.then(e => e.change(state))", state | {"curves": list(state["curves"])}
        )
        page.get_by_role("button", name=WORDS["copy"]).click()
        page.locator(".em-status").get_by_text(WORDS["copied"]).wait_for()
        link = page.evaluate("navigator.clipboard.readText()")
        other = opened(new_page(), link.split("#")[0], "?" + link.split("?", 1)[1])
        found = other.evaluate(f"{PART}.then(e => e.state)")
        assert found | {"curves": tuple(found["curves"])} == state
        other.context.close()


def hostile(rng):
    """A fragment that looks like one of ours but holds nothing that is allowed."""
    values = [
        "<script>alert(1)</script>",
        "__proto__",
        "constructor",
        "%E0%A4%A",
        "javascript:alert(1)",
        "NaN",
        "-1",
        "x" * 500,
        "%00",
        "[object Object]",
        "params,",
        "' or 1=1",
        explorer.default()["curves"][0] + "x",
        ".".join(IDS[:9]),
        IDS[0] + "." + "f" * 10,
        "..",
        "\u202e",
        "toString",
    ]
    names = [
        "c",
        "x",
        "other",
        "xscale",
        "y",
        "lines",
        "fit",
        "__proto__",
        "constructor",
        "curves",
        "C",
        "",
        "0",
    ]
    return "?" + "&".join(
        f"{rng.choice(names)}={rng.choice(values)}" for _ in range(rng.randint(1, 6))
    )


def test_hostile_links_change_nothing(new_page, address):
    page = opened(new_page(), address)
    page.on("dialog", lambda d: pytest.fail(f"a script of the link ran: {d.message}"))
    before = page.evaluate(f"{PART}.then(e => JSON.stringify(e.state))")
    elements = page.evaluate("document.querySelectorAll('script, img, iframe').length")
    rng = random.Random(4)
    for _ in range(200):
        attack = hostile(rng)
        page.evaluate("hash => { location.hash = hash }", "#fig-explorer" + attack)
        page.evaluate("() => new Promise(requestAnimationFrame)")
        assert page.evaluate(f"{PART}.then(e => JSON.stringify(e.state))") == before, attack
    assert page.evaluate("document.querySelectorAll('script, img, iframe').length") == elements
    assert page.errors == []


def test_task_is_found_and_drawn_with_the_keyboard_alone(new_page, address):
    page = opened(new_page(), address)
    box = page.get_by_role("combobox", name=WORDS["task"])
    box.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("gsm8k")
    assert box.get_attribute("aria-expanded") == "true"
    options = page.get_by_role("listbox", name=WORDS["task"]).get_by_role("option")
    hits = options.all_text_contents()
    assert hits and all("gsm8k" in h.lower() for h in hits)
    assert page.locator(f"#{box.get_attribute('aria-activedescendant')}").text_content() == hits[0]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert (
        page.locator(f"#{box.get_attribute('aria-activedescendant')}").text_content() == hits[-1]
    ), "the list goes round"
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false" and box.input_value() == text.label(
        "3D+"
    ), "Escape takes the query back"
    page.keyboard.press("Control+a")
    page.keyboard.type("zzzz")
    assert options.all_text_contents() == [WORDS["none_found"]]
    page.keyboard.press("Control+a")
    page.keyboard.type("gsm8k")
    page.keyboard.press("Enter")
    assert box.input_value() == hits[0] and box.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Tab")  # model family
    page.keyboard.type("PaLM")
    page.keyboard.press("Tab")  # prompting
    page.keyboard.press("Tab")  # the first curve
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelectorAll('.em-chips li').length === 3")
    state = page.evaluate(f"{PART}.then(e => e.state)")
    assert STORE.curves["family"][STORE.known[state["curves"][2]][0]] == "PaLM"
    assert page.evaluate("document.activeElement.type") == "checkbox", (
        "focus stays where the reader was"
    )
    same(page.evaluate(f"{PART}.then(e => e.last.rows)"), rows_of(explorer.select(**state)))
    remove = page.locator(".em-chips .em-remove").nth(2)
    remove.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelectorAll('.em-chips li').length === 2")
    assert page.evaluate("document.activeElement.className") == "em-remove"
    assert page.errors == []


def test_eight_curves_are_the_most(new_page, address):
    page = opened(new_page(), address)
    many = [i for i, m in STORE.known.items() if STORE.curves["task"][m[0]] == "HellaSwag"][:8]
    page.evaluate(f"curves => {PART}.then(e => e.change({{ curves }}))", many)
    assert WORDS["full"] in page.locator(".em-search").text_content()
    assert page.locator(".em-results input:not(:checked):not(:disabled)").count() == 0
    page.get_by_role("button", name=WORDS["clear"]).click()
    page.locator(".em-status").get_by_text(WORDS["empty"]).wait_for()
    assert page.locator(".em-stage").is_hidden() and page.errors == []


def test_pictures_can_be_taken_away(new_page, address):
    page = opened(new_page(), address)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=WORDS["picture_svg"]).click()
    svg = waiting.value.path().read_text("utf-8")
    assert waiting.value.suggested_filename == "explorer.svg" and "currentColor" not in svg
    assert svg.count("3-digit addition") >= 1 and "Brown et al. 2020" in svg and "NaN" not in svg
    with page.expect_download() as waiting:
        page.get_by_role("button", name=WORDS["picture_png"]).click()
    png = waiting.value.path().read_bytes()
    width, height = struct.unpack(">II", png[16:24])
    box = page.locator(".em-live svg").bounding_box()
    assert (
        png[:8] == b"\x89PNG\r\n\x1a\n"
        and width == 2 * round(box["width"])
        and height > 2 * box["height"]
    )
    at, packed = 8, b""
    while at < len(png):
        size = struct.unpack(">I", png[at : at + 4])[0]
        packed += png[at + 8 : at + 8 + size] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += size + 12
    assert len(set(zlib.decompress(packed))) > 20, "not an empty picture"
    assert page.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_narrow_screen_and_accessibility(new_page, address, theme):
    page = opened(
        new_page(viewport={"width": 375, "height": 800}, color_scheme=theme),
        address,
        "?" + PAGE.split("#fig-explorer?")[3].split('"')[0].replace("&amp;", "&"),
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.get_by_role("combobox", name=WORDS["task"]).click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert Axe().run(page, options={"resultTypes": ["violations"]})["violations"] == []
    page.keyboard.press("Escape")
    inner, outer = page.locator(".em-stage").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inner <= outer + 1
    assert page.errors == []


def test_first_chart_does_not_wait_for_all_rows(new_page, address):
    """The default view is drawn from rows that come with the page; the rest may be slow."""
    page, held = new_page(), []
    page.route("**/explorer-rows-*.js", lambda route: held.append(route))
    page.goto(f"{address}#fig-explorer", wait_until="commit")
    page.wait_for_selector("#fig-explorer.em-drawn")
    same(
        page.evaluate(f"{PART}.then(e => e.last.rows)"),
        rows_of(explorer.select(**explorer.default())),
    )
    assert held, "and the rest is on its way"
    held[0].continue_()
    page.evaluate(READY)
    assert page.evaluate(f"{PART}.then(e => e.store.size)") == len(data.evaluations())


def test_pointing_at_a_mark_tells_its_paper_and_place(new_page, address):
    page = opened(new_page(), address)
    rows = page.evaluate(f"{PART}.then(e => e.last.rows)")
    at = next(i for i, r in enumerate(rows) if r["kind"] == "published" and not r["note"])
    page.locator(".em-live .mark-symbol.role-mark path").nth(at).hover(force=True)
    told = page.locator(".em-tip").inner_text()
    assert rows[at]["model"] in told and rows[at]["paper"] in told and rows[at]["locator"] in told
    assert "null" not in told


# --- sources of what is drawn ----------------------------------------------------------------------------------------
CHAIN = explorer.curve_id(
    table="cot_wei2022_arithmetic", family="PaLM", task="GSM8K", setting="chain_of_thought"
)
PLACES = {
    table: (data.source(table).place, data.source(table).url)
    for table in ("gpt3_table_h1", "cot_wei2022_arithmetic")
}


def test_sources_of_the_curves_drawn_are_named(new_page, address):
    """Below the chart, in the file of its rows, and in its picture; those of curves that are not drawn are not."""
    page = opened(new_page(), address)
    line = page.locator(".em-notes .em-source")
    assert line.text_content() == "Source: Brown et al. 2020, Table H.1."
    sources = page.locator("figcaption").text_content().split(f"{WORDS['sources']}: ")[1]
    assert (
        sources.startswith(f"{STORE.curves['table'].nunique()} tables") and "Brown" not in sources
    )
    page.evaluate(
        f"id => {PART}.then(e => e.change({{ curves: [e.state.curves[0], id], fit: true }}))", CHAIN
    )
    places = [place for place, _ in PLACES.values()]
    assert (
        line.text_content()
        == f"Sources: Brown et al. 2020, {places[0]}; Wei et al. 2022, {places[1]}."
    )
    assert line.locator("a").evaluate_all("links => links.map(a => a.href)") == [
        url for _, url in PLACES.values()
    ]
    with page.expect_download() as waiting:
        page.get_by_role("button", name=WORDS["download"]).click()
    rows = list(csv.DictReader(waiting.value.path().read_text("utf-8").splitlines()))
    assert {r["kind"] for r in rows} >= {"published", "fit"} and {r["table"] for r in rows} == set(
        PLACES
    )
    assert all(r["paper"] and r["locator"] for r in rows)
    with page.expect_download() as waiting:
        page.get_by_role("button", name=WORDS["picture_svg"]).click()
    svg = waiting.value.path().read_text("utf-8")
    assert f"Brown et al. 2020, {places[0]}" in svg and f"Wei et al. 2022, {places[1]}" in svg
    page.evaluate(f"id => {PART}.then(e => e.change({{ curves: [id] }}))", CHAIN)
    assert line.text_content() == f"Source: Wei et al. 2022, {places[1]}."
    page.get_by_role("button", name=WORDS["clear"]).click()
    assert line.count() == 0 and page.errors == []


# --- while the rows are on their way --------------------------------------------------------------------------------
UNLINKED = """async () => {
  const host = document.getElementById("fig-explorer"), { page, say, means } = host.emergence, { Part } = emergence.live;
  host.emergence.close();
  globalThis.arrived = () => {};
  const held = new Promise((arrive) => (globalThis.arrived = arrive));
  const slow = { async asset(name) { await held; return means.asset(name); } };
  globalThis.part = await new Part(host, page, say, { ...means, ...slow, linked: false }).mount();
}"""


@pytest.fixture
def unlinked(new_page, address):
    """The explorer as in a notebook: without an address, and its rows held back until `arrived()` is called."""
    page = new_page()
    opened(page, address)
    page.evaluate(UNLINKED)
    return page


def arrive(page):
    page.evaluate("arrived()")
    page.evaluate("part.explorer.whole")
    assert page.evaluate("part.explorer.store.size") == len(data.evaluations())


def test_choices_survive_the_arrival_of_the_rows(unlinked):
    page = unlinked
    page.get_by_label(WORDS["x"]).select_option("train_tokens")
    page.get_by_label(WORDS["y"]).select_option("logit")
    page.get_by_role("button", name=WORDS["remove"].split(" {")[0]).first.click()
    before = page.evaluate("part.explorer.state")
    assert before["x"] == "train_tokens" and before["y"] == "logit" and len(before["curves"]) == 1
    arrive(page)
    assert page.evaluate("part.explorer.state") == before
    assert page.get_by_label(WORDS["x"]).input_value() == "train_tokens"
    assert page.locator(".em-chips li").count() == 1 and page.errors == []
    same(
        page.evaluate("part.explorer.last.rows"),
        rows_of(explorer.select(**before | {"curves": tuple(before["curves"])})),
    )


def test_a_chosen_task_and_the_place_in_the_list_survive_the_arrival_of_the_rows(unlinked):
    page = unlinked
    box = page.get_by_role("combobox", name=WORDS["task"])
    box.fill("hellaswag")
    page.keyboard.press("Enter")
    first = page.locator(".em-results input").first
    first.focus()
    id = first.get_attribute("data-id")
    arrive(page)
    assert box.input_value() == text.label("HellaSwag")
    assert "HellaSwag" in page.locator(".em-search > .em-status").text_content()
    assert page.evaluate("document.activeElement.dataset.id") == id and page.errors == []


def test_a_search_half_typed_survives_the_arrival_of_the_rows(unlinked):
    page = unlinked
    box = page.get_by_role("combobox", name=WORDS["task"])
    box.click()
    box.fill("gsm8")
    options = page.get_by_role("listbox", name=WORDS["task"]).get_by_role("option")
    assert options.all_text_contents() == [WORDS["none_found"]]
    arrive(page)
    assert box.input_value() == "gsm8" and box.get_attribute("aria-expanded") == "true"
    assert options.count() > 1 and all("gsm8" in o.lower() for o in options.all_text_contents())
    page.keyboard.press("Escape")
    assert box.input_value() == text.label("3D+") and page.errors == []


def test_no_link_is_offered_without_an_address(unlinked):
    assert unlinked.get_by_role("button", name=WORDS["picture_svg"]).count() == 1
    assert unlinked.get_by_role("button", name=WORDS["copy"]).count() == 0


# --- searching --------------------------------------------------------------------------------------------------------
FOUND = """query => [...emergence.live.parts.values()][0].then((part) => {
  const input = part.stage.querySelector(".em-search [role=combobox]");
  input.value = query;
  input.dispatchEvent(new Event("input"));
  return [...part.stage.querySelectorAll(".em-search [role=option]:not([aria-disabled])")].map((o) => o.textContent);
})"""


@pytest.mark.parametrize("query, like", [
    ("ＭＭＬＵ", "MMLU"), ("ｇｓｍ８ｋ", "GSM8K"), ("GSM-8K", "GSM8K"), ("gsm 8k", "GSM8K"), ("GSM‑8K", "GSM8K"), ("Word-in-context", "word in context"), ("wordincontext", "word in context"),
    ("hella swag", "HellaSwag"), ("trivia_qa", "TriviaQA"), ("causal judgment", "causal judgement"), ("reasoning about coloured objects", "reasoning about colored objects"),
    ("reasoning about colou", "reasoning about colored"), ("summarisation", "summarization"), ("movie dialogue", "movie dialog"), ("HÉLLASWAG", "HellaSwag")])  # fmt: skip
def test_a_task_is_found_however_it_is_spelled(shared, query, like):
    want, found = shared.evaluate(FOUND, like), shared.evaluate(FOUND, query)
    assert want and set(want) <= set(found)


def test_what_is_typed_narrows_the_list(shared):
    """Other spellings find the same tasks, not all: and the task of exactly that name comes first."""
    everything = {str(t) for t in STORE.curves["task"]}
    for query in ("GSM-8K", "coloured", "Word-in-context"):
        assert 0 < len(shared.evaluate(FOUND, query)) < 30 < len(everything)
    assert shared.evaluate(FOUND, "MMLU")[0] == text.label("MMLU")
    assert shared.evaluate(FOUND, "zzzz") == []


@pytest.mark.parametrize("composing", [{"isComposing": True}, {"keyCode": 229}])
def test_keys_of_an_input_method_are_its_own(new_page, address, composing):
    page = opened(new_page(), address)
    box = page.get_by_role("combobox", name=WORDS["task"])
    box.click()
    box.fill("m")
    marked, state = (
        box.get_attribute("aria-activedescendant"),
        page.evaluate(f"{PART}.then(e => e.state)"),
    )
    listed = page.locator(".em-search > .em-status").text_content()
    for key in ("Enter", "ArrowDown", "ArrowUp", "Escape"):
        prevented = box.evaluate(
            "(input, how) => !input.dispatchEvent(new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...how }))",
            {"key": key, **composing},
        )
        assert not prevented, key
    assert (
        box.input_value() == "m"
        and box.get_attribute("aria-expanded") == "true"
        and box.get_attribute("aria-activedescendant") == marked
    )
    assert (
        page.locator(".em-search > .em-status").text_content() == listed
        and page.evaluate(f"{PART}.then(e => e.state)") == state
    )
    page.keyboard.press("Enter")
    assert (
        box.get_attribute("aria-expanded") == "false"
        and page.locator(".em-search > .em-status").text_content() != listed
    )


def test_arrows_without_a_hit_leave_the_search_working(new_page, address):
    page = opened(new_page(), address)
    box = page.get_by_role("combobox", name=WORDS["task"])
    box.click()
    box.fill("zzzz")
    for key in ("ArrowDown", "ArrowUp", "ArrowDown"):
        page.keyboard.press(key)
        assert box.get_attribute("aria-activedescendant") is None
    page.evaluate("""() => {
      const input = document.querySelector(".em-search [role=combobox]");
      input.value = "gsm8k";
      input.dispatchEvent(new Event("input"));
    }""")
    first = box.get_attribute("aria-activedescendant")
    assert first and page.locator(f"#{first}").get_attribute("aria-selected") == "true"
    assert page.locator("[role=option][aria-selected=true]").count() == 1 and page.errors == []


def test_lists_that_open_are_no_stop_of_the_tab_key(new_page, address):
    page = opened(new_page(), address)
    lists = page.locator("[role=listbox]")
    assert lists.count() == 2 and lists.evaluate_all("all => all.map(e => e.tabIndex)") == [-1, -1]


def test_a_notebook_names_no_single_table_as_the_source():
    pytest.importorskip("anywidget")
    from emergence import notebook

    sources = notebook._caption(figures.explorer()).split(f"{WORDS['sources']}:")[1]
    assert f"{STORE.curves['table'].nunique()} tables" in sources and "Brown" not in sources
