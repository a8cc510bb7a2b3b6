"""Every number in the words of the chapter on in-context learning: of each figure, from its own rows, and of the prose.

Percentages are without their sign, gains in points.
"""

from __future__ import annotations

import numpy as np

from emergence import data
from emergence.chart import one, percent, pick, points
from emergence.models import regression

from .examples import calibration, prompt_order, symbol_tuning, unrelated_labels, what_matters
from .gpt3 import gain_by_task, gpt3_explorer, shots_by_scale
from .learning import (
    construction,
    dual_difference,
    gradient_step,
    induction_phases,
    unexplained,
    vs_finetuning,
)
from .miniature import regression_distances, regression_errors
from .tables import SIZES, TASK_GROUPS, chapter, gains, gpt3, means, printed, regression_record


def mean_score(model: str, setting: str, group: str = "all_accuracy") -> float:
    return one(means(), task_group=group, model=model, setting=setting)


def mean_gain(model: str, group: str = "all_accuracy") -> float:
    return mean_score(model, "few_shot", group) - mean_score(model, "zero_shot", group)


def miss(group: str) -> float:
    """How far the largest model lies above the straight line through the smaller ones."""
    forecast = shots_by_scale().forecast(task_group=group)
    return forecast["truth"] - forecast["line"]


def measures() -> dict[str, str]:
    return {"n_measures": str(gpt3()["task_and_metric"].nunique())}


@shots_by_scale.facts
def _():
    shots = pick(gpt3(), setting="few_shot")["n_shots"]
    repeated = gpt3()["flag_note"].str.startswith("Printed identical to the one-shot", na=False)
    tasks = pick(means(), task_group="all_accuracy")["tasks_in_mean"].max()
    return {
        **measures(),
        "all_accuracy_xl_zero_shot": percent(mean_score("GPT-3 XL", "zero_shot")),
        "all_accuracy_xl_few_shot": percent(mean_score("GPT-3 XL", "few_shot")),
        "all_accuracy_175b_zero_shot": percent(mean_score("GPT-3 175B", "zero_shot")),
        "all_accuracy_175b_few_shot": percent(mean_score("GPT-3 175B", "few_shot")),
        "all_accuracy_line": percent(shots_by_scale().forecast()["line"]),
        "n_accuracy_tasks": str(tasks),
        "n_repeated": str(repeated.sum()),
        "shots_low": str(shots.min()),
        "shots_high": str(shots.max()),
    }


def cell(measure: str, setting: str, model: str = "GPT-3 175B") -> float:
    """One cell of table H.1, as a fraction."""
    return one(gpt3(), task_and_metric=measure, setting=setting, model=model)


@gpt3_explorer.facts
def _():
    return {
        **measures(),
        "symbol_xl_few_shot": percent(cell("Symbol Insertion", "few_shot", "GPT-3 XL")),
        "symbol_175b_zero_shot": percent(cell("Symbol Insertion", "zero_shot")),
        "symbol_175b_one_shot": percent(cell("Symbol Insertion", "one_shot")),
        "symbol_175b_few_shot": percent(cell("Symbol Insertion", "few_shot")),
    }


def palm_gain(model: str, task: str) -> str:
    return points(one(gains(), "shot_gain", model=model, task=task))


@gain_by_task.facts
def _():
    small, _, large = (pick(gains(), model=model)["shot_gain"] for model in SIZES["PaLM"])
    return {
        "palm_small_mean": points(small.mean()),
        "palm_large_mean": points(large.mean()),
        "palm_large_n": str(len(large)),
        "palm_hella_large": palm_gain("PaLM 540B", "HellaSwag"),
        "palm_webqs_large": palm_gain("PaLM 540B", "WebQs"),
    }


KEPT = "share of demonstration gain kept with 0% correct labels, "


@what_matters.facts
def _():
    words = pick(what_matters().frame(), spoiled="random_words_as_labels")
    words = pick(words, model=["Channel MetaICL", "Channel GPT-J"])["value"]
    drop = printed("GPT-J", "drop with 0% correct labels, classification")
    return {
        "min_metaicl_class": printed("MetaICL", KEPT + "classification"),
        "min_gptj_choice": printed("GPT-J", KEPT + "multi-choice"),
        "min_gptj_drop": drop.removeprefix("nearly "),
        "min_words_low": percent(words.min(), 0),
        "min_words_high": percent(words.max(), 0),
    }


@calibration.facts
def _():
    rows = calibration().frame(task="AGNews", model="GPT-3 175B")

    def accuracy(n_shots, setting, column="value"):
        return percent(one(rows, column, n_shots=n_shots, setting=setting))

    return {
        "ag_175_0_base": accuracy("0", "baseline"),
        "ag_175_0_cal": accuracy("0", "contextual_calibration"),
        "ag_175_4_base": accuracy("4", "baseline"),
        "ag_175_4_base_std": accuracy("4", "baseline", "spread"),
        "ag_175_4_cal": accuracy("4", "contextual_calibration"),
        "ag_175_4_cal_std": accuracy("4", "contextual_calibration", "spread"),
    }


@prompt_order.facts
def _():
    rows = pick(prompt_order().frame(), model="GPT-2 1.5B")
    return {
        "order_15_all": percent(one(rows, setting="all_orders_baseline")),
        "order_15_all_std": percent(one(rows, "spread", setting="all_orders_baseline")),
        "order_15_global": percent(one(rows, setting="GlobalE_selected")),
        "order_15_global_std": percent(one(rows, "spread", setting="GlobalE_selected")),
    }


def transferred(model: str, setting: str) -> str:
    value = one(unrelated_labels().frame(), model=f"text-{model}-001", setting=setting)
    return percent(value, 0)


@unrelated_labels.facts
def _():
    return {
        "same_data_set_ada": transferred("ada", "same_data_set"),
        "same_data_set_davinci": transferred("davinci", "same_data_set"),
        "sst2_then_rt_ada": transferred("ada", "sst2_then_rt"),
        "sst2_then_rt_davinci": transferred("davinci", "sst2_then_rt"),
    }


def tuned(size: str, tuning: str, prompt: str = "symbols_without_instructions") -> str:
    rows = symbol_tuning().frame(prompt=prompt)
    return percent(one(rows, model=f"Flan-PaLM-{size}", tuning=tuning))


@symbol_tuning.facts
def _():
    return {
        "sym_8B_instruction_tuned": tuned("8B", "instruction_tuned"),
        "sym_8B_symbol_tuned": tuned("8B", "symbol_tuned"),
        "sym_540B_instruction_tuned": tuned("540B", "instruction_tuned"),
        "sym_540B_symbol_tuned": tuned("540B", "symbol_tuned"),
        "sym_chance": percent(one(symbol_tuning().frame(), kind="reference")),
    }


def dai(setting: str, task: str | None = None) -> str:
    """Accuracy of GPT 2.7B in Dai et al. 2023, in percent: on one task, or the mean of all."""
    rows = pick(data.load("dai2023_icl_vs_finetuning"), model="GPT 2.7B", metric="accuracy")
    rows = pick(rows, setting=setting)
    value = rows["value"].mean() if task is None else one(rows, task=task)
    return f"{value:.1f}"


@vs_finetuning.facts
def _():
    return {
        "dai_27_zero_shot_SST2": dai("zero_shot", "SST2"),
        "dai_27_finetuned_SST2": dai("finetuned", "SST2"),
        "dai_27_in_context_SST2": dai("in_context", "SST2"),
    }


def tiny(value: float) -> str:
    return f"{value:.0e}".replace("e-", "e−")


@gradient_step.facts
def _():
    first, tenth = (construction(8, 25, 1.0, layers) for layers in (1, 10))
    return {
        "gd_difference": tiny(first["difference"]),
        "gd_error_1": percent(unexplained(first)),
        "gd_error_10": percent(unexplained(tenth)),
    }


@induction_phases.facts
def _():
    rows = pick(induction_phases().frame(), strategy="bigram")

    def distance(examples):
        return f"{np.interp(examples, rows['training_examples_seen'], rows['value']):.2f}"

    return {"phase_bigram_80": distance(80_000), "phase_bigram_110": distance(110_000)}


def squared_error(answers: str, examples: int, layers: int = 0) -> str:
    """Mean over the runs of a depth."""
    where = {"answers": answers, "examples": examples, "layers": layers}
    return f"{pick(regression_record('errors'), **where)['squared_error'].mean():.3f}"


def squared_distance(layers: int, algorithm: str) -> str:
    where = {"layers": layers, "algorithm": algorithm, "examples": 5}
    return f"{pick(regression_record('distances'), **where)['squared_distance'].mean():.3f}"


@regression_errors.facts
def _():
    return {
        "mini_L4_5": squared_error("transformer", 5, layers=4),
        "mini_L4_12": squared_error("transformer", 12, layers=4),
        "mini_gradient_step_5": squared_error("gradient_step", 5),
        "mini_ridge_5": squared_error("ridge", 5),
        "mini_steps": f"{regression_record('history')['step'].max():,}",
    }


@regression_distances.facts
def _():
    return {
        "mini_d1_gradient_step": squared_distance(1, "gradient_step"),
        "mini_d1_ridge": squared_distance(1, "ridge"),
        "mini_d4_gradient_step": squared_distance(4, "gradient_step"),
        "mini_d4_ridge": squared_distance(4, "ridge"),
    }


def of_shots() -> dict[str, str]:
    wider = [mean_gain("GPT-3 175B", g) > mean_gain("GPT-3 XL", g) for g in TASK_GROUPS]
    below = [miss(group) < 0 for group in TASK_GROUPS]
    anli = cell("ANLI R3", "few_shot")
    error = np.sqrt(anli * (1 - anli) / 1200)  # the test has 1,200 questions with three answers
    server = pick(data.load("gpt3_table_h1"), split="test server")
    return {
        "all_accuracy_175b_gain": points(mean_gain("GPT-3 175B")),
        "arithmetic_miss": points(miss("arithmetic")),
        "n_groups": str(len(TASK_GROUPS)),
        "n_wider": str(sum(wider)),
        "n_below_line": str(sum(below)),
        "anli3_13b_few_shot": percent(cell("ANLI R3", "few_shot", "GPT-3 13B")),
        "anli3_175b_few_shot": percent(anli),
        "anli_error": percent(error),
        "anli_sigmas": f"{(anli - 1 / 3) / error:.1f}",
        "chance_noise": percent(np.sqrt(1 / 3 * 2 / 3 / 1200)),
        "lambada_medium_zero_shot": percent(cell("LAMBADA (acc)", "zero_shot", "GPT-3 Medium")),
        "lambada_medium_few_shot": percent(cell("LAMBADA (acc)", "few_shot", "GPT-3 Medium")),
        "lambada_175b_zero_shot": percent(cell("LAMBADA (acc)", "zero_shot")),
        "lambada_175b_few_shot": percent(cell("LAMBADA (acc)", "few_shot")),
        "trivia_175b_zero_shot": percent(cell("TriviaQA", "zero_shot")),
        "trivia_175b_few_shot": percent(cell("TriviaQA", "few_shot")),
        "wic_175b_few_shot": percent(cell("WiC", "few_shot")),
        "wic_server": percent(one(server, task="WiC") / 100),
        "reversed_best": percent(pick(gpt3(), task="Reversed Words")["value"].max()),
    }


def of_palm() -> dict[str, str]:
    small, middle, large = (pick(gains(), model=model)["shot_gain"] for model in SIZES["PaLM"])
    return {
        "palm_mid_mean": points(middle.mean()),
        "palm_small_lose": str((small < 0).sum()),
        "palm_mid_lose": str((middle < 0).sum()),
        "palm_large_lose": str((large < 0).sum()),
        "palm_anli2_small": palm_gain("PaLM 8B", "ANLI R2"),
        "palm_anli2_large": palm_gain("PaLM 540B", "ANLI R2"),
    }


def of_labels() -> dict[str, str]:
    worst = printed("GPT-J", "largest per-dataset gap gold vs random (financial_phrasebank)")
    drop = printed("12 models", "performance drop, random instead of gold labels (range)")
    random = "gain kept with OOD inputs + random labels (format kept), "
    slope = "label-correctness sensitivity (slope of performance on share of correct labels)"
    usual = printed("text-davinci-002", "mean accuracy, 0% labels flipped")
    flipped = printed("text-davinci-002", "mean accuracy, 100% labels flipped")
    gained = "flipped-label accuracy gain from symbol tuning"
    relevant, symbols = "relevant_with_instructions", "symbols_with_instructions"
    return {
        "min_drop": drop.replace("-", " to "),
        "min_drop_choice": printed("all models", "mean drop, multi-choice tasks"),
        "min_drop_class": printed("all models", "mean drop, classification tasks"),
        "min_worst": worst.removeprefix("nearly "),
        "min_metaicl_choice": printed("MetaICL", KEPT + "multi-choice"),
        "min_random_class": printed("Direct MetaICL", random + "classification"),
        "min_random_choice": printed("Direct MetaICL", random + "multi-choice"),
        "yoo_slope": printed("average", slope),
        "flip_0": usual,
        "flip_100": flipped,
        "flip_full": f"{100 - float(usual):.1f}",
        "flip_share": f"{100 * (float(usual) - float(flipped)) / (2 * float(usual) - 100):.0f}",
        "flip_palm": printed("PaLM (lowest)", "mean accuracy, 100% labels flipped"),
        "foo_error": percent(
            np.sqrt(0.25 / 100), 0
        ),  # 100 test sentences (Wei et al. 2023, Table 2)
        "rt_then_sst2_ada": transferred("ada", "rt_then_sst2"),
        "rt_then_sst2_davinci": transferred("davinci", "rt_then_sst2"),
        "rel_8B_instruction_tuned": tuned("8B", "instruction_tuned", relevant),
        "rel_8B_symbol_tuned": tuned("8B", "symbol_tuned", relevant),
        "symi_540B_instruction_tuned": tuned("540B", "instruction_tuned", symbols),
        "symbol_flip_8B": printed("Flan-PaLM-8B", gained),
        "symbol_flip_62B": printed("Flan-PaLM-62B", gained),
        "symbol_flip_540B": printed("Flan-PaLM-540B", gained),
    }


def of_order() -> dict[str, str]:
    orders = printed("GPT2-XL -> GPT2-Large", "accuracy of one permutation on two models")
    best, same_on_smaller = orders.split(" -> ")
    trec = calibration().frame(task="TREC", model="GPT-3 175B")
    return {
        "order_xl": best,
        "order_large": same_on_smaller,
        "order_correlation": printed(
            "GPT-3 175B vs 2.7B", "correlation of permutation performance"
        ),
        "trec_175_0_base": percent(one(trec, n_shots="0", setting="baseline")),
        "trec_175_8_base": percent(one(trec, n_shots="8", setting="baseline")),
    }


def of_learning() -> dict[str, str]:
    compared = pick(data.load("dai2023_icl_vs_finetuning"), model="GPT 2.7B", task="Average")
    states = [construction(*state.values())["difference"] for state in gradient_step().states()]
    window = printed("Anthropic models", "window in which ICL and induction heads form")
    heads = pick(data.load("induction_heads_models"), family="Anthropic full-scale")
    random_update = one(compared, metric="SimAOU (random update)")
    return {
        "dai_27_zero_shot": dai("zero_shot"),
        "dai_27_finetuned": dai("finetuned"),
        "dai_27_in_context": dai("in_context"),
        "dai_27_recall": f"{one(compared, metric='Rec2FTP'):.0f}",
        "dai_27_update": f"{one(compared, metric='SimAOU (finetuning update)'):.2f}",
        "dai_27_update_random": f"{random_update:.2f}".replace("-0.00", "0.00"),
        "gd_states": str(len(states)),
        "gd_worst": tiny(max(states)),
        "dual_difference": tiny(dual_difference()),
        "loss_window": window.replace("-", " to "),
        "icl_before": printed("Anthropic models", "ICL score before the window").strip("<"),
        "icl_after": printed("Anthropic models", "ICL score after the window"),
        "olsson_large": f"{heads['non_embedding_params'].max() / 1e9:.0f}",
    }


def line_error(answers: str, examples: int) -> str:
    rows = regression_record("errors", "lines")
    error = one(rows, "squared_error", answers=answers, examples=examples)
    return f"{error:.3f}" if error < 10 else f"{error:.0f}"


def of_miniature() -> dict[str, str]:
    return {
        "mini_L1_5": squared_error("transformer", 5, layers=1),
        "mini_L1_12": squared_error("transformer", 12, layers=1),
        "mini_L4_3": squared_error("transformer", 3, layers=4),
        "mini_ridge_3": squared_error("ridge", 3),
        "mini_ridge_12": squared_error("ridge", 12),
        "mini_nearest_5": squared_error("nearest", 5),
        "mini_d1_least_squares": squared_distance(1, "least_squares"),
        "mini_d3_ridge": squared_distance(3, "ridge"),
        "mini_d4_least_squares": squared_distance(4, "least_squares"),
        "line_noise": f"{regression.LINES.noise**2:.2f}",
        "line_transformer_2": line_error("transformer", 2),
        "line_transformer_10": line_error("transformer", 10),
        "line_posterior_mean_2": line_error("posterior_mean", 2),
        "line_posterior_mean_10": line_error("posterior_mean", 10),
        "line_least_squares_2": line_error("least_squares", 2),
    }


@chapter.prose
def prose():
    return {
        **of_shots(),
        **of_palm(),
        **of_labels(),
        **of_order(),
        **of_learning(),
        **of_miniature(),
    }


numbers = chapter.numbers
