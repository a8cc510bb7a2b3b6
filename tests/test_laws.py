"""The formulas against independent computations: enumeration, exact fractions, limits."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergence import laws

probabilities = st.floats(0, 1, allow_nan=False)


@given(probabilities, st.integers(0, 30))
def test_a_chain_is_the_product_of_its_steps(p, k):
    assert laws.chain_accuracy(p, k) == pytest.approx(np.prod([p] * k), abs=1e-12)


@given(st.floats(0.01, 1), st.integers(1, 60))
def test_step_accuracy_inverts_chain_accuracy(accuracy, k):
    assert laws.chain_accuracy(laws.step_accuracy(accuracy, k), k) == pytest.approx(accuracy, rel=1e-9)


def test_known_values():
    assert laws.chain_accuracy(0.9, 10) == pytest.approx(0.3486784401)
    assert laws.step_accuracy(0.5, 10) == pytest.approx(0.9330329915)
    assert laws.coverage(0.01, 100) == pytest.approx(1 - float(Fraction(99, 100) ** 100))
    assert laws.majority_vote(0.6, 3) == pytest.approx(0.648)  # 3·0.36·0.4 + 0.216
    np.testing.assert_allclose(laws.chain_accuracy([0.5, 1.0], [[1], [2]]), [[0.5, 1.0], [0.25, 1.0]])


@given(st.floats(0.01, 0.99), st.integers(1, 6))
def test_votes_and_coverage_agree_with_enumeration(p, n):
    vote = found = 0.0
    for outcome in product([0, 1], repeat=n):
        right = sum(outcome)
        weight = p**right * (1 - p) ** (n - right)
        vote += weight * (1.0 if 2 * right > n else 0.5 if 2 * right == n else 0.0)
        found += weight * (right > 0)
    assert laws.majority_vote(p, n) == pytest.approx(vote, abs=1e-12)
    assert laws.coverage(p, n) == pytest.approx(found, abs=1e-12)


def test_voting_helps_above_one_half_and_hurts_below():
    n = np.arange(1, 100, 2)
    assert np.all(np.diff(laws.majority_vote(0.55, n)) > 0)
    assert np.all(np.diff(laws.majority_vote(0.45, n)) < 0)


def test_coverage_keeps_small_probabilities_and_its_ends():
    assert laws.coverage(1e-18, 10) == pytest.approx(1e-17, rel=1e-12)  # 1 - (1 - p)**n would give 0
    assert laws.coverage(1.0, 3) == 1.0 and laws.coverage(0.3, 0) == 0.0 and laws.coverage(1.0, 0) == 0.0


@pytest.mark.parametrize(("call", "words"), [
    (lambda: laws.chain_accuracy(1.2, 3), "p is 1.2"),
    (lambda: laws.chain_accuracy(0.5, 2.5), "k is 2.5"),
    (lambda: laws.step_accuracy(0.5, 0), "whole numbers from 1"),
    (lambda: laws.coverage(float("nan"), 3), "between 0 and 1"),
    (lambda: laws.majority_vote([0.5, -0.1], 3), "between 0 and 1"),
])
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
