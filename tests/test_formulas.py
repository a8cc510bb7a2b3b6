"""The formulas against independent computations: enumeration, exact fractions, limits."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emergence import formulas

probabilities = st.floats(0, 1, allow_nan=False)


@given(probabilities, st.integers(0, 30))
def test_a_chain_is_the_product_of_its_steps(p, k):
    assert formulas.chain_accuracy(p, k) == pytest.approx(np.prod([p] * k), abs=1e-12)


@given(st.floats(0.01, 1), st.integers(1, 60))
def test_step_accuracy_inverts_chain_accuracy(accuracy, k):
    assert formulas.chain_accuracy(formulas.step_accuracy(accuracy, k), k) == pytest.approx(
        accuracy, rel=1e-9
    )


def test_known_values():
    assert formulas.chain_accuracy(0.9, 10) == pytest.approx(0.3486784401)
    assert formulas.step_accuracy(0.5, 10) == pytest.approx(0.9330329915)
    assert formulas.coverage(0.01, 100) == pytest.approx(1 - float(Fraction(99, 100) ** 100))
    assert formulas.majority_vote(0.6, 3) == pytest.approx(0.648)  # 3·0.36·0.4 + 0.216
    np.testing.assert_allclose(
        formulas.chain_accuracy([0.5, 1.0], [[1], [2]]), [[0.5, 1.0], [0.25, 1.0]]
    )


@given(st.floats(0.01, 0.99), st.integers(1, 6))
def test_votes_and_coverage_agree_with_enumeration(p, n):
    vote = found = 0.0
    for outcome in product([0, 1], repeat=n):
        right = sum(outcome)
        weight = p**right * (1 - p) ** (n - right)
        vote += weight * (1.0 if 2 * right > n else 0.5 if 2 * right == n else 0.0)
        found += weight * (right > 0)
    assert formulas.majority_vote(p, n) == pytest.approx(vote, abs=1e-12)
    assert formulas.coverage(p, n) == pytest.approx(found, abs=1e-12)


def test_voting_helps_above_one_half_and_hurts_below():
    n = np.arange(1, 100, 2)
    assert np.all(np.diff(formulas.majority_vote(0.55, n)) > 0)
    assert np.all(np.diff(formulas.majority_vote(0.45, n)) < 0)


def test_coverage_keeps_small_probabilities_and_its_ends():
    assert formulas.coverage(1e-18, 10) == pytest.approx(
        1e-17, rel=1e-12
    )  # 1 - (1 - p)**n would give 0
    assert (
        formulas.coverage(1.0, 3) == 1.0
        and formulas.coverage(0.3, 0) == 0.0
        and formulas.coverage(1.0, 0) == 0.0
    )


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: formulas.chain_accuracy(1.2, 3), "p is 1.2"),
        (lambda: formulas.chain_accuracy(0.5, 2.5), "k is 2.5"),
        (lambda: formulas.step_accuracy(0.5, 0), "whole numbers from 1"),
        (lambda: formulas.coverage(float("nan"), 3), "between 0 and 1"),
        (lambda: formulas.majority_vote([0.5, -0.1], 3), "between 0 and 1"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


@given(
    st.integers(1, 6),
    st.integers(1, 9),
    st.floats(0.01, 0.5),
    st.integers(0, 6),
    st.integers(0, 2**32 - 1),
)
def test_linear_attention_is_gradient_descent(d, n, step, layers, seed):
    rng = np.random.default_rng(seed)
    x, y, query = rng.normal(size=(n, d)), rng.normal(size=n), rng.normal(size=(4, d))
    w = np.zeros(d)
    for _ in range(
        layers
    ):  # the gradient by central differences, exact for a quadratic up to rounding
        loss = lambda v: np.mean((y - x @ v) ** 2) / 2  # noqa: E731
        w = w - step * np.array([loss(w + e) - loss(w - e) for e in np.eye(d)]) / 2
    scale = 1 + np.abs(w).max()
    np.testing.assert_allclose(formulas.gradient_steps(x, y, step, layers), w, atol=1e-9 * scale**2)
    np.testing.assert_allclose(
        formulas.attention_regression(x, y, query, step, layers), query @ w, atol=1e-9 * scale**2
    )


def test_linear_attention_sums_over_context_tokens_only():
    rng = np.random.default_rng(1)
    tokens, matrices = rng.normal(size=(4, 3)), rng.normal(size=(4, 3, 3))
    q, k, v, p = matrices
    expected = [e + p @ sum((v @ c) * ((k @ c) @ (q @ e)) for c in tokens[:2]) for e in tokens]
    np.testing.assert_allclose(
        formulas.linear_attention(tokens, *matrices, n_context=2), expected, atol=1e-12
    )


def test_gradient_descent_reaches_least_squares_and_diverges_beyond_the_stable_step():
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    largest = np.linalg.eigvalsh(x.T @ x / 20)[-1]
    np.testing.assert_allclose(
        formulas.gradient_steps(x, y, 1 / largest, 2000), np.linalg.lstsq(x, y)[0], atol=1e-10
    )
    assert np.abs(formulas.gradient_steps(x, y, 2.1 / largest, 2000)).max() > 1e6
    with pytest.raises(ValueError, match="whole numbers from 0"):
        formulas.gradient_steps(x, y, 0.1, 1.5)


# --- parameters of a Transformer ------------------------------------------------------------------------------------------
def test_param_split_of_gpt3_by_hand():
    """GPT-3 175B (Brown et al. 2020, Table 2.1): 96 layers, width 12,288, 96 heads of 128; 12 d^2 weights per layer."""
    split = formulas.param_split(96, 12288, 96, 128, 4 * 12288)
    assert (
        split.attention == 96 * 4 * 12288**2
        and split.feed_forward == 2 * split.attention
        and split.embedding == 0
    )


def test_param_split_options_scale_the_right_part():
    plain = formulas.param_split(2, 64, 4, 16, 256, vocab_size=100)
    pair, gated, untied, experts, shared = (
        formulas.param_split(2, 64, 4, 16, 256, vocab_size=100, **change)
        for change in (
            {"encoder_decoder": True},
            {"ffn_matrices": 3},
            {"tied": False},
            {"n_experts": 8},
            {"n_kv_heads": 1},
        )
    )
    assert pair.attention == 3 * plain.attention and pair.feed_forward == 2 * plain.feed_forward
    assert gated.feed_forward == 1.5 * plain.feed_forward and gated.attention == plain.attention
    assert untied.embedding == 2 * plain.embedding == 2 * 6400
    assert experts.feed_forward == 8 * plain.feed_forward and experts.attention == plain.attention
    assert shared.attention == plain.attention * (4 + 1) / (4 + 4)


def test_param_split_broadcasts_and_refuses_nonsense():
    split = formulas.param_split([2, 4], 64, 4, 16, [[128], [256]])
    assert split.attention.shape == split.feed_forward.shape == split.embedding.shape == (2, 2)
    with pytest.raises(ValueError, match="n_layers"):
        formulas.param_split(0, 64, 4, 16, 256)
    with pytest.raises(ValueError, match="d_ff"):
        formulas.param_split(2, 64, 4, 16, 10.5)


# --- preferences and KL-regularized optimization ------------------------------------------------------------------------
@given(st.floats(-30, 30), st.floats(-30, 30))
def test_one_of_two_answers_is_preferred(a, b):
    assert formulas.preference(a, b) + formulas.preference(b, a) == pytest.approx(1)
    assert formulas.preference(a, b) == pytest.approx(1 / (1 + np.exp(b - a)))


def test_fit_of_two_answers_is_the_log_odds_of_the_count():
    reward, error = formulas.fit_preferences([[0, 30], [10, 0]])
    assert reward[0] - reward[1] == pytest.approx(np.log(3)) and reward.sum() == pytest.approx(0)
    # variance of a log-odds is 1/30 + 1/10; each of the two centered rewards is half of the difference
    assert error == pytest.approx(np.sqrt(1 / 30 + 1 / 10) / 2)


def test_fit_recovers_rewards_from_expected_counts():
    true = np.array([-2.0, -0.5, 0.0, 1.0, 1.5])
    reward, _ = formulas.fit_preferences(50 * formulas.preference(true[:, None], true))
    assert reward == pytest.approx(true)


def test_fit_is_the_maximum_of_the_likelihood():
    from scipy.optimize import minimize

    wins = np.array([[0, 7, 5, 9], [3, 0, 6, 2], [5, 4, 0, 8], [1, 8, 2, 0]], float)
    for sd in (np.inf, 1.5):

        def loss(r):
            return (wins * np.logaddexp(0, r - r[:, None])).sum() + (
                0 if np.isinf(sd) else (r**2).sum() / (2 * sd**2)
            )

        best = minimize(loss, np.zeros(4), method="BFGS", options={"gtol": 1e-9}).x
        assert formulas.fit_preferences(wins, sd)[0] == pytest.approx(best - best.mean(), abs=1e-5)


def test_fit_error_matches_repeated_draws():
    rng, true = np.random.default_rng(0), np.array([-1.0, 0.0, 1.0])
    p, fits = formulas.preference(true[:, None], true), []
    for _ in range(400):
        upper = np.triu(rng.binomial(200, p), 1)
        fits.append(formulas.fit_preferences(upper + np.tril(200 - upper.T, -1))[0])
    _, error = formulas.fit_preferences(200 * p)
    assert np.std(fits, axis=0) == pytest.approx(error, rel=0.15)


def test_an_answer_that_always_won_needs_a_prior():
    with pytest.raises(ValueError, match="prior_sd"):
        formulas.fit_preferences([[0, 5], [0, 0]])
    reward, error = formulas.fit_preferences([[0, 5], [0, 0]], prior_sd=2)
    assert np.isfinite(reward).all() and np.isfinite(error).all() and reward[0] > 0


@pytest.mark.parametrize(
    "wins, sd",
    [([[0, 1, 2], [3, 0, 1]], 1), ([[0, -1], [1, 0]], 1), ([[0, 1], [1, 0]], 0), ([[0]], 1)],
)
def test_fit_refuses_what_is_no_table_of_counts(wins, sd):
    with pytest.raises(ValueError):
        formulas.fit_preferences(wins, sd)


def test_optimal_policy_beats_every_other():
    rng, reference, reward = (
        np.random.default_rng(1),
        np.array([0.5, 0.3, 0.15, 0.05]),
        np.array([0.0, 1.0, -1.0, 3.0]),
    )
    others = rng.dirichlet(np.ones(4), 5000)
    for beta in (0.3, 1.0, 5.0):

        def value(policy):
            return policy @ reward - beta * formulas.kl_divergence(policy, reference)

        best = formulas.kl_optimal_policy(reference, reward, beta)
        assert best.sum() == pytest.approx(1) and (value(others) <= value(best) + 1e-12).all()
        assert value(best) == pytest.approx(
            beta * np.log((reference * np.exp(reward / beta)).sum())
        )


def test_optimal_policy_limits_and_broadcasting():
    reference, reward = np.array([0.5, 0.5, 0.0]), np.array([0.0, 1.0, 9.0])
    policy = formulas.kl_optimal_policy(reference, reward, np.array([1e9, 1e-3]))
    assert policy.shape == (2, 3)
    assert policy[0] == pytest.approx([0.5, 0.5, 0], abs=1e-8) and policy[1] == pytest.approx(
        [0, 1, 0]
    )  # what was impossible stays so
    with pytest.raises(ValueError, match="beta"):
        formulas.kl_optimal_policy(reference, reward, 0)
    with pytest.raises(ValueError, match="sum"):
        formulas.kl_optimal_policy([0.5, 0.6], [0, 1], 1)


def test_divergence_of_a_coin():
    assert formulas.kl_divergence([0.9, 0.1], [0.5, 0.5]) == pytest.approx(
        0.9 * np.log(1.8) + 0.1 * np.log(0.2)
    )
    assert (
        formulas.kl_divergence([1, 0], [0.25, 0.75]) == pytest.approx(np.log(4))
        and formulas.kl_divergence([0.5, 0.5], [1, 0]) == np.inf
    )


# --- scaling laws of pre-training ------------------------------------------------------------------------------------
PARAMETRIC = {"E": 1.8, "A": 480.0, "B": 2000.0, "alpha": 0.35, "beta": 0.37}


def synthetic_runs(noise=0.0):
    generator = np.random.default_rng(3)
    params, tokens = 10 ** generator.uniform(8, 10, 80), 10 ** generator.uniform(9, 11.5, 80)
    return (
        params,
        tokens,
        formulas.parametric_loss(params, tokens, **PARAMETRIC)
        * np.exp(noise * generator.standard_normal(80)),
    )


def test_parametric_loss_by_hand():
    assert formulas.parametric_loss(
        1e8, 1e10, E=1, A=100, B=1000, alpha=0.5, beta=0.5
    ) == pytest.approx(1 + 0.01 + 0.01)


@pytest.mark.parametrize("delta", [1e-3, None])
def test_the_fit_recovers_the_parameters_of_exact_runs(delta):
    found = formulas.fit_parametric_loss(*synthetic_runs(), delta=delta)
    for name, value in PARAMETRIC.items():
        assert found[name] == pytest.approx(value, rel=2e-3)


def test_the_huber_fit_resists_outliers_that_move_least_squares():
    params, tokens, loss = synthetic_runs(0.002)
    loss[:3] *= 1.3
    error = [
        abs(formulas.fit_parametric_loss(params, tokens, loss, delta=d)["beta"] - 0.37)
        for d in (1e-3, None)
    ]
    assert error[0] < 0.05 and error[0] < error[1] / 3


def test_no_start_of_a_coarse_five_parameter_grid_finds_a_lower_minimum():
    from scipy.optimize import minimize

    params, tokens, loss = synthetic_runs(0.01)
    n, d, y = np.log(params), np.log(tokens), np.log(loss)

    def huber(t):  # written independently, gradient by finite differences
        r = np.abs(np.logaddexp(np.logaddexp(t[0] - t[3] * n, t[1] - t[4] * d), t[2]) - y)
        return 1e4 * np.where(r < 1e-2, r * r / 2, 1e-2 * (r - 5e-3)).sum()

    lowest = min(
        minimize(
            huber,
            start,
            method="Nelder-Mead",
            options={"maxiter": 4000, "maxfev": 4000, "xatol": 1e-6, "fatol": 1e-8},
        ).fun
        for start in product([5, 8], [6, 9], [0.5], [0.3, 0.5], [0.3, 0.5])
    )
    assert formulas.fit_parametric_loss(params, tokens, loss, delta=1e-2)[
        "objective"
    ] * 1e4 <= lowest * (1 + 1e-6)


def test_l_bfgs_from_other_starts_finds_no_lower_minimum():
    from scipy.optimize import minimize

    params, tokens, loss = synthetic_runs(0.01)
    found = formulas.fit_parametric_loss(params, tokens, loss)

    def huber(t):
        r = np.abs(
            np.log(
                formulas.parametric_loss(params, tokens, *np.exp([t[2], t[0], t[1]]), t[3], t[4])
            )
            - np.log(loss)
        )
        return 1e6 * np.where(r < 1e-3, r * r / 2, 1e-3 * (r - 5e-4)).sum()

    near = [
        np.log(found["A"]),
        np.log(found["B"]),
        np.log(found["E"]),
        found["alpha"],
        found["beta"],
    ]
    for factor in (0.98, 1, 1.02):
        assert minimize(huber, factor * np.array(near), method="L-BFGS-B").fun >= 1e6 * found[
            "objective"
        ] * (1 - 1e-6)


def test_weights_repeat_runs_and_the_bootstrap_is_reproducible():
    params, tokens, loss = synthetic_runs(0.01)
    weights = np.arange(80) % 3
    repeated = [np.repeat(v, weights) for v in (params, tokens, loss)]
    one, two = (
        formulas.fit_parametric_loss(*repeated),
        formulas.fit_parametric_loss(params, tokens, loss, weights=weights),
    )
    assert one["alpha"] == pytest.approx(two["alpha"], rel=2e-3) and one[
        "objective"
    ] == pytest.approx(two["objective"], rel=1e-4)
    assert formulas.bootstrap_parametric_loss(
        params, tokens, loss, draws=3, seed=1
    ) == formulas.bootstrap_parametric_loss(params, tokens, loss, draws=3, seed=1)


@given(st.floats(18, 27))
def test_compute_optimal_is_the_minimum_along_the_budget(log_flops):
    params, tokens = formulas.compute_optimal(10**log_flops, **PARAMETRIC)
    assert 6 * params * tokens == pytest.approx(10**log_flops, rel=1e-9)
    best = formulas.parametric_loss(params, tokens, **PARAMETRIC)
    for factor in (0.9, 1.1):
        assert formulas.parametric_loss(params * factor, tokens / factor, **PARAMETRIC) > best


@pytest.mark.parametrize("served", [0.0, 1e11, 1e13, 1e15])
def test_inference_optimal_is_cheapest_at_its_loss(served):
    start = formulas.compute_optimal(1e23, **PARAMETRIC)
    params, tokens = formulas.inference_optimal(1e23, served, **PARAMETRIC)
    assert formulas.parametric_loss(params, tokens, **PARAMETRIC) == pytest.approx(
        formulas.parametric_loss(*start, **PARAMETRIC), rel=1e-9
    )
    left = formulas.parametric_loss(params, tokens, **PARAMETRIC) - PARAMETRIC["E"]
    grid = np.exp(np.linspace(np.log(params) - 0.3, np.log(params) + 0.3, 601))
    need = left - PARAMETRIC["A"] / grid ** PARAMETRIC["alpha"]
    grid, need = grid[need > 0], need[need > 0]
    life = 6 * grid * (PARAMETRIC["B"] / need) ** (1 / PARAMETRIC["beta"]) + 2 * grid * served
    assert 6 * params * tokens + 2 * params * served <= life.min() * (1 + 1e-9)


def test_kaplan_loss_reduces_to_its_limits():
    assert formulas.kaplan_loss(1e9, np.inf) == pytest.approx((6.4e13 / 1e9) ** 0.076)
    assert formulas.kaplan_loss(1e30, 1e9) == pytest.approx((1.8e13 / 1e9) ** 0.103, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: formulas.parametric_loss(-1, 1e9, **PARAMETRIC), "params is -1"),
        (lambda: formulas.compute_optimal(0, **PARAMETRIC), "train_flops is 0"),
        (lambda: formulas.inference_optimal(1e23, -1, **PARAMETRIC), "inference_tokens is -1"),
        (lambda: formulas.fit_parametric_loss([1e8] * 4, [1e9] * 4, [3] * 4), "at least 5"),
        (lambda: formulas.fit_parametric_loss([1e8] * 6, [1e9] * 5, [3] * 6), "equal lengths"),
        (lambda: formulas.fit_parametric_loss(*synthetic_runs(), delta=-1), "delta is -1"),
        (lambda: formulas.kaplan_loss(1e9, 0), "train_tokens is 0"),
    ],
)
def test_bad_input_to_scaling_laws_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# --- adding by rotation (Nanda et al. 2023) ------------------------------------------------------------------------------
@settings(deadline=None)
@given(st.integers(2, 200), st.lists(st.integers(1, 99), min_size=1, max_size=6))
def test_cosine_logits_are_the_real_parts_of_roots_of_unity(modulus, frequencies):
    offset = np.arange(-modulus, modulus + 1)
    turns = np.exp(2j * np.pi / modulus)
    expected = sum((turns ** (k * offset % modulus)).real for k in frequencies)
    values = formulas.cosine_logits(offset, frequencies, modulus)
    np.testing.assert_allclose(values, expected, atol=1e-9)
    assert values.max() == pytest.approx(len(frequencies)) == values[modulus]


@pytest.mark.parametrize(
    "arguments", [((0.5,), (1,), 7), ((1,), (0,), 7), ((1,), (1.5,), 7), ((1,), (1,), 1)]
)
def test_cosine_logits_refuse_what_is_not_whole(arguments):
    with pytest.raises(ValueError, match="allowed are whole numbers"):
        formulas.cosine_logits(*arguments)
