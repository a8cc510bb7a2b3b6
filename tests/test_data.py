"""emergence.data: typed tables, provenance, one sentence for each kind of bad input, one view of all evaluations."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from emergence import data, trace
from emergence.data import DataError, frames
from emergence.data import package as files

# ---------------------------------------------------------------- tables and sources


def test_load_is_typed_by_the_schema():
    timeline = data.load("llm_timeline")
    assert timeline["date"].dtype.kind == "M" and timeline["date"].min() == pd.Timestamp(
        "2017-06-12"
    )
    assert (
        str(timeline["moe"].dtype) == "boolean" and str(timeline["context_length"].dtype) == "Int64"
    )
    assert timeline["params"].dtype == np.float64
    assert timeline["note"].iloc[3] is None or isinstance(timeline["note"].iloc[3], str)
    assert data.load("timeline_instruction_tuning")["release"].min() == pd.Timestamp("2020-05-01")
    assert data.load("flan2022_table5_all_models")["instruction_finetuned"].dtype == "boolean"


def test_the_word_none_is_text_and_na_is_missing():
    assert "None" in set(data.load("bloomz_mt0_all_results_en_prompts")["config"])
    s1 = data.load("s1_muennighoff2025")["n_finetune_examples"]
    assert "N.A." not in set(s1) and s1.isna().any()


def test_numbers_are_read_to_the_last_digit():
    frame = data.load("chinchilla_training_runs")
    lines = (
        (data.root() / data.source("chinchilla_training_runs").path)
        .read_text(encoding="utf-8")
        .splitlines()[1:]
    )
    assert frame["params"].tolist() == [float(line.split(",")[1]) for line in lines]
    assert frame["train_flops"].tolist() == [float(line.split(",")[2]) for line in lines]


def test_load_returns_a_fresh_copy():
    frame = data.load("gpt3_table_h1")
    frame.loc[:, "value"] = -1
    assert (data.load("gpt3_table_h1")["value"] >= 0).all()


def test_load_some_columns():
    assert list(data.load("gpt3_table_h1", columns=["task", "value"]).columns) == ["task", "value"]


def test_source_says_where_a_table_comes_from():
    source = data.source("gpt3_table_h1")
    assert source.arxiv == "2005.14165" and source.url == "https://arxiv.org/abs/2005.14165"
    assert (
        source.year == "2020"
        and source.locator.startswith("Table H.1")
        and source.authors.startswith("Brown")
    )
    assert any("27 of 63" in caveat for caveat in source.caveats)
    with pytest.raises(AttributeError):
        source.year = "2021"


def test_column_unit():
    assert data.column_unit("gpt3_table_h1", "params") == "parameters"
    assert data.column_unit("gpt3_table_h1", "value") == "by row: column unit"
    assert data.column_unit("cot_wei2022_arithmetic", "value") == "percent"
    assert data.column_unit("gpt3_table_h1", "task") == ""


def test_import_of_the_package_is_light():
    code = "import sys, emergence; print([m for m in ('altair', 'pandas', 'scipy') if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )
    code = "import sys, emergence.data; print([m for m in ('altair', 'scipy', 'vl_convert') if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_the_build_learns_what_was_used(tmp_path):
    """Modules however they are imported, tables, texts and labels, each once; and nothing is noted for who does not ask."""
    listing = tmp_path / "chapter.trace"
    code = (
        "import os; os.chdir('/')\nfrom emergence import data; data.load('bert_table1_glue'); data.load('bert_table1_glue'); data.source('gpt3_table_h1')\n"
        "from emergence.chapters.scaling_laws.tables import chapter\nfrom emergence import text; text.chapter('outlook'); text.label('params'); text.label('nowhere', 'x')"
    )
    subprocess.run(
        [sys.executable, "-c", code], check=True, env=os.environ | {trace.VARIABLE: str(listing)}
    )
    noted = trace.read(listing)
    package = Path(data.__file__).parents[1]
    files = [Path(name) for name in noted["file"]]
    assert len(files) == len(set(files))
    assert [p.name for p in files if p.suffix in (".csv", ".json")] == [
        "datapackage.json",
        "bert_table1_glue.csv",
    ]
    assert [p.parent.name for p in files if p.suffix == ".toml"] == ["outlook"]
    used = {p.relative_to(package).as_posix() for p in files if p.suffix == ".py"}
    assert {
        "__init__.py",
        "trace.py",
        "data/package.py",
        "text/__init__.py",
        "figure/figure.py",
        "chapters/__init__.py",
        "chart/plot.py",
        "chapters/scaling_laws/tables.py",
    } <= used
    assert not {"chapters/outlook/figures.py", "site/__init__.py", "notebook.py"} & used
    assert noted["label"] == ["params", "nowhere"]
    listing.unlink()
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        env={k: v for k, v in os.environ.items() if k != trace.VARIABLE},
    )
    assert not listing.exists()


# ---------------------------------------------------------------- bad input: one sentence each


def sentence(call):
    with pytest.raises(DataError) as error:
        call()
    text = str(error.value)
    assert "\n" not in text and text.endswith(".") and isinstance(error.value, ValueError)
    return text


def test_unknown_table_names_the_nearest():
    text = sentence(lambda: data.load("gpt3_tabel_h1"))
    assert "no table 'gpt3_tabel_h1'" in text and "gpt3_table_h1" in text.split("nearest")[1]
    assert "chinchilla_loss_fits" in sentence(lambda: data.source("chinchila_loss_fit"))


def test_unknown_column_names_the_nearest():
    text = sentence(lambda: data.load("gpt3_table_h1", columns=["modle"]))
    assert text == "Table 'gpt3_table_h1' has no column 'modle'; the nearest names are: model."
    assert "n_shots" in sentence(lambda: data.column_unit("gpt3_table_h1", "nshots"))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package with one table, to be damaged."""
    original = data.root()
    name = "gpt3_table_d1_compute"
    (tmp_path / "published").mkdir()
    shutil.copy(original / "published" / f"{name}.csv", tmp_path / "published")
    full = json.loads((original / "datapackage.json").read_text(encoding="utf-8"))
    full["resources"] = [r for r in full["resources"] if r["name"] == name]
    (tmp_path / "datapackage.json").write_text(json.dumps(full), encoding="utf-8")
    caches = [files.package_json, files.raw_bytes, frames.parsed]
    monkeypatch.setattr(files, "root", lambda: tmp_path)
    for cached in caches:
        cached.cache_clear()
    yield tmp_path / "published" / f"{name}.csv"
    for cached in caches:
        cached.cache_clear()


def test_changed_byte(package):
    raw = package.read_bytes()
    package.write_bytes(raw.replace(b"3.14E+23", b"3.15E+23"))
    text = sentence(lambda: data.load("gpt3_table_d1_compute"))
    assert "'gpt3_table_d1_compute'" in text and "hash" in text and package.name in text


def test_missing_file(package):
    package.unlink()
    text = sentence(lambda: data.load("gpt3_table_d1_compute"))
    assert "missing" in text and package.name in text


def test_missing_or_broken_package(package, monkeypatch, tmp_path):
    (tmp_path / "datapackage.json").write_text("{", encoding="utf-8")
    assert "not valid JSON" in sentence(data.tables)


def test_wrong_type_with_a_matching_hash_is_named_by_load_too(package):
    import hashlib

    raw = package.read_bytes().replace(b"3.14E+23", b"plenty")
    package.write_bytes(raw)
    listing = package.parents[1] / "datapackage.json"
    full = json.loads(listing.read_text(encoding="utf-8"))
    full["resources"][0]["hash"] = "sha256:" + hashlib.sha256(raw).hexdigest()
    listing.write_text(json.dumps(full), encoding="utf-8")
    text = sentence(lambda: data.load("gpt3_table_d1_compute"))
    assert text.startswith("Table 'gpt3_table_d1_compute' does not hold what datapackage.json says")
    assert "plenty" in text and text.endswith("`make data` names row and column.")


# ---------------------------------------------------------------- evaluations


@pytest.fixture(scope="module")
def evaluations():
    return data.evaluations()


def test_fractions_are_fractions_and_every_row_has_a_unit(evaluations):
    assert evaluations["unit"].notna().all() and evaluations["value"].notna().all()
    bounded = evaluations[evaluations["unit"] == "fraction"]
    assert bounded["value"].between(0, 1).all()
    for level in ("chance", "human"):
        assert bounded[level].dropna().between(0, 1).all()
        assert evaluations.loc[evaluations["unit"] != "fraction", "human"].isna().all()
    assert set(evaluations["unit"]) == {
        "fraction",
        "normalized",
        "perplexity",
        "nats per token",
        "nats",
        "bits",
        "tokens",
        "loss",
        "likert_1_7",
        "bits per byte",
        "bits per character",
        "rating",
    }


def test_a_row_is_named_once(evaluations):
    key = [
        "table",
        "model",
        "params",
        "train_tokens",
        "task",
        "setting",
        "n_shots",
        "metric",
        "setup",
    ]
    assert not evaluations.duplicated(key).any()
    assert (
        evaluations[["table", "source", "locator", "family", "model", "task", "metric", "setup"]]
        .notna()
        .drop(columns="family")
        .all(axis=None)
    )


def test_the_printed_value_stands_beside_the_normalized_one(evaluations):
    for name in (
        "gpt3_table_h1",
        "pythia_evals",
        "instructgpt_nlp_by_size",
        "obs_emergent_capabilities",
    ):
        rows = evaluations[evaluations["table"] == name]
        table = data.load(name)
        assert rows["value_printed"].tolist() == table["value"].tolist()
        assert list(rows["unit_printed"]) == table["unit"].tolist()
    percent = evaluations[evaluations["unit_printed"] == "percent"].query("unit == 'fraction'")
    assert np.allclose(percent["value"] * 100, percent["value_printed"], rtol=1e-12)
    bleu = evaluations[
        (evaluations["table"] == "obs_emergent_capabilities") & (evaluations["metric"] == "bleu")
    ]
    assert len(bleu) == 65 and bleu["value"].max() == pytest.approx(0.651583, abs=1e-6)


def test_intervals_bracket_their_values(evaluations):
    rows = evaluations.dropna(subset=["ci_low", "ci_high"])
    assert len(rows) > 400
    slack = 5e-4 * rows["value"].abs().clip(lower=1)
    assert (rows["ci_low"] <= rows["value"] + slack).all() and (
        rows["ci_high"] >= rows["value"] - slack
    ).all()
    win = rows[
        (rows["table"] == "instructgpt_preferences_text") & (rows["value_printed"] == 85)
    ].iloc[0]
    assert (win["ci_low"], win["ci_high"]) == pytest.approx((0.82, 0.88))


def level(evaluations, table, column, **where):
    rows = evaluations[evaluations["table"] == table]
    for key, wanted in where.items():
        rows = rows[rows[key] == wanted]
    assert len(rows)
    values = rows[column].unique()
    assert len(values) == 1, values
    return values[0]


def test_chance_levels_come_from_tables_of_the_package(evaluations):
    assert level(evaluations, "mmlu_by_size", "chance") == 0.25
    assert level(evaluations, "gpt3_table_h1", "chance", task="SAT Analogies") == 0.20
    assert (
        level(evaluations, "wei2022_fig2_fig11_few_shot", "chance", task="word_in_context") == 0.5
    )
    assert (
        level(evaluations, "mckenzie2023_inverse_scaling_tasks", "chance", task="memo_trap") == 0.5
    )
    random = (
        data.load("bbh_suzgun2022").query("setting == 'random'").set_index("task")["value"] / 100
    )
    for table, tasks in (
        ("bbh_suzgun2022", {"Boolean Expressions": "Boolean Expressions"}),
        ("bbh_by_size_chung2022", {"Hyperbaton": "Hyperbaton", "Dyck Languages": "Dyck Languages"}),
        ("bbh_codex_repo_metrics", {"date_understanding": "Date Understanding"}),
    ):
        for task, original in tasks.items():
            assert level(evaluations, table, "chance", task=task) == pytest.approx(random[original])
    mmlu = data.load("mmlu_by_size").query("family == 'Random' and task == 'MMLU Average'")["value"]
    assert set(mmlu) == {25.0}
    assert np.isnan(level(evaluations, "cot_wei2022_arithmetic", "chance"))


def test_human_levels(evaluations):
    human = (
        data.load("bbh_suzgun2022").query("setting == 'human_avg'").set_index("task")["value"] / 100
    )
    assert (
        level(evaluations, "bbh_suzgun2022", "human", task="All Tasks (avg)")
        == pytest.approx(human["All Tasks (avg)"])
        == 0.677
    )
    assert level(evaluations, "gpt3_table_h1", "human", task="HellaSwag") == 0.956


def test_reference_lines_are_not_models(evaluations):
    for word in (
        "Random",
        "Human",
        "human",
        "baseline",
        "prior best",
        "previous SoTA",
        "toy_model",
    ):
        assert (
            not (evaluations["family"] == word).any() and not (evaluations["model"] == word).any()
        )


FLAGGED = [  # every artefact the data notes list: table, rows, flag, number of rows
    ("gpt3_table_h1", dict(task="WiC", setting="zero_shot"), "printed_zero", 8),
    ("gpt3_table_h1", dict(task="CB", setting="zero_shot", model="GPT-3 Small"), "printed_zero", 2),
    ("gpt3_table_h1", dict(model="GPT-3 Small", setting="few_shot"), "same_as_one_shot", 27),
    ("gpt3_table_h1", dict(task="MultiRC", setting="zero_shot"), "same_as_one_shot", 16),
    ("gpt3_table_h1", dict(task="MultiRC", setting="one_shot"), "same_as_zero_shot", 16),
    ("mmlu_by_size", dict(model="GPT-3 Small (2.7B)"), "params_unconfirmed", 5),
    (
        "zeroshot_cot_kojima2022_tasks",
        dict(task="StrategyQA", setting="zero_shot"),
        "answer_format",
        1,
    ),
    (
        "zeroshot_cot_kojima2022_tasks",
        dict(task="Coin Flip (4 times)", setting="zero_shot"),
        "answer_format",
        1,
    ),
    (
        "cot_wei2022_commonsense",
        dict(task="Sports Understanding", family="GPT-3"),
        "answer_format",
        3,
    ),
    (
        "bbh_suzgun2022",
        dict(task="All Tasks (avg)", model="PaLM 540B", setting="chain_of_thought"),
        "printed_average",
        1,
    ),
    (
        "flan2022_tables17_18_bbh_tasks",
        dict(task="Geometric Shapes", setting="chain_of_thought"),
        "transcription",
        2,
    ),
    ("wei2022_fig2_fig11_few_shot", dict(task="truthfulqa", family="GPT-3"), "paper_slip", 3),
    ("wei2022_fig2_fig11_few_shot", dict(task="MMLU", family="Chinchilla"), "paper_slip", 4),
    ("wei2022_fig2_fig11_few_shot", dict(model="GPT-3 13B"), "paper_slip", 3),
    ("wei2022_fig3_fig12_prompting_finetuning", dict(task="GSM8K"), "paper_slip", 10),
    ("wei2022_fig10_mmlu_categories", dict(task="mmlu_social_science"), "paper_slip", 8),
    ("cot_fig4_scaling", dict(task="SVAMP", family="PaLM"), "paper_slip", 6),
    ("instructgpt_table14_automatic_evals", dict(task="TLDR"), "paper_slip", 12),
    ("instructgpt_table14_automatic_evals", dict(task="CNN/DM"), "paper_slip", 12),
    ("chinchilla_training_runs", {}, "outlier", 5),
    ("self_consistency_wang2022_paths", dict(family="LaMDA"), "unpublished", 20),
    ("mamba_zero_shot", dict(task="average (6 tasks)"), "printed_average", 2),
    ("obs_emergent_capabilities", dict(model="mistralai/Mixtral-8x7B-v0.1"), "moe_params", 8),
    ("obs_base_llm_benchmarks", dict(model="google/gemma-2b"), "metadata_slip", 8),
    ("xlstm", {}, "single_source", 27),
    ("lima_preferences", {}, "single_source", 27),
]


@pytest.mark.parametrize("table, where, flag, n", FLAGGED)
def test_known_artefacts_carry_a_flag(evaluations, table, where, flag, n):
    rows = evaluations[evaluations["table"] == table]
    for key, wanted in where.items():
        rows = rows[rows[key] == wanted]
    hit = rows[rows["flag"].fillna("").str.split().map(lambda words: flag in words)]
    assert len(hit) == n
    assert hit["flag_note"].str.len().gt(20).all()


def test_every_printed_zero_of_gpt3_classification_is_flagged(evaluations):
    zeros = evaluations[
        (evaluations["table"] == "gpt3_table_h1")
        & (evaluations["value"] == 0)
        & evaluations["task"].isin(["WiC", "CB"])
        & (evaluations["setting"] == "zero_shot")
    ]
    assert len(zeros) == 10 and (zeros["flag"] == "printed_zero").all()


def test_api_sizes_are_never_given_unflagged(evaluations):
    rows = evaluations[
        evaluations["table"].str.startswith("cot_wei2022")
        & evaluations["family"].isin(["GPT-3", "Codex"])
    ]
    assert len(rows) > 100 and rows["flag"].fillna("").str.contains("params_unconfirmed").all()


# ---------------------------------------------------------------- set-ups


def test_lamda_gsm8k_of_two_papers_cannot_share_a_curve(evaluations):
    """14.3 in Wei et al. 2022, 17.1 in Wang et al. 2022."""
    rows = evaluations[
        (evaluations["model"] == "LaMDA 137B")
        & (evaluations["task"] == "GSM8K")
        & evaluations["table"].isin(["cot_wei2022_arithmetic", "self_consistency_wang2022_models"])
        & (evaluations["setting"] == "chain_of_thought")
    ]
    assert sorted(rows["value_printed"]) == [14.3, 17.1]
    text = sentence(lambda: data.one_setup(rows, ["family", "task"]))
    assert (
        "LaMDA, GSM8K" in text
        and "cot_wei2022_arithmetic" in text
        and "self_consistency_wang2022_models" in text
    )
    assert data.one_setup(rows, ["family", "task", "setup"]) is rows


def test_palm_zero_shot_cot_with_self_consistency_has_two_setups(evaluations):
    rows = evaluations[
        (evaluations["model"] == "PaLM 540B")
        & (evaluations["task"] == "GSM8K")
        & evaluations["value_printed"].isin([69.2, 70.1])
    ]
    assert rows["setup"].nunique() == len(rows) == 2


def test_flan_palm_tables_have_their_own_setups(evaluations):
    rows = evaluations[
        (evaluations["model"] == "Flan-PaLM 540B")
        & (evaluations["task"] == "MMLU")
        & evaluations["table"].str.startswith("flan2022")
    ]
    assert set(rows["setup"].str.split("_").str[1]) == {"table3", "table4", "table5"}
    sentence(lambda: data.one_setup(rows, ["model", "task"]))


def test_mmlu_by_size_keeps_its_source_tables_apart(evaluations):
    rows = evaluations[
        (evaluations["table"] == "mmlu_by_size")
        & (evaluations["model"] == "PaLM 540B")
        & (evaluations["task"] == "MMLU")
    ]
    assert rows["setup"].nunique() == len(rows) > 1
    sentence(lambda: data.one_setup(rows, ["model"]))


def test_test_server_rows_of_gpt3_stay_apart(evaluations):
    rows = evaluations[
        (evaluations["table"] == "gpt3_table_h1")
        & (evaluations["task"] == "BoolQ")
        & (evaluations["setting"] == "few_shot")
    ]
    assert rows["setup"].nunique() == 2
    assert data.one_setup(rows[rows["setup"].str.endswith("dev")], ["family"]) is not None


def test_one_setup_accepts_single_setups_and_names_a_wrong_column(evaluations):
    rows = evaluations[evaluations["table"] == "cot_wei2022_arithmetic"]
    assert data.one_setup(rows, ["family", "setting"]) is rows
    assert "family" in sentence(lambda: data.one_setup(rows, ["famly"]))


# ---------------------------------------------------------------- models


def test_models_has_one_row_per_model():
    models = data.models()
    assert not models.duplicated(["family", "model"]).any()
    by_name = models.set_index(["family", "model"])
    palm = by_name.loc[("PaLM", "PaLM 540B")]
    assert (
        palm["params"] == 5.4035e11
        and palm["train_tokens"] == 7.8e11
        and palm["train_flops"] == 2.5272e24
    )
    assert palm["date"] == pd.Timestamp("2022-04-04") and palm["organization"] == "Google Research"
    gpt3 = by_name.loc[("GPT-3", "GPT-3 175B")]
    assert (
        gpt3["params"] == 1.75e11
        and gpt3["train_flops"] == 3.14e23
        and "gpt3_table_h1" in gpt3["basis"]
    )
    assert by_name.loc[("DeepSeek", "DeepSeek-V3"), "active_params"] == 3.7e10
    assert models["params"].dropna().gt(0).all()
    assert not models.dropna(subset=["params"])["basis"].eq("").any()


def test_imputed_compute_is_marked():
    models = data.models().dropna(subset=["train_flops"]).set_index("model")
    assert (
        "imputed" in models["basis"]["Claude 3 Opus"]
        and "imputed" in models["basis"]["Gemini 1.5 Pro"]
    )
    assert "Speculative" in models["basis"]["GPT-4"]


def test_a_name_that_covers_several_sizes_gets_the_size(evaluations):
    rows = evaluations[evaluations["table"] == "cot_fig4_scaling"]
    assert {"LaMDA 137B", "PaLM 540B", "GPT-3 350M"} <= set(rows["model"])
    assert rows.groupby("model")["params"].nunique().eq(1).all()


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ("stiennon2020_summarization_rlhf", "Figure 1, Figure 5, Figure 6"),
        ("instructgpt_metadata_likert", "Figure 4, Figure 5"),
        ("lama_probe", "LAMA Table 2, EaE Table 2"),
        ("facts_in_context_learning", "text statements and Wei et al. Table 2"),
        ("bbh_by_size_chung2022", "Tables 17 and 18"),
        ("mckenzie2023_table3_models", "Table 3, Appendix B"),
        ("palm_bigbench_lite_by_size", "App. H.2, first table"),
        ("gpt3_table_2_1_models", "Table 2.1"),
    ],
)
def test_the_line_of_sources_names_every_table_and_figure_of_a_locator(table, place):
    assert data.source(table).place == place
