"""The numbers in the words of each figure of the chapter on emergence, from the figure's own rows.

Scores are percent without the sign ('43.9'); training compute is FLOPs ('2.3·10²²').
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data, formulas
from emergence.chart import percent, pick, published, scientific
from emergence.models import addition

from .benchmarks import (
    OPERATIONS,
    bigbench_classes,
    lite,
    open_models,
    open_task,
    palm_bigbench_lite,
    pythia,
    pythia_training,
)
from .lenses import IPA_ITEMS, four_lenses, gpt3_arithmetic, ipa, metric_lens
from .live import kept
from .miniature import own_learning, own_seeds
from .mirage import MIRAGE, VISION, mirage_arithmetic, multi_step_dial, vision_mirage
from .tables import ADDS, SUMS_TRAINED, own_scores
from .wei import (
    LOSS,
    PROMPTING,
    augmented_prompting_panels,
    error_vs_cross_entropy,
    few_shot,
    few_shot_panels,
    few_shot_vs_sota,
    ladder,
    mmlu_by_flops,
    mmlu_curves,
    thresholds,
)


def cell(rows: pd.DataFrame, column: str = "value", **where) -> float:
    """The one value of `column` in the rows that match `where`; `data.DataError` unless exactly one distinct value is left."""
    values = pick(rows, **where)[column].dropna().unique()
    if len(values) != 1:
        raise data.DataError(f"{where}: expected one {column}, found {list(values)}")
    return float(values[0])


def wei(task: str, model: str) -> str:
    """A score in Figure 2 of Wei et al. 2022."""
    return percent(cell(few_shot(), task=task, model=model))


def gap(family: str, small: str, large: str, column: str) -> float:
    """How many times larger one model of a family is than another (Wei et al. 2022, Table 2)."""
    rows = pick(data.load("wei2022_table2_models"), family=family)
    return cell(rows, column, model=large) / cell(rows, column, model=small)


@few_shot_panels.facts
def _():
    return {
        "mmlu_gpt3_13b": wei("MMLU", "GPT-3 13B"),
        "mmlu_gpt3_175b": wei("MMLU", "GPT-3 175B"),
        "gap_gopher_flops": f"{gap('Gopher', '7.1B', '280B', 'train_flops'):.0f}",
        "gap_gpt3_flops": f"{gap('GPT-3', '13B', '175B', 'train_flops'):.0f}",
    }


def prompted(task: str, setting: str, params: float) -> str:
    """A score in Figure 3 of Wei et al. 2022."""
    return percent(cell(published(PROMPTING), task=task, setting=setting, params=params))


def understood(params: float, tuned: bool) -> str:
    setting = "instruction_tuned" if tuned else "no_instruction_tuning"
    return prompted("nlu_10_task_average", setting, params)


@augmented_prompting_panels.facts
def _():
    return {
        "nlu_2b_without": understood(2e9, False),
        "nlu_2b_with": understood(2e9, True),
        "nlu_137b_without": understood(1.37e11, False),
        "nlu_137b_with": understood(1.37e11, True),
    }


@ladder.facts
def _():
    compute = thresholds()["train_flops"]
    return {
        "table1_n": str(len(compute)),
        "table1_min_flops": scientific(compute.min()),
        "table1_max_flops": scientific(compute.max()),
    }


def added(digits: int, params: float) -> float:
    """Few-shot accuracy of GPT-3 in adding numbers of so many digits."""
    rows = published("gpt3_table_h1", task=f"{digits}D+", setting="few_shot")
    return cell(rows, params=params)


def tabled(value: float) -> str:
    """A fraction as percent with the digits of Table H.1: 0.084 -> '8.4', 0.0015 -> '0.15'."""
    return f"{100 * value:.2g}" if value < 0.01 else percent(value)


@gpt3_arithmetic.facts
def _():
    return {"add3_13b": tabled(added(3, 1.3e10)), "add3_175b": tabled(added(3, 1.75e11))}


@cache
def open_ipa() -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Open models on IPA transliterate: by exact match, by BLEU, and the BLEU of those without one exact match."""
    exact, bleu = (
        pick(ipa(), metric=metric).set_index("model") for metric in ("exact_match", "bleu")
    )
    zero = exact.index[exact["value"] == 0]
    return exact, bleu, bleu.loc[bleu.index.intersection(zero), "value"]


@metric_lens.facts
def _():
    exact, bleu, zero = open_ipa()
    both = bleu["train_flops"].dropna().index.intersection(exact.index)
    return {
        "ipa_n": str(len(both)),
        "ipa_zero_n": str(len(zero)),
        "ipa_bleu_min": f"{100 * bleu['value'].min():.2g}",
        "ipa_bleu_max": percent(bleu["value"].max()),
    }


@four_lenses.facts
def _():
    return {"ipa_exact_n": str(len(open_ipa()[0]))}


def lamda_loss(
    model: str, metric: str = "cross_entropy_loss", task: str = "ipa_transliterate"
) -> float:
    """Loss (nats) or error (percent, without sampling) of a LaMDA model in Figures 5 and 6 of Wei et al. 2022."""
    rows = pick(data.load(LOSS), task=task, model=model, metric=metric)
    return cell(rows[rows["temperature"] == 0] if metric.startswith("error") else rows)


@error_vs_cross_entropy.facts
def _():
    return {
        "ce_ipa_17m": f"{lamda_loss('17M'):.2f}",
        "error_ipa_17m": f"{lamda_loss('17M', 'error_rate_bleu'):.1f}",
        "ipa_error_8_6b": f"{lamda_loss('8.6B', 'error_rate_bleu'):.1f}",
        "ipa_loss_8_6b": f"{lamda_loss('8.6B'):.1f}",
    }


def mirage(model: str, metric: str) -> float:
    """Four-digit addition by the GPT-3 family, target of 5 tokens, temperature 0 (Schaeffer et al. 2023, Figure 3)."""
    where = {"panel": "addition_2int_4digit", "temperature": 0, "target_length": 5}
    return cell(data.load(MIRAGE), metric=metric, model=model, **where)


def accuracy(model: str) -> str:
    value = 100 * mirage(model, "accuracy")
    return f"{value:.2f}" if value < 1 else f"{value:.1f}"


def edits(model: str) -> float:
    """Tokens to change in the answer."""
    return -mirage(model, "neg_token_edit_distance")


@mirage_arithmetic.facts
def _():
    return {
        "mirage_accuracy_6p7b": accuracy("6.7B"),
        "mirage_accuracy_175b": accuracy("175B"),
        "mirage_edit_350m": f"{edits('350M'):.2f}",
        "mirage_edit_6p7b": f"{edits('6.7B'):.2f}",
        "mirage_edit_175b": f"{edits('175B'):.2f}",
    }


def average(model: str, column: str = "value") -> float:
    return cell(mmlu_curves(), column, task="mmlu_average", model=model)


def figure_4(panel: str, family: str, model: str) -> str:
    """Perplexity or MMLU in Figure 4 of Wei et al. 2022."""
    rows = data.load("wei2022_fig4_perplexity_compute_mmlu")
    return f"{cell(rows, panel=panel, family=family, model=model):.1f}"


@mmlu_by_flops.facts
def _():
    rows = pick(mmlu_curves(), task="mmlu_average")
    early = rows[rows["train_flops"] < 1e22]["value"]
    in_text = cell(data.load("facts_emergence"), statement="WikiText103 perplexity Gopher 280B")
    return {
        "mmlu_early_min": percent(early.min()),
        "mmlu_early_max": percent(early.max()),
        "mmlu_gpt3_175b": wei("MMLU", "GPT-3 175B"),
        "mmlu_chinchilla_70b": percent(average("Chinchilla 70B")),
        "mmlu_llama2_70b": percent(average("Llama 2 70B")),
        "ppl_gopher": figure_4("ppl_vs_params", "Gopher", "280B"),
        "ppl_gopher_printed": f"{in_text:.2f}",
    }


def adders() -> tuple[pd.Series, pd.Series, pd.Series]:
    """Scores in two-digit addition: of all open models of known compute, of the small and of the large ones."""
    rows = open_task("open_add2").dropna(subset=["train_flops"])
    compute = rows["train_flops"]
    return rows["value"], rows[compute < 1e21]["value"], rows[compute > 1e23]["value"]


@open_models.facts
def _():
    every, small, large = adders()
    return {
        "open_add2_n": str(len(every)),
        "open_add2_small_max": percent(small.max()),
        "open_add2_large_min": percent(large.min()),
    }


FIRST, LAST = 13000, 143000
"""The first and the last step at which Pythia's sums were scored."""


def pythia_sums(size: str, step: int = LAST) -> str:
    """Accuracy in adding two numbers below 100, two examples in the prompt."""
    where = {"panel": "sums", "task": OPERATIONS["op_addition"], "n_shots": 2}
    return percent(cell(pythia(), pythia_size=size, step=step, **where) / 100)


@pythia_training.facts
def _():
    loss = pick(pythia(), panel="lambada_loss", pythia_size="2.8B")
    return {
        "pythia_tokens_first": f"{FIRST * 2_097_152 / 1e9:.0f}",
        "pythia_tokens_last": f"{LAST * 2_097_152 / 1e9:.0f}",
        "pythia_loss_2_8b_first": f"{cell(loss, step=FIRST):.2f}",
        "pythia_loss_2_8b_last": f"{cell(loss, step=LAST):.2f}",
        "pythia_add_2_8b_first": pythia_sums("2.8B", FIRST),
        "pythia_add_2_8b": pythia_sums("2.8B"),
    }


@bigbench_classes.facts
def _():
    classes = data.load("emergent_bigbench_task_classes")["category"].value_counts()
    early, late = classes["emergent_with_gpt3_or_lamda"], classes["emergent_with_palm"]
    return {
        "bigbench_classified": str(classes.sum()),
        "bigbench_emergent": str(early + late),
        "bigbench_gpt_lamda": str(early),
        "bigbench_palm": str(late),
        "bigbench_smooth": str(classes["smoothly_increasing"]),
        "bigbench_flat": str(classes["flat"]),
        "bigbench_other": str(classes["other"]),
    }


@multi_step_dial.facts
def _():
    def half(tokens):
        """p(N)^L = 1/2 at N = c (L / ln 2)^(1/|alpha|), alpha = -1/2; in billions."""
        return f"{2 * (tokens / np.log(2)) ** 2:.3g}"

    return {"dial_half_1": half(1), "dial_half_5": half(5)}


@vision_mirage.facts
def _():
    rows = data.load(VISION).dropna(subset=["params"]).sort_values("params")
    error = pick(rows, metric="test_mse")["value"]
    sharp = pick(rows, variant="c=0.003")["value"].to_numpy()
    seen = int((sharp >= 0.01).argmax())  # first network that gets one image in a hundred
    return {
        "vision_mse_first": f"{error.iloc[0]:.2f}",
        "vision_mse_before": f"{error.iloc[seen - 1]:.3f}",
        "vision_mse_last": f"{error.iloc[-1]:.3f}",
        "vision_sharp_before": percent(sharp[seen - 1]),
        "vision_sharp_last": percent(sharp[-1]),
    }


@palm_bigbench_lite.facts
def _():
    excess = lite().drop_duplicates("task")["excess"]
    code = pick(lite(), task="code_line_description")
    return {
        "lite_n": str(len(excess)),
        "lite_jump10": str((excess > 0.1).sum()),
        "lite_short10": str((excess < -0.1).sum()),
        "lite_code_8b": percent(cell(code, model="PaLM 8B")),
        "lite_code_62b": percent(cell(code, model="PaLM 62B")),
        "lite_code_540b": percent(cell(code, model="PaLM 540B")),
    }


@few_shot_vs_sota.facts
def _():
    rows = few_shot_vs_sota().frame().sort_values("params")
    largest = rows.groupby(["panel", "kind"])["value"].last()
    return {
        "sota_13a_prompted": percent(largest["13A", "published"]),
        "sota_13a_finetuned": percent(largest["13A", "reference"]),
        "sota_13b_prompted": percent(largest["13B", "published"]),
        "sota_13b_finetuned": percent(largest["13B", "reference"]),
        "sota_13c_prompted": percent(largest["13C", "published"]),
        "sota_13c_finetuned": percent(largest["13C", "reference"]),
        "sota_13d_prompted": percent(largest["13D", "published"]),
        "sota_13d_finetuned": percent(largest["13D", "reference"]),
    }


def own_params(width: int) -> str:
    return f"{pick(own_scores(), width=width)['params'].iloc[0]:,}"


def own_adders(width: int) -> int:
    """Seeds of one width that learned to add."""
    return int((pick(own_scores(), width=width)["exact_match"] >= ADDS).sum())


def own_test() -> dict[str, str]:
    return {
        "own_seeds": str(own_scores()["seed"].nunique()),
        "own_test": f"{addition.N_TEST:,}",
        "own_adds_12": str(own_adders(12)),
    }


@own_seeds.facts
def _():
    return {
        **own_test(),
        "own_adds_8": str(own_adders(8)),
        "own_adds_16": str(own_adders(16)),
        "own_adds_24": str(own_adders(24)),
        "own_params_4": own_params(4),
        "own_params_32": own_params(32),
        "own_sums": f"{SUMS_TRAINED:,}",
    }


@own_learning.facts
def _():
    return {**own_test(), "own_adds_at": percent(ADDS, 0)}


@cache
def of_live() -> dict[str, str]:
    """Numbers in the words of the live part."""
    return {
        "own_seeds": str(own_scores()["seed"].nunique()),
        "own_other_models": str(len(own_scores()) - len(kept())),
        "own_params_8": own_params(8),
        "own_params_16": own_params(16),
    }


def resolution(items: int) -> str:
    """The score below which a test of so many items most likely shows nothing, in percent."""
    return f"{100 * formulas.hidden_below(items):.2g}"


def ipa_resolution() -> dict[str, str]:
    return {
        "ipa_items": f"{IPA_ITEMS:,}",
        "hidden_below_items": resolution(IPA_ITEMS),
        "hidden_below_30": resolution(30),
    }
