"""Every number in the words of the chapter on the paradigm shift: of each figure, from its own rows, and of the prose."""

from __future__ import annotations

import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import one, percent, pick, scientific
from emergence.text import label

from .figures import (
    bert_by_size,
    bleu_by_compute,
    glue_by_compute,
    glue_by_task,
    pipeline_layers,
    pretraining_gain,
    prompting_by_size,
    records,
    routes,
    t5_by_size,
)
from .tables import (
    LANGUAGES,
    bert_sizes,
    chapter,
    designs,
    electra,
    gains,
    glue,
    layers,
    pretraining,
    prompted,
    systems,
    t5,
    translations,
)

GERMAN, FRENCH = LANGUAGES
NAMES = "CoNLL-2003 NER (English)"


def score(task: str, model: str) -> float:
    return one(systems(), task=task, model=model)


def superglue_people() -> dict[str, str]:
    return {"sg_human": percent(score("SuperGLUE", "Human (est.)"))}


@records.facts
def _():
    return {
        **superglue_people(),
        "squad_features": percent(score("SQuAD 1.1", "Logistic regression")),
        "squad_before": percent(score("SQuAD 1.1", "nlnet ensemble")),
        "squad_human": percent(score("SQuAD 1.1", "Human (leaderboard)")),
        "squad_bert": percent(score("SQuAD 1.1", "BERT-Large + TriviaQA (ensemble)")),
        "glue_gpt": percent(score("GLUE", "OpenAI GPT (leaderboard)")),
        "glue_human": percent(score("GLUE", "Human (Nangia & Bowman 2019)")),
        "sg_gpt3": percent(score("SuperGLUE", "GPT-3 175B few-shot (32 examples)")),
    }


def bleu(model: str, task: str) -> float:
    return one(translations(), model=model, task=task)


def cost(model: str, task: str) -> float:
    return one(translations(), "train_flops", model=model, task=task)


@bleu_by_compute.facts
def _():
    base = cost("Transformer (base)", GERMAN)
    return {
        "bleu_base_de": percent(bleu("Transformer (base)", GERMAN)),
        "bleu_big_de": percent(bleu("Transformer (big)", GERMAN)),
        "bleu_gnmt_ens_de": percent(bleu("GNMT + RL Ensemble", GERMAN)),
        "mt_base_flops": scientific(base),
        "mt_cheaper": f"{cost('GNMT + RL Ensemble', GERMAN) / base:.0f}",
    }


@pretraining_gain.facts
def _():
    return {
        "gain_squad": percent(gains()["SQuAD"]),
        "gain_superglue": percent(gains()["SuperGLUE"]),
        "gain_glue": percent(gains()["GLUE"]),
        "gain_ende": percent(gains()["WMT EnDe"], 2),
        "gain_enfr": percent(gains()["WMT EnFr"], 2),
    }


def glue_tasks() -> pd.DataFrame:
    """Scores on GLUE without the average: a row for each task, a column for each model."""
    return glue().pivot(index="task", columns="model", values="value").drop("Average")


@glue_by_task.facts
def _():
    wide = glue_tasks()
    return {
        "glue_tasks": str(len(wide)),
        "glue_large_wins": str((wide["BERT-Large"] > wide["Pre-OpenAI SOTA"]).sum()),
        "glue_base_over_gpt": str((wide["BERT-Base"] > wide["OpenAI GPT"]).sum()),
        "glue_sota_Average": percent(one(glue(), task="Average", model="Pre-OpenAI SOTA")),
        "glue_large_Average": percent(one(glue(), task="Average", model="BERT-Large")),
    }


@bert_by_size.facts
def _():
    rows = pick(bert_sizes(), task="MRPC").sort_values("perplexity", ascending=False)
    return {
        "ppl_small": f"{rows['perplexity'].iloc[0]:.2f}",
        "ppl_large": f"{rows['perplexity'].iloc[-1]:.2f}",
        "size_mrpc_small": percent(rows["value"].iloc[0]),
        "size_mrpc_large": percent(rows["value"].iloc[-1]),
    }


@pipeline_layers.facts
def _():
    rows = pick(layers(), model="BERT-large", quantity="expected_layer")
    tasks = ("POS", "Dependencies", "SRL", "Coreference")
    return {f"layer_BERT-large_{task}": f"{one(rows, task=task):.1f}" for task in tasks}


def pretrained(model: str) -> str:
    return percent(one(electra(), model=model))


def flops_ratio(dearer: str, cheaper: str) -> float:
    flops = electra().set_index("model")["train_flops"]
    return flops[dearer] / flops[cheaper]


@glue_by_compute.facts
def _():
    return {
        "cost_electra_small": pretrained("ELECTRA-Small"),
        "cost_gpt": pretrained("GPT"),
        "cost_bert_small": pretrained("BERT-Small"),
        "cost_ratio_gpt": f"{flops_ratio('GPT', 'ELECTRA-Small'):.0f}",
    }


def tuned(model: str, task: str = "SuperGLUE") -> float:
    return one(t5(), task=task, model=model)


@t5_by_size.facts
def _():
    return {
        **superglue_people(),
        "t5_small_SuperGLUE": percent(tuned("T5-Small")),
        "t5_3b_SuperGLUE": percent(tuned("T5-3B")),
        "t5_SuperGLUE": percent(tuned("T5-11B")),
        "t5_line_SuperGLUE": percent(t5_by_size().forecast(task="SuperGLUE")["line"]),
    }


def few_shot(task: str, model: str = "GPT-3 175B") -> str:
    return percent(one(prompted(), task=task, model=model, setting="few_shot"))


def fine_tuned(task: str, model: str = "finetuned_best") -> str:
    return percent(one(prompted(), task=task, model=label(model)))


def test_server(task: str) -> str:
    return f"{one(data.load('gpt3_table_h1'), task=task, split='test server'):.1f}"


@prompting_by_size.facts
def _():
    return {
        "gpt3_small_SuperGLUE_few_shot": few_shot("SuperGLUE", "GPT-3 Small"),
        "gpt3_SuperGLUE_few_shot": few_shot("SuperGLUE"),
        "sg_bert": fine_tuned("SuperGLUE", "finetuned_bert"),
        "best_SuperGLUE": fine_tuned("SuperGLUE"),
        "gpt3_SuperGLUE_test": test_server("SuperGLUE"),
    }


@routes.facts
def _():
    in_2019 = pick(designs(), year=2019).set_index("group")["value"]
    later = designs()[designs()["year"] >= 2021].groupby("group")["value"].sum()
    return {
        "route_2019_n": str(in_2019.sum()),
        "route_2019_encoder": str(in_2019["encoder"]),
        "route_2019_decoder": str(in_2019["decoder"]),
        "models_since_2021": str(later.sum()),
        "encoders_since_2021": str(later["encoder"]),
        "decoders_since_2021": str(later["decoder"]),
        "route_models": str(designs()["value"].sum()),
    }


def of_benchmarks() -> dict[str, str]:
    before = 1 - score("SQuAD 1.1", "nlnet ensemble")
    bert = 1 - score("SQuAD 1.1", "BERT-Large + TriviaQA (ensemble)")
    return {
        "squad_wrong_cut": percent(1 - bert / before, 0),
        "ner_features": percent(score(NAMES, "Luo et al.")),
        "ner_scratch": percent(score(NAMES, "Chiu and Nichols (2016)")),
        "ner_bert": percent(score(NAMES, "BERT Large (Devlin et al., 2018)")),
        "ner_best": percent(pick(systems(), task=NAMES)["record"].max()),
        "wmt_bt": percent(score(GERMAN, "Transformer Big + BT (Edunov et al., 2018)")),
        "wmt_t5": percent(score(GERMAN, "T5-11B")),
    }


def of_translation() -> dict[str, str]:
    big, ensemble = "Transformer (big)", "GNMT + RL Ensemble"
    listed = data.load("paradigm_timeline")
    printed = one(listed, task=FRENCH, system="Transformer Big (Vaswani et al., 2017)")
    return {
        "bleu_base_fr": percent(bleu("Transformer (base)", FRENCH)),
        "bleu_big_fr": percent(bleu(big, FRENCH)),
        "bleu_big_fr_other": f"{printed:.1f}",
        "mt_cheaper_big_fr": f"{cost(ensemble, FRENCH) / cost(big, FRENCH):.0f}",
        "mt_gain_big_fr": percent(bleu(big, FRENCH) - bleu(ensemble, FRENCH)),
    }


def of_pretraining() -> dict[str, str]:
    wide = glue_tasks()
    gap = wide["BERT-Large"] - wide["Pre-OpenAI SOTA"]
    probed = pick(layers(), model="BERT-large")
    center = pick(probed, quantity="mixing_weight_center_of_gravity")["value"]
    std = one(pretraining(), "std", task="WMT EnFr", setting="pretrained")
    return {
        "gain_cnn": percent(gains()["CNN/DM"]),
        "gain_enro": percent(gains()["WMT EnRo"], 2),
        "std_enfr": percent(std, 2),
        "glue_gap_max": percent(gap.max()),
        "glue_gap_max_task": gap.idxmax(),
        "glue_gap_min": percent(gap.min()),
        "glue_gap_min_task": gap.idxmin(),
        "f1_0_POS": percent(one(probed, task="POS", quantity="f1_layer0_baseline")),
        "center_low": f"{center.min():.1f}",
        "center_high": f"{center.max():.1f}",
        "cost_bert_base": pretrained("BERT-Base"),
        "cost_electra_base": pretrained("ELECTRA-Base"),
        "cost_electra_large": pretrained("ELECTRA-Large"),
        "cost_roberta": pretrained("RoBERTa"),
        "cost_ratio_roberta": f"{flops_ratio('RoBERTa', 'ELECTRA-Large'):.1f}",
    }


def line_of_odds() -> float:
    """The straight line through the four smaller T5 on SuperGLUE, drawn in log-odds, which cannot pass 100 percent."""
    rows = pick(t5(), task="SuperGLUE", kind="published").sort_values("params")
    x, y = np.log10(rows["params"].astype(float).to_numpy()), rows["value"].astype(float).to_numpy()
    slope, intercept = np.polyfit(x[:-1], np.log(y[:-1] / (1 - y[:-1])), 1)
    return 1 / (1 + np.exp(-(intercept + slope * x[-1])))


def of_t5() -> dict[str, str]:
    wic = t5_by_size().forecast(task="WiC")
    cut = 1 - (1 - tuned("T5-11B")) / (1 - tuned("T5-3B"))
    first_cut = 1 - (1 - tuned("T5-Base")) / (1 - tuned("T5-Small"))
    return {
        "t5_WiC": percent(wic["truth"]),
        "t5_line_WiC": percent(wic["line"]),
        "t5_3b_WMT EnDe": percent(tuned("T5-3B", "WMT EnDe")),
        "t5_WMT EnDe": percent(tuned("T5-11B", "WMT EnDe")),
        "t5_best_WMT EnDe": percent(tuned(label("previous_best"), "WMT EnDe")),
        "t5_odds_line": percent(line_of_odds()),
        "t5_wrong_cut": percent(cut, 0),
        "t5_wrong_cut_first": percent(first_cut, 0),
    }


def of_prompting() -> dict[str, str]:
    gpt3 = one(data.load("gpt3_table_2_1_models"), "params", model="GPT-3 175B")
    bert = one(glue(), "params", task="Average", model="BERT-Large")
    preferred = data.load("instructgpt_preferences_text")
    few_shot_baseline = one(preferred, baseline="GPT-3 175B few-shot prompted")
    # Mixed-precision Adam keeps 16 bytes per parameter: weights and gradients in 2 bytes, a master copy and two moments in 4.
    return {
        "finetune_gigabytes": f"{16 * gpt3 / 1e9:,.0f}",
        "finetune_gigabytes_bert": f"{16 * bert / 1e9:.1f}",
        "gpt3_over_bert": f"{gpt3 / bert:.0f}",
        "gpt3_TriviaQA_few_shot": few_shot("TriviaQA"),
        "best_TriviaQA": fine_tuned("TriviaQA"),
        "gpt3_wic_test": test_server("WiC"),
        "instruct_over_gpt3": f"{one(preferred, baseline='GPT-3 175B'):.0f}",
        "instruct_over_few_shot": f"{few_shot_baseline:.0f}",
    }


@chapter.prose
def _():
    return of_benchmarks() | of_translation() | of_pretraining() | of_t5() | of_prompting()


numbers = chapter.numbers
