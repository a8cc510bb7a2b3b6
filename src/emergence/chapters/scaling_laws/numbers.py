"""Every number in the words of the chapter on scaling laws: those of its figures, and here those of its prose."""

from __future__ import annotations

import numpy as np

from emergence import data, formulas
from emergence.chart import one, pick

from .facts import best_size, in_words, pairs, palm, per_param, solved, trimmed
from .inference import COVERED
from .laws import (
    DEFAULT,
    SERVED,
    cheapest,
    exponent,
    intervals,
    optimal,
    optimal_flops,
    printed,
    refitted,
)
from .tables import chapter, kaplan_constant, models, prize_tasks, rounded, table_a3, training_runs


def ratio(params: float, tokens: float) -> str:
    """Tokens for each parameter, to two digits."""
    return f"{rounded(tokens / params, 2):,g}"


def of_kaplan() -> dict[str, str]:
    slope = kaplan_constant("L(N)", "alpha_N")
    day = kaplan_constant("unit", "flops_per_PF_day")
    more = kaplan_constant("D_opt (1 epoch)", "D_e") / optimal("kaplan", day)[1]
    return {
        "kaplan_slope_D": f"{kaplan_constant('L(D)', 'alpha_D'):g}",
        "kaplan_slope_C": f"{kaplan_constant('L(C_min)', 'alpha_C_min'):.3f}",
        "kaplan_ten": f"{100 * (1 - 10**-slope):.0f}",
        "kaplan_half": f"{np.log10(2) / slope:.1f}",
        "kaplan_more_tokens": f"{more:.1f}",
        "kaplan_24_ratio": ratio(*optimal("kaplan", 1e24)),
        "replication_24_ratio": ratio(*optimal("replication", 1e24)),
    }


def of_approaches() -> dict[str, str]:
    table = data.load("optimal_allocation_exponents")
    first, second, third = pick(table, source="Hoffmann et al. 2022 Table 2").to_dict("records")
    return {
        "a1": f"{first['a_params_exponent']:g}",
        "a2": f"{second['a_params_exponent']:g}",
        "a3": f"{third['a_params_exponent']:g}",
        "a3_low": f"{third['a_low']:g}",
        "a3_high": f"{third['a_high']:g}",
    }


def of_refit() -> dict[str, str]:
    ours, everything = refitted(*DEFAULT), refitted("points_245", "huber_1e-3")
    original, replication = printed("hoffmann"), printed("replication")
    low, high = intervals(*DEFAULT)["a"]
    runs = training_runs("points_245")
    return {
        "our_E": f"{ours['E']:.2f}",
        "our_a": f"{exponent(ours):.3f}",
        "our_a_low": f"{low:.3f}",
        "our_a_high": f"{high:.3f}",
        "rep_E": f"{replication['E']:.2f}",
        "rep_a": f"{exponent(replication):.3f}",
        "hoff_a": f"{exponent(original):.3f}",
        "hoff_B": f"{original['B']:,.0f}",
        "all_beta": f"{everything['beta']:.3f}",
        "all_a": f"{exponent(everything):.3f}",
        "allsq_a": f"{exponent(refitted('points_245', 'squares')):.3f}",
        "iso_our_21": in_words(best_size(ours, 1e21)),
        "iso_hoff_21": in_words(best_size(original, 1e21)),
        "our_25_ratio": ratio(*formulas.compute_optimal(1e25, **ours)),
        "hoff_25_ratio": ratio(*formulas.compute_optimal(1e25, **original)),
        "runs": str(len(runs)),
        "runs_used": str(len(training_runs("points_240"))),
        "runs_max_flops": f"{runs['train_flops'].max():.1e}".replace("e+", "e"),
    }


def of_steep_runs() -> dict[str, str]:
    """Runs near 1e19 FLOPs with more than 1.5 billion parameters that the replication keeps, and how far above our law they lie."""
    runs = training_runs("points_240")
    near = (np.log10(runs["train_flops"]) - 19).abs() <= 0.05
    runs = runs[near & (runs["params"] > 1.5e9)]
    law = formulas.parametric_loss(runs["params"], runs["train_tokens"], **refitted(*DEFAULT))
    excess = runs["loss"] - law
    return {
        "steep_n": str(len(runs)),
        "steep_low": f"{excess.min():.2f}",
        "steep_high": f"{excess.max():.2f}",
    }


def of_table_a3() -> dict[str, str]:
    sizes, flops = table_a3()["params"].to_numpy(), table_a3()["train_flops"].to_numpy()
    rounded_off = 100 * (optimal_flops(sizes, printed("rounded")) / flops - 1)
    unrounded_off = 100 * (optimal_flops(sizes, printed("hoffmann")) / flops - 1)
    slope, intercept = np.polyfit(np.log(sizes), np.log(flops), 1)
    spread = 100 * np.abs(np.log(flops) - slope * np.log(sizes) - intercept).max()
    # The beta and B that, with the published alpha and A, have the table's power law as their optimum.
    alpha, A = printed("hoffmann")["alpha"], printed("hoffmann")["A"]
    beta = alpha / (slope - 1)
    B = alpha * A / (beta * np.exp((intercept - np.log(6)) / -slope * (alpha + beta)))
    return {
        "rounded_low": f"{rounded_off.min():.0f}",
        "rounded_high": f"{rounded_off.max():.0f}",
        "unrounded_low": f"{unrounded_off.min():.0f}",
        "unrounded_high": f"{unrounded_off.max():.0f}",
        "table_slope": f"{1 / slope:.3f}",
        "table_spread": f"{spread:.1f}",
        "table_beta": f"{beta:.3f}",
        "table_B": f"{B:.0f}",
    }


def of_gopher() -> dict[str, str]:
    bits, law = pairs("pile"), printed("replication")
    n = {
        "pile_n": str(len(bits)),
        "pile_better": str((bits["Chinchilla"] < bits["Gopher"]).sum()),
    }
    for key, model in (("chin", "Chinchilla"), ("goph", "Gopher")):
        params = one(models(), "params", model=model)
        tokens = one(models(), "train_tokens", model=model)
        n[f"{key}_loss"] = f"{formulas.parametric_loss(params, tokens, **law):.3f}"
        n[f"{key}_term_N"] = f"{law['A'] / params ** law['alpha']:.3f}"
        n[f"{key}_term_D"] = f"{law['B'] / tokens ** law['beta']:.3f}"
    return n


def life(params: float, tokens: float, served: str) -> float:
    """FLOPs of training and serving together."""
    return 6 * params * tokens + 2 * params * SERVED[served]


def saved(served: str) -> str:
    """Percent of its life's compute that the cheapest model saves against the one that is optimal for training."""
    best = life(*optimal("replication", 1e24), served)
    return f"{100 * (1 - life(*cheapest(1e24, served), served) / best):.0f}"


def of_serving() -> dict[str, str]:
    params, tokens = cheapest(1e24, "served_1e13")
    released = models().set_index("date")["tokens_per_param"].sort_index()
    return {
        "served_1e13_N": in_words(params),
        "served_1e13_ratio": ratio(params, tokens),
        "served_1e13_train": f"{6 * params * tokens / 1e24:.2f}",
        "served_1e13_saved": saved("served_1e13"),
        "served_1e14_saved": saved("served_1e14"),
        "tpp_llama405": per_param("Llama 3.1 405B"),
        "tpp_early": f"{released['2020':'2021'].median():.1f}",
        "tpp_late": f"{released['2024':'2024'].median():.0f}",
    }


def of_prize_tasks() -> dict[str, str]:
    rows = pick(prize_tasks(), family="PaLM").pivot(index="task", columns="model", values="value")
    accuracy = rows.drop(index="prompt_injection")
    return {
        "modus_1B": palm("modus_tollens", "1B"),
        "modus_8B": palm("modus_tollens", "8B"),
        "modus_540B": palm("modus_tollens", "540B"),
        "pattern_1B": palm("pattern_match_suppression", "1B"),
        "pattern_8B": palm("pattern_match_suppression", "8B"),
        "redefine_1B": palm("redefine", "1B"),
        "redefine_540B": palm("redefine", "540B"),
        "palm_tasks": str(len(accuracy)),
        "palm_up_last": str((accuracy["540B"] > accuracy["62B"]).sum()),
        "palm_below_1B": str((accuracy["540B"] < accuracy["1B"]).sum()),
    }


def of_answers() -> dict[str, str]:
    fits = pick(data.load("monkeys_brown2024_fits"), model="Llama-3-8B-Instruct")
    fit = fits.set_index("task").loc[COVERED["MATH"]]
    alone = np.exp(fit["a"])
    report = pick(data.load("deepseek_r1_2025"), task="AIME 2024", metric="pass_at_1")
    end = one(report, model="DeepSeek-R1-Zero", source_table="2")
    later = pick(data.load("deepseek_r1_zero_training"), metric="pass@1")["value"].max()
    return {
        "monkey_fit_1": trimmed(alone),
        "monkey_fit_10": trimmed(np.exp(fit["a"] * 10 ** fit["b"])),
        "monkey_same_p": trimmed(float(formulas.coverage(alone, 10))),
        "pass_base_128": solved("rl_before", 128),
        "pass_rl_128": solved("rl_after", 128),
        "r1_start": f"{one(report, source_table='text / figure 2'):g}",
        "r1_end": f"{end:g}",
        "r1_later": trimmed(later),
    }


@chapter.prose
def _():
    return {
        **of_kaplan(),
        **of_approaches(),
        **of_refit(),
        **of_steep_runs(),
        **of_table_a3(),
        **of_gopher(),
        **of_serving(),
        **of_prize_tasks(),
        **of_answers(),
    }


numbers = chapter.numbers
