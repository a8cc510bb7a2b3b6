"""The grokking miniature: gradients, optimizer, split, a tiny training, the recorded claims, and the page's program."""

import math

import grokking as experiment  # noqa: E402
import numpy as np
import pytest
import torch

from emergence import data
from emergence.chapters import grokking as chapter
from emergence.chapters.grokking import miniature
from emergence.chapters.grokking.numbers import STANDSTILL, falls
from emergence.models import MiniatureError
from emergence.models import grokking as g


# --- the program -------------------------------------------------------------------------------------------------------
def test_gradients_are_those_of_finite_differences():
    weights, pairs, _ = g.start(g.Settings(p=7, fraction=0.6, width=5, hidden=9, seed=3))
    _, slopes = g.gradients(weights, pairs)
    for name, w in weights.items():
        for index in np.ndindex(w.shape):
            sides = []
            for step in (1e-6, -1e-6):
                w[index] += step
                sides.append(g.evaluate(g.scores(weights, pairs), pairs.sum(1) % 7)[0])
                w[index] -= step
            assert slopes[name][index] == pytest.approx((sides[0] - sides[1]) / 2e-6, abs=1e-7), (
                name,
                index,
            )


def test_training_is_that_of_torch():
    """Autograd and torch's AdamW, in double precision: the same weights after 50 steps."""
    s = g.Settings(p=11, fraction=0.5, weight_decay=0.7, learning_rate=0.01, seed=2)
    mine = g.Training(s)
    theirs = {k: torch.tensor(w.copy(), requires_grad=True) for k, w in mine.weights.items()}
    optimizer = torch.optim.AdamW(
        theirs.values(), s.learning_rate, betas=g.BETAS, eps=g.EPSILON, weight_decay=s.weight_decay
    )
    a, b = torch.tensor(mine.train_pairs.T)
    for _ in range(50):
        scores = (
            torch.relu((theirs["embed"][a] + theirs["embed"][b]) @ theirs["up"]) @ theirs["down"]
        )
        loss = torch.nn.functional.cross_entropy(scores, (a + b) % 11)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    mine.advance(50)
    for name, w in theirs.items():
        assert np.abs(mine.weights[name] - w.detach().numpy()).max() < 1e-9, name
    assert g.gradients(mine.weights, mine.train_pairs)[0] == pytest.approx(
        mine.measure()["train_loss"]
    )


def test_no_test_pair_is_the_mirror_of_a_training_pair():
    s = g.Settings(p=13, fraction=0.4)
    _, train, test = g.start(s)
    both = [tuple(sorted(map(int, pair))) for pair in [*train, *test]]
    assert len(set(both)) == len(both) == s.n_pairs == 91 and len(train) == s.n_train == 36
    weights, *_ = g.start(s)
    assert np.allclose(g.scores(weights, test), g.scores(weights, test[:, ::-1])), (
        "the network cannot tell the orders apart"
    )
    _, other, _ = g.start(g.Settings(p=13, fraction=0.4, seed=1))
    assert {tuple(p) for p in train.tolist()} != {tuple(p) for p in other.tolist()}


def test_wave_share():
    a = np.arange(31)[:, None]
    wave = np.cos(2 * np.pi * 4 * a / 31 + np.array([0.0, 1.0]))
    assert g.spectrum(wave).argmax() == 3 and g.wave_share(wave, 1) == pytest.approx(1)
    noise = np.random.default_rng(0).standard_normal((31, 5000))
    assert g.wave_share(noise) == pytest.approx(5 / 15, abs=0.02)


@pytest.mark.parametrize(
    "wrong, says",
    [
        (
            {"p": 32},
            r"^p=32 is not a prime from 5 to 113 \(near it: 29 and 31\); for a composite p",
        ),
        ({"p": 1}, "p=1 is not a prime"),
        ({"p": 127}, "p=127"),
        ({"fraction": 0}, "fraction=0 leaves nothing to train on"),
        ({"fraction": 1}, "fraction=1 leaves nothing to test on"),
        ({"fraction": 0.9999}, "nothing to test on"),
        ({"fraction": -0.5}, "between 0 and 1"),
        ({"weight_decay": -1}, "weight_decay=-1 is not allowed; use a number of 0 or more"),
        ({"learning_rate": 0}, "learning_rate=0 is not allowed; use a number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate=nan"),
        ({"hidden": 0}, "hidden=0"),
    ],
)
def test_settings_that_cannot_be_trained_are_refused(wrong, says):
    with pytest.raises(MiniatureError, match=says) as told:
        g.Settings(**wrong)
    assert "\n" not in str(told.value)


def test_training_that_breaks_says_so_and_stops():
    training = g.Training(g.Settings(p=7, learning_rate=5, weight_decay=10))
    with pytest.raises(
        MiniatureError,
        match=r"^The loss is not a number at step \d+ \(learning rate 5, weight decay 10\), so training stopped; choose smaller values$",
    ):
        training.advance(2000)


def test_reader_may_stop_at_any_time():
    rows = []
    for row in g.train(g.Settings(p=7), steps=100, every=30):
        rows.append(row["step"])
        if row["step"] >= 60:
            break
    assert rows == [0, 30, 60]
    assert [r["step"] for r in g.train(g.Settings(p=7), steps=100, every=30)] == [
        0,
        30,
        60,
        90,
        100,
    ]


def test_a_small_network_groks_in_seconds():
    rows = list(g.train(g.Settings(p=31, fraction=0.8, learning_rate=0.01), 1000, 20))
    found = g.milestones(rows)
    assert found["memorized"] <= 60 and found["generalized"] >= 4 * found["memorized"]
    without = list(
        g.train(g.Settings(p=31, fraction=0.8, learning_rate=0.01, weight_decay=0), 1000, 100)
    )
    assert without[-1]["train_accuracy"] == 1 and without[-1]["test_accuracy"] < 0.5


# --- the experiment's Transformer --------------------------------------------------------------------------------------
def test_sum_waves_are_a_projection():
    p, rng = 7, np.random.default_rng(0)
    scores, keep = rng.standard_normal((p, p, p)), np.array([1, 3])
    a, b = np.meshgrid(np.arange(p), np.arange(p), indexing="ij")
    basis = np.stack(
        [f(2 * np.pi * k * (a + b) / p).ravel() for k in keep for f in (np.cos, np.sin)]
    )
    expected = np.linalg.lstsq(basis.T, scores.reshape(p * p, p), rcond=None)[0]
    assert np.allclose(experiment.sum_waves(scores, keep), (basis.T @ expected).reshape(p, p, p))


def test_progress_measures_tell_a_rule_from_a_table():
    p, rng = 11, np.random.default_rng(0)
    pairs = np.argwhere(np.ones((p, p)))
    total = (pairs.sum(1) % p).reshape(p, p)
    answers = np.arange(p)
    waves = np.stack(
        [np.cos(2 * np.pi * k * (total[..., None] - answers) / p) for k in (2, 5)]
    ).sum(0)
    rule = experiment.progress(20 * waves, np.array([2, 5]), pairs[:60], pairs[60:])
    assert rule["restricted_loss"] < 0.01 and rule["excluded_loss"] == pytest.approx(math.log(p))
    table = np.zeros((p, p, p))
    known = rng.permutation(len(pairs))[:60]
    for a, b in pairs[known]:
        table[a, b, (a + b) % p] = 20
    learned = experiment.progress(table, np.array([2, 5]), pairs[known], np.delete(pairs, known, 0))
    assert learned["excluded_loss"] < 0.1 and learned["restricted_loss"] > 0.5


def test_split_keeps_both_orders_together():
    known, new = experiment.split(7, 0.5, 0)
    sides = [{tuple(p) for p in side.tolist()} for side in (known, new)]
    assert len(sides[0]) + len(sides[1]) == 49 and not sides[0] & sides[1]
    assert all((b, a) in side for side in sides for a, b in side)


def test_seeds_of_the_transformer_do_not_touch_each_other():
    shape = {"p": 5, "width": 8, "heads": 2, "hidden": 12}
    pairs = torch.from_numpy(np.argwhere(np.ones((5, 5))))[None]
    two, one = experiment.OneLayer(**shape, seeds=[0, 4]), experiment.OneLayer(**shape, seeds=[4])
    assert torch.allclose(two(pairs.repeat(2, 1, 1))[1], one(pairs)[0], atol=1e-6)


def test_tiny_experiment_runs_through():
    job = experiment.TRANSFORMER[0] | {
        "p": 7,
        "width": 8,
        "heads": 2,
        "hidden": 16,
        "steps": 4,
        "every": 2,
        "seeds": [0],
    }
    tables = experiment.job(job).tables
    assert tables["transformer"]["step"].tolist() == [0, 2, 4]
    assert tables["spectrum"].groupby("step")["power_share"].sum().tolist() == pytest.approx([1, 1])
    cells = experiment.job(
        experiment.PHASES[0]
        | {"p": 5, "fraction": [0.5, 0.6], "steps": 4, "every": 2, "seeds": [0, 1]}
    ).tables["phases"]
    assert cells[["fraction", "seed"]].to_numpy().tolist() == [
        [0.5, 0],
        [0.5, 1],
        [0.6, 0],
        [0.6, 1],
    ]


# --- what the chapter claims of the record ------------------------------------------------------------------------------
def test_record_is_complete():
    assert {tuple(s["seeds"]) for s in data.run("grokking").settings} == {(0, 1, 2)}
    cells = (
        data.curves("grokking", "phases").groupby(["weight_decay", "fraction"])["seed"].nunique()
    )
    assert len(cells) == 30 and (cells == 3).all()


def test_phase_diagram_claims():
    rows = miniature.outcomes()
    assert rows["steps_to_table"].max() <= 200, "every run memorizes, and soon"
    assert (rows[rows["weight_decay"] == 0]["outcome"] == "memorizes_only").all()
    assert (rows[rows["train_fraction"] <= 0.5]["outcome"] == "memorizes_only").all()
    assert (
        rows[(rows["train_fraction"] >= 0.8) & rows["weight_decay"].isin([0.3, 1])]["outcome"]
        == "groks"
    ).all()
    medians = rows[rows["weight_decay"] == 1].groupby("train_fraction")["steps_to_rule"].median()
    assert medians[0.7] > medians[0.8] > medians[0.9], "more data, shorter wait"
    slow, fast = (
        rows[(rows["weight_decay"] == d) & (rows["train_fraction"] == 0.8)][
            "steps_to_rule"
        ].median()
        for d in (0.3, 1)
    )
    assert slow > fast, "more weight decay, shorter wait"


def test_recorded_curve_is_what_the_program_computes():
    recorded = data.curves("grokking", "curves").query("seed == 1").reset_index(drop=True)
    for row in g.train(g.Settings(fraction=0.75, seed=1), 200, 25):
        told = recorded[recorded["step"] == row["step"]].iloc[0]
        for column in ("train_loss", "test_loss", "test_accuracy", "weight_norm", "wave_share"):
            assert row[column] == pytest.approx(told[column], rel=1e-4), (row["step"], column)


def test_transformer_claims():
    for _seed, rows in data.curves("grokking", "transformer").groupby("seed"):
        rows = rows.set_index("step")
        found = g.milestones(rows.reset_index().to_dict("records"))
        assert found["memorized"] <= 200 and found["generalized"] > 2 * found["memorized"]
        assert rows["test_loss"].max() > math.log(59) + 1, "worse than guessing"
        assert falls(rows["restricted_loss"]) < falls(rows["test_loss"]), (
            "the waves are there before the network lives by them"
        )
        assert rows["wave_share"].iloc[-1] > 0.7 > 0.3 > rows["wave_share"].iloc[0]
        assert rows["excluded_loss"].iloc[-1] > 5 > 0.01 > rows["train_loss"].iloc[-1]
    still = (
        data.curves("grokking", "transformer").query(f"seed == 0 and step == {STANDSTILL}").iloc[0]
    )
    assert (
        still["test_accuracy"] < 0.05
        and still["test_loss"] > 2 * math.log(59)
        and still["restricted_loss"] < 0.1
    )


# --- the page ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def js(computing):
    return computing("grokking")


@pytest.mark.parametrize(
    "changes",
    [
        {"fraction": 0.75},
        {"p": 23, "fraction": 0.5, "seed": 5, "learning_rate": 0.01, "weight_decay": 0.3},
        {"p": 7, "fraction": 0.25, "seed": 9},
    ],
)
def test_training_in_the_browser_equals_numpy(js, changes):
    settings = g.Settings(**changes)
    mine = g.Training(settings)
    given = {
        k: getattr(settings, k)
        for k in ("p", "fraction", "weight_decay", "learning_rate", "seed", "width", "hidden")
    }
    start, rows = js(
        """(s) => { const t = new grokking.Training(s), start = [[...t.weights.embed], [...t.train.a], [...t.train.b], [...t.test.sum]], rows = [t.measure()];
        for (let i = 1; i <= 300; i++) { t.advance(); if (i % 100 === 0) rows.push(t.measure()); } return [start, rows]; }""",
        given,
    )
    assert np.allclose(start[0], mine.weights["embed"].ravel(), atol=1e-12)
    assert np.array_equal(np.transpose(start[1:3]), mine.train_pairs) and np.array_equal(
        start[3], mine.test_pairs.sum(1) % settings.p
    )
    for row in rows:
        mine.advance(row["step"] - mine.step)
        for name, value in mine.measure().items():
            assert row[name] == pytest.approx(value, abs=1e-4), (row["step"], name)


def test_browser_says_when_training_breaks(js):
    told = js("""() => { const t = new grokking.Training({ p: 7, fraction: 0.7, weight_decay: 10, learning_rate: 5, seed: 0, width: 32, hidden: 128 });
        try { for (let i = 0; i < 2000; i++) t.advance(); return "no"; } catch (e) { return e.name; } }""")
    assert told == "RangeError"


def test_reader_trains_pauses_and_resets(new_page, server):
    page = new_page(viewport={"width": 375, "height": 800})
    page.goto(
        f"{server}/book/grokking.html#fig-mini-grokking-live?p=23&fraction=0.8&learning_rate=0.01&seed=2"
    )
    part = page.locator("#fig-mini-grokking-live")
    page.wait_for_selector("#fig-mini-grokking-live.em-drawn")
    words = chapter.live_training().words
    assert part.locator(".em-status").text_content() == words["ready"]
    assert (
        part.get_by_label(words["p"]).input_value() == "23"
        and part.get_by_label(words["seed"]).input_value() == "2"
    )
    start = part.get_by_role("button", name="Start")
    start.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.getElementById('fig-mini-grokking-live').emergence.rows().length > 30"
    )
    part.get_by_role("button", name="Pause").click()
    page.wait_for_function(
        "() => document.querySelector('#fig-mini-grokking-live .em-status').textContent.startsWith('Paused at step')"
    )
    rows = page.evaluate(
        "emergence.live.open(document.getElementById('fig-mini-grokking-live')).then(p => p.rows())"
    )
    mine = g.Training(g.Settings(p=23, fraction=0.8, learning_rate=0.01, seed=2))
    for row in rows[:20]:
        mine.advance(row["step"] - mine.step)
        assert row["test_loss"] == pytest.approx(mine.measure()["test_loss"], abs=1e-4)
    part.get_by_role("button", name="Go on").click()
    page.wait_for_function(
        "n => document.getElementById('fig-mini-grokking-live').emergence.rows().length > n",
        arg=len(rows),
    )
    part.get_by_role("button", name="Reset").click()
    page.wait_for_function(
        "w => document.querySelector('#fig-mini-grokking-live .em-status').textContent === w",
        arg=words["ready"],
    )
    assert (
        page.evaluate(
            "emergence.live.open(document.getElementById('fig-mini-grokking-live')).then(p => p.rows().length)"
        )
        == 0
    )
    assert page.errors == []
