"""The numbers that only sentences of the chapter on emergence ask for.

Scores are percent without the sign ('43.9'); training compute is FLOPs ('2.3·10²²').
"""

from __future__ import annotations

import numpy as np

from emergence import data
from emergence.chart import percent, pick, published, scientific
from emergence.models import addition

from .facts import (
    accuracy,
    added,
    adders,
    average,
    cell,
    edits,
    figure_4,
    gap,
    ipa_resolution,
    lamda_loss,
    open_ipa,
    own_adders,
    own_params,
    prompted,
    pythia_sums,
    tabled,
    understood,
    wei,
)
from .lenses import METRICS_TABLE, ipa
from .mirage import arithmetic
from .tables import ADDS, GUESSED, IPA, chapter, harness, own_scores
from .wei import SOTA, few_shot, thresholds


def guessing(task: str) -> str:
    return f"{100 * pick(few_shot(), task=task)['chance'].dropna().iloc[0]:.3g}"


def of_panels() -> dict[str, str]:
    arithmetic, unscramble, truthful = "modified_arithmetic", "word_unscramble", "truthfulqa"
    persian, words = "persian_qa", "word_in_context"
    return {
        "wei_arith_gpt3_6_7b": wei(arithmetic, "GPT-3 6.7B"),
        "wei_arith_gpt3_13b": wei(arithmetic, "GPT-3 13B"),
        "wei_arith_gpt3_175b": wei(arithmetic, "GPT-3 175B"),
        "wei_arith_lamda_29b": wei(arithmetic, "LaMDA 29B"),
        "wei_arith_lamda_69b": wei(arithmetic, "LaMDA 69B"),
        "wei_arith_lamda_137b": wei(arithmetic, "LaMDA 137B"),
        "wei_ipa_lamda_29b": wei("ipa_transliterate", "LaMDA 29B"),
        "wei_ipa_lamda_69b": wei("ipa_transliterate", "LaMDA 69B"),
        "wei_unscramble_lamda_29b": wei(unscramble, "LaMDA 29B"),
        "wei_unscramble_lamda_69b": wei(unscramble, "LaMDA 69B"),
        "wei_persian_palm_62b": wei(persian, "PaLM 62B"),
        "wei_persian_palm_540b": wei(persian, "PaLM 540B"),
        "wei_persian_chance": guessing(persian),
        "wei_truthful_gpt3_175b": wei(truthful, "GPT-3 175B"),
        "wei_truthful_gopher_7_1b": wei(truthful, "Gopher 7.1B"),
        "wei_truthful_gopher_280b": wei(truthful, "Gopher 280B"),
        "wei_grounded_gpt3_175b": wei("grounded_conceptual_mappings", "GPT-3 175B"),
        "wei_mmlu_gpt3_13b": wei("MMLU", "GPT-3 13B"),
        "wei_mmlu_gpt3_175b": wei("MMLU", "GPT-3 175B"),
        "wei_mmlu_gopher_7_1b": wei("MMLU", "Gopher 7.1B"),
        "wei_mmlu_gopher_280b": wei("MMLU", "Gopher 280B"),
        "wei_mmlu_chinchilla_7_1b": wei("MMLU", "Chinchilla 7.1B"),
        "wei_mmlu_chinchilla_70b": wei("MMLU", "Chinchilla 70B"),
        "wei_wic_gpt3_175b": wei(words, "GPT-3 175B"),
        "wei_wic_chinchilla_70b": wei(words, "Chinchilla 70B"),
        "wei_wic_palm_540b": wei(words, "PaLM 540B"),
        "wei_wic_chance": guessing(words),
    }


def of_compute() -> dict[str, str]:
    sizes = data.load("wei2022_table2_models")

    def trained(family, model, column):
        return cell(sizes, column, family=family, model=model)

    def six_n_d(family, model):
        return scientific(
            6 * trained(family, model, "params") * trained(family, model, "train_tokens")
        )

    def tokens(family, model):
        return f"{trained(family, model, 'train_tokens') / 1e9:,.0f}"

    printed = {"task": "MMLU Average", "source_table": "Hoffmann2022 (Chinchilla) Table 6"}
    printed = cell(data.load("mmlu_by_size"), model="Chinchilla 70B", **printed)
    return {
        "gap_gopher_params": f"{gap('Gopher', '7.1B', '280B', 'params'):.0f}",
        "gap_gpt3_params": f"{gap('GPT-3', '13B', '175B', 'params'):.0f}",
        "gap_lamda_flops": f"{gap('LaMDA', '29B', '69B', 'train_flops'):.1f}",
        "lamda_tokens_29b": tokens("LaMDA", "29B"),
        "lamda_tokens_69b": tokens("LaMDA", "69B"),
        "lamda_69b_flops": scientific(trained("LaMDA", "69B", "train_flops")),
        "tokens_gopher": tokens("Gopher", "280B"),
        "tokens_chinchilla": tokens("Chinchilla", "70B"),
        "flops6nd_gopher": six_n_d("Gopher", "280B"),
        "flops6nd_chinchilla": six_n_d("Chinchilla", "70B"),
        "mmlu_palm_8b": percent(average("PaLM 8B")),
        "mmlu_llama_7b": percent(average("LLaMA 7B")),
        "mmlu_llama_7b_flops": scientific(average("LLaMA 7B", "train_flops")),
        "ppl_chinchilla": figure_4("ppl_vs_params", "Chinchilla", "70B"),
        "mmlu4_chinchilla": figure_4("mmlu_vs_params", "Chinchilla", "70B"),
        "mmlu4_gopher": figure_4("mmlu_vs_params", "Gopher", "280B"),
        "mmlu_chinchilla_printed": f"{printed:.1f}",
    }


def of_techniques() -> dict[str, str]:
    chains = pick(data.load("cot_wei2022_arithmetic"), task="GSM8K", family="LaMDA")

    def gsm8k(params, setting):
        return f"{cell(chains, params=params, setting=setting):.1f}"

    scratchpad, calibration = "addition_8_digit", "calibration"
    letters, true_false = "letter_choices", "true_false_prompt"
    return {
        "nlu_8b_without": understood(8e9, False),
        "nlu_8b_with": understood(8e9, True),
        "scratchpad_20m_without": prompted(scratchpad, "no_scratchpad", 2e7),
        "scratchpad_20m_with": prompted(scratchpad, "scratchpad", 2e7),
        "scratchpad_40m_without": prompted(scratchpad, "no_scratchpad", 4e7),
        "scratchpad_40m_with": prompted(scratchpad, "scratchpad", 4e7),
        "ece_12b_without": prompted(calibration, letters, 1.2e10),
        "ece_12b_with": prompted(calibration, true_false, 1.2e10),
        "ece_52b_without": prompted(calibration, letters, 5.2e10),
        "ece_52b_with": prompted(calibration, true_false, 5.2e10),
        "gsm8k_lamda_8b_standard": gsm8k(8e9, "standard"),
        "gsm8k_lamda_8b_cot": gsm8k(8e9, "chain_of_thought"),
        "gsm8k_lamda_137b_standard": gsm8k(1.37e11, "standard"),
        "gsm8k_lamda_137b_cot": gsm8k(1.37e11, "chain_of_thought"),
    }


def of_ladder() -> dict[str, str]:
    """How many thresholds are the largest model of their family in Table 2 (FLAN is LaMDA)."""
    rows = thresholds()
    family = rows["family"].replace({"FLAN": "LaMDA", "Anthropic": "Anthropic LM"})
    sizes = data.load("wei2022_table2_models").groupby("family")["params"].max()
    largest = family.map(sizes)
    compute = rows["train_flops"]
    return {
        "ladder_comparable": str(largest.notna().sum()),
        "ladder_at_top": str((rows["params"] >= largest).sum()),
        "ladder_flops_ratio": f"{round(compute.max() / compute.min(), -3):,.0f}",
        "table1_add3_flops": scientific(
            cell(rows, "train_flops", task="Addition/subtraction (3 digit)")
        ),
    }


MIDDLE, LARGE = 1.3e10, 1.75e11


def per_digit(digits: int, params: float) -> str:
    """Accuracy per digit if the digits were independent."""
    return f"{added(digits, params) ** (1 / digits):.2f}"


def implied(p1: float, p2: float, ratio: float) -> float:
    """exp(-L (N/c)^a): the exponent |a| that two points imply, whatever L and c (Schaeffer et al. 2023, section 2)."""
    return np.log(np.log(p1) / np.log(p2)) / np.log(ratio)


def of_arithmetic() -> dict[str, str]:
    rows = published("gpt3_table_h1", task="3D+", setting="few_shot")
    seen = rows[rows["params"] < 1e11]
    slope, intercept = np.polyfit(np.log10(seen["params"]), seen["value"], 1)
    small, middle, large = (added(3, params) for params in (6.7e9, MIDDLE, LARGE))
    steps = np.log(175 / 13) / np.log(13 / 6.7)  # the last gap, in units of the one before
    odds = [np.log(p / (1 - p)) for p in (small, middle)]
    logit = odds[1] + steps * (odds[1] - odds[0])
    products = published("gpt3_table_h1", task="2Dx", setting="few_shot")
    toy = {"task": "mathematical_model", "metric": "accuracy", "target_length": 1}
    toy = pick(arithmetic(), **toy)
    toy = [cell(toy, model=model) for model in ("350M", "6.7B")]
    kaplan = pick(data.load("kaplan_power_laws"), table="App. A (fitted values of the trends)")

    def shots(setting):
        """GPT-3 175B of 2020 on four-digit addition."""
        return percent(cell(published("gpt3_table_h1", task="4D+", setting=setting), params=LARGE))

    return {
        "add2_13b": tabled(added(2, MIDDLE)),
        "add3_6_7b": tabled(small),
        "add4_13b": tabled(added(4, MIDDLE)),
        "add4_175b_zero": shots("zero_shot"),
        "add4_175b_one": shots("one_shot"),
        "add4_175b_few": shots("few_shot"),
        "add2_13b_per_digit": per_digit(2, MIDDLE),
        "add2_175b_per_digit": per_digit(2, LARGE),
        "add3_13b_per_digit": per_digit(3, MIDDLE),
        "add3_175b_per_digit": per_digit(3, LARGE),
        "add4_13b_per_digit": per_digit(4, MIDDLE),
        "add4_175b_per_digit": per_digit(4, LARGE),
        "add5_175b_per_digit": per_digit(5, LARGE),
        "mul2_13b": percent(cell(products, params=MIDDLE)),
        "mul2_175b": percent(cell(products, params=LARGE)),
        # Straight lines: through the seven smaller models, through 6.7B and 13B, and through these on the log-odds.
        "add3_175b_line": percent(slope * np.log10(LARGE) + intercept),
        "add3_175b_last_two": percent(middle + steps * (middle - small)),
        "add3_175b_log_odds": percent(1 / (1 + np.exp(-logit))),
        "alpha_add3_6_7b_13b": f"{implied(small, middle, 13 / 6.7):.2f}",
        "alpha_add3_13b_175b": f"{implied(middle, large, 175 / 13):.2f}",
        "alpha_mirage_toy": f"{implied(*toy, 6.7e9 / 350e6):.1f}",
        "alpha_kaplan": f"{cell(kaplan, parameter='alpha_N'):.3f}",
    }


def of_lenses() -> dict[str, str]:
    exact, bleu, zero = open_ipa()
    known = ipa().dropna(subset=["train_flops", "mmlu"])
    known = pick(known, metric="exact_match")

    def rank(column):
        return f"{known[column].corr(known['value'], method='spearman'):.2f}"

    both = bleu.join(exact["value"].rename("exact_match")).dropna(
        subset=["exact_match", "train_flops"]
    )
    none = both[both["exact_match"] == 0]
    sums = pick(harness(), task="3-digit addition")
    sized = sums.dropna(subset=["train_flops"])
    persian = pick(harness(), task="ParsiNLU QA (Persian QA)")
    partial = pick(harness(), task=IPA, metric="bleu")
    lamda = pick(published(METRICS_TABLE), task="ipa_transliterate", metric="rouge1")
    _, small, large = adders()
    return {
        **ipa_resolution(),
        "ipa_zero_bleu_min": f"{100 * zero.min():.2g}",
        "ipa_zero_bleu_max": percent(zero.max()),
        "ipa_rank_n": str(len(known)),
        "ipa_rank_exact_match_params": rank("params"),
        "ipa_rank_exact_match_train_flops": rank("train_flops"),
        "ipa_rank_exact_match_mmlu": rank("mmlu"),
        "ipa_open_em_zero_spearman": f"{none['value'].rank().corr(none['train_flops'].rank()):.2f}",
        "ipa_open_llama7b_bleu": percent(cell(partial, model="llama-7b")),
        "ipa_open_llama2_70b_bleu": percent(cell(partial, model="Llama-2-70b-hf")),
        "lamda_ipa_rouge1_29b": percent(cell(lamda, model="LaMDA 29B")),
        "lamda_ipa_rouge1_69b": percent(cell(lamda, model="LaMDA 69B")),
        "add3_llama7b": percent(cell(sums, model="llama-7b")),
        "add3_opt66b": percent(cell(sums, model="opt-66b")),
        "add3_rank_models": str(len(sized)),
        "add3_rank_flops": f"{sized['value'].rank().corr(sized['train_flops'].rank()):.2f}",
        "persian_gemma2_9b": percent(cell(persian, model="gemma-2-9b")),
        "open_add2_small_n": str(len(small)),
        "open_add2_large_n": str(len(large)),
    }


def of_loss() -> dict[str, str]:
    arithmetic = "modified_arithmetic"
    runs = pick(data.load("pythia_evals_over_training"), model="Pythia-2.8b", variant="deduped")
    runs = pick(runs, task="lambada_openai", n_shots=0)

    def lambada(step, metric):
        return cell(runs, step=step, metric=metric)

    return {
        "ce_arithmetic_29b": f"{lamda_loss('29B', task=arithmetic):.2f}",
        "ce_arithmetic_69b": f"{lamda_loss('69B', task=arithmetic):.2f}",
        "ce_ipa_29b": f"{lamda_loss('29B'):.2f}",
        "ce_ipa_69b": f"{lamda_loss('69B'):.2f}",
        "error_ipa_29b": f"{lamda_loss('29B', 'error_rate_bleu'):.1f}",
        "lambada_loss_0": f"{np.log(lambada(0, 'ppl')):.1f}",
        "lambada_loss_512": f"{np.log(lambada(512, 'ppl')):.1f}",
        "lambada_loss_3000": f"{np.log(lambada(3000, 'ppl')):.1f}",
        "lambada_acc_512": percent(lambada(512, "acc")),
        "lambada_acc_3000": percent(lambada(3000, "acc")),
        "pythia_add_1_4b": pythia_sums("1.4B"),
        "pythia_add_6_9b": pythia_sums("6.9B"),
    }


def told(beginning: str) -> str:
    """The value of the shortest statement with that beginning in the papers' texts; `data.DataError` if there is none."""
    rows = data.load("facts_emergence")
    rows = rows[rows["statement"].str.startswith(beginning)]
    if rows.empty:
        raise data.DataError(f"No fact begins with {beginning!r}.")
    shortest = rows["statement"].str.len().idxmin()
    return str(rows.loc[shortest, "value"]).removesuffix(".0")


def of_mirage() -> dict[str, str]:
    # Tokens gained per tenfold of parameters.
    small = (edits("350M") - edits("6.7B")) / np.log10(6.7e9 / 350e6)
    large = (edits("6.7B") - edits("175B")) / np.log10(175e9 / 6.7e9)
    shares = data.load("schaeffer2023_fig5_metric_shares")
    both = [
        cell(shares, "percent", category=c) for c in ("multiple_choice_grade", "exact_str_match")
    ]
    return {
        "mirage_accuracy_350m": accuracy("350M"),
        "mirage_accuracy_1p3b": accuracy("1.3B"),
        "mirage_edit_1p3b": f"{edits('1.3B'):.2f}",
        "mirage_edit_slope_small": f"{small:.1f}",
        "mirage_edit_slope_large": f"{large:.1f}",
        "mirage_share_choice": f"{both[0]:.0f}",
        "mirage_metrics": told("Preferred metrics in BIG-Bench examined"),
        "mirage_metrics_emergent": told("Metrics with hand-annotated"),
        "bigbench_tasks": told("Tasks in BIG-bench"),
        "bigbench_breakthrough_percent": told("Share of BIG-bench tasks with sudden"),
        "palm_jump10_percent": told("BIG-bench tasks (of 150) with discontinuity above +10"),
        "palm_logical_sequence_8b": told("logical_sequence normalized accuracy PaLM 8B"),
        "palm_logical_sequence_62b": told("logical_sequence normalized accuracy PaLM 62B"),
        "palm_logical_sequence_540b": told("logical_sequence normalized accuracy PaLM 540B"),
        "palm62b_early_tasks": told("BIG-Bench tasks where LaMDA 137B"),
    }


def of_risks() -> dict[str, str]:
    truthful = data.load("truthfulqa_by_size")
    asked = {"task": "TruthfulQA (generation)", "metric": "% truthful (human-judged)"}
    sota = data.load(SOTA)
    trivia, chains = (
        pick(sota, task="triviaqa", params=LARGE),
        pick(sota, task="gsm8k", params=5.4e11),
    )
    palm = {"family": "PaLM", "params": 5.4e11, "setting": "chain_of_thought"}
    palm = cell(data.load("cot_wei2022_arithmetic"), task="GSM8K", **palm)
    return {
        "truthful_gpt3_350m": f"{cell(truthful, model='GPT-3 350M', **asked):.0f}",
        "truthful_gpt3_175b": f"{cell(truthful, model='GPT-3 175B', **asked):.0f}",
        "truthful_human": f"{cell(truthful, model='Human', metric='% truthful'):.0f}",
        "truthful_chinchilla_10shot": f"{cell(truthful, model='Chinchilla 70B', n_shots=10):.1f}",
        "triviaqa_finetuned_printed": f"{cell(data.load('gpt3_table_h1_sota'), task='TriviaQA'):.1f}",
        "gsm8k_palm_printed": f"{palm:.1f}",
        "sota_triviaqa_gpt3": f"{cell(trivia):.1f}",
        "sota_triviaqa_gpt3_finetuned": f"{cell(trivia, 'prior_sota_finetuned'):.1f}",
        "sota_gsm8k_palm": f"{cell(chains):.1f}",
        "sota_gsm8k_palm_finetuned": f"{cell(chains, 'prior_sota_finetuned'):.1f}",
    }


def of_miniature() -> dict[str, str]:
    rows = own_scores()
    between = pick(rows, width=[8, 12, 16, 24])["exact_match"]
    seeds = rows["seed"].nunique()
    twelve, sixteen = (own_adders(width) / seeds for width in (12, 16))

    def guessed(k):
        """The models whose loss is that of guessing k digits."""
        return rows[(rows["cross_entropy"] - k * GUESSED).abs() < 0.03]

    def mean(width):
        return percent(pick(rows, width=width)["exact_match"].mean(), 0)

    middle, one_digit = pick(rows, width=16)["cross_entropy"], guessed(1)
    return {
        "own_mean_8": mean(8),
        "own_mean_12": mean(12),
        "own_mean_16": mean(16),
        "own_mean_24": mean(24),
        "own_share_se": percent(np.sqrt(twelve * (1 - twelve) / seeds), 0),
        "own_params_8": own_params(8),
        "own_params_12": own_params(12),
        "own_params_16": own_params(16),
        "own_params_24": own_params(24),
        "own_ce_low_16": f"{middle.min():.2f}",
        "own_ce_high_16": f"{middle.max():.2f}",
        "own_between": str(len(between)),
        "own_middle": str(((between >= 0.2) & (between < ADDS)).sum()),
        "own_guess_1": f"{GUESSED:.3f}",
        "own_guess_1_n": str(len(one_digit)),
        "own_guess_1_exact": percent(one_digit["exact_match"].mean(), 0),
        "own_guess_1_digit": percent(one_digit["per_digit"].mean(), 0),
        "own_guess_2_n": str(len(guessed(2))),
        "own_guess_2_exact": percent(guessed(2)["exact_match"].mean()),
        "own_guess_3_n": str(len(guessed(3))),
        "own_independent": percent((one_digit["per_digit"] ** addition.ANSWER).mean(), 0),
        "own_inversion": percent(twelve * (1 - sixteen), 0),
        "own_jump": percent((1 - twelve) * sixteen, 0),
    }


@chapter.prose
def prose():
    return {
        **of_panels(),
        **of_compute(),
        **of_techniques(),
        **of_ladder(),
        **of_arithmetic(),
        **of_lenses(),
        **of_loss(),
        **of_mirage(),
        **of_risks(),
        **of_miniature(),
    }


numbers = chapter.numbers
