"""Instructions in miniature: the tasks by a second way, NumPy against torch, a tiny training, the recorded claims, the page."""

import base64

import gpt
import instructions as experiment  # noqa: E402
import numpy as np
import pytest
import torch

from emergence import data
from emergence.chapters import instruction_tuning as chapter
from emergence.chapters.instruction_tuning import live, miniature
from emergence.models import MiniatureError, Transformer, instructions, load
from emergence.text import label

# The instructions again, on Python strings.
ORDERS = {
    "keep": lambda s: s,
    "reverse": lambda s: s[::-1],
    "left_1": lambda s: s[1:] + s[0],
    "left_2": lambda s: s[2:] + s[:2],
    "right_1": lambda s: s[-1] + s[:-1],
    "swap_pairs": lambda s: s[1] + s[0] + s[3] + s[2] + s[5] + s[4],
    "swap_halves": lambda s: s[3:] + s[:3],
    "swap_ends": lambda s: s[-1] + s[1:-1] + s[0],
}
MAPS = {
    "same": "abcdefghij",
    "plus_1": "bcdefghija",
    "plus_3": "defghijabc",
    "plus_5": "fghijabcde",
    "mirror": "jihgfedcba",
    "times_3": "adgjcfibeh",
    "times_7": "ahebifcjgd",
    "neighbor": "badcfehgji",
}


def second_way(task, text: str) -> str:
    return ORDERS[task[0]](text).translate(str.maketrans("abcdefghij", MAPS[task[1]]))


# --- the tasks -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("task", instructions.TASKS, ids="-".join)
def test_instructions_agree_with_a_second_way(task):
    rng = np.random.default_rng(0)
    strings = rng.integers(0, 10, (20, 6))
    for string, result in zip(strings, instructions.carry_out([task] * 20, strings), strict=True):
        assert instructions.decode(result) == second_way(task, instructions.decode(string))


def test_the_64_instructions_differ():
    string = instructions.encode("abdgcj")[None]
    assert (
        len(
            {
                instructions.decode(instructions.carry_out([t], string)[0])
                for t in instructions.TASKS
            }
        )
        == 64
    )


@pytest.mark.parametrize("seed", range(4))
def test_what_is_held_out_is_never_trained(seed):
    held, pool = instructions.split(seed)
    assert (
        len(held) == 16
        and len(pool) == 33
        and not set(held) & set(pool)
        and not (set(held) | set(pool)) & set(instructions.SINGLE)
    )
    before = set()
    for tasks in (15, 19, 23, 31, 48):
        now = set(instructions.trained(tasks, seed))
        assert len(now) == tasks and before <= now and not now & set(held)
        assert {t[0] for t in now} == set(ORDERS) and {t[1] for t in now} == set(MAPS), (
            "every word is met"
        )
        before = now


def test_examples_carry_their_own_result():
    prompts, results = instructions.draw(np.random.default_rng(3), instructions.split(0)[0], 50)
    words = [*instructions.ORDERS, *instructions.MAPS]
    for p, r in zip(prompts, results, strict=True):
        assert (
            instructions.decode(r)
            == second_way((words[p[0] - 10], words[p[1] - 10]), instructions.decode(p[2:8]))
            and p[8] == instructions.EQUALS
        )


@pytest.mark.parametrize(
    "ask, says",
    [
        (lambda: instructions.encode("abcde"), "6 letters from a to j"),
        (lambda: instructions.encode("abcdez"), "'abcdez' cannot be read"),
        (lambda: instructions.trained(14, 0), "14 training tasks; allowed: 15 to 48"),
        (lambda: instructions.trained(49, 0), "allowed"),
        (
            lambda: instructions.prompt([("turn", "same")], np.zeros((1, 6), int)),
            "'turn', 'same' is unknown",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(ask, says):
    with pytest.raises(MiniatureError, match=says):
        ask()


# --- NumPy and torch -----------------------------------------------------------------------------------------------------
def test_numpy_runs_the_trained_model_as_torch_does():
    config, weights = data.weights("instructions", "tasks_23")
    mine = load("instructions", "tasks_23")
    model = gpt.GPT(mine.config, [0])
    with torch.no_grad():
        for key, value in model.weights.items():
            value.copy_(torch.from_numpy(weights[gpt.name(key)])[None])
    prompts, results = instructions.draw(np.random.default_rng(3), instructions.TASKS, 40)
    tokens = np.concatenate([prompts, results], 1)
    assert (
        np.abs(model(torch.from_numpy(tokens)[None])[0].detach().numpy() - mine(tokens)).max()
        < 1e-4
    )
    assert (
        gpt.generate(model, prompts[None], 6)[0, :, instructions.PROMPT :]
        == instructions.answer(mine, prompts)
    ).mean() > 0.99


def test_a_tiny_training_learns():
    """Seconds: two instructions with nothing to combine leave the uniform guess (ln 10 = 2.30 nats) well behind."""
    model, tasks = gpt.GPT(instructions.config(32, 2), [1]), [("keep", "same"), ("keep", "plus_1")]
    history = gpt.train(
        model,
        experiment.loss,
        lambda rng: instructions.draw(rng, tasks, 64),
        steps=200,
        lr=4e-3,
        warmup=20,
    )
    assert history["train_loss"].iloc[-1] < 1.5


def test_the_experiment_runs_through():
    result = experiment.job(dict(tasks=15, width=8, layers=1, steps=2, lr=1e-3, batch=8, seed=3))
    rows = result.tables["by_task"]
    assert rows["part"].value_counts().to_dict() == {"unused": 33, "held_out": 16, "training": 15}
    config, weights = result.models["model"]
    assert isinstance(Transformer(instructions.config(8, 1), weights), Transformer)


# --- what the chapter claims of the record -------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def held():
    rows = data.curves("instructions", "by_task")
    return (
        rows[rows["part"] == "held_out"]
        .groupby(["width", "tasks", "seed"])[["exact", "per_letter"]]
        .mean()
    )


def test_the_record_is_that_of_the_experiment():
    assert [
        {k: v for k, v in run.items() if k != "seconds"}
        for run in data.run("instructions").settings
    ] == experiment.JOBS


def test_held_out_instructions_are_followed_only_after_enough_others(held):
    exact = held.loc[64]["exact"].unstack("seed")
    assert (exact.loc[15] <= 0.05).all() and (exact.loc[48] >= 0.95).all()
    assert all(exact[seed].dropna().sort_index().is_monotonic_increasing for seed in exact)


def test_trained_instructions_are_always_followed():
    rows = data.curves("instructions", "by_task").query("part == 'training' and width == 64")
    assert rows.groupby(["tasks", "seed"])["exact"].mean().min() > 0.99


def test_letters_come_before_whole_results(held):
    full = held.loc[64]
    assert (full["per_letter"] >= full["exact"]).all() and (full.loc[15]["per_letter"] > 0.1).all()
    middle = full.loc[19]
    assert (middle["exact"] > middle["per_letter"] ** 6).all(), "errors come together"


def test_small_models_fail_on_what_they_were_trained_on_too(held):
    rows = data.curves("instructions", "by_task").query("tasks == 31")
    trained = (
        rows[rows["part"] == "training"].groupby(["width", "seed"])["exact"].mean().unstack("width")
    )
    new = held["exact"].unstack("tasks")[31].unstack("width")
    assert (
        (trained[[8, 16]] < 0.3).all(axis=None)
        and (new[[8, 16]] < 0.05).all(axis=None)
        and (trained[64] > 0.99).all()
    )
    assert (new[8] <= new[16]).all() and (new[16] < new[32]).all() and (new[32] < new[64]).all()
    assert (
        trained[32].max() > 0.99 > 0.6 > trained[32].min()
        and new[32].max() > 0.85 > 0.2 > new[32].min()
    ), "at width 32 the seeds part"
    assert trained[32].idxmax() == new[32].idxmax()


@pytest.mark.parametrize("tasks", live.TASKS)
def test_stored_weights_score_as_recorded(tasks, held):
    """float16 weights on fresh strings against the score of the float32 model."""
    prompts, results = instructions.draw(np.random.default_rng(9), instructions.split(0)[0], 400)
    mine = (instructions.answer(load("instructions", f"tasks_{tasks}"), prompts) == results).mean()
    assert mine == pytest.approx(held["per_letter"][64, tasks, 0], abs=0.05)


def test_figures_draw_every_seed():
    for figure, points in (
        (chapter.instructions_by_tasks(), 5),
        (chapter.instructions_by_size(), 4),
    ):
        for part in miniature.PARTS:
            rows = figure.frame(part=part)
            assert (
                len(rows) == points * 2 * len(experiment.SEEDS)
                and (rows["kind"] == "miniature").all()
            )


# --- the page ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def js(computing):
    return computing("instructions")


@pytest.mark.parametrize("tasks", live.TASKS)
def test_answers_in_the_browser_equal_numpy(js, tasks):
    rng, model = np.random.default_rng(tasks), load("instructions", f"tasks_{tasks}")
    asked = [instructions.TASKS[i] for i in rng.integers(0, 64, 12)]
    strings = rng.integers(0, 10, (12, 6))
    told = js(
        """([file, world, tasks, strings]) => { const m = new nn.Transformer(nn.unpack(bytes(file)));
        return tasks.map((t, i) => ({ right: instructions.carryOut(world, t, strings[i]), prompt: instructions.prompt(world, t, strings[i]),
            written: instructions.write(world, m, t, strings[i]), scores: [...m.run(instructions.prompt(world, t, strings[i]), { last: true })] })); }""",
        [
            base64.b64encode(chapter.instructions_live().assets[f"tasks-{tasks}"]()).decode(),
            chapter.instructions_live().client["options"],
            asked,
            strings.tolist(),
        ],
    )
    prompts = instructions.prompt(asked, strings)
    assert [t["prompt"] for t in told] == prompts.tolist()
    assert [t["right"] for t in told] == instructions.carry_out(asked, strings).tolist()
    assert np.abs(np.array([t["scores"] for t in told]) - model(prompts, last=True)).max() < 1e-4
    assert [t["written"] for t in told] == instructions.answer(model, prompts).tolist()


def test_the_browser_reads_only_strings_the_models_know(js):
    read = js(
        "w => ['abcdef', ' ABCDEJ ', 'abcde', 'abcdefg', 'abcdek', '', 'ab def'].map((t) => instructions.encode(w, t))",
        {"letters": "abcdefghij", "length": 6},
    )
    assert read == [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 9], None, None, None, None, None]


def test_a_reader_gives_an_instruction_by_keyboard(new_page, live_site, serve):
    page, words, name = (
        new_page(viewport={"width": 375, "height": 800}),
        chapter.instructions_live().words,
        "fig-inst-mini-live",
    )
    page.goto(
        f"{serve(live_site(chapter.instructions_live()))}/x.html#{name}?text=abcdef&order=reverse&map=same"
    )
    page.wait_for_selector(f"#{name}.em-drawn")
    part = page.locator(f"#{name}")

    def says(start):
        page.wait_for_function(
            "([name, start]) => document.querySelector(`#${name} .em-frame > .em-status`).textContent.startsWith(start)",
            arg=[name, start],
        )

    says("abcdef: the right result is fedcba.")
    status = part.locator(".em-frame > .em-status")
    assert status.inner_text().count(label("met")) == 3, (
        "every model was trained on single instructions"
    )
    part.get_by_label(words["text"]).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("aabbcc")
    says("aabbcc: the right result is ccbbaa.")
    page.keyboard.press("Tab")
    page.keyboard.press("Home")
    says("aabbcc: the right result is aabbcc.")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    says("aabbcc: the right result is bbccdd.")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("abz")
    says(words["refused"])
    assert part.get_by_label(words["text"]).get_attribute("aria-invalid") == "true"
    shown = page.evaluate(
        "([name, task]) => emergence.live.open(document.getElementById(name)).then((p) => p.rows([0, 1, 2, 3, 4, 5], task))",
        [name, list(live.first_task())],
    )
    assert shown == live.answer_rows("abcdef", live.first_task()).to_dict("records")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.errors == [] and page.outside == []
