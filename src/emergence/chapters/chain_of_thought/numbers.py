"""The numbers that only sentences of the chapter on chain of thought ask for."""

from __future__ import annotations

import numpy as np

from emergence import data, formulas
from emergence.chart import one, percent, pick, points, published_fractions

from .facts import (
    BY_STEPS,
    CHAIN,
    STANDARD,
    ablated,
    calculated,
    fitted_step,
    found,
    gain_between,
    gsm8k,
    hard,
    letters,
    majority,
    mgsm,
    observed,
    open_score,
    sampled,
    trained,
    zero_shot,
)
from .prompts import self_consistency
from .scale import gsm8k_by_scale
from .tables import bbh_levels, chapter, gains, open_gains, wei


def palm_gain(group: str) -> str:
    return points(pick(gains(), model="PaLM 540B", task_group=group)["gain"].mean())


def of_scale() -> dict[str, str]:
    low, middle = gain_between(0, 1e22), gain_between(1e22, 1e23)
    csqa = pick(wei(), task="CSQA", model="GPT-3 175B")
    high = gains()[gains()["train_flops"] > 1e23]
    own = high.loc[high["model_series"] == high["family"], "gain"]
    return {
        "palm_small_chain_of_thought": gsm8k("PaLM 8B", "chain_of_thought"),
        "palm_mid_chain_of_thought": gsm8k("PaLM 62B", "chain_of_thought"),
        "codex_chain_of_thought": gsm8k("Codex", "chain_of_thought"),
        "PaLM_line": percent(gsm8k_by_scale().forecast(family="PaLM")["line"]),
        "LaMDA_line": percent(gsm8k_by_scale().forecast(family="LaMDA")["line"]),
        "csqa_gpt3_standard": percent(one(csqa, setting="standard")),
        "csqa_gpt3_chain_of_thought": percent(one(csqa, setting="chain_of_thought")),
        "low_better": str((low > 0).sum()),
        "mid_mean": points(middle.mean()),
        "high_own_n": str(len(own)),
        "high_own_better": str((own > 0).sum()),
        "high_own_mean": points(own.mean()),
        "palm_gain_arithmetic": palm_gain("arithmetic"),
        "palm_gain_commonsense": palm_gain("commonsense"),
        "palm_gain_symbolic": palm_gain("symbolic"),
        "words3_62B_chain_of_thought": percent(letters(3, model="PaLM 62B")),
        "words4_62B_chain_of_thought": percent(letters(4, model="PaLM 62B")),
        "words2_step": percent(formulas.step_accuracy(letters(2), 2)),
        "words3_step": percent(formulas.step_accuracy(letters(3), 3)),
        "words4_step": percent(formulas.step_accuracy(letters(4), 4)),
    }


def of_line() -> dict[str, str]:
    """Exercise: the error of a straight line through PaLM's two visible points."""
    rows = pick(wei(), task="GSM8K", family="PaLM", setting="chain_of_thought")
    rows = rows.sort_values("params")
    x, y = np.log10(rows["params"].to_numpy()), rows["value"].to_numpy()
    reach = (x[2] - x[0]) / (x[1] - x[0])
    error = np.sqrt(y * (1 - y) / 1319)  # problems of the test set (Wei et al. 2022, Table 12)
    return {
        "line_reach": f"{reach:.2f}",
        "line_error_8B": percent(error[0]),
        "line_error_62B": percent(error[1]),
        "line_error": percent(np.hypot(reach * error[1], (reach - 1) * error[0])),
    }


def of_losses() -> dict[str, str]:
    """Tasks of BIG-Bench Hard on which code-davinci-002 scores lower with a chain, and what chance does to a score."""
    rows = pick(bbh_levels(), model="code-davinci-002")
    wide = rows.pivot_table(index="task", columns="setting", values="value")
    direct, chain = wide["answer_only"], wide["chain_of_thought"]
    loss = (direct - chain)[direct > chain].sort_values()
    noise = np.sqrt(wide * (1 - wide) / 250)  # questions of most tasks (Suzgun et al. 2022)
    named = {"sort": "Word Sorting", "causal": "Causal Judgement", "ruin": "Ruin Names"}
    sorting = np.hypot(*noise.loc["Word Sorting", ["answer_only", "chain_of_thought"]])
    return {
        "bbh_loss_small": points(loss.iloc[2]).lstrip("+"),
        "bbh_noise": percent(noise.loc[loss.index[:3]].max(axis=None), 0),
        "bbh_sort_sigmas": f"{loss['Word Sorting'] / sorting:.1f}",
        **{f"bbh_{key}_direct": percent(direct[task]) for key, task in named.items()},
        **{f"bbh_{key}_chain": percent(chain[task]) for key, task in named.items()},
    }


def of_benchmarks() -> dict[str, str]:
    after, spread = "reasoning after answer", "std_over_5_exemplar_orders"
    errors = ablated(CHAIN, column=spread), ablated(after, column=spread)
    coin, annotator = "coin_flip", "different annotator (C)"
    best = one(published_fractions("cot_wei2022_calculator"), family="prior_best", task="GSM8K")
    return {
        "bbh_flan8_answer_only": hard("Flan-PaLM 8B", "answer_only"),
        "bbh_flan8_chain_of_thought": hard("Flan-PaLM 8B", "chain_of_thought"),
        "bbh_flan540_answer_only": hard("Flan-PaLM 540B", "answer_only"),
        "bbh_flan540_chain_of_thought": hard("Flan-PaLM 540B", "chain_of_thought"),
        "standard_ASDiv": f"{ablated(STANDARD, 'ASDiv'):.1f}",
        "chain_ASDiv": f"{ablated(CHAIN, 'ASDiv'):.1f}",
        "equation_ASDiv": f"{ablated('equation only', 'ASDiv'):.1f}",
        "chain_GSM8K_std": f"{errors[0]:.1f}",
        "after_GSM8K_std": f"{errors[1]:.1f}",
        "after_in_std": f"{(ablated(CHAIN) - ablated(after)) / np.hypot(*errors):.0f}",
        "coin_authors": f"{ablated(CHAIN, coin):.1f}",
        "coin_c": f"{ablated(annotator, coin):.1f}",
        "coin_c_std": f"{ablated(annotator, coin, spread):.1f}",
        "finetuned": percent(best, 0),
        "calc_ul2_MAWPS_without": calculated("UL2 20B", "MAWPS", False),
        "calc_ul2_MAWPS_with": calculated("UL2 20B", "MAWPS", True),
    }


def of_steps() -> dict[str, str]:
    chain, split = "chain_of_thought", "least_to_most"
    words = "last_letter_concatenation"

    def step(task, setting, steps):
        return percent(formulas.step_accuracy(observed(task, setting, steps), steps))

    return {
        "dial_95_10": percent(formulas.chain_accuracy(0.95, 10)),
        "dial_99_10": percent(formulas.chain_accuracy(0.99, 10)),
        "dial_need_4": percent(formulas.step_accuracy(0.5, 4)),
        "dial_need_20": percent(formulas.step_accuracy(0.5, 20)),
        "gsm8k_cot_half": str(int(np.log(0.5) / np.log(fitted_step()))),
        "gsm8k_cot_2": percent(observed(BY_STEPS, chain, 2)),
        "gsm8k_cot_3": percent(observed(BY_STEPS, chain, 3)),
        "gsm8k_cot_4": percent(observed(BY_STEPS, chain, 4)),
        "gsm8k_cot_2_step": step(BY_STEPS, chain, 2),
        "gsm8k_cot_3_step": step(BY_STEPS, chain, 3),
        "gsm8k_cot_4_step": step(BY_STEPS, chain, 4),
        "letters_cot_12": percent(observed(words, chain, 12)),
        "letters_ltm_12": percent(observed(words, split, 12)),
        "letters_cot_4_step": step(words, chain, 4),
        "letters_cot_12_step": step(words, chain, 12),
        "letters_ltm_4_step": step(words, split, 4),
        "letters_ltm_12_step": step(words, split, 12),
    }


def of_prompts() -> dict[str, str]:
    letters_ood = self_consistency().frame(task="last_letter_concatenation (4, OOD)")
    vote = one(letters_ood, model="LaMDA-137B", setting="self_consistency")
    right = one(self_consistency().frame(), model="PaLM-540B", setting="chain_of_thought")
    return {
        "td1_few_shot_cot": zero_shot("text-davinci-001 (XL-1)", "few_shot_cot"),
        "td2_few_shot_cot": zero_shot("text-davinci-002 (XL-2)", "few_shot_cot"),
        "zs_curie_zero_shot_cot": zero_shot("text-curie-001 (L)", "zero_shot_cot"),
        "zs_td2_zero_shot": zero_shot("text-davinci-002 (XL-2)", "zero_shot"),
        "zs_td2_zero_shot_cot": zero_shot("text-davinci-002 (XL-2)", "zero_shot_cot"),
        "zs_palm8_zero_shot": zero_shot("PaLM 8B", "zero_shot"),
        "zs_palm8_zero_shot_cot": zero_shot("PaLM 8B", "zero_shot_cot"),
        "zs_palm540_zero_shot": zero_shot("PaLM 540B", "zero_shot"),
        "zs_palm540_zero_shot_cot": zero_shot("PaLM 540B", "zero_shot_cot"),
        "sc_letters_lamda_self_consistency": percent(vote),
        "vote_40": percent(formulas.majority_vote(right, 40)),
        "mgsm_palm_AVG_en_cot": mgsm("en_cot"),
        "mgsm_palm_SW_direct": mgsm("direct", "SW"),
        "mgsm_gpt3_TE_native_cot": mgsm("native_cot", "TE", "GPT-3"),
    }


def aime(table: str, model: str, metric: str) -> str:
    return f"{one(data.load(table), model=model, task='AIME 2024', metric=metric):.1f}"


def of_later_models() -> dict[str, str]:
    chain = "chain_of_thought"
    old = ["OPT", "Pythia", "BLOOM", "GPT-Neo/J", "XGLM"]
    early = pick(open_gains(), task="GSM8K", family=old)["gain"]
    hard_tasks = pick(open_gains(), task="BBH")
    small = hard_tasks[hard_tasks["params"] <= 1.5e9]["gain"]
    return {
        "early_n": str(len(early)),
        "early_best": points(early.max()),
        "bbh_small_n": str(len(small)),
        "bbh_small_better": str((small > 0).sum()),
        "qwen05_GSM8K_standard": open_score("Qwen1.5-0.5B", "standard"),
        "qwen05_GSM8K_chain_of_thought": open_score("Qwen1.5-0.5B", chain),
        "llama2_7_GSM8K_chain_of_thought": open_score("Llama-2-7b-hf", chain),
        "llama2_70_GSM8K_chain_of_thought": open_score("Llama-2-70b-hf", chain),
        "llama2_7_BBH_chain_of_thought": open_score("Llama-2-7b-hf", chain, "BBH"),
        "llama2_70_BBH_chain_of_thought": open_score("Llama-2-70b-hf", chain, "BBH"),
        "code_7_GSM8K_chain_of_thought": open_score("CodeLlama-7b-hf", chain),
        "code_70_GSM8K_chain_of_thought": open_score("CodeLlama-70b-hf", chain),
        "code_7_BBH_chain_of_thought": open_score("CodeLlama-7b-hf", chain, "BBH"),
        "code_70_BBH_chain_of_thought": open_score("CodeLlama-70b-hf", chain, "BBH"),
        "aime_v3": aime("deepseek_r1_2025", "DeepSeek-V3", "pass_at_1"),
        "aime_r1": aime("deepseek_r1_2025", "DeepSeek-R1", "pass_at_1"),
        "s1_base": aime("s1_muennighoff2025", "Qwen2.5-32B-Instruct", "pass@1"),
        "s1": aime("s1_muennighoff2025", "s1-32B (budget forcing)", "pass@1"),
    }


def of_miniature() -> dict[str, str]:
    step = sampled(12, "step_right")
    return {
        "cup_direct_4_2": found("direct_4", 2),
        "cup_direct_4_5": found("direct_4", 5),
        "cup_direct_3_8": found("direct_3", 8),
        "cup_direct_3_long_8": found("direct_3_long", 8),
        "cup_direct_3_steps": trained("direct_3", "steps"),
        "cup_direct_4_steps": trained("direct_4", "steps"),
        "cup_written_d12_steps": trained("written_d12", "steps"),
        "cup_all_3_4": percent(sampled(4)),
        "cup_all_3_8": percent(sampled(8)),
        "cup_power_3_4": percent(step**4),
        "cup_power_3_8": percent(step**8),
        "cup_vote_12_1": majority(12, 1),
        "cup_vote_12_40": majority(12, 40),
    }


@chapter.prose
def prose():
    return {
        **of_scale(),
        **of_line(),
        **of_losses(),
        **of_benchmarks(),
        **of_steps(),
        **of_prompts(),
        **of_later_models(),
        **of_miniature(),
    }


numbers = chapter.numbers
