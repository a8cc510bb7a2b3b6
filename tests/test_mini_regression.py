"""Regression in a prompt: the algorithms against oracles, the record against what the chapter says, the page against NumPy."""

from itertools import pairwise

import gpt
import numpy as np
import pandas as pd
import pytest
import regression as experiment  # noqa: E402
import torch

from emergence import data
from emergence.chapters.in_context_learning import live
from emergence.models import MiniatureError, load, regression
from emergence.models.regression import LINEAR, LINES


@pytest.fixture(scope="module")
def prompts():
    return regression.draw(LINEAR, np.random.default_rng(0), 300)


# --- the algorithms ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("k", [1, 3, 5, 9])
def test_least_squares_is_numpys(prompts, k):
    x, y = prompts
    mine = regression.least_squares(LINEAR, x[:, :k], y[:, :k], x[:, k])
    theirs = [x[b, k] @ np.linalg.lstsq(x[b, :k], y[b, :k], rcond=None)[0] for b in range(len(x))]
    assert np.allclose(mine, theirs, atol=1e-8)


def test_least_squares_is_exact_once_the_function_is_determined(prompts):
    x, y = prompts
    assert (
        np.abs(regression.answers(LINEAR, regression.least_squares, x, y)[:, 5:] - y[:, 5:]).max()
        < 1e-6
    )


def test_ridge_solves_its_own_problem(prompts):
    """The gradient of |y - Xw|² + λ|w|² vanishes at the solution, read off by asking for the unit vectors."""
    x, y = prompts
    w = np.stack(
        [
            regression.ridge(LINEAR, x[:, :4], y[:, :4], np.broadcast_to(e, (300, 5)))
            for e in np.eye(5)
        ],
        1,
    )
    residual = np.einsum("bkd,bd->bk", x[:, :4], w) - y[:, :4]
    assert np.abs(np.einsum("bk,bkd->bd", residual, x[:, :4]) + 0.5 * w).max() < 1e-10


def test_the_posterior_mean_beats_everything_on_average():
    x, y = regression.draw(LINES, np.random.default_rng(1), 20_000)
    error = {
        name: ((regression.answers(LINES, rule, x, y) - y) ** 2).mean(0)
        for name, rule in regression.rivals(LINES).items()
    }
    for k in (1, 3, 5, 10):
        assert error["posterior_mean"][k] <= min(e[k] for e in error.values()) + 1e-9
        for penalty in (LINES.penalty / 3, LINES.penalty * 3):
            other = regression.ridge(LINES, x[:, :k], y[:, :k], x[:, k], penalty)
            assert error["posterior_mean"][k] <= ((other - y[:, k]) ** 2).mean() + 1e-3


def test_the_rate_of_the_gradient_step_is_the_best():
    """E[(y - r q·Σ x y)²] is quadratic in r; for Gaussian x its minimum is at 1 / (k + d + 1)."""
    x, y = regression.draw(LINEAR, np.random.default_rng(2), 200_000)
    for k in (3, 8):
        direction = regression.gradient_step(LINEAR, x[:, :k], y[:, :k], x[:, k]) * (k + 6)
        best = (direction * y[:, k]).mean() / (direction**2).mean()
        assert best == pytest.approx(1 / (k + 6), rel=0.03)


def test_nearest_takes_the_three_nearest():
    x, y = np.array([[[0.0], [1.0], [2.0], [5.0], [1.2]]]), np.array([[1.0, 2.0, 3.0, 100.0, 0.0]])
    assert regression.nearest(LINEAR, x[:, :4], y[:, :4], x[:, 4])[0] == pytest.approx(2.0)
    assert regression.nearest(LINEAR, x[:, :2], y[:, :2], x[:, 4])[0] == pytest.approx(1.5)


# --- the prompt -------------------------------------------------------------------------------------------------------
def test_a_token_never_holds_its_own_answer(prompts):
    x, y = prompts
    seen = regression.tokens(LINEAR, x, y)
    assert seen.shape == (300, 16, 11)
    changed = y.copy()
    changed[:, 7] += 1
    differs = np.abs(regression.tokens(LINEAR, x, changed) - seen).max((0, 2)) > 0
    assert differs.tolist() == [t == 8 for t in range(16)]
    assert (
        np.allclose(seen[:, 8, :5], x[:, 8])
        and np.allclose(seen[:, 8, 5:10], x[:, 7])
        and np.allclose(seen[:, 8, 10], y[:, 7])
    )


def test_what_cannot_be_asked_is_refused():
    model = load("regression", "lines")
    for points, queries, says in (
        ([[0, 0]] * 11, [0.0], "11 points; the model was trained on at most 10"),
        ([[0, np.nan]], [0.0], "finite"),
        ([[0, 0]], [], "query"),
    ):
        with pytest.raises(MiniatureError, match=says):
            regression.line_answers(model, points, queries)


# --- the record ---------------------------------------------------------------------------------------------------------
def test_numpy_runs_the_trained_model_as_torch_does():
    config, weights = data.weights("regression", "lines")
    model = gpt.GPT(load("regression", "lines").config, [0])
    with torch.no_grad():
        for key, value in model.weights.items():
            value.copy_(torch.from_numpy(weights[gpt.name(key)])[None])
    x, y = regression.draw(LINES, np.random.default_rng(3), 50)
    seen = regression.tokens(LINES, x, y)
    assert (
        np.abs(
            model(torch.from_numpy(seen)[None])[0].detach().numpy()
            - load("regression", "lines")(seen)
        ).max()
        < 1e-4
    )


def test_the_recorded_errors_are_those_of_the_stored_model():
    x, y = regression.draw(LINES, np.random.default_rng(2), experiment.PROMPTS)
    now = ((regression.predict(load("regression", "lines"), LINES, x, y) - y) ** 2).mean(0)
    rows = data.curves("regression", "errors")
    then = rows[
        (rows["task"] == "lines") & (rows["answers"] == "transformer") & (rows["seed"] == 0)
    ].sort_values("examples")["squared_error"]
    assert np.allclose(now, then, rtol=0.02)  # stored as float16


@pytest.fixture(scope="module")
def errors():
    rows = data.curves("regression", "errors")
    rows = rows[rows["task"] == "linear"]
    assert rows[rows["answers"] == "transformer"].groupby("layers")["seed"].nunique().tolist() == [
        3,
        3,
        3,
        3,
    ]
    return rows.groupby(["answers", "layers", "examples"])["squared_error"].mean()


def test_what_the_chapter_says_about_errors(errors):
    for k in (3, 5, 8, 12):
        deep = [errors["transformer", layers, k] for layers in (1, 2, 3, 4)]
        assert all(b < a * 1.1 for a, b in pairwise(deep)), "each layer helps"
        assert deep[0] < errors["gradient_step", 0, k] and deep[3] < errors["nearest", 0, k]
        assert deep[3] < 1.35 * errors["ridge", 0, k] + 0.01
    gains = np.diff([errors["transformer", layers, 8] for layers in (1, 2, 3, 4)])
    assert gains.argmin() == 0, "the second layer helps most"
    assert errors["least_squares", 0, 5] < 1e-6 < errors["transformer", 4, 5]


def test_depth_leads_from_ridge_toward_least_squares():
    rows = data.curves("regression", "distances")
    rows = rows[(rows["task"] == "linear") & (rows["examples"] == 5)].pivot_table(
        index="layers", columns="algorithm", values="squared_distance"
    )
    assert (rows.idxmin(axis=1) == "ridge").all()
    assert (
        rows["least_squares"].is_monotonic_decreasing
        and rows["gradient_step"].is_monotonic_increasing
    )
    assert rows.loc[1].sort_values().index[:2].tolist() == ["ridge", "gradient_step"]


def test_the_model_of_lines_distrusts_two_points():
    rows = data.curves("regression", "errors")
    rows = rows[rows["task"] == "lines"].set_index(["answers", "examples"])["squared_error"]
    assert rows["least_squares", 2] > 10 * rows["transformer", 2]
    for k in (2, 3, 5, 10):
        assert (
            rows["posterior_mean", k] - 1e-3
            <= rows["transformer", k]
            < 1.35 * rows["posterior_mean", k]
        )


def test_points_on_an_arc_get_nearly_a_line():
    xs, queries = np.linspace(-0.9, 0.9, 10), np.linspace(-0.8, 0.8, 9)
    said = regression.line_answers(
        load("regression", "lines"), np.stack([xs, 1 - 2 * xs**2], 1), queries
    )
    fitted = np.polyval(np.polyfit(queries, said, 1), queries)
    assert (
        np.abs(said - fitted).max()
        < 0.35
        < np.abs(
            1 - 2 * queries**2 - np.polyval(np.polyfit(queries, 1 - 2 * queries**2, 1), queries)
        ).max()
    )


def test_retraining_in_seconds_learns_in_context():
    settings = dict(task="lines", layers=2, width=16, steps=250, lr=5e-3, batch=64, seeds=[4])
    rows = (
        experiment.job(settings)
        .tables["errors"]
        .set_index(["answers", "examples"])["squared_error"]
    )
    assert rows["transformer", 0] > 1 > 0.45 > rows["transformer", 5]


# --- the page -------------------------------------------------------------------------------------------------------------
@pytest.fixture
def part(new_page, server):
    page = new_page()
    page.goto(f"{server}/book/in-context-learning.html#fig-icl-regression-live")
    page.wait_for_selector("#fig-icl-regression-live.em-drawn")
    return page


HOST = "document.getElementById('fig-icl-regression-live')"


@pytest.mark.parametrize(
    "points",
    [
        [(-0.8, -0.7), (-0.3, -0.45), (0.1, 0.2), (0.6, 0.35)],
        [(0.25, 1.5)],
        [(0.5, 1), (0.5, -1)],
        [(x / 5 - 0.9, (-1) ** x * x / 8) for x in range(10)],
    ],
)
def test_the_page_answers_as_numpy(part, points):
    queries = np.linspace(-1, 1, 9)
    said = part.evaluate(
        f"([points, queries]) => emergence.live.open({HOST}).then(part => part.rows(points, queries))",
        [points, queries.tolist()],
    )
    expected = live.line_rows(points, queries)
    assert [r["regression_answers"] for r in said] == expected["regression_answers"].tolist()
    assert np.abs(pd.DataFrame(said)["height"] - expected["height"]).max() < 1e-4


def test_points_move_by_keyboard_and_mouse(part):
    status = part.locator("#fig-icl-regression-live .em-status").last
    first = part.locator("#fig-icl-regression-live .em-handle").first
    before = status.inner_text()
    first.focus()
    for _ in range(5):
        part.keyboard.press("Shift+ArrowUp")
    part.wait_for_function(
        "([s, old]) => document.querySelector(s).textContent !== old",
        arg=["#fig-icl-regression-live .em-frame > .em-status", before],
    )
    assert "y 0.3" in first.get_attribute("aria-label")
    box = first.bounding_box()
    part.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    part.mouse.down()
    part.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + box["height"] / 2 + 40, steps=4)
    part.mouse.up()
    moved = first.bounding_box()
    assert abs(moved["x"] - box["x"] - 60) < 3 and abs(moved["y"] - box["y"] - 40) < 3
    for _ in range(8):
        part.get_by_role("button", name="Add a point").click()
    assert part.locator("#fig-icl-regression-live .em-handle").count() == 10
    assert "Ten points" in status.inner_text()
    part.locator("#fig-icl-regression-live .em-handle").last.focus()
    part.keyboard.press("Delete")
    assert part.locator("#fig-icl-regression-live .em-handle").count() == 9
    assert part.errors == [] and part.outside == []
