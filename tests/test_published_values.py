"""Values typed from the papers, not read from the tables they check, and the sums the papers print."""

import pytest

from emergence import data

# (paper, locator, table, column, [(row selection, value printed in the paper), ...])
PRINTED = [
    (
        "openai/simple-evals at 0f2cf333",
        "README.md, Benchmark Results, SimpleQA",
        "simple_evals_openai",
        "value",
        [
            (dict(model=model, task="SimpleQA"), value)
            for model, value in [
                ("o3", 49.4),
                ("o3-mini", 13.4),
                ("gpt-4.1-2025-04-14", 41.6),
                ("gpt-4.1-nano-2025-04-14", 7.6),
                ("gpt-4.5-preview-2025-02-27", 62.5),
            ]
        ],
    ),
    (
        "Brown et al. 2020 (2005.14165)",
        "Table H.1, 175B few-shot",
        "gpt3_table_h1",
        "value",
        [
            (
                dict(model="GPT-3 175B", setting="few_shot", task=task, metric=metric, split=split),
                value,
            )
            for task, metric, split, value in [
                ("HellaSwag", "acc", "dev", 79.3),
                ("LAMBADA", "acc", "test", 86.4),
                ("LAMBADA", "ppl", "test", 1.92),
                ("StoryCloze", "acc", "test", 87.7),
                ("TriviaQA", "acc", "dev", 71.2),
                ("NQs", "acc", "test", 29.9),
                ("WebQs", "acc", "test", 41.5),
                ("Winogrande", "acc", "dev", 77.7),
                ("ARC (Challenge)", "acc", "test", 51.5),
                ("ARC (Easy)", "acc", "test", 70.1),
                ("OpenBookQA", "acc", "test", 65.4),
                ("CoQA", "f1", "dev", 85.0),
                ("DROP", "f1", "dev", 36.5),
                ("Quac", "f1", "dev", 44.3),
                ("SQuADv2", "f1", "dev", 69.8),
                ("RACE-h", "acc", "test", 46.8),
                ("RACE-m", "acc", "test", 58.1),
                ("SAT Analogies", "acc", "n/a", 65.2),
                ("2D+", "acc", "n/a", 100.0),
                ("2D-", "acc", "n/a", 98.9),
                ("3D+", "acc", "n/a", 80.4),
                ("3D-", "acc", "n/a", 94.2),
                ("4D+", "acc", "n/a", 25.5),
                ("4D-", "acc", "n/a", 26.8),
                ("5D+", "acc", "n/a", 9.3),
                ("5D-", "acc", "n/a", 9.9),
                ("2Dx", "acc", "n/a", 29.2),
                ("1DC", "acc", "n/a", 21.3),
            ]
        ],
    ),
    (
        "Brown et al. 2020 (2005.14165)",
        "Table H.1, 175B zero-shot",
        "gpt3_table_h1",
        "value",
        [
            (dict(model="GPT-3 175B", setting="zero_shot", task=task, metric="acc"), value)
            for task, value in [
                ("HellaSwag", 78.9),
                ("LAMBADA", 76.2),
                ("TriviaQA", 64.3),
                ("NQs", 14.6),
                ("WebQs", 14.4),
                ("Winogrande", 70.2),
                ("2D+", 76.9),
                ("2D-", 58.0),
                ("3D+", 34.2),
                ("WiC", 0.0),
            ]
        ],
    ),
    (
        "Brown et al. 2020 (2005.14165)",
        "Table H.1, 175B one-shot",
        "gpt3_table_h1",
        "value",
        [
            (dict(model="GPT-3 175B", setting="one_shot", task=task, metric="acc"), value)
            for task, value in [
                ("LAMBADA", 72.5),
                ("TriviaQA", 68.0),
                ("NQs", 23.0),
                ("WebQs", 25.3),
                ("2D+", 99.6),
                ("3D+", 65.5),
                ("BoolQ", 76.7),
                ("Copa", 87.0),
            ]
        ],
    ),
    (
        "Brown et al. 2020 (2005.14165)",
        "Table D.1",
        "gpt3_table_d1_compute",
        "train_flops",
        [
            (dict(model="GPT-3 175B"), 3.14e23),
            (dict(model="T5-11B"), 3.30e22),
            (dict(model="BERT-Large"), 5.33e20),
            (dict(model="RoBERTa-Large"), 4.26e21),
        ],
    ),
    (
        "Brown et al. 2020 (2005.14165)",
        "Table D.1",
        "gpt3_table_d1_compute",
        "train_pf_days",
        [(dict(model="GPT-3 175B"), 3640)],
    ),
    (
        "Brown et al. 2020 (2005.14165)",
        "Table 2.1",
        "gpt3_table_2_1_models",
        "n_layers",
        [
            (dict(model="GPT-3 Small"), 12),
            (dict(model="GPT-3 XL"), 24),
            (dict(model="GPT-3 175B"), 96),
        ],
    ),
    (
        "Brown et al. 2020 (2005.14165)",
        "Table 2.1",
        "gpt3_table_2_1_models",
        "d_model",
        [(dict(model="GPT-3 13B"), 5140), (dict(model="GPT-3 175B"), 12288)],
    ),
    (
        "Kaplan et al. 2020 (2001.08361)",
        "App. A, trends",
        "kaplan_power_laws",
        "value",
        [
            (
                dict(law="L(N)", parameter="alpha_N", table="App. A (fitted values of the trends)"),
                0.076,
            ),
            (
                dict(law="L(N)", parameter="N_c", table="App. A (fitted values of the trends)"),
                8.8e13,
            ),
            (
                dict(law="L(D)", parameter="alpha_D", table="App. A (fitted values of the trends)"),
                0.095,
            ),
            (
                dict(law="L(D)", parameter="D_c", table="App. A (fitted values of the trends)"),
                5.4e13,
            ),
            (dict(law="L(C) naive", parameter="alpha_C"), 0.057),
            (dict(law="L(C) naive", parameter="C_c"), 1.6e7),
            (dict(law="L(C_min)", parameter="alpha_C_min"), 0.050),
            (dict(law="L(C_min)", parameter="C_c_min"), 3.1e8),
        ],
    ),
    (
        "Hoffmann et al. 2022 (2203.15556)",
        "Appendix D.3, eq. 10",
        "chinchilla_loss_fits",
        "value",
        [
            (dict(fit="Hoffmann et al. 2022 (Approach 3, published, rounded)", parameter=p), v)
            for p, v in [("E", 1.69), ("A", 406.4), ("B", 410.7), ("alpha", 0.34), ("beta", 0.28)]
        ],
    ),
    (
        "Hoffmann et al. 2022 (2203.15556)",
        "Table 2",
        "optimal_allocation_exponents",
        "a_params_exponent",
        [
            (
                dict(
                    source="Hoffmann et al. 2022 Table 2",
                    approach="1. Minimum over training curves",
                ),
                0.50,
            ),
            (dict(source="Hoffmann et al. 2022 Table 2", approach="2. IsoFLOP profiles"), 0.49),
            (
                dict(
                    source="Hoffmann et al. 2022 Table 2",
                    approach="3. Parametric modelling of the loss",
                ),
                0.46,
            ),
        ],
    ),
    (
        "Hoffmann et al. 2022 (2203.15556)",
        "Table 3",
        "chinchilla_optimal_sizes",
        "tokens",
        [
            (dict(approach=1, params=4e8), 8.0e9),
            (dict(approach=1, params=1e9), 20.2e9),
            (dict(approach=1, params=67e9), 1.5e12),
            (dict(approach=1, params=175e9), 3.7e12),
        ],
    ),
    (
        "Hoffmann et al. 2022 (2203.15556)",
        "Table 3; Table A3 (the slip kept as printed)",
        "chinchilla_optimal_sizes",
        "train_flops",
        [
            (dict(approach=1, params=67e9), 5.76e23),
            (dict(approach=1, params=175e9), 3.85e24),
            (dict(approach=3, params=175e9), 1.26e24),
        ],
    ),
    (
        "Hoffmann et al. 2022 (2203.15556)",
        "Table 1",
        "llm_tokens_chinchilla_table1",
        "train_tokens",
        [
            (dict(model="GPT-3"), 300e9),
            (dict(model="Gopher"), 300e9),
            (dict(model="Chinchilla"), 1.4e12),
            (dict(model="LaMDA"), 168e9),
        ],
    ),
    (
        "Hoffmann et al. 2022 (2203.15556)",
        "Table 6",
        "chinchilla_vs_gopher",
        "value",
        [
            (dict(table="Table 6", model="Chinchilla"), 67.6),
            (dict(table="Table 6", model="Gopher"), 60.0),
            (dict(table="Table 6", model="GPT-3"), 43.9),
            (dict(table="Table 6", model="Average human rater"), 34.5),
            (dict(table="Table 6", model="Average human expert performance"), 89.8),
        ],
    ),
    (
        "Hoffmann et al. 2022 (2203.15556)",
        "Section 4.2.5",
        "truthfulqa_by_size",
        "value",
        [
            (dict(model="Chinchilla 70B", n_shots=0), 43.6),
            (dict(model="Chinchilla 70B", n_shots=5), 58.5),
            (dict(model="Chinchilla 70B", n_shots=10), 66.7),
        ],
    ),
    (
        "Chowdhery et al. 2022 (2204.02311)",
        "Tables 4 and 40, PaLM 540B",
        "palm_table40_by_size",
        "value",
        [
            (dict(model="PaLM 540B", task=task, setting=setting), value)
            for task, setting, value in [
                ("TriviaQA", "zero_shot", 76.9),
                ("TriviaQA", "one_shot", 81.4),
                ("TriviaQA", "few_shot", 81.4),
                ("Natural Questions", "zero_shot", 21.2),
                ("Natural Questions", "one_shot", 29.3),
                ("Natural Questions", "few_shot", 39.6),
                ("Lambada", "few_shot", 89.7),
                ("HellaSwag", "zero_shot", 83.4),
                ("BoolQ", "zero_shot", 88.0),
                ("Winogrande", "few_shot", 85.1),
            ]
        ],
    ),
    (
        "Hendrycks et al. 2020 (2009.03300)",
        "Table 1",
        "mmlu_by_size",
        "value",
        [
            (dict(source_table="Hendrycks2020 Table 1", task="MMLU Average", model=m), v)
            for m, v in [
                ("GPT-3 X-Large (175B)", 43.9),
                ("UnifiedQA 11B", 48.9),
                ("GPT-3 Small (2.7B)", 25.9),
                ("Random baseline", 25.0),
            ]
        ],
    ),
    (
        "Touvron et al. 2023 (2302.13971)",
        "Table 9",
        "mmlu_by_size",
        "value",
        [
            (dict(source_table="Touvron2023 (LLaMA) Table 9", task="MMLU Average", model=m), v)
            for m, v in [
                ("LLaMA 7B", 35.1),
                ("LLaMA 13B", 46.9),
                ("LLaMA 33B", 57.8),
                ("LLaMA 65B", 63.4),
            ]
        ],
    ),
    (
        "Touvron et al. 2023 (2307.09288)",
        "Table 3",
        "llama2_table3_grouped",
        "value",
        [
            (dict(task_group="MMLU", model=m), v)
            for m, v in [
                ("Llama 2 7B", 45.3),
                ("Llama 2 13B", 54.8),
                ("Llama 2 34B", 62.6),
                ("Llama 2 70B", 68.9),
            ]
        ],
    ),
    (
        "Wei et al. 2022 (2206.07682)",
        "Table 1",
        "emergent_table1_scales",
        "emergence_train_flops",
        [
            (dict(ability="Addition/subtraction (3 digit)"), 2.3e22),
            (dict(ability="Addition/subtraction (4-5 digit)"), 3.1e23),
            (dict(ability="Chain-of-thought: Math word problems"), 1.3e23),
            (dict(ability="Instruction following (finetuning)"), 1.3e23),
        ],
    ),
    (
        "Wei et al. 2022 (2201.11903)",
        "Appendix Table 2",
        "cot_wei2022_arithmetic",
        "value",
        [
            (dict(model=m, task=t, setting=s), v)
            for m, t, std, cot in [
                ("PaLM 8B", "GSM8K", 4.9, 4.1),
                ("PaLM 62B", "GSM8K", 9.6, 29.9),
                ("PaLM 540B", "GSM8K", 17.9, 56.9),
                ("LaMDA 137B", "GSM8K", 6.5, 14.3),
                ("GPT-3 175B", "GSM8K", 15.6, 46.9),
                ("Codex", "GSM8K", 19.7, 63.1),
                ("UL2 20B", "GSM8K", 4.1, 4.4),
                ("PaLM 540B", "SVAMP", 69.4, 79.0),
                ("PaLM 540B", "ASDiv", 72.1, 73.9),
                ("PaLM 540B", "AQuA", 25.2, 35.8),
                ("PaLM 540B", "MAWPS", 79.2, 93.3),
            ]
            for s, v in (("standard", std), ("chain_of_thought", cot))
        ],
    ),
    (
        "Wei et al. 2022 (2201.11903)",
        "Appendix Table 4",
        "cot_wei2022_commonsense",
        "value",
        [
            (dict(model="PaLM 540B", task=t, setting=s), v)
            for t, std, cot in [
                ("CSQA", 78.1, 79.9),
                ("StrategyQA", 68.6, 77.8),
                ("Date Understanding", 49.0, 65.3),
                ("Sports Understanding", 80.5, 95.4),
                ("SayCan", 80.8, 91.7),
            ]
            for s, v in (("standard", std), ("chain_of_thought", cot))
        ],
    ),
    (
        "Wei et al. 2022 (2201.11903)",
        "Appendix Table 5",
        "cot_wei2022_symbolic",
        "value",
        [
            (
                dict(
                    model="PaLM 540B",
                    task="last_letter_concatenation",
                    subset="2 (in-domain)",
                    setting="chain_of_thought",
                ),
                99.4,
            ),
            (
                dict(
                    model="PaLM 540B",
                    task="last_letter_concatenation",
                    subset="4 (OOD)",
                    setting="chain_of_thought",
                ),
                63.0,
            ),
            (
                dict(
                    model="PaLM 540B",
                    task="coin_flip",
                    subset="4 (OOD)",
                    setting="chain_of_thought",
                ),
                90.2,
            ),
        ],
    ),
    (
        "Wei et al. 2022 (2201.11903)",
        "Appendix Table 6",
        "cot_wei2022_ablations",
        "value",
        [
            (dict(model="LaMDA 137B", task="GSM8K", setting=s), v)
            for s, v in [
                ("Standard prompting", 6.5),
                ("Chain of thought prompting", 14.3),
                ("equation only", 5.4),
                ("variable compute only", 6.4),
                ("reasoning after answer", 6.1),
            ]
        ],
    ),
    (
        "Kojima et al. 2022 (2205.11916)",
        "Table 1, format-specific extraction",
        "zeroshot_cot_kojima2022_tasks",
        "value",
        [
            (dict(task=t, setting=s, answer_extraction="task-format answer-extraction prompt"), v)
            for t, s, v in [
                ("MultiArith", "zero_shot", 17.7),
                ("MultiArith", "zero_shot_cot", 78.7),
                ("GSM8K", "zero_shot", 10.4),
                ("GSM8K", "zero_shot_cot", 40.7),
                ("StrategyQA", "zero_shot", 12.7),
                ("Coin Flip (4 times)", "zero_shot", 12.8),
            ]
        ],
    ),
    (
        "Kojima et al. 2022 (2205.11916)",
        "Table 4",
        "zeroshot_cot_kojima2022_templates",
        "value",
        [
            (dict(template="Let's think step by step."), 78.7),
            (dict(template="Don't think. Just feel."), 18.8),
            (dict(template="Abrakadabra!"), 15.5),
        ],
    ),
    (
        "Kojima et al. 2022 (2205.11916)",
        "Table 25/27: zero-shot CoT + self-consistency",
        "zeroshot_cot_kojima2022_baselines",
        "value",
        [
            (
                dict(
                    model="PaLM 540B",
                    task="GSM8K",
                    setting="zero_shot_cot + self_consistency (40 paths)",
                ),
                70.1,
            )
        ],
    ),
    (
        "Wang et al. 2022 (2203.11171)",
        "Table 2",
        "self_consistency_wang2022_models",
        "value",
        [
            (dict(model=m, task=t, setting=s), v)
            for m, t, cot, sc in [
                ("PaLM-540B", "GSM8K", 56.5, 74.4),
                ("LaMDA-137B", "GSM8K", 17.1, 27.7),
                ("GPT-3 code-davinci-002", "GSM8K", 60.1, 78.0),
                ("PaLM-540B", "AQuA", 35.8, 48.3),
            ]
            for s, v in (("chain_of_thought", cot), ("self_consistency", sc))
        ],
    ),
    (
        "Wang et al. 2022 (2203.11171)",
        "Table 8",
        "self_consistency_wang2022_ensembles_robustness",
        "value",
        [
            (
                dict(
                    model="PaLM-540B",
                    task="GSM8K",
                    setting="Zero-shot CoT + self-consistency (40 paths)",
                ),
                69.2,
            )
        ],
    ),
    (
        "Suzgun et al. 2022 (2210.09261)",
        "main results table, all tasks",
        "bbh_suzgun2022",
        "value",
        [
            (dict(task="All Tasks (avg)", setting=s, model=m), v)
            for s, m, v in [
                ("answer_only", "PaLM 540B", 52.3),
                ("chain_of_thought", "PaLM 540B", 63.3),
                ("answer_only", "code-davinci-002", 56.6),
                ("chain_of_thought", "code-davinci-002", 73.9),
                ("answer_only", "text-davinci-002", 51.8),
                ("chain_of_thought", "text-davinci-002", 68.4),
                ("human_avg", "average human rater", 67.7),
                ("human_max", "best human rater", 94.4),
            ]
        ],
    ),
    (
        "Wei et al. 2021 (2109.01652)",
        "Figure 1",
        "flan2021_fig1_task_types",
        "value",
        [
            (dict(model="FLAN 137B", task="Natural language inference"), 56.2),
            (
                dict(model="GPT-3 175B", setting="zero_shot", task="Natural language inference"),
                42.9,
            ),
            (dict(model="FLAN 137B", task="Reading comprehension"), 77.4),
        ],
    ),
    (
        "Chung et al. 2022 (2210.11416)",
        "Table 5",
        "flan2022_table5_all_models",
        "value",
        [
            (dict(model=m, task=t, setting=s), v)
            for m, t, s, v in [
                ("PaLM 540B", "MMLU", "standard", 71.3),
                ("PaLM 540B", "MMLU", "chain_of_thought", 62.9),
                ("PaLM 540B", "BIG-Bench Hard", "standard", 49.1),
                ("PaLM 540B", "BIG-Bench Hard", "chain_of_thought", 63.7),
                ("PaLM 540B", "MGSM", "chain_of_thought", 45.9),
                ("Flan-PaLM 540B", "MMLU", "standard", 73.5),
                ("Flan-PaLM 540B", "MGSM", "chain_of_thought", 57.0),
                ("Flan-T5-XXL", "MMLU", "standard", 55.1),
                ("Flan-T5-XL", "MMLU", "standard", 52.4),
            ]
        ],
    ),
    (
        "Chung et al. 2022 (2210.11416)",
        "Table 4",
        "flan2022_table4_flanpalm_cot_sc",
        "value",
        [
            (
                dict(
                    model="Flan-PaLM 540B", task="MMLU", setting="chain_of_thought_self_consistency"
                ),
                75.2,
            )
        ],
    ),
    (
        "Chung et al. 2022 (2210.11416)",
        "Table 2",
        "flan2022_table2_compute",
        "finetune_flops",
        [(dict(model="Flan-PaLM 540B"), 5.6e21)],
    ),
    (
        "Wang et al. 2022 (2204.07705)",
        "Table 1",
        "superni_table1_dataset_comparison",
        "value",
        [
            (dict(resource="Super-NaturalInstructions", metric=m), v)
            for m, v in [
                ("number_of_tasks", 1616),
                ("number_of_task_types", 76),
                ("number_of_languages", 55),
            ]
        ],
    ),
    (
        "Ouyang et al. 2022 (2203.02155)",
        "Table 6",
        "instructgpt_table6_dataset_sizes",
        "value",
        [
            (dict(dataset="SFT", split="train", source="labeler"), 11295),
            (dict(dataset="SFT", split="train", source="customer"), 1430),
            (dict(dataset="PPO", split="train"), 31144),
        ],
    ),
    (
        "Ouyang et al. 2022 (2203.02155)",
        "section 4.1",
        "instructgpt_preferences_text",
        "value",
        [
            (dict(model="InstructGPT 175B (PPO-ptx)", baseline="GPT-3 175B"), 85),
            (dict(model="InstructGPT 175B (PPO-ptx)", baseline="GPT-3 175B few-shot prompted"), 71),
        ],
    ),
    (
        "Zhou et al. 2022 (2211.01910)",
        "section 4.1",
        "ape_iqm_human_vs_ape",
        "value",
        [(dict(prompt_method="APE"), 0.810), (dict(prompt_method="human"), 0.749)],
    ),
    (
        "Yang et al. 2023 (2309.03409)",
        "Table 1",
        "opro_gsm8k_prompts",
        "value",
        [
            (
                dict(trigger_prompt="Take a deep breath and work on this problem step-by-step."),
                80.2,
            ),
            (dict(trigger_prompt="Let's think step by step."), 71.8),
        ],
    ),
    (
        "DeepSeek-AI 2025 (2501.12948)",
        "Tables 2 and 4",
        "deepseek_r1_2025",
        "value",
        [
            (dict(model="DeepSeek-R1", task="AIME 2024"), 79.8),
            (dict(model="DeepSeek-R1", task="MATH 500"), 97.3),
            (dict(model="DeepSeek-R1", task="Codeforces", metric="rating"), 2029),
            (
                dict(
                    model="DeepSeek-R1-Zero", task="AIME 2024", metric="pass_at_1", source_table="2"
                ),
                71.0,
            ),
            (
                dict(
                    model="DeepSeek-R1-Zero",
                    task="AIME 2024",
                    metric="cons_at_64",
                    source_table="2",
                ),
                86.7,
            ),
            (
                dict(
                    model="DeepSeek-R1-Distill-Qwen-32B",
                    task="AIME 2024",
                    metric="pass_at_1",
                    source_table="5",
                ),
                72.6,
            ),
        ],
    ),
    (
        "Brown et al. 2024 (2407.21787)",
        "abstract",
        "monkeys_brown2024_points",
        "value",
        [
            (dict(task="SWE-bench Lite", model="DeepSeek-Coder-V2-Instruct", n_samples=1), 15.9),
            (dict(task="SWE-bench Lite", model="DeepSeek-Coder-V2-Instruct", n_samples=250), 56),
        ],
    ),
    (
        "Schaeffer et al. 2023 (2304.15004)",
        "Figure 5",
        "schaeffer2023_fig5_metric_shares",
        "count",
        [
            (dict(panel="5B", category="emergent"), 4),
            (dict(panel="5B", category="not_emergent"), 35),
        ],
    ),
    (
        "Vaswani et al. 2017 (1706.03762)",
        "Table 2",
        "attention_table2_bleu_vs_flops",
        "value",
        [
            (dict(model="Transformer (big)", task="WMT14 English-German"), 28.4),
            (dict(model="Transformer (base)", task="WMT14 English-German"), 27.3),
        ],
    ),
    (
        "Devlin et al. 2019 (1810.04805)",
        "Table 1",
        "bert_table1_glue",
        "value",
        [
            (dict(model="BERT-Large", task="Average"), 82.1),
            (dict(model="BERT-Base", task="Average"), 79.6),
            (dict(model="BERT-Large", task="CoLA"), 60.5),
        ],
    ),
    (
        "Petroni et al. 2019 (1909.01066)",
        "Table 2",
        "lama_probe",
        "value",
        [
            (dict(model="BERT-large", corpus="Google-RE", relation="Total"), 10.5),
            (dict(model="BERT-large", corpus="T-REx", relation="Total"), 32.3),
        ],
    ),
    (
        "Raffel et al. 2019 (1910.10683)",
        "Table 1",
        "t5_table1_pretraining_gain",
        "value",
        [
            (dict(setting="baseline average (10 runs)", metric="GLUE average"), 83.28),
            (dict(setting="no pre-training", metric="GLUE average"), 66.22),
        ],
    ),
    (
        "Meng et al. 2022 (2202.05262)",
        "Table 4, ROME on GPT-2 XL",
        "model_editing_rome_memit",
        "value",
        [
            (dict(table="ROME Table 4", model="GPT-2 XL", method="ROME", metric="score_S"), 89.2),
            (
                dict(
                    table="ROME Table 4",
                    model="GPT-2 XL",
                    method="ROME",
                    metric="efficacy_score_ES",
                ),
                100.0,
            ),
            (
                dict(
                    table="ROME Table 4",
                    model="GPT-2 XL",
                    method="ROME",
                    metric="neighborhood_score_NS",
                ),
                75.4,
            ),
        ],
    ),
    (
        "Gu and Dao 2023 (2312.00752)",
        "Table 3",
        "mamba_zero_shot",
        "value",
        [
            (dict(model="Mamba-2.8B", task="LAMBADA", metric="perplexity"), 4.23),
            (dict(model="Mamba-2.8B", task="average (6 tasks)", metric="accuracy"), 63.3),
        ],
    ),
    (
        "Besiroglu et al. 2024 (2404.10102)",
        "published refit",
        "chinchilla_loss_fits",
        "value",
        [
            (
                dict(
                    note="240 of 245 points; 5 highest-loss points left out; 4000 bootstraps",
                    parameter="B",
                ),
                2085.43,
            )
        ],
    ),
]


def select(table, where):
    frame = data.load(table)
    for column, wanted in where.items():
        frame = frame[frame[column] == wanted]
    return frame


def test_more_than_a_hundred_values_are_checked():
    assert sum(len(rows) for *_, rows in PRINTED) >= 150


@pytest.mark.parametrize(
    "paper, locator, table, column, rows", PRINTED, ids=[f"{p[2]}-{p[1]}" for p in PRINTED]
)
def test_printed_value(paper, locator, table, column, rows):
    for where, printed in rows:
        found = select(table, where)[column]
        assert len(found) == 1, f"{paper}, {locator}: {where} selects {len(found)} rows of {table}"
        assert found.iloc[0] == pytest.approx(printed, rel=1e-9), f"{paper}, {locator}: {where}"


# ---------------------------------------------------------------- sums and averages the papers print


def test_gpt3_superglue_average_is_the_mean_of_its_parts():
    """Table H.1: SuperGLUE averages eight tasks; CB, MultiRC and ReCoRD count with the mean of their two metrics."""
    frame = data.load("gpt3_table_h1")
    frame = frame[frame["split"] != "test server"]
    scores = frame.pivot_table(
        index=["model", "setting"], columns=["task", "metric"], values="value"
    )
    tasks = [
        [("BoolQ", "acc")],
        [("CB", "acc"), ("CB", "f1")],
        [("Copa", "acc")],
        [("RTE", "acc")],
        [("WiC", "acc")],
        [("WSC", "acc")],
        [("MultiRC", "acc"), ("MultiRC", "f1a")],
        [("ReCoRD", "acc"), ("ReCoRD", "f1")],
    ]
    recomputed = sum(scores[parts].mean(axis=1) for parts in tasks) / len(tasks)
    printed = scores[("SuperGLUE", "average")]
    assert len(printed) == 24
    assert (recomputed - printed).abs().max() <= 0.06


def test_gpt3_small_few_shot_equals_one_shot_in_27_rows():
    frame = data.load("gpt3_table_h1")
    frame = frame[(frame["model"] == "GPT-3 Small") & (frame["split"] != "test server")]
    both = frame.pivot_table(index=["task", "metric"], columns="setting", values="value")
    assert len(both) == 63
    assert (both["few_shot"] == both["one_shot"]).sum() == 27


def test_gpt3_training_compute_is_6nd():
    frame = data.load("gpt3_table_d1_compute")
    decoders = frame[frame["family"] == "GPT-3"]
    assert len(decoders) == 8
    assert (
        6 * decoders["params"] * decoders["train_tokens"] / decoders["train_flops"] - 1
    ).abs().max() < 0.01
    assert (frame["train_flops"] / 8.64e19 / frame["train_pf_days"] - 1).abs().max() < 0.01


def test_mawps_is_the_mean_of_its_four_subsets():
    """Wei et al. 2022: the MAWPS column of Table 2 averages Table 3."""
    subsets = data.load("cot_wei2022_mawps_subsets").groupby(["model", "setting"])["value"].mean()
    total = (
        data.load("cot_wei2022_arithmetic")
        .query("task == 'MAWPS'")
        .set_index(["model", "setting"])["value"]
    )
    assert len(total) == 28
    assert (subsets - total).abs().max() <= 0.051


def test_bbh_averages_match_except_the_known_one():
    """Suzgun et al. 2022: 'All Tasks' of PaLM with chain of thought is printed 63.3 but averages 65.2."""
    frame = data.load("bbh_suzgun2022")
    frame = frame[frame["family"].isin(["InstructGPT", "Codex", "PaLM"])]
    mean = frame[frame["task_kind"] != "aggregate"].groupby(["model", "setting"])["value"].mean()
    printed = frame[frame["task"] == "All Tasks (avg)"].set_index(["model", "setting"])["value"]
    wrong = ("PaLM 540B", "chain_of_thought")
    assert mean[wrong] == pytest.approx(65.2, abs=0.05) and printed[wrong] == 63.3
    assert (mean - printed).drop(wrong).abs().max() <= 0.06


def test_mmlu_subjects_average_to_table_6():
    """Hoffmann et al. 2022, Table A6: 67.6 for Chinchilla; Gopher's cells average 60.6 where Table 6 prints 60.0."""
    frame = data.load("chinchilla_table_a6_mmlu_subjects")
    mean = frame.groupby("family")["value"].mean()
    assert frame["task"].nunique() == 57
    assert round(mean["Chinchilla"], 1) == 67.6 and round(mean["Gopher"], 1) == 60.6
    wide = frame.pivot(index="task", columns="family", values="value")
    assert [
        (wide["Chinchilla"] > wide["Gopher"]).sum(),
        (wide["Chinchilla"] == wide["Gopher"]).sum(),
        (wide["Chinchilla"] < wide["Gopher"]).sum(),
    ] == [51, 2, 4]


def test_bigbench_cells_of_chinchilla_average_below_the_text():
    """Hoffmann et al. 2022, Table A7: the cells average 64.5, the text says 65.1; Gopher's 54.4 agrees."""
    mean = data.load("chinchilla_table_a7_bigbench").groupby("family")["value"].mean()
    assert round(mean["Chinchilla"], 1) == 64.5 and round(mean["Gopher"], 1) == 54.4


def test_bigbench_classes_have_the_sizes_of_appendix_e():
    counts = data.load("emergent_bigbench_task_classes")["category"].value_counts().to_dict()
    assert counts == {
        "smoothly_increasing": 58,
        "flat": 45,
        "emergent_with_palm": 42,
        "other": 27,
        "emergent_with_gpt3_or_lamda": 25,
    }


def test_flan_clusters_hold_62_datasets():
    assert data.load("flan2021_fig3_task_clusters")["value"].sum() == 62


def test_instructgpt_prompts_add_up_to_table_9():
    frame = data.load("instructgpt_table6_dataset_sizes")
    train = frame[frame["split"] == "train"].groupby("dataset")["value"].sum().to_dict()
    assert train == {"SFT": 12725, "RM": 33207, "PPO": 31144}


@pytest.mark.parametrize(
    "table", ["flan2022_table20_tydiqa_languages", "flan2022_table21_mgsm_languages"]
)
def test_flan_language_averages(table):
    frame = data.load(table)
    printed = frame[frame["language"] == "average"].set_index("model")["value"]
    mean = frame[frame["language"] != "average"].groupby("model")["value"].mean()
    assert len(printed) == 24
    assert (mean - printed).abs().max() <= 0.051


def test_flan_table5_repeats_the_language_averages():
    table5 = data.load("flan2022_table5_all_models")
    for task, table in (
        ("TyDiQA", "flan2022_table20_tydiqa_languages"),
        ("MGSM", "flan2022_table21_mgsm_languages"),
    ):
        average = data.load(table).query("language == 'average'").set_index("model")["value"]
        column = table5[table5["task"] == task].set_index("model")["value"]
        assert len(column) == 20
        assert (average[column.index] == column).all()


def test_flan_finetuning_share_fits_except_u_palm():
    """Chung et al. 2022, Table 2: U-PaLM's printed 2.5e23 does not fit its printed share of 0.2 %."""
    frame = data.load("flan2022_table2_compute").set_index("model")
    share = 100 * frame["finetune_flops"] / frame["pretrain_flops"]
    off = (share - frame["finetune_share_percent_as_printed"]).abs() > 0.1
    assert list(off[off].index) == ["Flan-U-PaLM 540B"]


def test_mamba_averages_match_except_two():
    frame = data.load("mamba_zero_shot").query("metric == 'accuracy'")
    printed = frame[frame["task"] == "average (6 tasks)"].set_index("model")["value"]
    mean = frame[frame["task"] != "average (6 tasks)"].groupby("model")["value"].mean()
    gap = (mean[printed.index] - printed).abs()
    assert set(gap[gap > 0.11].index) == {"Mamba-370M", "Mamba-790M"}


def test_mirage_toy_model_is_the_power_law_of_the_paper():
    """Schaeffer et al. 2023, Figure 3: accuracy on L tokens is accuracy on one token to the power L."""
    frame = data.load("schaeffer2023_fig3_fig4_arithmetic_metrics").query(
        "panel == 'mathematical_model' and metric == 'accuracy' and figure == '3'"
    )
    wide = frame.pivot(index="params", columns="target_length", values="value")
    assert wide.shape == (4, 5)
    for length in wide.columns:
        assert (wide[length] - wide[1] ** length).abs().max() < 2e-4


def test_mirage_92_percent_from_two_metrics():
    share = (
        data.load("schaeffer2023_fig5_metric_shares")
        .query("panel == '5C'")
        .set_index("category")["percent"]
    )
    assert share[["multiple_choice_grade", "exact_str_match"]].sum() == pytest.approx(
        92.54, abs=0.01
    )


def test_emergent_few_shot_panel_h_repeats_gpt3():
    """Wei et al. 2022, Figure 2H is one-shot WiC of the GPT-3 paper, drawn: eight points."""
    drawn = (
        data.load("wei2022_fig2_fig11_few_shot")
        .query("panel == 'H' and family == 'GPT-3'")
        .sort_values("params")["value"]
        .tolist()
    )
    table = (
        data.load("gpt3_table_h1")
        .query("task == 'WiC' and setting == 'one_shot'")
        .sort_values("params")["value"]
        .tolist()
    )
    assert drawn == pytest.approx(table, abs=0.051) and len(drawn) == 8


def test_instructgpt_cnn_dm_and_tldr_are_identical_in_print():
    frame = data.load("instructgpt_table14_automatic_evals")
    rows = [
        frame[frame["task"] == t].sort_values(["model", "params"])["value"].tolist()
        for t in ("CNN/DM", "TLDR")
    ]
    assert rows[0] == rows[1] and len(rows[0]) == 12


def test_five_chinchilla_runs_are_outliers():
    frame = data.load("chinchilla_training_runs")
    left_out = frame[~frame["used_in_epoch_fit"]]
    assert len(frame) == 245 and len(left_out) == 5
    assert left_out["loss"].min() > frame[frame["used_in_epoch_fit"]]["loss"].max()
