"""Grokking on a laptop: a small network learns a + b modulo p, first by heart, then by rule. Trained here in NumPy, in seconds.

The network adds the embeddings of the two numbers and applies one hidden layer::

    scores = relu((E[a] + E[b]) · U) · D          E (p, width)  U (width, hidden)  D (hidden, p)

It cannot tell (a, b) from (b, a), so the examples are *unordered* pairs: if both orders were examples, one of them in the
test set would be no test of anything. Training is full-batch AdamW (Loshchilov and Hutter 2019, algorithm 2), gradients
written by hand, in double precision. `client/src/models/grokking.js` is the same program for the page: equal settings and
seed give equal initial weights, split and curves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from .generator import generator, normal
from .transformer import MiniatureError

BETAS, EPSILON = (0.9, 0.98), 1e-8
PRIMES = tuple(n for n in range(5, 114) if all(n % d for d in range(2, n)))
LEARNED = 0.95
"""Accuracy from which a set of pairs counts as learned."""

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Settings:
    """One training run. Raises MiniatureError, one sentence, for a setting that cannot be trained."""

    p: int = 31
    fraction: float = 0.7
    weight_decay: float = 1.0
    learning_rate: float = 3e-3
    seed: int = 0
    width: int = 32
    hidden: int = 128

    def __post_init__(self):
        if self.p not in PRIMES:
            near = sorted(sorted(PRIMES, key=lambda q: abs(q - self.p))[:2])
            raise MiniatureError(
                f"p={self.p} is not a prime from {PRIMES[0]} to {PRIMES[-1]} (near it: {near[0]} and {near[1]}); for a composite p some waves repeat "
                "after a divisor of p and tell only a remainder, for a prime they differ in nothing but the order of the numbers"
            )
        if not 0 < self.fraction < 1 or not 1 <= self.n_train < self.n_pairs:
            raise MiniatureError(
                f"fraction={self.fraction:g} leaves nothing to {'train on' if self.fraction < 0.5 else 'test on'}; "
                "allowed: between 0 and 1, with at least one pair on either side"
            )
        for name, value, low in (
            ("weight_decay", self.weight_decay, 0),
            ("learning_rate", self.learning_rate, None),
        ):
            if not math.isfinite(value) or (value < low if low is not None else value <= 0):
                raise MiniatureError(
                    f"{name}={value:g} is not allowed; use a number {'of 0 or more' if low is not None else 'above 0'}"
                )
        for name, value in (("width", self.width), ("hidden", self.hidden)):
            if not (isinstance(value, int) and value >= 1):
                raise MiniatureError(
                    f"{name}={value!r} is not allowed; use a whole number of 1 or more"
                )

    @property
    def n_pairs(self) -> int:
        return self.p * (self.p + 1) // 2

    @property
    def n_train(self) -> int:
        return round(self.fraction * self.n_pairs)

    @property
    def params(self) -> int:
        return self.p * self.width + self.width * self.hidden + self.hidden * self.p


def start(s: Settings) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Initial weights and the pairs (n, 2) to train and to test on; the seed decides all three.

    Weights are normal with variance 1/width (1/hidden for D), as the rows they multiply have that many entries.
    """
    draw = generator(s.seed)
    weights = {
        "embed": normal(draw, s.p, s.width) / math.sqrt(s.width),
        "up": normal(draw, s.width, s.hidden) / math.sqrt(s.width),
        "down": normal(draw, s.hidden, s.p) / math.sqrt(s.hidden),
    }
    pairs = np.argwhere(np.tri(s.p, dtype=bool).T)  # a <= b, row by row
    order = np.argsort(draw(s.n_pairs), kind="stable")
    return weights, pairs[order[: s.n_train]], pairs[order[s.n_train :]]


def scores(weights: Weights, pairs: np.ndarray) -> np.ndarray:
    """Scores (n, p) of all answers to the pairs (n, 2)."""
    lifted = weights["embed"] @ weights["up"]  # lifting p numbers is cheaper than lifting n pairs
    return np.maximum(lifted[pairs[:, 0]] + lifted[pairs[:, 1]], 0) @ weights["down"]


def evaluate(scores: np.ndarray, answers: np.ndarray) -> tuple[float, float]:
    """Mean cross-entropy in nats, and accuracy."""
    most = scores.max(1)
    nats = (
        np.log(np.exp(scores - most[:, None]).sum(1))
        + most
        - scores[np.arange(len(answers)), answers]
    )
    return float(nats.mean()), float((scores.argmax(1) == answers).mean())


def gradients(weights: Weights, pairs: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
    """Mean cross-entropy of the pairs in nats, and its derivative by every weight."""
    p, n = len(weights["embed"]), len(pairs)
    lifted = weights["embed"] @ weights["up"]
    hidden = np.maximum(lifted[pairs[:, 0]] + lifted[pairs[:, 1]], 0)
    out = hidden @ weights["down"]
    out -= out.max(1, keepdims=True)
    place = np.arange(n), pairs.sum(1) % p
    right = out[place]
    np.exp(out, out=out)
    total = out.sum(1)
    loss = float((np.log(total) - right).mean())
    out /= total[:, None]
    out[place] -= 1
    out /= n
    d_sum = (out @ weights["down"].T) * (hidden > 0)
    counts = np.zeros((p, n))  # how often a number occurs in a pair: 0, 1, or 2 for (a, a)
    np.add.at(counts, (pairs.T, np.arange(n)), 1)
    d_lifted = counts @ d_sum
    return loss, {
        "embed": d_lifted @ weights["up"].T,
        "up": weights["embed"].T @ d_lifted,
        "down": hidden.T @ out,
    }


def wave_share(embedding: np.ndarray, top: int = 5) -> float:
    """Share of the embedding's power in its `top` strongest frequencies.

    The power of frequency k = 1 … (p-1)/2 is the squared modulus of the discrete Fourier transform of the columns over the
    p numbers, summed over columns; frequency 0, the mean, is left out. `top` of (p-1)/2 is about what noise gives.
    """
    power = np.sort(spectrum(embedding))[::-1]
    return float(power[:top].sum() / power.sum())


def spectrum(embedding: np.ndarray) -> np.ndarray:
    """Power of the frequencies 1 … (p-1)/2; see `wave_share`."""
    return (np.abs(np.fft.rfft(embedding, axis=0)) ** 2)[1:].sum(1)


class Training:
    """A run that can be advanced and looked at. `weights`, `train_pairs`, `test_pairs` and `step` may be read at any time."""

    def __init__(self, settings: Settings):
        self.settings, self.step = settings, 0
        self.weights, self.train_pairs, self.test_pairs = start(settings)
        self._first = {k: np.zeros_like(w) for k, w in self.weights.items()}
        self._second = {k: np.zeros_like(w) for k, w in self.weights.items()}

    def advance(self, steps: int) -> None:
        """Train for `steps` steps. Raises MiniatureError as soon as the loss is not a number."""
        for _ in range(steps):
            with np.errstate(all="ignore"):  # what goes wrong is told in a sentence
                loss, slopes = gradients(self.weights, self.train_pairs)
                if math.isfinite(loss):
                    self._update(slopes)
                    continue
            s = self.settings
            raise MiniatureError(
                f"The loss is not a number at step {self.step} (learning rate {s.learning_rate:g}, weight decay {s.weight_decay:g}), "
                "so training stopped; choose smaller values"
            )

    def _update(self, slopes: Weights) -> None:
        s, (b1, b2) = self.settings, BETAS
        self.step += 1
        for name, w in self.weights.items():
            first, second, slope = self._first[name], self._second[name], slopes[name]
            first += (1 - b1) * (slope - first)
            second += (1 - b2) * (slope * slope - second)
            w *= 1 - s.learning_rate * s.weight_decay
            w -= (
                s.learning_rate
                / (1 - b1**self.step)
                * first
                / (np.sqrt(second / (1 - b2**self.step)) + EPSILON)
            )

    def measure(self) -> dict[str, float]:
        """Loss (nats) and accuracy on both sets, norm of all weights, and the share of the five strongest waves."""
        row: dict[str, float] = {"step": self.step}
        for name, pairs in (("train", self.train_pairs), ("test", self.test_pairs)):
            row[f"{name}_loss"], row[f"{name}_accuracy"] = evaluate(
                scores(self.weights, pairs), pairs.sum(1) % self.settings.p
            )
        norm = math.sqrt(sum(float((w * w).sum()) for w in self.weights.values()))
        return row | {"weight_norm": norm, "wave_share": wave_share(self.weights["embed"])}


def train(settings: Settings, steps: int = 4000, every: int = 25) -> Iterator[dict[str, float]]:
    """Measurements at step 0 and after every `every` steps, while training goes on. Stop it by leaving the loop."""
    training = Training(settings)
    yield training.measure()
    while training.step < steps:
        training.advance(min(every, steps - training.step))
        yield training.measure()


def milestones(rows: list[dict[str, float]]) -> dict[str, float | None]:
    """First measured step at which the training pairs, and the test pairs, are learned (`LEARNED`); None if never."""

    def first(column: str) -> float | None:
        return next((row["step"] for row in rows if row[column] >= LEARNED), None)

    return {"memorized": first("train_accuracy"), "generalized": first("test_accuracy")}
