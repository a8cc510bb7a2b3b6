"""The data package: complete, hashed, sourced, valid as Frictionless Data."""

import csv
import hashlib
import json
import re
from pathlib import Path

import frictionless
import pandas as pd
import pytest

DATA = Path(__file__).resolve().parents[1] / "data"
PACKAGE = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = PACKAGE["resources"]


def test_frictionless_validates_the_package():
    report = frictionless.validate(str(DATA / "datapackage.json"))
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])[:5]
    assert len(report.tasks) == len(RESOURCES)


@pytest.mark.parametrize(
    ("table", "old", "new", "column"),
    [
        ("bert_table1_glue", "86.7", "eighty", "value"),
        ("bert_table1_glue", "86.7", "186.7", "value"),
        ("bert_table1_glue", "86.7", "", "value"),
        ("gpt3_table_2_1_models", "GPT-3 XL,1.3e9,24", "GPT-3 XL,1.3e9,-24", "n_layers"),
        ("gpt3_table_2_1_models", "GPT-3 XL,1.3e9,24", "GPT-3 XL,1.3e9,24.5", "n_layers"),
        ("gpt3_table_2_1_models", "GPT-3 Medium", "GPT-3 Small", None),
        ("cot_wei2022_arithmetic", "chain_of_thought", "chain of thought", "setting"),
        ("llm_timeline", "2017-06-12", "12 June 2017", "date"),
        ("llm_timeline", "decoder transformer,false", "decoder transformer,perhaps", "moe"),
        ("paradigm_timeline", ",2018-06,", ",June 2018,", "date"),
        ("bert_table1_glue", "model,params", "name,params", None),
    ],
)
def test_the_description_refuses_a_damaged_cell(tmp_path, table, old, new, column):
    """The types, limits, allowed values and keys that it states are those that hold."""
    described = next(r for r in RESOURCES if r["name"] == table)
    raw = (DATA / described["path"]).read_text("utf-8")
    assert old in raw
    (tmp_path / "damaged.csv").write_text(raw.replace(old, new, 1), "utf-8")
    kept = {k: v for k, v in described.items() if k not in ("hash", "bytes")}
    resource = frictionless.Resource(kept | {"path": "damaged.csv"}, basepath=str(tmp_path))
    report = resource.validate()
    assert not report.valid
    assert column is None or column in {name for (name,) in report.flatten(["fieldName"])}


def test_every_number_is_finite():
    """Frictionless and pandas take "inf" and "nan" for numbers."""
    for resource in RESOURCES:
        cells = pd.read_csv(DATA / resource["path"], dtype=str, keep_default_na=False)
        for field in resource["schema"]["fields"]:
            if field["type"] in ("number", "integer"):
                words = cells[field["name"]].str.lower().str.lstrip("+-")
                assert not words.isin(["inf", "infinity", "nan"]).any(), (resource["name"], field)


def test_every_file_is_listed_once_and_unchanged():
    listed = [r["path"] for r in RESOURCES]
    assert len(set(listed)) == len(listed)
    assert sorted(listed) == sorted(f"published/{p.name}" for p in (DATA / "published").iterdir())
    for r in RESOURCES:
        raw = (DATA / r["path"]).read_bytes()
        assert r["bytes"] == len(raw), r["name"]
        assert r["hash"] == "sha256:" + hashlib.sha256(raw).hexdigest(), r["name"]
        assert r["path"] == f"published/{r['name']}.csv"
        assert b"\r" not in raw, r["name"]


@pytest.mark.parametrize(
    "key",
    [
        "title",
        "description",
        "paper",
        "authors",
        "year",
        "arxiv",
        "locator",
        "readFrom",
        "crossCheck",
        "caveats",
        "sources",
        "licenses",
    ],
)
def test_every_resource_states(key):
    for r in RESOURCES:
        assert key in r, r["name"]
        assert r[key] or key in ("arxiv", "caveats"), r["name"]


def test_every_resource_links_to_its_source():
    for r in RESOURCES:
        for source in r["sources"]:
            assert re.match(
                r"https://(arxiv\.org/abs/\d{4}\.\d{5}$|arxiv\.org/abs/\d{4}\.\d{4}$|github\.com/|huggingface\.co/|epoch\.ai/|wandb\.ai/)",
                source["path"],
            ), (r["name"], source["path"])
            assert source["title"] and source["locator"], r["name"]
        assert r["arxiv"] == [
            s["path"].rsplit("/", 1)[1] for s in r["sources"] if "arxiv.org" in s["path"]
        ]


def test_schemas_describe_the_files():
    for r in RESOURCES:
        with open(DATA / r["path"], newline="", encoding="utf-8") as file:
            header = next(csv.reader(file))
        fields = r["schema"]["fields"]
        assert [f["name"] for f in fields] == header, r["name"]
        assert all(f["description"] and f["type"] for f in fields), r["name"]
        for f in fields:
            if f["name"] in ("params", "train_tokens", "train_flops"):
                assert f["type"] == "number" and f["unit"] in ("parameters", "tokens", "FLOP"), r[
                    "name"
                ]
            if f["name"] == "value":
                assert "unit" in f or r["name"] == "chinchilla_loss_fits", r["name"]


def test_tables_have_keys():
    keyless = {
        r["name"]
        for r in RESOURCES
        if "primaryKey" not in r["schema"] and "uniqueKeys" not in r["schema"]
    }
    # these print the same point twice (a curve that crosses a panel, a value in figure and text), so nothing is unique in them
    assert keyless == {
        "superni_fig5_scaling",
        "dpo_win_rates",
        "facts_in_context_learning",
        "schaeffer2023_fig7_fig8_fig11_vision",
        "kaplan2020_fig1_loss_vs_scale",
    }


def test_percentages_and_fractions_are_bounded():
    bounded = [
        f
        for r in RESOURCES
        for f in r["schema"]["fields"]
        if f["name"] == "value" and f.get("unit") in ("percent", "fraction")
    ]
    assert len(bounded) > 60
    assert all(f["constraints"]["maximum"] in (1, 100) for f in bounded)


TRAPS = {  # word that the caveat must contain -> tables it must be attached to
    "never confirmed": [
        "mmlu_by_size",
        "cot_wei2022_arithmetic",
        "zeroshot_cot_kojima2022_model_scale",
        "schaeffer2023_fig3_fig4_arithmetic_metrics",
    ],
    "source_table": ["mmlu_by_size"],
    "27 of 63": ["gpt3_table_h1"],
    "65.1": ["chinchilla_vs_gopher", "chinchilla_table_a7_bigbench"],
    "67.5": ["chinchilla_table_a6_mmlu_subjects"],
    "1.26e25": ["chinchilla_optimal_sizes"],
    "outliers": ["chinchilla_training_runs"],
    "17.1": ["cot_wei2022_arithmetic", "self_consistency_wang2022_models"],
    "70.1": ["self_consistency_wang2022_ensembles_robustness", "zeroshot_cot_kojima2022_baselines"],
    "65.2": ["bbh_suzgun2022"],
    "Geometric Shapes": ["bbh_by_size_chung2022", "flan2022_tables17_18_bbh_tasks"],
    "Tables 3, 4 and 5": [
        "flan2022_table3_num_tasks",
        "flan2022_table4_flanpalm_cot_sc",
        "flan2022_table5_all_models",
    ],
    "2.5e24": ["flan2022_table2_compute"],
    "identical in print": ["instructgpt_table14_automatic_evals"],
    "below chance": ["zeroshot_cot_kojima2022_tasks", "cot_wei2022_commonsense"],
    "not a U": ["inverse_scaling_pythia_michaelov2023", "inverse_scaling_opt_hf"],
    "2211.02011": ["mckenzie2023_inverse_scaling_tasks"],
    "nominal sizes": ["wei2022_fig2_fig11_few_shot"],
    "Gopher is drawn at Chinchilla's perplexities": [
        "wei2022_fig4_perplexity_compute_mmlu",
        "wei2022_fig10_mmlu_categories",
    ],
    "20.7": ["wei2022_fig3_fig12_prompting_finetuning"],
    "use cot_wei2022_arithmetic": ["cot_fig4_scaling"],
    "0.777": ["deepseek_r1_zero_training", "deepseek_r1_2025"],
    "95 % intervals": ["instructgpt_nlp_by_size", "stiennon2020_summarization_rlhf"],
    "(R - R_0)/(A - R_0)": ["scalerl_khatri2025_fits", "functional_forms"],
    "6.6 %": ["rome_fig7_causal_trace_gpt2xl", "facts_knowledge_storage"],
    "two thirds": ["arch_param_split"],
    "not tokens seen": ["llm_timeline"],
    "inferred from the column names": ["obs_emergent_capabilities"],
    "1-2 points": [
        "obs_base_llm_benchmarks",
        "obs_chain_of_thought",
        "obs_leaderboard_v2",
        "obs_emergent_capabilities",
    ],
    "Mamba-790M": ["mamba_zero_shot"],
    "commented out": ["self_consistency_wang2022_paths"],
    "weight decay": ["nanda_other_training_curves"],
    "Single-source": [
        "lima_preferences",
        "lima_ratings_ablation",
        "flan2022_text_numbers",
        "superni_fig5_scaling",
        "facts_knowledge_storage",
    ],
}


@pytest.mark.parametrize("word", TRAPS)
def test_traps_stand_in_the_caveats(word):
    by_name = {r["name"]: r for r in RESOURCES}
    for name in TRAPS[word]:
        assert any(word in caveat for caveat in by_name[name]["caveats"]), name


def test_nothing_points_outside_the_project():
    text = (DATA / "datapackage.json").read_text(encoding="utf-8")
    for word in ("../", "/work/", "shared/", "/tmp", "localhost", "file://"):
        assert word not in text, word


def test_evaluation_rules_name_existing_columns_and_rows():
    """A rule that names a column, a value or a row that is not there would silently do nothing."""
    for r in RESOURCES:
        how = r.get("evaluation")
        if how is None:
            continue
        with open(DATA / r["path"], newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        header = set(rows[0])
        for spec in how.get("columns", {}).values():
            for column in [spec] if isinstance(spec, str) else spec or []:
                assert column.startswith("=") or column in header, (r["name"], column)
        assert set(how.get("setup", [])) <= header, r["name"]
        for rule in [*how.get("chance", []), *how.get("human", []), *how.get("flags", [])]:
            assert all(0 <= i < len(rows) for i in rule.get("rows", [])), r["name"]
            for column, allowed in rule.get("where", {}).items():
                assert column in header and any(row[column] in allowed for row in rows), (
                    r["name"],
                    column,
                    allowed,
                )
        if "flags" in how:
            assert all(
                re.fullmatch(r"[a-z_]+", rule["flag"]) and rule["note"] for rule in how["flags"]
            ), r["name"]


def test_tables_left_out_of_evaluations_are_not_evaluations():
    """Everything that scores a model is in evaluations(); these are configurations, fits, logs, facts, references, copies."""
    left_out = {r["name"] for r in RESOURCES if "evaluation" not in r}
    assert (
        left_out
        == {
            "arch_configs",
            "arch_param_split",
            "gpt3_table_2_1_models",
            "gpt3_table_d1_compute",
            "induction_heads_models",
            "wei2022_table2_models",
            "mckenzie2023_table3_models",
            "flan2022_table2_compute",
            "llm_tokens_chinchilla_table1",
            "llm_timeline",
            "llmsurvey_model_releases",
            "chinchilla_loss_fits",
            "chinchilla_optimal_sizes",
            "optimal_allocation_exponents",
            "kaplan_power_laws",
            "monkeys_brown2024_fits",
            "scalerl_khatri2025_fits",
            "functional_forms",
            "kaplan2020_fig1_loss_vs_scale",
            "edelman2024_induction_phases",
            "nanda_grokking_train_fraction_curves",
            "nanda_grokking_train_fraction_summary",
            "nanda_other_training_curves",
            "experiment_setups",
            "facts",
            "facts_emergence",
            "facts_in_context_learning",
            "facts_knowledge_storage",
            "flan2022_text_numbers",
            "instructgpt_text_numbers",
            "flan2021_fig3_task_clusters",
            "flan2021_recipe",
            "superni_table1_dataset_comparison",
            "selfinstruct_dataset_stats",
            "survey_instruction_datasets",
            "timeline_instruction_tuning",
            "instructgpt_table1_use_cases",
            "instructgpt_table6_dataset_sizes",
            "lima_ratings_ablation",
            "emergent_table1_scales",
            "emergent_bigbench_task_classes",
            "wei2022_fig8_bigbench_keywords",
            "schaeffer2023_fig5_metric_shares",
            "gpt3_reference_lines",
            "gpt3_table_h1_sota",
            "geva2021_ffn_memories_by_layer",
            "rome_fig5_layer_token_sweep",
            "rome_fig7_causal_trace_gpt2xl",
            "rome_fig9_causal_trace_other_models",
            "model_editing_rome_memit",
            "memit_fig5_scaling_curves",
            "model_editing_mend_serac",
            "bert_pipeline_layers",
            "palm_table4_prior_sota",  # its PaLM rows repeat palm_table40_by_size
            "pythia_evals_over_training",  # a part of pythia_evals
            "schaeffer2023_fig7_fig8_fig11_vision",  # vision networks, and published points re-plotted at rounded coordinates
        }
    )
