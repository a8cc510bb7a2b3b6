"""Claims of the prose of the chapter on emergence (book/emergence.md), checked against the data package and the papers."""

import json
import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from emergence import data
from emergence.chapters import emergence as fig
from emergence.chapters.emergence import facts
from emergence.chapters.emergence.tables import own_scores
from emergence.chart import scientific

BOOK = Path(__file__).parents[1] / "book"
PAGE = (BOOK / "emergence.md").read_text(encoding="utf-8")


@cache
def numbers():
    return fig.numbers()


def rows(table, **where):
    frame = data.load(table)
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame


def value(table, column="value", **where):
    values = rows(table, **where)[column].dropna().unique()
    assert len(values) == 1, (table, where, values)
    return float(values[0])


# --- the page hangs together ---------------------------------------------------------------------------------------------


def inline():
    return re.findall(r"\{eval\}`([^`]+)`", PAGE)


def test_every_inline_number_evaluates_to_a_number():
    assert len(inline()) > 150
    for expression in inline():
        shown = eval(expression, {"n": numbers()})  # the page's own expressions
        assert re.match(r"^[\d.,]+(·10[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?$", shown), (expression, shown)


def test_every_figure_cell_calls_one_figure_of_the_chapter():
    cells = re.findall(r"```\{code-cell\}\n(.*?)```", PAGE, re.S)
    calls = [c.strip() for c in cells[1:] if "catalogue.settings" not in c]
    assert len(calls) >= 9 and len(set(calls)) == len(calls)
    for call in calls:
        assert re.fullmatch(r"fig\.(\w+)\(\)", call), call
        assert call[4:-2] in fig.FIGURES
    assert calls[0] == "fig.few_shot_panels()"
    assert fig.gpt3_arithmetic().predict is not None


def test_every_citation_is_in_the_bibliography_and_traceable():
    entries = dict(
        re.findall(
            r"@\w+\{([^,\s]+),(.*?)(?=^@|\Z)",
            (BOOK / "references.bib").read_text(encoding="utf-8"),
            re.S | re.M,
        )
    )
    cited = {
        k.strip().removeprefix("em-")
        for keys in re.findall(r"\{cite:\w\}`([^`]+)`", PAGE)
        for k in keys.split(",")
    }
    assert len(cited) > 40
    assert not cited - set(entries)
    for key in cited:
        assert re.search(r"\b(eprint|doi|url)\s*=", entries[key]), key


def test_form_of_the_chapter():
    heads = re.findall(r"^## (.+)$", PAGE, re.M)
    assert heads[-7:] == [
        "Exercises",
        "Check yourself",
        "Caveats",
        "Takeaways",
        "Since 2023",
        "Further reading",
        "References",
    ]
    quiz = PAGE[PAGE.index("## Check yourself") : PAGE.index("## Caveats")]
    options = re.findall(r":::\{dropdown\} ([ABC])\. .+\n\*\*(Right|No)\.\*\* \S", quiz)
    assert [o for o, _ in options] == ["A", "B", "C"] * 3
    assert [sum(r == "Right" for _, r in options[i : i + 3]) for i in (0, 3, 6)] == [1, 1, 1]


# --- numbers against the papers --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "printed"),
    [
        ("add3_175b", "80.4"),
        ("add3_13b", "8.4"),
        ("add2_13b", "55.5"),
        ("mul2_175b", "29.2"),  # Brown et al. 2020, Table H.1
        ("wei_wic_palm_540b", "63.2"),
        ("wei_mmlu_gpt3_175b", "43.9"),  # Wei et al. 2022, Figure 2
        ("gsm8k_lamda_137b_cot", "14.3"),
        ("gsm8k_lamda_137b_standard", "6.5"),  # Wei et al. 2022 (CoT), appendix tables
        ("table1_n", "22"),
        ("bigbench_tasks", "204"),
        ("bigbench_breakthrough_percent", "5"),  # Wei Table 1; BIG-bench abstract, Figure 7
        ("palm_jump10_percent", "25"),
        ("palm_logical_sequence_540b", "87"),  # Chowdhery et al. 2022, section 6.2
        ("palm62b_early_tasks", "14"),
        ("bigbench_emergent", "67"),  # Wei et al. 2022, section 5.2; appendix E
        ("mirage_metrics", "39"),
        ("mirage_metrics_emergent", "4"),
        ("mirage_share_choice", "76"),  # Schaeffer et al. 2023, Figure 5C
        ("add4_175b_zero", "4.0"),
        ("add4_175b_one", "14.0"),
        ("add4_175b_few", "25.5"),  # Brown et al. 2020, Table H.1
        ("mmlu_chinchilla_printed", "67.6"),  # Hoffmann et al. 2022, Table 6
        ("triviaqa_finetuned_printed", "68.0"),  # Brown et al. 2020, Table H.1
        ("gsm8k_palm_printed", "56.9"),  # Wei et al. 2022 (chain of thought), Table 2
        ("alpha_kaplan", "0.076"),  # Kaplan et al. 2020, appendix A
        ("tokens_gopher", "325"),
        ("tokens_chinchilla", "1,340"),  # Wei et al. 2022, Table 2
        ("truthful_human", "94"),
        ("truthful_chinchilla_10shot", "66.7"),  # Lin et al.; Hoffmann et al. section 4.2.5
    ],
)
def test_number_as_printed(key, printed):
    assert numbers()[key] == printed


# --- eight tasks --------------------------------------------------------------------------------------------------------------


def test_panels_at_chance_and_above():
    f = data.load("wei2022_fig2_fig11_few_shot")
    persian = f[f["panel"] == "D"]
    assert (persian[persian["family"] != "PaLM"]["value"] - 25).abs().max() < 2.5
    assert persian[persian["family"] == "PaLM"]["value"].max() > 45
    gpt3 = f[(f["panel"] == "E") & (f["family"] == "GPT-3")]
    assert (gpt3["value"] < gpt3["random_baseline"]).all()
    assert (f[(f["panel"] == "F") & (f["params"] < 1e11)]["value"] < 16.66).all()


def test_steps_between_neighboring_models():
    sizes = data.load("wei2022_table2_models").set_index(["family", "model"])
    assert sizes.loc[("Gopher", "280B"), "params"] / sizes.loc[
        ("Gopher", "7.1B"), "params"
    ] == pytest.approx(39.4, abs=0.1)
    assert (
        sizes.loc[("LaMDA", "69B"), "train_tokens"]
        > 2 * sizes.loc[("LaMDA", "29B"), "train_tokens"]
    )
    assert sizes.loc["GPT-3", "train_tokens"].nunique() == 1


def test_techniques_hurt_small_and_help_large_models():
    f = data.load("wei2022_fig3_fig12_prompting_finetuning")
    gain = {}
    for panel, (without, with_it) in {
        "B": ("no_instruction_tuning", "instruction_tuned"),
        "C": ("no_scratchpad", "scratchpad"),
    }.items():
        wide = f[f["panel"] == panel].pivot_table(index="params", columns="setting", values="value")
        gain[panel] = wide[with_it] - wide[without]
    assert (gain["B"][gain["B"].index <= 8e9] < 0).all() and (
        gain["B"][gain["B"].index >= 68e9] > 0
    ).all()
    assert (gain["C"][gain["C"].index <= 2e7] < 0).all() and (
        gain["C"][gain["C"].index >= 4e7] > 0
    ).all()
    assert (f[(f["setting"] == "scratchpad") & (f["params"] >= 1.3e8)]["value"] == 100).all()

    def cot(params, setting):
        return value(
            "cot_wei2022_arithmetic", task="GSM8K", family="LaMDA", params=params, setting=setting
        )

    assert cot(8e9, "chain_of_thought") == pytest.approx(cot(8e9, "standard") / 2)
    assert cot(137e9, "chain_of_thought") > 2 * cot(137e9, "standard")


def test_half_of_the_ladder_stands_on_the_top_rung():
    largest = {
        "GPT-3": "175B",
        "Gopher": "280B",
        "Chinchilla": "70B",
        "PaLM": "540B",
        "Anthropic": "52B",
        "LaMDA": "137B",
        "FLAN": "137B",
    }
    ladder = data.load("emergent_table1_scales").dropna(subset=["emergence_params"])
    known = ladder[ladder["model_family"].isin(largest)]
    assert (
        len(known),
        (known["params_as_printed"] == known["model_family"].map(largest)).sum(),
    ) == (20, 11)
    assert (numbers()["ladder_comparable"], numbers()["ladder_at_top"]) == ("20", "11")
    mmlu = ladder[ladder["ability"].str.startswith("MMLU")]
    assert sorted(mmlu["params_as_printed"]) == ["175B", "280B", "70B"]
    assert ladder["emergence_train_flops"].max() / ladder[
        "emergence_train_flops"
    ].min() == pytest.approx(28_000, rel=0.02)


# --- forecasts and exponents -----------------------------------------------------------------------------------------------


@cache
def addition():
    f = data.load("gpt3_table_h1")
    f = f[(f["setting"] == "few_shot") & (f["split"].fillna("") != "test server")]
    return f.pivot_table(index="params", columns="task", values="value").astype(float)


def test_three_extrapolations():
    s = addition()["3D+"]
    x = np.log10(s.index.to_numpy(float))
    line = np.linalg.lstsq(np.c_[x[:7], np.ones(7)], s.to_numpy()[:7], rcond=None)[0] @ [x[7], 1]
    assert float(numbers()["add3_175b_line"]) == pytest.approx(line, abs=0.05)
    steps = (x[7] - x[6]) / (x[6] - x[5])

    def at(f, back):
        return back(f(s[13e9] / 100) + (f(s[13e9] / 100) - f(s[6.7e9] / 100)) * steps)

    assert float(numbers()["add3_175b_last_two"]) == pytest.approx(
        100 * at(lambda p: p, lambda p: p), abs=0.05
    )
    assert float(numbers()["add3_175b_log_odds"]) == pytest.approx(
        100 * at(lambda p: math.log(p / (1 - p)), lambda z: 1 / (1 + math.exp(-z))), abs=0.05
    )
    assert line < 10 and float(numbers()["add3_175b_last_two"]) < s[175e9] < float(
        numbers()["add3_175b_log_odds"]
    )


def test_per_digit_accuracy_falls_with_length():
    for params in (13e9, 175e9):
        p = [(addition().loc[params, f"{d}D+"] / 100) ** (1 / d) for d in (2, 3, 4, 5)]
        assert p == sorted(p, reverse=True) and p[0] > p[-1] + 0.3


def test_implied_exponents_of_the_loss():
    s = addition()["3D+"] / 100

    def implied(a, b):
        return math.log(math.log(s[a]) / math.log(s[b])) / math.log(b / a)

    assert implied(6.7e9, 13e9) == pytest.approx(0.97, abs=0.005)
    assert implied(13e9, 175e9) == pytest.approx(0.93, abs=0.005)
    assert abs(implied(2.7e9, 6.7e9)) < 0.1  # the floor below 6.7B is no part of that power law
    toy = rows(
        "schaeffer2023_fig3_fig4_arithmetic_metrics",
        panel="mathematical_model",
        metric="accuracy",
        target_length=3,
    )
    toy = toy[toy["figure"].astype(str) == "3"].set_index("model")["value"]
    assert math.log(math.log(toy["350M"]) / math.log(toy["6.7B"])) / math.log(
        6.7e9 / 350e6
    ) == pytest.approx(0.5, abs=0.01)


def test_longer_answers_shift_the_curve_and_keep_its_shape():
    n, c, alpha, length = np.logspace(6, 14, 200), 3e9, -0.7, 8
    long = np.exp(-((n / c) ** alpha)) ** length
    shifted = np.exp(-((n / (c * length ** (1 / abs(alpha)))) ** alpha))
    np.testing.assert_allclose(long, shifted, rtol=1e-9)


# --- metrics ---------------------------------------------------------------------------------------------------------------------


def test_loss_falls_below_the_floor_and_has_an_elbow():
    f = data.load("wei2022_fig5_fig6_error_vs_cross_entropy")
    for task in ("modified_arithmetic", "ipa_transliterate", "word_unscramble"):
        loss = f[(f["task"] == task) & (f["metric"] == "cross_entropy_loss")].set_index("model")[
            "value"
        ]
        assert loss["29B"] < loss["17M"] - 1  # progress while the error stands still
        assert loss["29B"] - loss["69B"] > 1.5  # the elbow
        error = f[(f["task"] == task) & (f["temperature"] == 0)].set_index("model")["value"]
        assert error["17M"] - error["29B"] < 2 < error["29B"] - error["69B"]
    ipa = f[(f["task"] == "ipa_transliterate") & (f["metric"] == "cross_entropy_loss")].set_index(
        "model"
    )["value"]
    assert ipa["29B"] - ipa["69B"] == pytest.approx(ipa["17M"] - ipa["29B"], rel=0.1)


def test_edit_distance_falls_at_every_step_but_not_in_a_straight_line():
    f = rows(
        "schaeffer2023_fig3_fig4_arithmetic_metrics",
        panel="addition_2int_4digit",
        metric="neg_token_edit_distance",
        target_length=5,
        temperature=0.0,
    )
    d = -f.set_index("model")["value"].astype(float)[["350M", "1.3B", "6.7B", "175B"]]
    assert d.is_monotonic_decreasing
    slopes = [
        (d["350M"] - d["6.7B"]) / math.log10(6700 / 350),
        (d["6.7B"] - d["175B"]) / math.log10(175 / 6.7),
    ]
    assert slopes == pytest.approx([1.21, 2.37], abs=0.01)


def test_partial_credit_does_not_remove_the_rise():
    f = rows("wei2022_fig7_alternative_metrics", task="ipa_transliterate").pivot_table(
        index="model", columns="metric", values="value"
    )
    assert (f["exact_match"] == 0).all()
    for metric in ("bleu", "rouge1", "bleurt"):
        assert f.loc["69B", metric] - f.loc["29B", metric] > 3 * abs(
            f.loc["29B", metric] - f.loc["8.6B", metric]
        )


def test_open_models_below_the_floor():
    f = (
        rows("obs_emergent_capabilities", task="IPA transliterate")
        .pivot_table(index=["model", "train_flops"], columns="metric", values="value")
        .dropna()
    )
    zero = f[f["exact_match"] == 0].reset_index()
    assert (len(f), len(zero)) == (60, 30)
    assert zero["bleu"].between(0.003, 1.6).all()
    assert zero["bleu"].corr(zero["train_flops"], method="spearman") == pytest.approx(
        0.49, abs=0.005
    )
    plateau, later = (
        zero[zero["train_flops"] < 3e21]["bleu"].median(),
        f.reset_index().query("train_flops > 2e23")["bleu"].median(),
    )
    assert later > 100 * plateau


# --- beyond scaling ----------------------------------------------------------------------------------------------------------


def test_llama_7b_beats_opt_66b_with_less_compute():
    f = rows("obs_emergent_capabilities", task="3-digit addition").set_index("model")
    llama, opt = f.loc["huggyllama/llama-7b"], f.loc["facebook/opt-66b"]
    assert llama["value"] > 0.9 > 0.1 > opt["value"]
    assert (
        llama["train_flops"] < opt["train_flops"] < 6 * 66e9 * 300e9
    )  # listed, and with the 300B tokens of its paper


def test_parameters_order_open_models_worst():
    n = {
        k: float(numbers()[f"ipa_rank_exact_match_{k}"]) for k in ("params", "train_flops", "mmlu")
    }
    assert min(n, key=n.get) == "params" and max(n, key=n.get) == "train_flops"


def test_chinchilla_and_gopher_disagree_on_parameters_only():
    f = data.load("wei2022_fig4_perplexity_compute_mmlu")
    ppl = f[f["panel"] == "ppl_vs_params"].set_index("family")
    small, large = (
        ppl.loc["Chinchilla"].query("model == '70B'"),
        ppl.loc["Gopher"].query("model == '280B'"),
    )
    assert large["params"].iloc[0] == 4 * small["params"].iloc[0]
    assert small["value"].iloc[0] < large["value"].iloc[0]
    assert value(
        "wei2022_fig4_perplexity_compute_mmlu",
        panel="mmlu_vs_params",
        family="Chinchilla",
        model="70B",
    ) > value(
        "wei2022_fig4_perplexity_compute_mmlu",
        panel="mmlu_vs_params",
        family="Gopher",
        model="280B",
    )


def test_same_compute_different_mmlu():
    compute = [scientific(facts.average(m, "train_flops")) for m in ("PaLM 8B", "LLaMA 7B")]
    assert compute[0] == compute[1] == numbers()["mmlu_llama_7b_flops"]
    assert float(numbers()["mmlu_llama_7b"]) > float(numbers()["mmlu_palm_8b"]) + 8


def test_persian_threshold_moved():
    gemma = value(
        "obs_emergent_capabilities", task="ParsiNLU QA (Persian QA)", model="google/gemma-2-9b"
    )
    assert (
        100 * gemma
        > value("wei2022_fig2_fig11_few_shot", panel="D", family="PaLM", model="540B")
        > 45
    )


# --- over training -------------------------------------------------------------------------------------------------------------


def test_pythia_loss_moves_before_accuracy_and_addition_comes_last():
    f = rows(
        "pythia_evals_over_training",
        model="Pythia-2.8b",
        variant="deduped",
        task="lambada_openai",
        n_shots=0,
    ).pivot_table(index="step", columns="metric", values="value")
    assert math.log(f.loc[0, "ppl"]) - math.log(f.loc[512, "ppl"]) > 3 and f.loc[512, "acc"] == 0
    assert f.loc[3000, "acc"] > 0.3
    add = rows(
        "pythia_arithmetic", task="two-operand addition (x1 in 0-99)", n_shots=2
    ).pivot_table(index="step", columns="model", values="value")
    last = add.loc[143000]
    assert add["pythia-2.8b-deduped-v0"].loc[13000] < 0.02 and last["pythia-2.8b-deduped-v0"] > 0.7
    assert (
        last["pythia-1.4b-deduped-v0"] < 0.03
        and last["pythia-6.9b-deduped-v0"] < last["pythia-2.8b-deduped-v0"]
    )


# --- risks and the field ---------------------------------------------------------------------------------------------------------


def test_truthfulness_falls_with_size_when_generated():
    t = rows(
        "truthfulqa_by_size", task="TruthfulQA (generation)", metric="% truthful (human-judged)"
    ).set_index("model")["value"]
    assert t["GPT-3 350M"] > t["GPT-3 175B"]


def test_few_shot_passes_finetuned_systems_on_smooth_curves():
    f = data.load("wei2022_fig13_few_shot_vs_prior_sota")
    for _, task in f.groupby("task"):
        task = task.sort_values("params")
        assert task["value"].is_monotonic_increasing
        assert (
            task["value"].iloc[-1] > task["prior_sota_finetuned"].iloc[-1] > task["value"].iloc[0]
        )


# --- breaks in series, and what is said of single runs ------------------------------------------------------------------------


def test_no_line_leads_to_a_model_of_another_generation():
    """The largest model of Schaeffer et al. 2023, Figure 3, is far better than GPT-3 175B of 2020 (Table H.1)."""
    largest = value(
        "schaeffer2023_fig3_fig4_arithmetic_metrics",
        panel="addition_2int_4digit",
        metric="accuracy",
        target_length=5,
        temperature=0.0,
        model="175B",
    )
    printed = value("gpt3_table_h1", task="4D+", setting="few_shot", model="GPT-3 175B")
    assert 100 * largest > 3 * printed
    chart = json.dumps(fig.mirage_arithmetic().chart().to_dict())
    assert "datum.params < 100000000000" in chart


def test_every_model_of_the_largest_size_adds_without_error():
    scores = own_scores()
    assert (scores[scores["width"] == 32]["exact_match"] == 1).all()
    twelve = (scores[scores["width"] == 12]["exact_match"] >= 0.9).mean()
    assert float(numbers()["own_share_se"]) == round(100 * math.sqrt(twelve * (1 - twelve) / 16))


def test_classes_add_up():
    n = numbers()
    parts = ("bigbench_emergent", "bigbench_smooth", "bigbench_flat", "bigbench_other")
    assert sum(int(n[part]) for part in parts) == int(n["bigbench_classified"]) == 197
    classes = data.load("emergent_bigbench_task_classes").set_index("task")["category"]
    assert classes["checkmate in one"] == "flat"


def test_brier_scores_of_two_models_that_know_nothing():
    """Four options, right answers spread evenly: an even guess, and everything on the first option."""
    right = np.eye(4)
    for guess, score in ((np.full(4, 0.25), 0.75), (np.eye(4)[0], 1.5)):
        assert ((right - guess) ** 2).sum(axis=1).mean() == pytest.approx(score)
    assert "has a Brier score of 0.75" in PAGE and "on the first option 1.5" in PAGE
