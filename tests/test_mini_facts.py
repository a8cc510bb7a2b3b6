"""Facts in the feed-forward layers: task, tracing and editing against oracles, the record against the chapter, the page against NumPy."""

import facts as experiment  # noqa: E402
import gpt
import numpy as np
import pandas as pd
import pytest
import torch

from emergence import data
from emergence.chapters.knowledge import live, miniature
from emergence.models import MiniatureError, Transformer, load
from emergence.models import facts as task

MODELS = ("designed", "plain")


# --- the task ---------------------------------------------------------------------------------------------------------
def test_a_world_has_every_name_pair_once_and_objects_of_their_relation():
    world = task.draw_world(1, 300)
    assert (
        len(np.unique(world.pairs, axis=0)) == 300
        and (world.pairs[:, 0] < task.LAST).all()
        and (world.pairs[:, 1] >= task.LAST).all()
    )
    assert ((world.objects - task.OBJECT) // task.OBJECTS == np.arange(task.RELATIONS)).all()
    assert len(set(world.pairs[:, 0])) == task.FIRSTS, "a first name alone says nothing"


def test_prompts_are_what_the_docstring_says():
    world = task.draw_world(0)
    tokens = task.prompts(
        world, [3, 4], [1, 3], [2, 0], np.array([[task.FILLER, task.FILLER + 7]] * 2)
    )
    word = task.WORD + 2 * (1 * task.WORDINGS + 2)
    assert tokens[0].tolist() == [
        task.START,
        task.FILLER,
        task.FILLER + 7,
        *world.pairs[3],
        task.POSSESSIVE,
        word,
        word + 1,
    ]
    assert tokens.shape == (2, len(task.POSITIONS)) and tokens.max() < task.VOCABULARY


def test_what_cannot_be_asked_is_refused():
    world, none = task.draw_world(0), np.zeros((1, 0), int)
    for given, says in (
        ((400, 0, 0, none), "subject 400 is unknown; allowed: 0 to 399"),
        ((0, -1, 0, none), "relation -1"),
        ((0, 0, 3, none), "wording 3"),
        ((0, 0, 0, np.zeros((1, 4), int)), "4 fillers; allowed: at most 3"),
    ):
        with pytest.raises(MiniatureError, match=says):
            task.prompts(world, *given)
    with pytest.raises(MiniatureError, match="485 subjects; allowed: 2 to 484"):
        task.draw_world(0, 485)
    edit = task.edits("designed")[0]
    with pytest.raises(
        MiniatureError,
        match="layer 2 has no feed-forward part to edit; this model has them in layers 0, 1",
    ):
        task.apply(
            load("facts", "designed"),
            task.Edit(edit.subject, edit.relation, edit.target, 2, edit.key, edit.value),
        )


# --- tracing and editing ----------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def asked():
    world, rng = task.world(), np.random.default_rng(4)
    subject, relation = rng.integers(0, len(world), 40), rng.integers(0, task.RELATIONS, 40)
    return (
        task.prompts(world, subject, relation, 0, task.draw_fillers(rng, 40, 2)),
        world.objects[subject, relation],
        rng.standard_normal((40, 2, 64)),
    )


@pytest.mark.parametrize("model", MODELS)
def test_a_trace_obeys_causality(asked, model):
    tokens, answers, noise = asked
    net = load("facts", model)
    found = task.trace(net, tokens, answers, task.noise_scale(net) * noise)
    assert found.effect.shape == (3, 3, 8)
    assert np.allclose(
        found.effect[:, :, : task.FIRST_NAME][np.isfinite(found.effect[:, :, : task.FIRST_NAME])],
        0,
        atol=1e-6,
    ), "nothing was blurred there"
    assert np.allclose(found.restored[0, 2, task.END], found.clean, atol=1e-5), (
        "the answer is read from the last state"
    )
    assert np.nanmax(np.abs(found.effect[:, 2, : task.END])) < 1e-6, (
        "nothing moves after the last layer"
    )
    assert np.isnan(found.effect[1, 2]).all() == (model == "designed")
    still = task.trace(net, tokens, answers, 0 * noise)
    assert np.nanmax(np.abs(still.effect)) < 1e-6 and np.allclose(still.clean, still.corrupted)


def test_an_edit_is_a_rank_one_change_that_a_key_at_right_angles_does_not_notice():
    net, edit = load("facts", "designed"), task.edits("designed")[0]
    changed = task.apply(net, edit)
    change = changed.weights[f"{edit.layer}.down"] - net.weights[f"{edit.layer}.down"]
    assert np.linalg.matrix_rank(change, tol=1e-4) == 1
    key = np.random.default_rng(0).standard_normal(len(edit.key))
    key -= key @ edit.key / (edit.key @ edit.key) * edit.key
    assert np.abs(key @ change).max() < 1e-3 < np.abs(edit.key @ change).max()
    assert all(
        np.array_equal(changed.weights[k], net.weights[k])
        for k in net.weights
        if k != f"{edit.layer}.down"
    )


# --- the record -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("model", MODELS)
def test_numpy_runs_the_trained_model_as_torch_does(asked, model):
    net = load("facts", model)
    twin = gpt.GPT(net.config, [0])
    with torch.no_grad():
        for key, value in twin.weights.items():
            value.copy_(torch.from_numpy(net.weights[gpt.name(key)])[None])
    assert (
        np.abs(twin(torch.from_numpy(asked[0])[None])[0].detach().numpy() - net(asked[0])).max()
        < 1e-4
    )


def test_the_stored_models_know_the_stored_facts():
    recall = data.curves("facts", "recall")
    assert len(recall) == 6 and recall["recall"].min() > 0.99
    for model in MODELS:
        assert task.recall(load("facts", model), task.world()) > 0.99


def test_the_architecture_decides_the_site():
    trace = miniature.traced().set_index(
        ["facts_question", "facts_model", "fact_place", "fact_position"]
    )
    value = trace["value"]
    designed, plain = value["facts_repair", "facts_designed"], value["facts_repair", "facts_plain"]
    mlp = [p for p in miniature.PLACES if p.startswith("mlp")]
    assert designed.loc[mlp[:2]].idxmax() == ("mlp_1", "last_name")
    assert (
        designed["mlp_1", "last_name"] > 0.2
        and designed.loc[mlp[:2]].drop(index="last_name", level=1).max() < 0.05
    )
    assert plain.loc[mlp].idxmax() == ("mlp_3", "relation_2")
    for model in (designed, plain):
        assert (
            model["residual_3"].idxmax() == "relation_2"
            and model["residual_3", "relation_2"] > 0.85
        )
    assert all(designed["mlp_1", "last_name"] > 3 * plain[p, "last_name"] for p in mlp)
    # every seed says so
    low, high = trace["seed_low"], trace["seed_high"]
    assert (
        low["facts_repair", "facts_designed", "mlp_1", "last_name"]
        > high["facts_repair", "facts_designed", "mlp_1", "relation_2"] + 0.1
    )
    assert (
        low["facts_repair", "facts_plain", "mlp_3", "relation_2"]
        > high["facts_repair", "facts_plain", "mlp_3", "last_name"] + 0.1
    )
    # what suffices need not be needed
    assert (
        value["facts_loss", "facts_plain", "mlp_3", "relation_2"]
        < 0.1
        < plain["mlp_3", "relation_2"]
    )
    assert (
        plain[["attention_1", "attention_2", "attention_3", *mlp]].xs("last_name", level=1).max()
        < 0.12
    )


def test_what_the_chapter_says_about_edits():
    mean = miniature.edited().groupby(["facts_model", "fact_method", "facts_goal"])["value"].mean()
    designed, plain = mean["facts_designed"], mean["facts_plain"]
    for layer in (1, 2):
        assert (
            designed[f"rank_one_{layer}", "facts_efficacy"]
            == designed[f"rank_one_{layer}", "facts_paraphrase"]
            == 1
        )
        assert (
            designed[f"rank_one_{layer}", "facts_same_subject"]
            > designed["fine_tuning", "facts_same_subject"]
            > designed[f"rank_one_alone_{layer}", "facts_same_subject"]
        )
    assert plain["fine_tuning", "facts_efficacy"] == 1
    assert [plain[f"rank_one_{layer}", "facts_efficacy"] for layer in (1, 2, 3)] == sorted(
        (plain[f"rank_one_{layer}", "facts_efficacy"] for layer in (1, 2, 3)), reverse=True
    )
    assert (
        plain["rank_one_1", "facts_efficacy"] < 0.7 and plain["rank_one_3", "facts_efficacy"] == 0
    )
    assert plain["fine_tuning", "facts_same_subject"] > plain["rank_one_1", "facts_same_subject"]
    assert mean.xs("facts_other_subjects", level=2).min() > 0.99


def test_recorded_edit_scores_are_those_of_the_stored_edits():
    rows = data.curves("facts", "edits")
    for model, index in (("designed", 0), ("designed", 7), ("plain", 4)):
        edit = task.edits(model)[index]
        row = rows[
            (rows["model"] == model)
            & (rows["method"] == "rank_one")
            & (rows["layer"] == edit.layer)
            & (rows["subject"] == edit.subject)
            & (rows["relation"] == edit.relation)
            & (rows["target"] == edit.target)
        ].iloc[0]
        scores = task.edit_scores(
            task.apply(load("facts", model), edit),
            task.world(),
            edit.subject,
            edit.relation,
            edit.target,
        )
        assert scores == pytest.approx({goal: row[goal] for goal in task.GOALS}, abs=1e-3)


def test_capacity_rises_to_about_two_bits():
    rows = data.curves("facts", "capacity").set_index(["width", "facts"])
    assert np.allclose(rows["bits"] / rows["params"], rows["bits_per_param"], rtol=1e-4)
    for width in (8, 16):
        assert (
            rows.loc[width]["bits_per_param"].is_monotonic_increasing
            and rows.loc[width]["accuracy"].iloc[0] == 1
        )
        assert 1.5 < rows.loc[width]["bits_per_param"].max() < 2.3


def test_retraining_in_seconds_learns_a_small_world():
    config, world = (
        experiment.Config(**experiment.SHAPE, **experiment.DESIGNS["designed"]),
        task.draw_world(0, 12),
    )
    model = gpt.GPT(config, [0])
    gpt.train(
        model, experiment.answer_loss, experiment.batches(world, 64), steps=150, lr=4e-3, every=50
    )
    assert task.recall(Transformer(config, model.slice(0)), world) > 0.9


# --- the page -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def part(new_page, server):
    page = new_page()
    page.goto(f"{server}/book/knowledge.html#fig-knowledge-facts-live")
    page.wait_for_selector("#fig-knowledge-facts-live.em-drawn")
    return page


HOST = "document.getElementById('fig-knowledge-facts-live')"


@pytest.mark.parametrize(("person", "relation"), [(12, 2), (250, 0), (399, 3)])
def test_the_page_traces_as_numpy(part, person, relation):
    for which, model in enumerate(MODELS):
        rows = pd.DataFrame(
            part.evaluate(
                f"(given) => emergence.live.open({HOST}).then(part => part.trace(...given))",
                [which, person, relation],
            )
        )
        expected = live.fact_rows(model, person, relation)
        assert rows[["fact_place", "fact_position"]].equals(
            expected[["fact_place", "fact_position"]]
        )
        assert np.abs(rows["value"] - expected["value"]).max() < 1e-4


@pytest.mark.parametrize(("which", "index"), [(0, 0), (0, 9), (1, 6)])
def test_the_page_edits_as_numpy(part, which, index):
    found = part.evaluate(
        f"(given) => emergence.live.open({HOST}).then(part => part.edited(...given))",
        [which, index],
    )
    net, edit, world = load("facts", MODELS[which]), task.edits(MODELS[which])[index], task.world()
    changed = task.apply(net, edit)
    assert found["target"] == edit.target and len(found["others"]) == live.OTHERS
    for x in [*found["itself"], *found["own"], *found["others"]]:
        tokens = task.prompts(
            world,
            x["person"],
            x["relation"],
            x["wording"],
            np.array([live.FILLERS[: x["wording"]]], int).reshape(1, -1),
        )
        assert [x["before"], x["after"]] == [
            int(m(tokens, last=True).argmax()) for m in (net, changed)
        ]
    assert {x["person"] for x in found["own"]} == {edit.subject} and edit.subject not in {
        x["person"] for x in found["others"]
    }


def test_a_fact_is_traced_and_an_edit_applied_by_keyboard(part):
    host = part.locator("#fig-knowledge-facts-live")
    status = host.locator(".em-frame > .em-status")
    told = status.inner_text()
    person, _, model, edit, layer = (host.locator(".em-controls select").nth(i) for i in range(5))
    person.focus()
    part.keyboard.press("ArrowDown")
    part.wait_for_function(
        "old => document.querySelector('#fig-knowledge-facts-live .em-frame > .em-status').textContent !== old",
        arg=told,
    )
    assert "designed model" in status.inner_text() and "feed-forward" in status.inner_text()
    edit.focus()
    part.keyboard.press("ArrowDown")
    part.wait_for_function(
        "() => document.querySelector('#fig-knowledge-facts-live .em-frame > .em-status').textContent.includes('of 3 wordings')"
    )
    assert status.inner_text().startswith("3 of 3 wordings")
    model.focus()
    part.keyboard.press("ArrowDown")
    layer.select_option("2")
    part.wait_for_function(
        "() => document.querySelector('#fig-knowledge-facts-live .em-frame > .em-status').textContent.startsWith('0 of 3')"
    )
    assert host.locator(".em-table[role=group] tbody tr").count() == 10
    assert part.errors == [] and part.outside == []
