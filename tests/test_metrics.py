"""metrics.py against the papers' own points and against SciPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from emergence import data, formulas


def test_power_law_reproduces_the_papers_mathematical_model():
    # Schaeffer et al. 2023, Figure 3, left column: drawn points for 350M, 1.3B, 6.7B and 200B, target length 1
    np.testing.assert_allclose(
        formulas.token_accuracy([350e6, 1.3e9, 6.7e9, 200e9]),
        [0.0916, 0.2893, 0.5791, 0.9048],
        atol=2e-4,
    )
    drawn = data.load("schaeffer2023_fig3_fig4_arithmetic_metrics")
    drawn = drawn[drawn["panel"] == "mathematical_model"]
    assert len(drawn) == 60
    p = formulas.token_accuracy(drawn["params_read"])
    exact = drawn["metric"] == "accuracy"
    expected = np.where(
        exact,
        formulas.chain_accuracy(p, drawn["target_length"]),
        -formulas.token_edit_distance(p, drawn["target_length"]),
    )
    np.testing.assert_allclose(expected, drawn["value"], atol=1e-3)


@given(st.floats(1e7, 1e12), st.integers(1, 30))
def test_a_longer_answer_shifts_the_curve_without_changing_its_shape(params, length):
    # with alpha = -1/2, asking for L tokens costs a factor L^2 in size
    many = formulas.chain_accuracy(formulas.token_accuracy(params * length**2), length)
    assert many == pytest.approx(formulas.token_accuracy(params), rel=1e-9)


@pytest.mark.parametrize("right,n", [(0, 30), (1, 30), (15, 30), (30, 30), (0, 1003), (412, 1003)])
def test_wilson_interval_is_scipys(right, n):
    oracle = stats.binomtest(right, n).proportion_ci(0.95, method="wilson")
    np.testing.assert_allclose(
        formulas.wilson_interval(right / n, n), (oracle.low, oracle.high), atol=1e-12
    )


@pytest.mark.parametrize("n", [1, 30, 1003])
def test_below_the_limit_a_test_shows_nothing_in_one_of_twenty_draws(n):
    limit = float(formulas.hidden_below(n))
    assert stats.binom.pmf(0, n, limit) == pytest.approx(0.05)
    assert stats.binom.pmf(0, n, limit / 2) > 0.05


def test_items_behind_finds_the_size_of_the_test():
    assert formulas.items_behind([0, 3 / 1003, 40 / 1003, 412 / 1003]) == 1003
    assert formulas.items_behind([0.5, 0.25, 0.0005]) == 2000
    with pytest.raises(ValueError, match="up to 50"):
        formulas.items_behind([1 / 97], at_most=50)


def test_emergence_score_follows_equation_1():
    assert formulas.emergence_score([0, 1, 2, 3]) == 3.0  # (3 - 0) / sqrt(median of 1, 1, 1)
    assert formulas.emergence_score([3, 2, 1, 0]) == -3.0  # the largest value comes first
    assert formulas.emergence_score([0.0, 0.01, 0.02, 0.5]) == pytest.approx(50.0)  # 0.5 / 0.01
    assert formulas.emergence_score([0, 0, 0, 1]) == np.inf
    assert formulas.emergence_score([0.4, 0.4]) == 0.0


@pytest.mark.parametrize(
    "call,words",
    [
        (lambda: formulas.token_accuracy(0), "above 0"),
        (lambda: formulas.token_accuracy(1e9, exponent=0.5), "exponent=0.5"),
        (lambda: formulas.wilson_interval(0.5, 0), "n_items=0"),
        (lambda: formulas.emergence_score([1]), "at least two"),
    ],
)
def test_bad_input_gets_one_clear_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
