"""The numbers that only sentences of the chapter on instruction tuning ask for; percentages without their sign."""

from __future__ import annotations

import numpy as np

from emergence import data, formulas
from emergence.chart import one, percent, pick, scientific
from emergence.models import instructions
from emergence.text import label

from .amounts import collections
from .facts import (
    GPT3,
    LARGE,
    STEP_BY_STEP,
    average,
    best_worth,
    between,
    large_bloom,
    mini_params,
    preferred,
    rated,
    seeds,
    study,
    tested,
    text_number,
)
from .feedback import automatic_evaluations, stiennon
from .miniature import means
from .simulations import TRUE_REWARDS, kl_bandit
from .tables import chapter
from .tuning import bloomz, costs, flan_palm, tuned_by_size

PTX = "ppo_ptx"


def of_flan() -> dict[str, str]:
    recipe = data.load("flan2021_recipe").set_index("quantity")["value"]
    types = data.load("flan2021_fig1_task_types")

    def by_type(task, family, setting):
        return f"{one(types, task=task, family=family, setting=setting):.1f}"

    def forecast(name):
        return percent(tuned_by_size().forecast(study=name)["line"])

    told = tuned_by_size().forecast(study="bloomz_english")
    chance = pick(tuned_by_size().frame(study="flan_t5"), kind="reference")
    english, other = "bloomz_english", "bloomz_other"
    return {
        "flan_datasets": str(int(recipe["datasets"])),
        "flan_clusters": str(int(recipe["task_clusters"])),
        "flan_templates": str(int(recipe["templates_per_dataset"])),
        "flan_wins": str(int(recipe["datasets_flan_beats_zero_shot_gpt3"])),
        "nli_flan": by_type("Natural language inference", "FLAN", "zero_shot"),
        "nli_gpt_few": by_type("Natural language inference", "GPT-3", "few_shot"),
        "rc_flan": by_type("Reading comprehension", "FLAN", "zero_shot"),
        "rc_gpt_few": by_type("Reading comprehension", "GPT-3", "few_shot"),
        "qa_flan": by_type("Closed-book QA", "FLAN", "zero_shot"),
        "qa_gpt_few": by_type("Closed-book QA", "GPT-3", "few_shot"),
        "flan_line": forecast("flan"),
        "bz_en_line": forecast(english),
        "bz_en_truth": percent(told["truth"]),
        "bz_en_plain_small": study(english, 5.6e8, False),
        "bz_en_tuned_small": study(english, 5.6e8, True),
        "bz_en_plain_large": study(english, 1.76e11, False),
        "bz_en_tuned_large": study(english, 1.76e11, True),
        "bz_other_plain_large": study(other, 1.76e11, False),
        "bz_other_tuned_large": study(other, 1.76e11, True),
        "bz_sets_en": str(pick(bloomz(), english=True)["task"].nunique()),
        "bz_sets_other": str(pick(bloomz(), english=False)["task"].nunique()),
        "bz_xcopa_et": large_bloom("xcopa et"),
        "bz_xcopa_zh": large_bloom("xcopa zh"),
        "t5_plain_small": study("flan_t5", 8e7, False),
        "t5_tuned_small": study("flan_t5", 8e7, True),
        "t5_plain_large": study("flan_t5", 1.1e10, False),
        "t5_tuned_large": study("flan_t5", 1.1e10, True),
        "t5_xl": study("flan_t5", 3e9, True),
        "t5_chance": percent(one(chance)),
    }


def of_natural_instructions() -> dict[str, str]:
    facts = pick(
        data.load("superni_table1_dataset_comparison"), resource="Super-NaturalInstructions"
    )
    counts = facts.set_index("metric")["value"]
    ni = data.load("superni_fig5_scaling")
    size = pick(ni, axis="model_size").set_index("base_model")["value"]
    table = pick(data.load("superni_table3_rougel"), track="en")
    in_paper = table["source_version"] == "paper v3 Table 3"
    paper, readme = table[in_paper], table[~in_paper]
    parts = data.load("superni_table4_instruction_elements")
    parts = parts[parts["testing_encoding"].str.startswith("average")]
    return {
        "ni_tasks": f"{int(counts['number_of_tasks']):,}",
        "ni_types": f"{int(counts['number_of_task_types']):,}",
        "ni_languages": f"{int(counts['number_of_languages']):,}",
        "ni_train": f"{int(counts['training_tasks_english']):,}",
        "ni_small": f"{size['T5-small']:.1f}",
        "ni_large": f"{size['T5-large']:.1f}",
        "ni_11b": f"{size['T5-11B']:.1f}",
        "ni_3b_128": f"{one(ni, x_training_tasks=128):.1f}",
        "ni_8": f"{one(ni, x_instances_per_task=8):.1f}",
        "ni_64": f"{one(ni, x_instances_per_task=64):.1f}",
        "ni_instructgpt": f"{one(paper, model='InstructGPT 175B'):.1f}",
        "ni_gpt3": f"{one(paper, model='GPT-3 175B'):.1f}",
        "ni_11b_readme": f"{one(readme, model='Tk-Instruct 11B'):.1f}",
        "part_def": f"{one(parts, training_encoding='Def'):.1f}",
        "part_def_pos": f"{one(parts, training_encoding='Def + Pos (2)'):.1f}",
    }


def of_flan_palm() -> dict[str, str]:
    said = data.load("flan2022_text_numbers").set_index("metric")["value"]
    spent = pick(costs(), stage="tuning_stage").set_index("model")["flops"]

    def middle(task, setting, tasks):
        rows = pick(flan_palm(), task=task, setting=setting)
        return percent(one(rows, size="62B", tuning_tasks=tasks))

    return {
        "tasks_none_62": percent(average("62B", 0)),
        "tasks_all_8": percent(average("8B", 1836)),
        "mmlu_62_0": middle("MMLU", "standard", 0),
        "mmlu_62_9": middle("MMLU", "standard", 9),
        "mmlu_62_1836": middle("MMLU", "standard", 1836),
        "mgsm_62_0": middle("MGSM", "chain_of_thought", 0),
        "mgsm_62_9": middle("MGSM", "chain_of_thought", 9),
        "mgsm_62_1836": middle("MGSM", "chain_of_thought", 1836),
        "palm_tasks": f"{int(said['finetuning_tasks_total']):,}",
        "palm_chips": str(int(said["finetuning_hardware_chips"])),
        "palm_hours": str(int(said["finetuning_hours"])),
        "palm_tokens": f"{said['finetuning_tokens'] / 1e9:.1f}",
        "palm_flops": scientific(spent["Flan-PaLM 540B"], times=" × "),
        "palm_flops_6nd": scientific(6 * 5.4e11 * said["finetuning_tokens"], times=" × "),
        "ppo_flops": scientific(spent[label("ppo_ptx_175b")], times=" × "),
        "gpt3_mmlu": f"{said['MMLU_accuracy_reference']:.1f}",
        "pfdays_pre": f"{text_number('training_compute', 'GPT-3 175B'):,.0f}",
        "pfdays_sft": f"{text_number('training_compute', 'SFT 175B'):.1f}",
        "pfdays_ppo": f"{text_number('training_compute', 'PPO-ptx 175B'):.0f}",
    }


def against(better: float, worse: float) -> str:
    """How often one model beats the other, from how often each beats a third (Bradley and Terry)."""
    first, second = (float(np.log(p / (1 - p))) for p in (better, worse))
    return percent(float(formulas.preference(first, second)), 0)


def of_feedback() -> dict[str, str]:
    direct = data.load("instructgpt_preferences_text").set_index("baseline")
    won, margin = direct["value"], direct["ci95_plus_minus"]
    prompts = pick(data.load("instructgpt_table6_dataset_sizes"), split="train")
    prompts = prompts.groupby("dataset")["value"].sum() / 1000
    uses = data.load("instructgpt_table1_use_cases").set_index("use_case")["value"]
    agreement = text_number("inter_annotator_agreement", "training labelers")
    ceiling = (1 + np.sqrt(2 * agreement / 100 - 1)) / 2
    right = text_number("reward_model_accuracy", "RM, training labeler groups")
    held_out = "heldout_instruct"
    truth = automatic_evaluations().frame(automatic="auto_informative")
    truth = pick(truth, params=LARGE).set_index(["series", "prompt"])["value"]
    large, small = preferred(PTX, LARGE), preferred(PTX, 1.3e9)
    return {
        "win_ptx_1_held": percent(preferred(PTX, 1.3e9, held_out)),
        "win_gpt_175_held": percent(preferred(GPT3, LARGE, held_out)),
        "bt_gpt": against(large, preferred(GPT3, LARGE)),
        "bt_prompted": against(large, preferred("prompted", LARGE)),
        "bt_small": against(small, preferred(GPT3, LARGE)),
        "direct_gpt": f"{won['GPT-3 175B']:.0f}",
        "direct_gpt_pm": f"{margin['GPT-3 175B']:.0f}",
        "direct_prompted": f"{won['GPT-3 175B few-shot prompted']:.0f}",
        "direct_prompted_pm": f"{margin['GPT-3 175B few-shot prompted']:.0f}",
        "direct_flan": f"{won['GPT-3 175B fine-tuned on FLAN']:.0f}",
        "direct_flan_pm": f"{margin['GPT-3 175B fine-tuned on FLAN']:.0f}",
        "direct_t0": f"{won['GPT-3 175B fine-tuned on T0 (T0++)']:.0f}",
        "direct_t0_pm": f"{margin['GPT-3 175B fine-tuned on T0 (T0++)']:.0f}",
        "invents_gpt3": percent(rated(GPT3, "hallucinates"), 0),
        "invents_sft": percent(rated("sft", "hallucinates"), 0),
        "invents_ppo_ptx": percent(rated(PTX, "hallucinates"), 0),
        "tax_drop_gpt_zero": tested("DROP", "zero_shot", GPT3),
        "tax_drop_ppo_zero": tested("DROP", "zero_shot", "ppo"),
        "tax_drop_ptx_zero": tested("DROP", "zero_shot", PTX),
        "agree": f"{agreement:.1f}",
        "ceiling": percent(ceiling),
        "rm_accuracy": f"{right:.1f}",
        "labelers": f"{text_number('number_of_labelers', 'contractors'):.0f}",
        "english": f"{text_number('share_english', 'prompt dataset'):.0f}",
        "prompts_sft": f"{prompts['SFT']:.0f}",
        "prompts_rm": f"{prompts['RM']:.0f}",
        "prompts_ppo": f"{prompts['PPO']:.0f}",
        "use_generation": f"{uses['Generation']:.0f}",
        "use_classification": f"{uses['Classification']:.1f}",
        "truth_qa_gpt": percent(truth[GPT3, "QA prompt"]),
        "truth_qa_ptx": percent(truth[PTX, "QA prompt"]),
        "truth_said_ptx": percent(truth[PTX, "instruction"]),
        "truth_both_ptx": percent(truth[PTX, "QA + instruct"]),
    }


def of_rewards() -> dict[str, str]:
    models = stiennon("Figure 6")
    clean = kl_bandit().frame(flaw="flaw_none", noise="noise_1")
    p = formulas.preference(TRUE_REWARDS[:, None], TRUE_REWARDS)[np.triu_indices(6, 1)]
    dpo = data.load("dpo_win_rates")["value"]
    return {
        "rm_small": percent(one(models, params=1.25e8, comparisons="64k"), 0),
        "rm_large": percent(one(models, params=1.29e10, comparisons="64k"), 0),
        "rm_person": percent(one(models, model="human baseline"), 0),
        "fit_ceiling": percent(np.maximum(p, 1 - p).mean(), 0),
        "bandit_best_flawed": percent(best_worth()["flawed"]),
        "bandit_clean_score": f"{one(clean, 'reward', beta=0.5, series='proxy'):.2f}",
        "bandit_clean_worth": f"{one(clean, 'reward', beta=0.5, series='worth'):.2f}",
        **three_answers("1", 1.0),
        **three_answers("05", 0.5),
        "dpo": f"{dpo.iloc[0]:.0f}",
        "dpo_ppo": f"{dpo.iloc[1]:.0f}",
    }


def three_answers(key: str, beta: float) -> dict[str, str]:
    """Exercise: the best policy over three answers at a price of `beta` per nat."""
    reference, reward = np.array([0.7, 0.25, 0.05]), np.array([0.0, 1.0, 2.0])
    policy = formulas.kl_optimal_policy(reference, reward, beta)
    return {
        f"three_{key}_0": f"{policy[0]:.2f}",
        f"three_{key}_1": f"{policy[1]:.2f}",
        f"three_{key}_2": f"{policy[2]:.2f}",
        f"three_{key}_kl": f"{formulas.kl_divergence(policy, reference):.2f}",
        f"three_{key}_reward": f"{policy @ reward:.2f}",
    }


def of_amounts() -> dict[str, str]:
    mean = data.load("ape_iqm_human_vs_ape").set_index("prompt_method")["value"]
    tasks = data.load("ape_bbii_human_vs_ape")
    tasks = tasks.pivot(index="task", columns="prompt_method", values="value")
    opro = data.load("opro_gsm8k_prompts")
    from_ape = opro[opro["optimizer_or_source"].str.contains("APE")]["value"].iloc[0]
    made = data.load("selfinstruct_dataset_stats").set_index("metric")["value"]
    rouge = data.load("selfinstruct_superni_rougel").set_index("model")["value"]
    written = collections().frame(counted="n_written")["origin"].value_counts()
    return {
        "iqm_ape": f"{mean['APE']:.2f}",
        "iqm_human": f"{mean['human']:.2f}",
        "bbii_tasks": str(len(tasks)),
        "bbii_better": str((tasks["APE"] > tasks["human"]).sum()),
        "bbii_worse": str((tasks["APE"] < tasks["human"]).sum()),
        "opro_best": f"{opro['value'].max():.1f}",
        "opro_step": f"{one(opro, trigger_prompt=STEP_BY_STEP):.1f}",
        "opro_ape": f"{from_ape:.1f}",
        "si_seeds": f"{made['seed_tasks']:.0f}",
        "si_instructions": f"{made['instructions_generated']:,.0f}",
        "si_valid": f"{made['quality_all_fields_valid']:.0f}",
        "si_gpt3": f"{rouge['GPT-3']:.1f}",
        "si_self": f"{rouge['GPT-3 Self-Instruct']:.1f}",
        "si_instructgpt": f"{rouge['InstructGPT-001']:.1f}",
        "coll_people": str(written["by_people"]),
        "coll_models": str(written["by_stronger"] + written["by_itself"]),
    }


def of_miniature() -> dict[str, str]:
    letter = "per_letter"
    halfway = pick(means(), width=32, counted_as="exact_match")
    halfway = halfway.pivot(index="seed", columns="part", values="value").sort_values("held_out")
    worst, best = halfway.iloc[0], halfway.iloc[-1]
    middle = pick(means(), tasks=19, part="held_out", counted_as=letter)["value"]
    return {
        "mini_seeds": str(means()["seed"].nunique()),
        "mini_all": str(len(instructions.TASKS)),
        "mini_single": str(len(instructions.SINGLE)),
        "mini_orders": str(len(instructions.ORDERS)),
        "mini_maps": str(len(instructions.MAPS)),
        "mini_size_8": mini_params(8),
        "mini_size_16": mini_params(16),
        "mini_size_32": mini_params(32),
        "mini_15_64_training_exact": seeds(15, 64, "training"),
        "mini_31_8_training_exact": seeds(31, 8, "training"),
        "mini_31_16_training_exact": seeds(31, 16, "training"),
        "mini_19_64_held_out_exact": seeds(19, 64),
        "mini_15_64_held_out_letter": seeds(15, 64, metric=letter),
        "mini_19_64_held_out_letter": seeds(19, 64, metric=letter),
        "mini_23_64_held_out_letter": seeds(23, 64, metric=letter),
        "mini_worst_held_out": percent(worst["held_out"], 0),
        "mini_worst_training": percent(worst["training"], 0),
        "mini_best_held_out": percent(best["held_out"], 0),
        "mini_best_training": percent(best["training"], 0),
        "mini_independent": between(middle**instructions.LENGTH),
    }


@chapter.prose
def prose():
    return {
        **of_flan(),
        **of_natural_instructions(),
        **of_flan_palm(),
        **of_feedback(),
        **of_rewards(),
        **of_amounts(),
        **of_miniature(),
    }


numbers = chapter.numbers
