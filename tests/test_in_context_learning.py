"""Claims of the chapter on in-context learning: its numbers against the papers, its sentences against the frames."""

import re
from pathlib import Path

import numpy as np
import pytest

from emergence import formulas
from emergence.chapters import in_context_learning as chapter
from emergence.chapters.in_context_learning import tables
from emergence.chapters.in_context_learning.learning import construction
from emergence.chapters.in_context_learning.numbers import mean_gain, miss
from emergence.chart import one, percent
from emergence.text import label

CHAPTER = Path(__file__).parents[1] / "book" / "in-context-learning.md"


@pytest.fixture(scope="module")
def n():
    return chapter.numbers()


# Each value was typed from the paper, not read from the data: number of the prose, printed value, where it is printed.
PRINTED = [
    ("symbol_175b_zero_shot", "8.3", "Brown 2020, Table H.1, Symbol Insertion: 8.26"),
    ("symbol_175b_one_shot", "45.4", "same"),
    ("symbol_175b_few_shot", "67.2", "same"),
    ("trivia_175b_zero_shot", "64.3", "Brown 2020, Table 3.3"),
    ("trivia_175b_few_shot", "71.2", "Brown 2020, Table 3.3"),
    ("lambada_175b_zero_shot", "76.2", "Brown 2020, Table 3.2"),
    ("lambada_175b_few_shot", "86.4", "Brown 2020, Table 3.2"),
    ("wic_175b_few_shot", "55.3", "Brown 2020, Table H.1"),
    ("wic_server", "49.4", "Brown 2020, section 3.7"),
    ("reversed_best", "0.5", "Brown 2020, Table H.1: 0.48"),
    ("anli3_175b_few_shot", "40.2", "Brown 2020, Table H.1"),
    ("n_repeated", "27", "counted in Table H.1"),
    ("min_drop", "0 to 5", "Min 2022, section 4.1"),
    ("min_drop_class", "2.6", "Min 2022, section 4.1"),
    ("min_drop_choice", "1.7", "Min 2022, section 4.1"),
    ("min_metaicl_class", "92", "Min 2022, section 4.2"),
    ("min_random_class", "95", "Min 2022, section 5.3"),
    ("min_random_choice", "82", "Min 2022, section 5.3"),
    ("yoo_slope", "0.309", "Yoo 2022"),
    ("flip_0", "90.3", "Wei 2023, section 3"),
    ("flip_100", "22.5", "Wei 2023, section 3"),
    ("same_data_set_ada", "80", "Wei 2023, Table 2"),
    ("sst2_then_rt_ada", "54", "Wei 2023, Table 2"),
    ("sst2_then_rt_davinci", "93", "Wei 2023, Table 2"),
    ("rt_then_sst2_ada", "44", "Wei 2023, Table 2"),
    ("sym_8B_instruction_tuned", "44.2", "Wei 2023 (symbol tuning), Table 1"),
    ("sym_8B_symbol_tuned", "52.8", "same"),
    ("rel_8B_instruction_tuned", "63.9", "same"),
    ("rel_8B_symbol_tuned", "57.6", "same"),
    ("sym_chance", "42.4", "same"),
    ("order_xl", "88.7", "Lu 2022, section 2"),
    ("order_large", "51.6", "Lu 2022, section 2"),
    ("order_correlation", "0.05", "same"),
    ("ag_175_0_base", "43.9", "Zhao 2021, Table 1"),
    ("ag_175_0_cal", "73.9", "same"),
    ("ag_175_4_base", "61.0", "same"),
    ("ag_175_4_base_std", "10.9", "same"),
    ("ag_175_4_cal", "85.9", "same"),
    ("trec_175_8_base", "45.6", "same"),
    ("dai_27_in_context_SST2", "95.0", "Dai 2023, Table 1"),
    ("dai_27_finetuned_SST2", "76.9", "Dai 2023, Table 1"),
    ("dai_27_recall", "89", "Dai 2023, Table 2: average 89.39"),
    ("olsson_large", "13", "Olsson 2022, model details"),
    ("icl_after", "0.4", "Olsson 2022"),
    ("loss_window", "2.5 to 5", "Olsson 2022"),
]


@pytest.mark.parametrize(("key", "printed", "locator"), PRINTED, ids=[p[0] for p in PRINTED])
def test_numbers_of_the_prose_are_those_of_the_papers(n, key, printed, locator):
    assert n[key] == printed, locator


@pytest.mark.parametrize(
    ("measure", "setting", "printed", "locator"),
    [
        ("PIQA", "zero_shot", "81.0", "Brown 2020, Table H.1"),
        ("PIQA", "few_shot", "82.3", "Brown 2020, Table H.1"),
        ("WiC", "zero_shot", "0.0", "Brown 2020, Table H.1"),
    ],
)
def test_cells_of_gpt3(measure, setting, printed, locator):
    rows = tables.gpt3()
    cell = one(rows, task_and_metric=measure, setting=setting, model="GPT-3 175B")
    assert percent(cell) == printed, locator


@pytest.mark.parametrize(
    ("task", "column", "printed"),
    [
        ("WebQs", "zero_shot", "10.6"),
        ("WebQs", "few_shot", "43.5"),
        ("HellaSwag", "few_shot", "83.8"),
        ("ANLI R2", "few_shot", "56.1"),
    ],
)
def test_cells_of_palm(task, column, printed):
    """Chowdhery 2022, Table 4."""
    assert percent(one(tables.gains(), column, model="PaLM 540B", task=task)) == printed


def test_every_number_the_chapter_asks_for_exists(n):
    asked = re.findall(r'\{eval\}`n\["([^"]+)"\]`', CHAPTER.read_text("utf-8"))
    assert len(asked) > 90
    assert set(asked) <= set(n)


def test_the_means_are_those_of_the_printed_cells():
    letters = [
        37.9,
        15.1,
        39.7,
        67.2,
        0.44,
    ]  # Brown 2020, Table H.1, 175B few-shot: CL, A1, A2, RI, RW
    rows = chapter.shots_by_scale().frame(task_group="word_games")
    top = rows[(rows["model"] == "GPT-3 175B") & (rows["setting"] == "few_shot")]
    assert top["value"].item() == pytest.approx(np.mean(letters) / 100, abs=2e-4)
    assert top["tasks_in_mean"].item() == 5


def test_doubtful_cells_are_neither_averaged_nor_joined_by_a_line():
    scores = tables.scores()
    assert scores["flag"].isna().all()
    assert not {"WiC", "CB", "MultiRC"} & set(scores["task"])
    for group in ("all_accuracy", *tables.TASK_GROUPS):
        rows = chapter.shots_by_scale().frame(task_group=group)
        assert (
            rows.groupby("setting")["tasks_in_mean"].nunique().max() == 1
        )  # no curve changes its set of tasks
        assert (
            len(rows[rows["setting"] == "few_shot"]) == 7
            and len(rows[rows["setting"] == "zero_shot"]) == 8
        )
    wic = chapter.gpt3_explorer().frame(task_and_metric="WiC")
    zero = wic[wic["setting"] == "zero_shot"]
    assert (
        len(zero) == 8
        and (zero["value"] == 0).all()
        and (zero["reading_of_cell"] == "flagged").all()
    )


def test_the_explorer_holds_the_whole_table():
    figure = chapter.gpt3_explorer()
    frames = [figure.frame(**s) for s in figure.states()]
    assert len(frames) == 63
    for rows in frames:
        cells = rows[rows["kind"] == "published"]
        assert cells.groupby("setting").size().to_dict() == {
            "zero_shot": 8,
            "one_shot": 8,
            "few_shot": 8,
        }
        assert cells["value"].between(0, 1).all()
    perplexity = figure.frame(task_and_metric="LAMBADA (ppl)")
    best = perplexity[(perplexity["setting"] == "few_shot") & (perplexity["model"] == "GPT-3 175B")]
    assert best["value_printed"].item() == 1.92 and best["value"].item() == pytest.approx(1 / 1.92)


def test_the_straight_line_of_the_forecast(n):
    rows = chapter.shots_by_scale().frame(task_group="arithmetic")
    few = rows[(rows["setting"] == "few_shot") & (rows["params"] < 1e11)].sort_values("params")
    x = np.log10(few["params"])
    slope = ((x - x.mean()) * (few["value"] - few["value"].mean())).sum() / (
        (x - x.mean()) ** 2
    ).sum()
    line = few["value"].mean() + slope * (np.log10(1.75e11) - x.mean())
    forecast = chapter.shots_by_scale().forecast(task_group="arithmetic")
    assert forecast["line"] == pytest.approx(line)
    assert miss("all_accuracy") > 0 and (
        n["n_below_line"],
        n["n_wider"],
        n["n_groups"],
    ) == ("7", "9", "10")


def test_gains_by_group_as_told():
    gain = {
        group: mean_gain("GPT-3 175B", group) - mean_gain("GPT-3 XL", group)
        for group in tables.TASK_GROUPS
    }
    assert [group for group, change in gain.items() if change < 0] == ["translation"]
    assert max(tables.TASK_GROUPS, key=miss) == "arithmetic"


def test_palm_gains_grow_with_size(n):
    means = [float(n[f"palm_{s}_mean"].replace("−", "-")) for s in ("small", "mid", "large")]
    lose = [int(n[f"palm_{s}_lose"]) for s in ("small", "mid", "large")]
    assert means == sorted(means) and lose == sorted(lose, reverse=True)
    rows = chapter.gain_by_task().frame(family="PaLM").set_index(["model", "task"])
    assert (
        rows.loc[("PaLM 8B", "ANLI R2"), "shot_gain"]
        < 0
        < rows.loc[("PaLM 540B", "ANLI R2"), "shot_gain"]
    )
    assert (rows.groupby("model").size() == 29).all()
    gpt3 = chapter.gain_by_task().frame(family="GPT-3")
    assert set(rows.reset_index()["task"]) - set(gpt3["task"]) == {"WiC", "MultiRC"}


def test_small_models_tie_labels_to_the_data_set_and_large_ones_do_not():
    rows = (
        chapter.unrelated_labels()
        .frame()
        .dropna(subset=["setting"])
        .set_index(["model", "setting"])["value"]
    )
    drop = {
        m: rows[m, "same_data_set"] - rows[m, "sst2_then_rt"]
        for m in ("text-ada-001", "text-davinci-001")
    }
    assert drop["text-ada-001"] > 0.25 and drop["text-davinci-001"] <= 0


def test_symbol_tuning_helps_arbitrary_labels_and_costs_the_smallest_model_meaningful_ones():
    def change(prompt, model):
        rows = chapter.symbol_tuning().frame(prompt=prompt).set_index(["model", "tuning"])["value"]
        return rows[model, "symbol_tuned"] - rows[model, "instruction_tuned"]

    for model in ("Flan-PaLM-8B", "Flan-PaLM-62B", "Flan-PaLM-62B-cont", "Flan-PaLM-540B"):
        assert (
            change("symbols_without_instructions", model) > 0
            and change("symbols_with_instructions", model) > 0
        )
    assert change("relevant_with_instructions", "Flan-PaLM-8B") < 0


def test_entropy_selected_orders_are_better_and_steadier():
    rows = chapter.prompt_order().frame().set_index(["model", "setting"])
    for model in set(rows.index.get_level_values(0)):
        everything, chosen = (
            rows.loc[(model, "all_orders_baseline")],
            rows.loc[(model, "GlobalE_selected")],
        )
        assert chosen["value"] > everything["value"] and chosen["spread"] < everything["spread"]


def test_attention_and_descent_agree_to_rounding_in_every_state(n):
    figure = chapter.gradient_step()
    worst = 0.0
    for state in figure.states():
        solved = construction(*state.values())
        worst = max(worst, solved["difference"])
        rows = figure.frame(**state)
        by = {
            method: rows[(rows["method"] == method) & (rows["kind"] == "simulation")][
                "value"
            ].to_numpy()
            for method in ("linear_attention", "gradient_descent")
        }
        np.testing.assert_allclose(by["linear_attention"], by["gradient_descent"], atol=1.1e-4)
    assert 0 < worst < 5e-15
    assert float(n["gd_worst"].replace("−", "-")) == pytest.approx(worst, rel=0.6)


def test_more_layers_come_closer_and_least_squares_needs_enough_examples():
    errors = [
        np.mean((s["gradient_descent"] - s["truth"]) ** 2)
        for s in (construction(8, 25, 1.0, k) for k in (1, 4, 10))
    ]
    assert errors[0] > errors[1] > errors[2]
    exact, short = construction(8, 25, 1.0, 1), construction(14, 10, 1.0, 1)
    np.testing.assert_allclose(exact["least_squares"], exact["truth"], atol=1e-12)
    assert np.abs(short["least_squares"] - short["truth"]).max() > 0.05


def test_exercise_one_step_by_hand():
    x, y = np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
    assert formulas.gradient_steps(x, y, 0.1)[0] == pytest.approx(5 * 0.1)
    assert formulas.attention_regression(x, y, [[3.0]], 0.1)[0] == pytest.approx(15 * 0.1)
    assert formulas.gradient_steps(x, y, 0.4)[0] == pytest.approx(2)
    assert (
        abs(formulas.gradient_steps(x, y, 0.79, 200)[0] - 2)
        < 0.1
        < abs(formulas.gradient_steps(x, y, 0.81, 200)[0] - 2)
    )


def test_exercise_of_the_flipped_labels(n):
    share = float(n["flip_share"]) / 100
    usual, flipped = float(n["flip_0"]), float(n["flip_full"])
    assert (1 - share) * usual + share * flipped == pytest.approx(float(n["flip_100"]), abs=0.5)


def test_exercise_above_chance(n):
    assert abs(float(n["anli3_13b_few_shot"]) - 100 / 3) < float(n["chance_noise"])
    assert float(n["anli_sigmas"]) > 4


def test_the_network_changes_strategy_in_the_order_told():
    rows = chapter.induction_phases().frame()
    grid = np.arange(0, 125_001, 1000)
    curves = {
        s: np.interp(grid, r["training_examples_seen"], r["value"])
        for s, r in rows.groupby("strategy")
    }
    names = ("uniform", "unigram", "bigram")
    lowest = np.argmin([curves[s] for s in names], axis=0)
    assert lowest[0] == 0 and lowest[-1] == 2 and set(lowest) == {0, 1, 2}
    assert (
        np.diff(lowest) >= 0
    ).all()  # each strategy is left for the next one and never comes back
    assert np.mean(lowest == 1) > 0.5


def test_reference_lines_are_named_and_no_row_of_a_model_is_one():
    rows = chapter.gpt3_explorer().frame(task_and_metric="HellaSwag")
    levels = rows[rows["kind"] == "reference"].set_index("model")["value"].to_dict()
    assert levels == {
        label("fine_tuned_sota"): 0.856,
        label("human_level"): 0.956,
    }  # Brown 2020, Table H.1 and section 3.1.3
