"""The addition miniature: the task, NumPy against torch, a tiny training, the recorded claims, and the page's program."""

import addition as experiment  # noqa: E402
import gpt
import numpy as np
import pytest

from emergence import data
from emergence.chapters import emergence as chapter
from emergence.chapters.emergence.live import kept
from emergence.models import MiniatureError, load
from emergence.models import addition as task


# --- the task ------------------------------------------------------------------------------------------------------------
def test_sums_are_written_from_the_ones_up():
    prompt, answer = task.encode(np.array([487, 0, 999]), np.array([256, 5, 999]))
    assert prompt.tolist() == [
        [7, 8, 4, 10, 6, 5, 2, 11],
        [0, 0, 0, 10, 5, 0, 0, 11],
        [9, 9, 9, 10, 9, 9, 9, 11],
    ]
    assert answer.tolist() == [[3, 4, 7, 0], [5, 0, 0, 0], [8, 9, 9, 1]]


def test_schoolbook_addition_agrees():
    rng = np.random.default_rng(0)
    a, b = task.training_sums(rng, 500)
    prompt, answer = task.encode(a, b)
    carry = np.zeros(500, int)
    for place in range(3):
        total = prompt[:, place] + prompt[:, 4 + place] + carry
        assert (answer[:, place] == total % 10).all()
        carry = total // 10
    assert (answer[:, 3] == carry).all()


@pytest.mark.parametrize(
    "a, b, says",
    [
        (1000, 1, "1000 cannot be added here; allowed: whole numbers from 0 to 999"),
        (-1, 1, "-1 cannot"),
        (3, 2.5, "2.5 cannot"),
        (1, float("nan"), "nan"),
    ],
)
def test_other_numbers_are_refused(a, b, says):
    with pytest.raises(MiniatureError, match=says):
        task.encode(a, b)


def test_no_test_sum_is_trained_on():
    a, b = task.test_sums()
    held_out = set((1000 * a + b).tolist())
    assert len(held_out) == task.N_TEST == 2000 and np.array_equal(task.test_sums()[0], a)
    x, y = task.training_sums(np.random.default_rng(1), 300_000)
    assert not held_out & set((1000 * x + y).tolist())
    assert abs((x + y).mean() - 999) < 3 and x.max() == y.max() == 999 and x.min() == y.min() == 0


# --- NumPy and torch -----------------------------------------------------------------------------------------------------
def test_numpy_scores_what_torch_scores():
    model = gpt.GPT(task.config(8), [0, 3])
    gpt.train(model, experiment.loss, experiment.batches(32), steps=40, lr=1e-2, warmup=5)
    theirs = experiment.scores(model, 200)
    a, b = (x[:200] for x in task.test_sums())
    for place, seed in enumerate(model.seeds):
        from emergence.models import Transformer

        mine = task.scores(Transformer(model.config, model.slice(seed)), a, b)
        assert mine.cross_entropy == pytest.approx(theirs["cross_entropy"][place], abs=1e-4)
        assert (mine.per_digit, mine.exact_match) == (
            pytest.approx(theirs["per_digit"][place]),
            pytest.approx(theirs["exact_match"][place]),
        )


def test_a_tiny_training_learns():
    """Seconds: two seeds of width 16 leave the uniform guess (ln 10 = 2.30 nats) well behind."""
    model = gpt.GPT(task.config(16), [0, 1])
    history = gpt.train(
        model,
        experiment.loss,
        experiment.batches(64),
        steps=150,
        lr=5e-3,
        warmup=20,
        every=50,
        evaluate=lambda m: experiment.scores(m, 200),
    )
    assert (history[history["step"] == 150]["cross_entropy"] < 1.9).all()
    assert (history[history["step"] == 150]["per_digit"] > 0.2).all()


def test_experiment_runs_through(monkeypatch):
    monkeypatch.setattr(experiment.task, "N_TEST", 2000)
    result = experiment.job({"width": 4, "seeds": [0, 1], "batch": 8, "steps": 2, "lr": 1e-3})
    assert list(result.models) == ["w4s0", "w4s1"] and result.tables["scores"]["seed"].tolist() == [
        0,
        1,
    ]
    assert set(result.tables["history"]) == {
        "seed",
        "step",
        "train_loss",
        "cross_entropy",
        "per_digit",
        "exact_match",
        "width",
        "params",
    }


# --- what the chapter claims of the record -------------------------------------------------------------------------------
def test_record_is_complete():
    scores = data.curves("addition", "scores")
    assert (
        sorted(scores["width"].unique()) == [4, 8, 12, 16, 24, 32]
        and (scores.groupby("width")["seed"].nunique() == 16).all()
    )
    assert (scores["params"] == [task.config(w).params for w in scores["width"]]).all()
    assert len(kept()) == 8


def test_smallest_never_adds_and_largest_always():
    scores = data.curves("addition", "scores")
    assert scores.query("width == 4")["exact_match"].max() < 0.02
    assert scores.query("width == 32")["exact_match"].min() > 0.99


def test_between_them_seeds_fall_into_two_groups():
    scores = data.curves("addition", "scores")
    share = scores.assign(adds=scores["exact_match"] >= 0.9).groupby("width")["adds"].sum()
    assert share.is_monotonic_increasing and 1 <= share[8] < share[24] < 16
    middle = scores[scores["width"].isin([8, 12, 16, 24])]["exact_match"]
    assert ((middle > 0.15) & (middle < 0.6)).sum() <= 2, "hardly any run ends half-way"


def test_digits_are_learned_whole():
    """Runs end where k of the four digits are guessed: k ln(10)/4 nats, and an exact match of 10^-k."""
    scores = data.curves("addition", "scores")
    level = np.log(10) / 4
    for k, runs in ((1, 11), (2, 10), (3, 11)):
        some = scores[(scores["cross_entropy"] - k * level).abs() < 0.03]
        assert len(some) == runs and some["exact_match"].mean() == pytest.approx(10.0**-k, rel=0.25)
    one = scores[(scores["cross_entropy"] - level).abs() < 0.03]
    assert (one["per_digit"] ** 4 > 2 * one["exact_match"]).all()


@pytest.mark.parametrize("place", range(8))
def test_stored_weights_score_as_recorded(place):
    """float16 weights against the scores of the float32 models in training."""
    recorded = kept().iloc[place]
    mine = task.scores(load("addition", recorded["name"]), *task.test_sums())
    assert mine.cross_entropy == pytest.approx(recorded["cross_entropy"], abs=0.01)
    assert mine.per_digit == pytest.approx(
        recorded["per_digit"], abs=0.005
    ) and mine.exact_match == pytest.approx(recorded["exact_match"], abs=0.01)


def test_seeds_figure_draws_every_seed_or_the_mean():
    figure = chapter.own_seeds()
    rows = figure.frame()
    assert len(rows) == 96 and (rows["kind"] == "miniature").all()
    assert (
        len(figure.frame(seeds_drawn="mean_only")) == 6
        and len(figure.frame(seeds_drawn="seeds_and_mean")) == 102
    )
    mean = figure.frame(seeds_drawn="mean_only", own_metric="per_digit").set_index("params")[
        "value"
    ]
    assert mean[task.config(16).params] == pytest.approx(
        data.curves("addition", "scores").query("width == 16")["per_digit"].mean()
    )


def test_four_lenses_offer_the_seeds():
    figure = chapter.four_lenses()
    seeds, mean = (
        figure.frame(lens_models="addition_seeds"),
        figure.frame(lens_models="addition_mean"),
    )
    ours = seeds[seeds["kind"] == "miniature"]
    assert (
        len(ours) == 96
        and "published" not in set(seeds["kind"]) | set(mean["kind"])
        and ours["wilson_low"].notna().all()
    )
    assert mean[mean["kind"] == "miniature"]["wilson_low"].isna().all()
    digits = figure.frame(lens_models="addition_seeds", metric="partial_credit")
    assert (digits["metric"] == "per_digit").all() and digits["value"].min() > 0.15
    width16 = figure.frame(lens_models="addition_seeds", x="lambada_perplexity")[
        lambda r: r["params"] == task.config(16).params
    ]
    assert width16["digit_perplexity"].between(1, 10).all()


# --- the page ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def js(computing):
    return computing("addition")


@pytest.mark.parametrize("place", range(8))
def test_answers_in_the_browser_equal_numpy(js, place):
    import base64

    from emergence.models import softmax

    name = kept()["name"].iloc[place]
    model, rng = load("addition", name), np.random.default_rng(place)
    sums = rng.integers(0, 1000, (12, 2))
    told = js(
        "([file, sums]) => { const m = new nn.Transformer(nn.unpack(bytes(file))); return sums.map(([a, b]) => addition.write(m, a, b)); }",
        [base64.b64encode(chapter.live_addition().assets[name]()).decode(), sums.tolist()],
    )
    written = task.write(model, sums[:, 0], sums[:, 1])
    prompt, _ = task.encode(sums[:, 0], sums[:, 1])
    given = softmax(model(np.hstack([prompt, written[:, :-1]]))[:, task.PROMPT - 1 :])
    for row, digits, chances in zip(told, written, given, strict=True):
        assert [d["digit"] for d in row] == digits.tolist()
        assert (
            np.abs(np.array([d["probability"] for d in row]) - chances[np.arange(4), digits]).max()
            < 1e-4
        )


def test_browser_reads_only_numbers_it_can_add(js):
    assert js("['7', ' 42 ', '999', '1000', '-1', '3.5', '', 'x', '1e2'].map(addition.read)") == [
        7,
        42,
        999,
        None,
        None,
        None,
        None,
        None,
        None,
    ]


def test_reader_types_a_sum(new_page, server):
    page = new_page(viewport={"width": 375, "height": 800})
    page.goto(f"{server}/book/emergence.html#fig-mini-addition-live?a=700&b=5")
    page.wait_for_selector("#fig-mini-addition-live.em-drawn")
    part, words = page.locator("#fig-mini-addition-live"), chapter.live_addition().words

    def says(start):
        page.wait_for_function(
            "start => document.querySelector('#fig-mini-addition-live .em-status').textContent.startsWith(start)",
            arg=start,
        )

    says("700 + 5 = 705.")
    part.get_by_label(words["first"]).fill("128")
    says("128 + 5 = 133.")
    part.get_by_label(words["second"]).fill("x")
    says(words["refused"])
    assert part.get_by_label(words["second"]).get_attribute("aria-invalid") == "true"
    part.get_by_role("button", name=words["more"]).click()
    says("Share of digits and of whole sums right in 20 random sums per model.")
    assert page.errors == []
