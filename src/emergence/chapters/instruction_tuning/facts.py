"""The numbers in the words of each figure of the chapter on instruction tuning, from the figure's own rows.

Percentages are without their sign.
"""

from __future__ import annotations

import pandas as pd

from emergence import data
from emergence.chart import one, percent, pick
from emergence.models import instructions
from emergence.text import label

from .amounts import collections, lima, prompt_search
from .feedback import (
    RATERS,
    alignment_tax,
    automatic_evaluations,
    overoptimization,
    ratings,
    stiennon,
    summaries,
    win_rates,
    wins,
)
from .miniature import FULL_WIDTH, instructions_by_size, instructions_by_tasks, means
from .simulations import kl_bandit, preference_fit
from .tuning import (
    bloomz,
    bloomz_panels,
    compute,
    costs,
    flan_palm,
    more_tasks,
    prompt_elements,
    studies,
    tasks_and_size,
    tuned_by_size,
)

GPT3, LARGE = "gpt3", 1.75e11


def preferred(series: str, params: float, raters: str = "training_instruct") -> float:
    """How often a model's answers are preferred to those of the 175B SFT model."""
    return one(wins(), panel=RATERS[raters], series=series, params=params)


@win_rates.facts
def _():
    return {
        "win_ptx_1": percent(preferred("ppo_ptx", 1.3e9)),
        "win_gpt_175": percent(preferred(GPT3, LARGE)),
        "win_prompted_175": percent(preferred("prompted", LARGE)),
    }


def rated(series: str, measure: str = "likert") -> float:
    return one(ratings().frame(measure=measure), model=label(series))


def text_number(metric: str, model: str) -> float:
    """A value that the text of Ouyang et al. 2022 gives."""
    return one(data.load("instructgpt_text_numbers"), metric=metric, model=model)


@ratings.facts
def _():
    invented = "hallucination_rate_closed_domain"
    return {
        "likert_gpt": f"{rated(GPT3):.1f}",
        "likert_prompted": f"{rated('prompted'):.1f}",
        "likert_flan": f"{rated('on_flan'):.1f}",
        "likert_t0": f"{rated('on_t0'):.1f}",
        "likert_sft": f"{rated('sft'):.1f}",
        "likert_ptx": f"{rated('ppo_ptx'):.1f}",
        "said_invents_gpt": f"{text_number(invented, 'GPT-3'):.0f}",
        "said_invents_ptx": f"{text_number(invented, 'InstructGPT'):.0f}",
    }


def tested(task: str, setting: str, series: str) -> str:
    """Score of a 175B model on a public test."""
    rows = alignment_tax().frame(task=task, setting=setting)
    return percent(one(rows, series=series, params=LARGE))


@alignment_tax.facts
def _():
    return {
        "tax_squad_gpt": tested("SQuAD v2", "few_shot", GPT3),
        "tax_squad_ppo": tested("SQuAD v2", "few_shot", "ppo"),
        "tax_squad_ptx": tested("SQuAD v2", "few_shot", "ppo_ptx"),
    }


@automatic_evaluations.facts
def _():
    rows = pick(automatic_evaluations().frame(), params=LARGE)

    def toxicity(prompt, series):
        return f"{one(rows, prompt=prompt, series=series):.2f}"

    return {
        "tox_respectful_gpt": toxicity("respectful", GPT3),
        "tox_respectful_ptx": toxicity("respectful", "ppo_ptx"),
        "tox_biased_gpt": toxicity("biased", GPT3),
        "tox_biased_ptx": toxicity("biased", "ppo_ptx"),
    }


def study(task: str, params: float, tuned: bool) -> str:
    """Score of a model on unseen tasks."""
    setting = "tuned" if tuned else "untuned"
    return percent(one(studies(), task=task, params=params, setting=setting))


@tuned_by_size.facts
def _():
    return {
        "flan_plain_8": study("flan", 8e9, False),
        "flan_tuned_8": study("flan", 8e9, True),
        "flan_plain_68": study("flan", 6.8e10, False),
        "flan_tuned_68": study("flan", 6.8e10, True),
        "flan_plain_137": study("flan", 1.37e11, False),
        "flan_tuned_137": study("flan", 1.37e11, True),
    }


def average(size: str, tasks: int) -> float:
    """Normalized average of Flan-PaLM after training on so many tasks."""
    return one(flan_palm(), task="normalized_average", size=size, tuning_tasks=tasks)


@tasks_and_size.facts
def _():
    def gain(size, since):
        return percent(average(size, 1836) - average(size, since))

    return {
        "tasks_gain_8": gain("8B", 0),
        "tasks_gain_62": gain("62B", 0),
        "tasks_gain_540": gain("540B", 0),
        "tasks_late_8": gain("8B", 282),
        "tasks_late_62": gain("62B", 282),
        "tasks_late_540": gain("540B", 282),
    }


@more_tasks.facts
def _():
    rows = data.load("flan2021_fig6_num_clusters")
    return {
        "clusters_1": f"{one(rows, n_clusters=1):.1f}",
        "clusters_7": f"{one(rows, n_clusters=7):.1f}",
    }


@prompt_elements.facts
def _():
    rows = data.load("flan2021_fig8_role_of_instructions")
    named = {"finetuning_prompt": "task/dataset name", "inference_prompt": "natural instructions"}
    return {
        "elem_flan": f"{rows['value'].iloc[0]:.1f}",
        "elem_none": f"{one(rows, finetuning_prompt='no template'):.1f}",
        "elem_name": f"{one(rows, **named):.1f}",
    }


def large_bloom(task: str, tuned: bool = True) -> str:
    """Accuracy of the largest BLOOM or BLOOMZ on one test set."""
    setting = "tuned" if tuned else "untuned"
    return percent(one(bloomz(), task=task, setting=setting, params=1.76e11))


@bloomz_panels.facts
def _():
    return {
        "bz_story_plain": large_bloom("story_cloze 2016", False),
        "bz_story_tuned": large_bloom("story_cloze 2016"),
        "bz_anli_plain": large_bloom("anli r3", False),
        "bz_anli_tuned": large_bloom("anli r3"),
    }


@compute.facts
def _():
    rows = costs().dropna(subset=["share"]).drop_duplicates("model").set_index("model")
    share = rows["share"]
    return {
        "share_min": percent(share.min(), 2),
        "share_max": percent(share.max()),
        "share_palm": percent(share["Flan-PaLM 540B"]),
        "share_sft": percent(share[label("sft_175b")], 2),
        "share_ppo": percent(share[label("ppo_ptx_175b")]),
    }


@summaries.facts
def _():
    rows = stiennon("Figure 1")
    feedback, supervised = "human feedback (RL)", "supervised fine-tuning"
    return {
        "sum_rl_1": percent(one(rows, model=feedback, params=1.3e9), 0),
        "sum_rl_6": percent(one(rows, model=feedback, params=6.7e9), 0),
        "sum_sft_12": percent(one(rows, model=supervised, params=1.29e10), 0),
    }


@overoptimization.facts
def _():
    rows = overoptimization().frame()
    actual, predicted = (
        pick(rows, series=series).set_index("kl")["value"] for series in ("actual", "predicted")
    )
    return {
        "over_first": percent(actual.iloc[0], 0),
        "over_best": percent(actual.max(), 0),
        "over_best_kl": f"{actual.idxmax():.0f}",
        "over_last": percent(actual.iloc[-1], 0),
        "over_last_kl": f"{actual.index[-1]:.0f}",
        "over_pred_last": percent(predicted.iloc[-1], 0),
    }


@preference_fit.facts
def _():
    def error(pairs):
        rows = preference_fit().frame(per_pair=pairs)
        return f"{((rows['bar_high'] - rows['bar_low']) / 2).mean():.1f}"

    return {"fit_err_3": error("3"), "fit_err_100": error("100")}


def best_worth() -> pd.Series:
    """The policy that a person likes best."""
    rows = pick(kl_bandit().frame(), series="worth")
    return rows.loc[rows["reward"].idxmax()]


@kl_bandit.facts
def _():
    last = kl_bandit().frame().groupby("series")["reward"].last()
    return {
        "bandit_best": f"{best_worth()['reward']:.2f}",
        "bandit_best_kl": f"{best_worth()['kl']:.1f}",
        "bandit_last": f"{last['worth']:.1f}".replace("-", "−"),
        "bandit_score_last": f"{last['proxy']:.1f}",
    }


STEP_BY_STEP = "Let's think step by step."


@prompt_search.facts
def _():
    rows = pick(data.load("ape_zero_shot_cot_prompts"), task="MultiArith")
    return {
        "ape_best": f"{rows['value'].max():.1f}",
        "ape_step": f"{one(rows, trigger_prompt=STEP_BY_STEP):.1f}",
        "ape_none": f"{one(rows, category='no_trigger'):.1f}",
    }


@lima.facts
def _():
    rows = pick(data.load("lima_preferences"), judge="human (Fig. 1)")

    def not_lost(opponent):
        won = pick(rows, baseline=opponent, outcome=["LIMA wins", "tie"])
        return f"{won['value'].sum():.0f}"

    return {
        "lima_alpaca": not_lost("Alpaca 65B"),
        "lima_davinci": not_lost("DaVinci003"),
        "lima_gpt4": not_lost("GPT-4"),
    }


@collections.facts
def _():
    rows = collections().frame(counted="n_tasks")
    superni = data.load("superni_table1_dataset_comparison")
    source = one(superni, resource="PromptSource", metric="number_of_tasks")
    return {
        "coll_n": str(len(rows)),
        "coll_first": f"{rows['amount'].iloc[0]:.0f}",
        "coll_last": f"{one(rows, 'amount', collection='OPT-IML Bench'):,.0f}",
        "p3_listed": f"{one(rows, 'amount', collection='P3'):.0f}",
        "p3_superni": f"{source:.0f}",
    }


def between(values: pd.Series) -> str:
    """The range of shares over the seeds, in percent."""
    low, high = (percent(value, 0) for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def seeds(tasks: int, width: int, part: str = "held_out", metric: str = "exact_match") -> str:
    where = {"tasks": tasks, "width": width, "part": part, "counted_as": metric}
    return between(pick(means(), **where)["value"])


def mini_params(width: int = FULL_WIDTH) -> str:
    return f"{pick(means(), width=width)['params'].iloc[0]:,}"


@instructions_by_tasks.facts
def _():
    return {
        "mini_15_64_held_out_exact": seeds(15, 64),
        "mini_23_64_held_out_exact": seeds(23, 64),
        "mini_31_64_held_out_exact": seeds(31, 64),
        "mini_48_64_held_out_exact": seeds(48, 64),
        "mini_held": str(instructions.HELD_OUT),
        "mini_params": mini_params(),
    }


@instructions_by_size.facts
def _():
    return {
        "mini_31_8_held_out_exact": seeds(31, 8),
        "mini_31_16_held_out_exact": seeds(31, 16),
        "mini_31_32_held_out_exact": seeds(31, 32),
        "mini_31_64_held_out_exact": seeds(31, 64),
    }
