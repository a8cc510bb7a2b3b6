"""The tables of the chapter on the paradigm shift."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from emergence import data
from emergence.chapters.introduction.tables import ARCHITECTURES, architecture_group
from emergence.chart import fractions, pick, published_fractions
from emergence.figure import Chapter
from emergence.text import label

chapter = Chapter("paradigm_shift")

PARADIGMS = (
    "feature_engineered",
    "neural_from_scratch",
    "pretrained_features",
    "pretrain_finetune",
    "prompting",
)
"""Our five ways of working, in order of arrival; the labels of `paradigm_timeline` are ours too."""
RENAMED = {
    "statistical (feature_engineered)": "feature_engineered",
    "pretrain_finetune (distilled)": "pretrain_finetune",
}
BENCHMARKS = {
    "with_human": ("SQuAD 1.1", "GLUE", "SuperGLUE"),
    "without_human": ("CoNLL-2003 NER (English)", "SST-2", "WMT14 English-German"),
}
LANGUAGES = ("WMT14 English-German", "WMT14 English-French")
MT_LAYERS = {
    "ByteNet": "convolutional",
    "ConvS2S": "convolutional",
    "GNMT + RL": "recurrent",
    "Deep-Att + PosUnk": "recurrent",
    "MoE": "recurrent",
    "Transformer (base)": "transformer",
    "Transformer (big)": "transformer",
}
"""What the layers of each translation model are; the mixture of experts stands between LSTM layers."""
GLUE_TASKS = ("Average", "MNLI-m", "QQP", "QNLI", "SST-2", "CoLA", "STS-B", "MRPC", "RTE")
GLUE_METRICS = {
    "Average": "average of nine columns",
    "QQP": "F1",
    "MRPC": "F1",
    "STS-B": "Spearman correlation",
    "CoLA": "Matthews correlation",
}
"""Measures other than accuracy."""
GLUE_MODELS = ("BiLSTM+ELMo+Attn", "Pre-OpenAI SOTA", "OpenAI GPT", "BERT-Base", "BERT-Large")
PROBES = (
    "POS",
    "Constituents",
    "Dependencies",
    "Entities",
    "SRL",
    "Coreference",
    "SPR",
    "Relations",
)
"""Tenney et al. 2019, order of their Figure 1."""
OBJECTIVES = {
    "ELMo": "left_to_right",
    "GPT": "left_to_right",
    "ELECTRA": "replaced_tokens",
    "XLNet": "permuted",
}
"""What the families of Clark et al. 2020 are trained to do, where it is not to fill in masked words."""
T5_TASKS = {
    "SuperGLUE": "average",
    "GLUE": "average",
    "SQuAD": "F1",
    "WiC": "accuracy",
    "WMT EnDe": "BLEU",
    "CNN/DM": "ROUGE-2",
}
HUMAN = {"SuperGLUE": "Human (est.)", "GLUE": "Human (Nangia & Bowman 2019)"}
"""Where `paradigm_timeline` has a human line on the same test set as T5's score."""
PROMPTED = {
    "SuperGLUE": "average",
    "TriviaQA": "acc",
    "LAMBADA": "acc",
    "SQuADv2": "f1",
    "ANLI R3": "acc",
}
SHOTS = ("zero_shot", "one_shot", "few_shot")


def decimal_year(date: str) -> float:
    """'2018-10' as the middle of that month, '2018' as the middle of that year, in years."""
    year, _, month = date.partition("-")
    return round(int(year) + ((int(month) - 0.5) / 12 if month else 0.5), 3)


@cache
def systems() -> pd.DataFrame:
    """Test-set scores of the six benchmarks by date, one row per system, and the human lines as reference rows.

    `record` is the best score up to that date within a benchmark. Left out: systems without a date or a paradigm, the
    sliding-window baseline of SQuAD, and one GLUE entry scored on an older version of one of its tasks.
    """
    group = {task: name for name, tasks in BENCHMARKS.items() for task in tasks}
    rows = published_fractions("paradigm_timeline", task=list(group), split="test")
    odd = (rows["system"] == "Simple baseline") | rows["system"].str.contains("old QNLI")
    rows = rows[~odd].dropna(subset=["date", "paradigm"])
    rows = rows.assign(
        kind=np.where(rows["is_reference"].to_numpy(dtype=bool), "reference", "published"),
        paradigm=rows["paradigm"].replace(RENAMED),
        model=rows["system"],
        year=rows["date"].map(decimal_year),
        dated=np.where(rows["date"].str.len() == 4, "year", "month"),
        group=rows["task"].map(group),
    ).sort_values(["task", "kind", "year", "value"], kind="stable")
    published = rows["value"].where(rows["kind"] == "published")
    columns = "kind group task model params paradigm date dated year metric value record source"
    return rows.assign(record=published.groupby(rows["task"]).cummax())[columns.split()]


@cache
def translations() -> pd.DataFrame:
    """Vaswani et al. 2017, Table 2: BLEU (fraction) and training FLOPs; ByteNet has no printed cost and drops out."""
    rows = published_fractions("attention_table2_bleu_vs_flops").dropna(subset=["train_flops"])
    single = rows["model"].str.replace(" Ensemble", "")
    return rows.assign(
        layers=single.map(MT_LAYERS),
        ensemble=np.where(single == rows["model"], "single", "ensemble"),
    )


@cache
def pretraining() -> pd.DataFrame:
    """Raffel et al. 2019, Table 1: the same network with and without pretraining; `std` over ten pretrained runs."""
    rows = published_fractions("t5_table1_pretraining_gain")
    rows = rows.assign(
        task=rows["metric"].str.replace(r" (average|EM|ROUGE-2|BLEU)$", "", regex=True)
    )
    std = pick(rows, setting="baseline standard deviation").set_index("task")["value"]
    settings = {
        "no pre-training": "from_scratch",
        "baseline average (10 runs)": "pretrained",
    }
    rows = rows.assign(setting=rows["setting"].map(settings)).dropna(subset=["setting"])
    std = rows["task"].map(std).where(rows["setting"] == "pretrained")
    return rows.assign(std=std, low=rows["value"] - std, high=rows["value"] + std)


@cache
def gains() -> pd.Series:
    """Score with minus score without pretraining, by task, largest first."""
    wide = pretraining().pivot(index="task", columns="setting", values="value")
    return (wide["pretrained"] - wide["from_scratch"]).sort_values(ascending=False)


@cache
def glue() -> pd.DataFrame:
    """Devlin et al. 2018, Table 1: GLUE test scores (fraction); the average is over nine columns, MNLI counting twice and WNLI not."""
    rows = published_fractions("bert_table1_glue", task=GLUE_TASKS)
    return rows.assign(metric=rows["task"].map(GLUE_METRICS).fillna("accuracy"))


@cache
def bert_sizes() -> pd.DataFrame:
    """Devlin et al. 2018, Table 6: dev accuracy (fraction) after fine-tuning, with the masked-LM perplexity of pretraining."""
    shape = ["n_layers", "d_model", "n_heads"]
    before = pick(data.load("bert_table6_model_size"), setting="pretraining")
    before = before[[*shape, "value"]].rename(columns={"value": "perplexity"})
    rows = published_fractions("bert_table6_model_size", setting="finetuned").merge(
        before, on=shape
    )
    names = [f"{a} layers, width {b}, {c} heads" for a, b, c in rows[shape].to_numpy()]
    task = rows["metric"].str.removesuffix(" dev accuracy")
    return rows.assign(task=task, metric="accuracy", model=names)


@cache
def layers() -> pd.DataFrame:
    """Tenney et al. 2019, Figures 1 and A.2: layers (count from 0) and F1 (fraction) of the eight probing tasks."""
    rows = data.load("bert_pipeline_layers").rename(columns={"quantity": "quantity"})
    value = rows["value"].where(rows["unit"] != "percent", fractions(rows["value"]))
    return rows.assign(kind="published", value=value)


@cache
def electra() -> pd.DataFrame:
    """Clark et al. 2020, Tables 1 and 2, GLUE dev: average without WNLI (fraction) by pretraining FLOPs."""
    rows = published_fractions("electra_glue_vs_compute").dropna(subset=["train_flops"])
    rows = rows[rows["table"].str.contains("dev")]
    goal = rows["family"].map(OBJECTIVES).fillna("masked")
    return rows.assign(objective=goal, task="GLUE", setup=rows["table"])


@cache
def t5() -> pd.DataFrame:
    """Raffel et al. 2019, Table 14 (first arXiv version): five sizes, previous best and human line as reference rows."""
    rows = published_fractions("t5_table14_by_size")
    rows = rows[rows["metric"] == rows["task"].map(T5_TASKS)].astype(object)
    best = rows["family"] == "reference"
    rows.loc[best, ["kind", "model"]] = ["reference", label("previous_best")]
    timeline = published_fractions("paradigm_timeline")
    human = [pick(timeline, task=task, system=system) for task, system in HUMAN.items()]
    human = pd.concat(human).assign(kind="reference", model=label("people"), metric="average")
    rows = pd.concat([rows, human.astype(object)], ignore_index=True)
    columns = "kind family model params task split setting metric value"
    return rows.rename(columns={"split": "split"})[columns.split()]


@cache
def prompted() -> pd.DataFrame:
    """Brown et al. 2020, Table H.1: GPT-3 by size and prompt, with the fine-tuned levels printed there as reference rows."""
    rows, best = published_fractions("gpt3_table_h1"), published_fractions("gpt3_table_h1_sota")
    best = best.assign(kind="reference", model=label("finetuned_best"))
    rows = pd.concat([rows[rows["split"] != "test server"], best])
    rows = rows[rows["metric"] == rows["task"].map(PROMPTED)]
    bert = published_fractions("paradigm_timeline", system="Fine-tuned BERT-Large")
    bert = bert.assign(kind="reference", model=label("finetuned_bert"))
    rows = pd.concat([rows.astype(object), bert.astype(object)], ignore_index=True)
    rows["value"] = rows["value"].astype(float)
    columns = "kind family model params task setting n_shots metric value split"
    return rows.rename(columns={"split": "split"})[columns.split()]


@cache
def designs() -> pd.DataFrame:
    """Models per year of publication and architecture group in Epoch AI's list (`llm_timeline`), whole years only.

    The list ends in February 2025, so 2025 is left out.
    """
    rows = data.load("llm_timeline")
    rows = rows[rows["date"].dt.year < 2025]
    count = pd.crosstab(rows["date"].dt.year, rows["architecture"].map(architecture_group))
    count = count.reindex(columns=list(ARCHITECTURES), fill_value=0)
    count = count.rename_axis(index="year", columns="group").stack().rename("value").reset_index()
    in_year = count.groupby("year")["value"].transform("sum")
    return count.assign(kind="published", models_in_year=in_year)
