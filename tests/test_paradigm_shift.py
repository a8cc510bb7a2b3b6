"""The numbers of the chapter on the paradigm shift against the papers, and its claims against the frames."""

import numpy as np
import pytest

from emergence.chapters import paradigm_shift as para
from emergence.chapters.paradigm_shift import tables
from emergence.chart import one
from emergence.text import label

N = para.numbers()


def records(group="with_human"):
    return para.records().frame(benchmarks=group)


# --- benchmark records ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "date, year", [("2018-01", 2018 + 0.5 / 12), ("2018-12", 2019 - 0.5 / 12), ("2018", 2018.5)]
)
def test_dates_stand_in_the_middle_of_what_is_known(date, year):
    assert tables.decimal_year(date) == pytest.approx(year, abs=5e-4)


def test_records_as_printed():
    """SQuAD abstract (51.0); Devlin et al. 2018, Table 2 (91.2, 91.7, 93.2) and sec. 4.1 (72.8, 80.5); Brown et al. 2020, Table 3.8 (69.0, 71.8)."""
    assert (N["squad_features"], N["squad_human"], N["squad_before"], N["squad_bert"]) == (
        "51.0",
        "91.2",
        "91.7",
        "93.2",
    )
    assert (N["glue_gpt"], N["glue_human"]) == ("72.8", "87.1")
    assert one(records(), task="GLUE", model="BERT-Large (leaderboard)") == 0.805
    assert (N["sg_bert"], N["sg_gpt3"], N["sg_human"]) == ("69.0", "71.8", "89.8")
    assert one(records(), task="SuperGLUE", model="T5-11B") == 0.889


@pytest.mark.parametrize("group", list(tables.BENCHMARKS))
def test_record_is_the_best_so_far(group):
    rows = records(group)
    rows = rows[rows["kind"] == "published"]
    for _, task in rows.groupby("task"):
        assert task["year"].is_monotonic_increasing
        assert task["record"].tolist() == np.maximum.accumulate(task["value"].to_numpy()).tolist()
        assert (
            task["record"].iloc[0] == task["value"].iloc[0]
            and task["record"].iloc[-1] == task["value"].max()
        )
    assert not rows["paradigm"].isna().any() and set(rows["paradigm"]) <= set(tables.PARADIGMS)


def test_networks_built_for_squad_reach_people_before_bert():
    rows = records()
    squad = rows[(rows["task"] == "SQuAD 1.1") & (rows["kind"] == "published")]
    before = squad[squad["paradigm"] == "neural_from_scratch"]["value"].max()
    after = squad[squad["paradigm"] == "pretrain_finetune"]["value"].max()
    assert 0.912 < before < after


def test_glue_passes_its_human_line_within_thirteen_months_of_gpt():
    rows = records()
    glue = rows[(rows["task"] == "GLUE") & (rows["kind"] == "published")]
    passed = glue[glue["record"] > 0.871]["year"].min()
    start = glue[glue["model"].str.startswith("OpenAI GPT")]["year"].iloc[0]
    assert 0.9 < passed - start < 13 / 12
    before = glue[glue["year"] < passed]
    assert len(before) >= 3 and before["value"].max() < 0.871


def test_superglue_falls_in_january_2021_to_a_fine_tuned_model():
    rows = records()
    rows = rows[(rows["task"] == "SuperGLUE") & (rows["kind"] == "published")]
    first = rows[rows["record"] > 0.898].iloc[0]
    assert (first["date"], first["paradigm"]) == ("2021-01", "pretrain_finetune")
    prompted = rows[rows["paradigm"] == "prompting"]
    assert prompted["value"].tolist() == [0.718]


def test_pretraining_brings_no_leap_in_names_and_no_record_in_translation():
    """Ma & Hovy 2016, Table 5 (91.20 for Luo et al.); CoNLL-2003 and WMT14 rows of the list."""
    assert (N["ner_features"], N["ner_scratch"], N["ner_bert"]) == ("91.2", "91.6", "92.8")
    rows = records("without_human")
    wmt = rows[rows["task"] == "WMT14 English-German"].set_index("model")
    best = wmt["value"].idxmax()
    assert wmt.loc[best, "paradigm"] == "neural_from_scratch" and wmt["value"].max() == 0.35
    assert wmt[wmt["paradigm"] == "pretrain_finetune"]["value"].max() == 0.321


def test_test_and_development_sets_are_not_mixed():
    shown = set(records()["model"])
    assert (
        "XLNet" not in shown and "BERT-Base (single)" not in shown
    )  # SQuAD 1.1 development-set rows
    assert "Simple baseline" not in shown and not any("old QNLI" in name for name in shown)


# --- translation ------------------------------------------------------------------------------------------------------
def test_translation_table_as_printed():
    """Vaswani et al. 2017, Table 2."""
    german = para.bleu_by_compute().frame().set_index("model")
    assert german.loc["Transformer (base)", ["value", "train_flops"]].tolist() == [0.273, 3.3e18]
    assert german.loc["GNMT + RL Ensemble", ["value", "train_flops"]].tolist() == [0.263, 1.8e20]
    assert N["mt_cheaper"] == str(round(1.8e20 / 3.3e18)) and N["mt_base_flops"] == "3.3·10¹⁸"
    assert "ByteNet" not in german.index and german["train_flops"].notna().all()


def test_transformer_leads_on_german_and_is_mixed_on_french():
    german = para.bleu_by_compute().frame()
    other = german[german["layers"] != "transformer"]
    base = german[german["model"] == "Transformer (base)"].iloc[0]
    assert base["value"] > other["value"].max() and base["train_flops"] < other["train_flops"].min()
    french = para.bleu_by_compute().frame(languages="WMT14 English-French")
    assert french.loc[french["value"].idxmin(), "model"] == "Transformer (base)"
    assert french.loc[french["value"].idxmax(), "model"] == "Transformer (big)"
    assert (
        N["mt_cheaper_big_fr"] == str(round(1.1e21 / 2.3e19))
        and N["mt_gain_big_fr"] == f"{41.8 - 41.16:.1f}"
    )


# --- pretraining ------------------------------------------------------------------------------------------------------
def test_pretraining_gain_as_printed():
    """Raffel et al. 2019, Table 1: baseline average, baseline standard deviation, no pre-training."""
    pretrained = {
        "GLUE": 83.28,
        "CNN/DM": 19.24,
        "SQuAD": 80.88,
        "SuperGLUE": 71.36,
        "WMT EnDe": 26.98,
        "WMT EnFr": 39.82,
        "WMT EnRo": 27.65,
    }
    scratch = {
        "GLUE": 66.22,
        "CNN/DM": 17.60,
        "SQuAD": 50.31,
        "SuperGLUE": 53.04,
        "WMT EnDe": 25.86,
        "WMT EnFr": 39.77,
        "WMT EnRo": 24.04,
    }
    rows = para.pretraining_gain().frame().set_index(["task", "setting"])["value"]
    gains = tables.gains()
    for task in pretrained:
        assert rows[task, "pretrained"] == pytest.approx(pretrained[task] / 100)
        assert gains[task] == pytest.approx((pretrained[task] - scratch[task]) / 100)
    assert N["gain_squad"] == "30.6" and N["gain_enfr"] == "0.05" and N["std_enfr"] == "0.09"


def test_gain_is_within_noise_only_for_french():
    rows = para.pretraining_gain().frame()
    std = rows.dropna(subset=["std"]).set_index("task")["std"]
    ratio = tables.gains() / std
    assert ratio["WMT EnFr"] < 1 and ratio.drop("WMT EnFr").min() > 5
    gains = tables.gains()
    assert gains["WMT EnRo"] > gains["WMT EnDe"] > gains["WMT EnFr"]


def test_printed_glue_averages_are_means_of_nine_columns():
    """Devlin et al. 2018, Table 1: MNLI counts twice, WNLI not at all."""
    from emergence import data

    rows = data.load("bert_table1_glue")
    for model, average in (
        ("OpenAI GPT", 75.1),
        ("BERT-Base", 79.6),
        ("BERT-Large", 82.1),
        ("Pre-OpenAI SOTA", 74.0),
        ("BiLSTM+ELMo+Attn", 71.0),
    ):
        cells = rows[(rows["model"] == model) & (rows["task"] != "Average")]["value"]
        assert len(cells) == 9 and cells.mean() == pytest.approx(average, abs=0.06)
        shown = one(para.glue_by_task().frame(), task="Average", model=model)
        assert f"{100 * shown:.1f}" == f"{average:.1f}"
    assert (N["glue_sota_Average"], N["glue_large_Average"]) == ("74.0", "82.1")


def test_bert_beats_the_best_earlier_system_and_gpt_on_every_task():
    rows = para.glue_by_task().frame()
    wide = rows[rows["task"] != "Average"].pivot(index="task", columns="model", values="value")
    assert (wide["BERT-Large"] > wide["Pre-OpenAI SOTA"]).all() and (
        wide["BERT-Base"] > wide["OpenAI GPT"]
    ).all()
    assert (N["glue_tasks"], N["glue_large_wins"], N["glue_base_over_gpt"]) == ("8", "8", "8")
    assert (N["glue_gap_max_task"], N["glue_gap_max"]) == ("CoLA", "25.5") and (
        N["glue_gap_min_task"],
        N["glue_gap_min"],
    ) == ("SST-2", "1.7")
    assert not (wide["OpenAI GPT"] > wide["Pre-OpenAI SOTA"]).all()


def test_small_task_gains_from_every_step_in_size():
    """Devlin et al. 2018, Table 6: MRPC 79.8, 82.2, 84.8, 86.7, 86.9, 87.8 at perplexities 5.84 to 3.23."""
    rows = para.bert_by_size().frame().sort_values("perplexity", ascending=False)
    mrpc = rows[rows["task"] == "MRPC"]
    assert (mrpc["value"] * 100).tolist() == pytest.approx([79.8, 82.2, 84.8, 86.7, 86.9, 87.8])
    assert mrpc["perplexity"].tolist() == [5.84, 5.24, 4.68, 3.99, 3.54, 3.23]
    assert all(task["value"].is_monotonic_increasing for _, task in rows.groupby("task"))


# --- layers -----------------------------------------------------------------------------------------------------------
def test_order_of_the_pipeline_in_bert_large():
    """Tenney et al. 2019, Figure 1, expected layers."""
    rows = para.pipeline_layers().frame()
    layer = rows[rows["quantity"] == "expected_layer"].set_index("task")["value"]
    assert layer.to_dict() == {
        "POS": 3.39,
        "Constituents": 3.79,
        "Dependencies": 5.69,
        "Entities": 4.64,
        "SRL": 6.54,
        "Coreference": 9.47,
        "SPR": 9.93,
        "Relations": 9.40,
    }
    assert (
        layer["POS"]
        < layer["Constituents"]
        < layer["Entities"]
        < layer["Dependencies"]
        < layer["SRL"]
        < min(layer["Coreference"], layer["SPR"], layer["Relations"])
    )
    used = rows[rows["quantity"] == "mixing_weight_center_of_gravity"].set_index("task")["value"]
    assert (used > layer).all() and used.max() - used.min() < layer.max() - layer.min()


def test_parts_of_speech_are_mostly_a_dictionary():
    rows = para.pipeline_layers().frame(measure="score_f1").set_index(["task", "quantity"])["value"]
    assert rows["POS", "f1_layer0_baseline"] == 0.885 and rows["POS", "f1_full_model"] == 0.967
    gain = {t: rows[t, "f1_full_model"] - rows[t, "f1_layer0_baseline"] for t in tables.PROBES}
    assert max(gain, key=gain.get) == "Relations"


# --- objectives, size, prompting --------------------------------------------------------------------------------------
def test_electra_small_beats_gpt_for_less():
    """Clark et al. 2020 (submission), Table 1."""
    rows = para.glue_by_compute().frame().set_index("model")
    assert rows.loc["ELECTRA-Small", ["value", "train_flops"]].tolist() == [0.79, 1.4e18]
    assert rows.loc["GPT", ["value", "train_flops"]].tolist() == [0.788, 4.0e19]
    assert rows.loc["ELECTRA-Base", "value"] > rows.loc["BERT-Base", "value"]
    assert rows.loc["ELECTRA-Base", "train_flops"] == rows.loc["BERT-Base", "train_flops"]
    assert (
        N["cost_ratio_gpt"] == str(round(4.0e19 / 1.4e18))
        and not rows["setup"].str.contains("test").any()
    )


@pytest.mark.parametrize("task", list(tables.T5_TASKS))
def test_forecast_is_the_line_through_the_four_smaller_t5(task):
    figure = para.t5_by_size()
    rows = figure.frame(task=task)
    rows = (
        rows[rows["kind"] == "published"]
        .astype({"params": float, "value": float})
        .sort_values("params")
    )
    x, y = np.log10(rows["params"].to_numpy()), rows["value"].to_numpy()
    assert len(rows) == 5
    A = np.column_stack([x[:4], np.ones(4)])
    slope, intercept = np.linalg.lstsq(A, y[:4], rcond=None)[0]
    told = figure.forecast(task=task)
    assert told["line"] == pytest.approx(slope * x[4] + intercept) and told["truth"] == y[4]


def test_t5_bends_below_the_ceiling_and_wic_the_other_way():
    """Raffel et al. 2019, Table 14, first version: SuperGLUE 63.3, 76.2, 82.3, 86.4, 88.9; WiC 66.9 … 76.1."""
    told = {task: para.t5_by_size().forecast(task=task) for task in tables.T5_TASKS}
    assert told["SuperGLUE"]["truth"] == 0.889 < 0.898 < told["SuperGLUE"]["line"]
    assert told["WiC"]["truth"] == 0.761 > told["WiC"]["line"]
    assert all(0 < t["line"] < 1 for t in told.values())  # inside the axis of percentages
    assert float(N["t5_WMT EnDe"]) < float(N["t5_best_WMT EnDe"])
    assert float(N["t5_SuperGLUE"]) < float(N["t5_odds_line"]) < float(N["t5_line_SuperGLUE"])


def few_shot_over_best(task):
    """The largest GPT-3 with a few examples minus the best fine-tuned model, as fractions."""
    rows = para.prompting_by_size().frame(task=task)
    prompted = one(rows, model="GPT-3 175B", setting="few_shot")
    return prompted - one(rows, model=label("finetuned_best"))


def test_prompted_gpt3_between_bert_and_the_best():
    """Brown et al. 2020, Table H.1 (73.2 development set, 71.8 test server, 89.0) and Table 3.8 (69.0)."""
    assert (
        N["gpt3_SuperGLUE_few_shot"],
        N["gpt3_SuperGLUE_test"],
        N["best_SuperGLUE"],
        N["sg_bert"],
    ) == ("73.2", "71.8", "89.0", "69.0")
    assert (N["gpt3_TriviaQA_few_shot"], N["best_TriviaQA"]) == ("71.2", "68.0")
    assert few_shot_over_best("LAMBADA") > 0.15
    assert few_shot_over_best("SQuADv2") < -0.20
    assert N["gpt3_wic_test"] == "49.4"
    anli = para.prompting_by_size().frame(task="ANLI R3")
    anli = anli[anli["kind"] == "published"].astype({"params": float, "value": float})
    assert (
        (anli[anli["params"] < 1e11]["value"] - 1 / 3).abs().max()
        < 0.03
        < anli["value"].max() - 1 / 3
    )


@pytest.mark.parametrize("task", list(tables.PROMPTED))
def test_prompting_draws_eight_sizes_of_one_split(task):
    rows = para.prompting_by_size().frame(task=task)
    rows = rows[rows["kind"] == "published"]
    assert rows.groupby("setting").size().to_dict() == dict.fromkeys(tables.SHOTS, 8)
    assert rows["split"].nunique() == 1 and "test server" not in set(rows["split"])


def test_wic_is_printed_as_zero_and_counts_in_the_zero_shot_average():
    """The caption's remark: the printed zero-shot SuperGLUE average is the mean of eight tasks with WiC at 0."""
    from emergence import data

    rows = data.load("gpt3_table_h1")
    rows = rows[(rows["setting"] == "zero_shot") & (rows["model"] == "GPT-3 175B")]
    task = {
        t: rows[rows["task"] == t]["value"].tolist()
        for t in ("BoolQ", "CB", "Copa", "RTE", "WiC", "WSC", "MultiRC", "ReCoRD", "SuperGLUE")
    }
    assert task["WiC"] == [0.0]
    mean = np.mean([np.mean(values) for name, values in task.items() if name != "SuperGLUE"])
    assert mean == pytest.approx(task["SuperGLUE"][0], abs=0.06)


def test_fine_tuning_memory_follows_from_sixteen_bytes():
    """Rajbhandari et al. 2020, sec. 3.1: 2 + 2 + 12 bytes per parameter."""
    assert float(N["finetune_gigabytes"].replace(",", "")) == pytest.approx((2 + 2 + 12) * 175)
    assert float(N["finetune_gigabytes_bert"]) == pytest.approx(16 * 0.34, abs=0.05)


def test_no_encoders_in_the_list_after_2020():
    rows = para.routes().frame()
    assert (
        rows.groupby("year")["value"].sum().tolist()
        == rows.groupby("year")["models_in_year"].first().tolist()
    )
    encoders = rows[rows["group"] == "encoder"].set_index("year")["value"]
    assert encoders[encoders.index >= 2021].sum() == 0 < encoders[encoders.index < 2021].sum()
    assert rows["year"].max() == 2024 and N["encoders_since_2021"] == "0"


def test_labelers_prefer_the_instructed_model():
    """Ouyang et al. 2022, section 1: 85 ± 3 percent over GPT-3, 71 ± 4 over few-shot GPT-3."""
    assert (N["instruct_over_gpt3"], N["instruct_over_few_shot"]) == ("85", "71")
