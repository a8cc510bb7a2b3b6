"""The numbers in the words of each figure of the chapter on chain of thought, from the figure's own rows.

Percentages are without their sign, gains in points.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from emergence import data, formulas
from emergence.chart import one, percent, pick, points, published_fractions
from emergence.text import label

from .benchmarks import ablations, bbh_by_size, bbh_by_task, calculator
from .miniature import cups_accuracy, cups_temperature, cups_votes, record
from .prompts import (
    LIMIT_RAISED,
    kojima,
    multilingual,
    r1_zero,
    self_consistency,
    trigger_phrases,
    zero_shot_by_model,
)
from .scale import gain_by_scale, gsm8k_by_scale, open_models, symbolic_by_length, tasks_by_scale
from .steps import steps_dial, steps_observed
from .tables import bbh, gains, open_gains, wei


def gsm8k(model: str, setting: str) -> str:
    return percent(one(wei(), task="GSM8K", model=model, setting=setting))


@gsm8k_by_scale.facts
def _():
    return {
        "gpt3_standard": gsm8k("GPT-3 175B", "standard"),
        "gpt3_chain_of_thought": gsm8k("GPT-3 175B", "chain_of_thought"),
        "gpt3_small_standard": gsm8k("GPT-3 6.7B", "standard"),
        "gpt3_small_chain_of_thought": gsm8k("GPT-3 6.7B", "chain_of_thought"),
        "GPT-3_line": percent(gsm8k_by_scale().forecast()["line"]),
    }


@tasks_by_scale.facts
def _():
    return {
        "palm_standard": gsm8k("PaLM 540B", "standard"),
        "palm_chain_of_thought": gsm8k("PaLM 540B", "chain_of_thought"),
    }


def letters(length: int, setting: str = "chain_of_thought", model: str = "PaLM 540B") -> float:
    """Accuracy in concatenating the last letters of so many words."""
    where = {"task": "last_letter_concatenation", "length": length, "model": model}
    return one(wei(), setting=setting, **where)


@symbolic_by_length.facts
def _():
    return {
        "words2_540B_standard": percent(letters(2, "standard")),
        "words2_540B_chain_of_thought": percent(letters(2)),
        "words3_540B_standard": percent(letters(3, "standard")),
        "words3_540B_chain_of_thought": percent(letters(3)),
        "words4_540B_standard": percent(letters(4, "standard")),
        "words4_540B_chain_of_thought": percent(letters(4)),
    }


def gain_between(low: float, high: float):
    """Gains of the models trained with more than `low` and at most `high` FLOPs."""
    flops = gains()["train_flops"]
    return gains().loc[(flops > low) & (flops <= high), "gain"]


@gain_by_scale.facts
def _():
    low, high = gain_between(0, 1e22), gain_between(1e23, np.inf)
    return {
        "low_n": str(len(low)),
        "low_worse": str((low < 0).sum()),
        "low_mean": points(low.mean()),
        "high_n": str(len(high)),
        "high_better": str((high > 0).sum()),
        "high_mean": points(high.mean()),
    }


def open_score(model: str, setting: str, task: str = "GSM8K") -> str:
    return percent(one(open_gains(), setting, model=model, task=task))


@open_models.facts
def _():
    return {
        "open_n": str(len(pick(open_gains(), task="GSM8K"))),
        "opt66_GSM8K_standard": open_score("opt-66b", "standard"),
        "opt66_GSM8K_chain_of_thought": open_score("opt-66b", "chain_of_thought"),
        "qwen18_GSM8K_standard": open_score("Qwen1.5-1.8B", "standard"),
        "qwen18_GSM8K_chain_of_thought": open_score("Qwen1.5-1.8B", "chain_of_thought"),
    }


def hard(model: str, setting: str) -> str:
    return percent(one(bbh(), task="average", model=model, setting=setting))


@bbh_by_size.facts
def _():
    people = one(bbh_by_size().frame(), kind="reference", model=label("human_avg"))
    return {
        "bbh_human": percent(people),
        "bbh_palm8_answer_only": hard("PaLM 8B", "answer_only"),
        "bbh_palm8_chain_of_thought": hard("PaLM 8B", "chain_of_thought"),
        "bbh_palm540_answer_only": hard("PaLM 540B", "answer_only"),
        "bbh_palm540_chain_of_thought": hard("PaLM 540B", "chain_of_thought"),
    }


@bbh_by_task.facts
def _():
    rows = bbh_by_task().frame(model="code-davinci-002")
    wide = rows.pivot_table(index="task", columns="setting", values="value")
    direct, chain, people = wide["answer_only"], wide["chain_of_thought"], wide["human_avg"]
    return {
        "bbh_tasks": str(len(wide)),
        "bbh_codex_direct_above": str((direct > people).sum()),
        "bbh_codex_chain_above": str((chain > people).sum()),
        "bbh_codex_worse": str((chain < direct).sum()),
    }


STANDARD, CHAIN = "Standard prompting", "Chain of thought prompting"


def ablated(setting: str, task: str = "GSM8K", column: str = "value") -> float:
    """A printed percentage of Wei et al. 2022, tables of ablations."""
    return one(data.load("cot_wei2022_ablations"), column, task=task, setting=setting)


@ablations.facts
def _():
    others = pick(data.load("cot_wei2022_ablations"), task="GSM8K", kind="robustness")["value"]
    return {
        "standard_GSM8K": f"{ablated(STANDARD):.1f}",
        "chain_GSM8K": f"{ablated(CHAIN):.1f}",
        "equation_GSM8K": f"{ablated('equation only'):.1f}",
        "dots_GSM8K": f"{ablated('variable compute only'):.1f}",
        "after_GSM8K": f"{ablated('reasoning after answer'):.1f}",
        "robust_low": f"{others.min():.1f}",
        "robust_high": f"{others.max():.1f}",
    }


def calculated(model: str, task: str, with_calculator: bool) -> str:
    setting = "chain_of_thought" + "+external_calculator" * with_calculator
    rows = published_fractions("cot_wei2022_calculator")
    return percent(one(rows, model=model, task=task, setting=setting))


@calculator.facts
def _():
    return {
        "calc_palm_GSM8K_without": calculated("PaLM 540B", "GSM8K", False),
        "calc_palm_GSM8K_with": calculated("PaLM 540B", "GSM8K", True),
    }


@steps_dial.facts
def _():
    return {
        "dial_90_10": percent(formulas.chain_accuracy(0.9, 10)),
        "dial_need_10": percent(formulas.step_accuracy(0.5, 10)),
    }


def observed(task: str, setting: str, steps: int) -> float:
    where = {"kind": "published", "setting": setting, "n_steps": steps}
    return one(steps_observed().frame(task=task), **where)


BY_STEPS = "GSM8K by required steps"


def fitted_step() -> float:
    """The accuracy of a step that fits the chains on GSM8K best."""
    rows = pick(steps_observed().frame(), kind="fit", setting="chain_of_thought")
    return rows["step_accuracy"].iloc[0]


@steps_observed.facts
def _():
    return {
        "gsm8k_cot_5": percent(observed(BY_STEPS, "chain_of_thought", 5)),
        "gsm8k_cot_p": percent(fitted_step()),
    }


def zero_shot(model: str, setting: str) -> str:
    return percent(one(kojima(), model=model, setting=setting))


@zero_shot_by_model.facts
def _():
    return {
        "zs_davinci_zero_shot": zero_shot("GPT-3 davinci (175B)", "zero_shot"),
        "zs_davinci_zero_shot_cot": zero_shot("GPT-3 davinci (175B)", "zero_shot_cot"),
        "zs_davinci_few_shot_cot": zero_shot("GPT-3 davinci (175B)", "few_shot_cot"),
    }


@trigger_phrases.facts
def _():
    score = trigger_phrases().frame().set_index("trigger")["value"]
    return {
        "trigger_best": percent(score.max()),
        "trigger_none": percent(score["(Zero-shot, no template)"]),
        "trigger_restaurant": percent(score["By the way, I found a good restaurant nearby."]),
    }


def voted(model: str, setting: str) -> str:
    return percent(one(self_consistency().frame(), model=model, setting=setting))


@self_consistency.facts
def _():
    return {
        "sc_gsm8k_lamda_chain_of_thought": voted("LaMDA-137B", "chain_of_thought"),
        "sc_gsm8k_palm_chain_of_thought": voted("PaLM-540B", "chain_of_thought"),
        "sc_gsm8k_palm_self_consistency": voted("PaLM-540B", "self_consistency"),
        "sc_gsm8k_ul2_chain_of_thought": voted("UL2-20B", "chain_of_thought"),
        "sc_gsm8k_ul2_self_consistency": voted("UL2-20B", "self_consistency"),
        "lamda_chain_of_thought": gsm8k("LaMDA 137B", "chain_of_thought"),
    }


def mgsm(setting: str, language: str = "AVG (11 languages)", model: str = "PaLM-540B") -> str:
    where = {"model": model, "language": language, "setting": setting}
    return percent(one(published_fractions("mgsm_shi2022"), **where))


@multilingual.facts
def _():
    return {
        "mgsm_palm_AVG_direct": mgsm("direct"),
        "mgsm_palm_AVG_native_cot": mgsm("native_cot"),
        "mgsm_palm_SW_native_cot": mgsm("native_cot", "SW"),
    }


@r1_zero.facts
def _():
    accuracy = r1_zero().frame(measure="accuracy")
    lengths = r1_zero().frame(measure="response_length").sort_values("rl_step")
    length = lengths["value"]
    run = pick(accuracy, metric="pass@1").sort_values("rl_step")["value"]
    return {
        "r1_start": percent(run.iloc[0]),
        "r1_best": percent(run.max()),
        "r1_vote": percent(pick(accuracy, metric="cons@16")["value"].max()),
        "r1_human": percent(one(accuracy, kind="reference")),
        "r1_length_start": f"{length.iloc[0]:,.0f}",
        "r1_length_before": f"{one(lengths, rl_step=LIMIT_RAISED):,.0f}",
        "r1_length_end": f"{length.iloc[-1]:,.0f}",
    }


def found(model: str, swaps: int) -> str:
    """Balls that a model of the miniature finds, in percent."""
    rows = pick(record("accuracy"), cup_model=model, swaps=swaps)
    return f"{100 * rows['accuracy'].mean():.0f}"


def trained(model: str, what: str) -> str:
    """Parameters or training steps of a model of the miniature."""
    return f"{pick(record('accuracy'), cup_model=model)[what].iloc[0]:,}"


@cups_accuracy.facts
def _():
    worst = pick(record("accuracy"), mode="written")["accuracy"].min()
    return {
        "cup_written_worst": percent(worst),
        "cup_written_d12_params": trained("written_d12", "params"),
        "cup_direct_4_params": trained("direct_4", "params"),
        "cup_direct_4_8": found("direct_4", 8),
        "cup_direct_4_12": found("direct_4", 12),
        "cup_direct_3_long_steps": trained("direct_3_long", "steps"),
    }


def sampled(swaps: int, column: str = "all_right") -> float:
    """Chains of the wider writer at temperature 3."""
    where = {"cup_model": "written_d64", "temperature": 3, "swaps": swaps}
    return one(record("temperature"), column, **where)


@cups_temperature.facts
def _():
    step = sampled(12, "step_right")
    return {
        "cup_p_3": percent(step),
        "cup_all_3_12": percent(sampled(12)),
        "cup_power_3_12": percent(step**12),
        "cup_written_d64_params": trained("written_d64", "params"),
    }


def majority(swaps: int, chains: int) -> str:
    """Balls that so many chains of the wider writer find by a vote at temperature 3, in percent."""
    where = {"cup_model": "written_d64", "temperature": 3, "swaps": swaps, "chains": chains}
    return percent(one(record("votes"), "accuracy", **where), 0)


@cups_votes.facts
def _():
    return {
        "cup_vote_8_1": majority(8, 1),
        "cup_vote_8_10": majority(8, 10),
        "cup_vote_8_40": majority(8, 40),
    }


@cache
def of_live() -> dict[str, str]:
    """Numbers in the words of the live part."""
    return {
        "cup_direct_4_12": found("direct_4", 12),
        "cup_direct_4_steps": trained("direct_4", "steps"),
        "cup_written_d12_12": found("written_d12", 12),
    }
