"""Regression inside a prompt: pairs (x, y) of an unknown linear function, then a new x; what is its y?

The task of Garg et al. 2022 (arXiv:2208.01066), and the algorithms a Transformer's answers are compared with. A prompt of n
pairs is n tokens: token t holds the new x together with the pair before it, so that position t answers after t examples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .transformer import MiniatureError, Transformer


@dataclass(frozen=True)
class Task:
    """A family of functions: y = x·w + noise with w ~ N(0, weight_variance), x Gaussian or uniform in (-1, 1).

    With `intercept` the first number of x is always 1 and is not shown to the model. `examples` is the most a prompt holds.
    """

    dimensions: int
    examples: int
    weight_variance: float
    noise: float = 0.0
    uniform: bool = False
    intercept: bool = False

    @property
    def shown(self) -> int:
        """Numbers of x that a token carries."""
        return self.dimensions - self.intercept

    @property
    def inputs(self) -> int:
        return 2 * self.shown + 1

    @property
    def penalty(self) -> float:
        """The ridge penalty whose answer is the posterior mean, the best possible one: noise variance over weight variance."""
        return self.noise**2 / self.weight_variance


LINEAR = Task(dimensions=5, examples=15, weight_variance=1 / 5)
"""Five dimensions without noise: five examples determine the function."""
LINES = Task(
    dimensions=2, examples=10, weight_variance=1.0, noise=0.2, uniform=True, intercept=True
)
"""Straight lines in the plane, with noise: small enough to be drawn."""


def draw(task: Task, rng: np.random.Generator, size: int) -> tuple[np.ndarray, np.ndarray]:
    """`size` prompts: x (B, n + 1, dimensions) and y (B, n + 1); the last pair can only be asked for."""
    shape = (size, task.examples + 1, task.dimensions)
    x = rng.uniform(-1, 1, shape) if task.uniform else rng.standard_normal(shape)
    if task.intercept:
        x[..., 0] = 1
    w = rng.normal(0, np.sqrt(task.weight_variance), (size, task.dimensions))
    return x, np.einsum("bnd,bd->bn", x, w) + task.noise * rng.standard_normal(shape[:2])


def tokens(task: Task, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Token t is [x_t, x_(t-1), y_(t-1)], zeros where nothing came before: (B, n + 1, inputs)."""
    shown = x[..., task.intercept :]
    before = np.concatenate([shown, y[..., None]], -1)[:, :-1]
    return np.concatenate([shown, np.pad(before, ((0, 0), (1, 0), (0, 0)))], -1).astype(np.float32)


def predict(model: Transformer, task: Task, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The model's answers (B, n + 1); position t has seen t examples. Raises MiniatureError for a prompt that is too long."""
    return model(tokens(task, x, y))[..., 0]


# --- algorithms: each maps k examples X (B, k, d), Y (B, k) and a query q (B, d) to answers (B,) ------------------------
def least_squares(task: Task, X: np.ndarray, Y: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Ordinary least squares; the smallest solution where there are several."""
    return np.einsum("bd,bdk,bk->b", q, np.linalg.pinv(X), Y)


def ridge(
    task: Task, X: np.ndarray, Y: np.ndarray, q: np.ndarray, penalty: float = 0.5
) -> np.ndarray:
    gram = np.einsum("bkd,bke->bde", X, X) + penalty * np.eye(X.shape[2])
    return np.einsum(
        "bd,bd->b", q, np.linalg.solve(gram, np.einsum("bkd,bk->bd", X, Y)[..., None])[..., 0]
    )


def posterior_mean(task: Task, X: np.ndarray, Y: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The best answer possible for a task with noise; without noise the limit is `least_squares`."""
    return ridge(task, X, Y, q, task.penalty) if task.noise else least_squares(task, X, Y, q)


def gradient_step(task: Task, X: np.ndarray, Y: np.ndarray, q: np.ndarray) -> np.ndarray:
    """One gradient step from zero with the best fixed rate for Gaussian x, 1 / (k + d + 1) (Garg et al.'s task; derived in the test)."""
    return np.einsum("bd,bkd,bk->b", q, X, Y) / (X.shape[1] + X.shape[2] + 1)


def nearest(
    task: Task, X: np.ndarray, Y: np.ndarray, q: np.ndarray, neighbors: int = 3
) -> np.ndarray:
    """Mean of the y of the `neighbors` examples whose x is nearest; of all where there are fewer."""
    order = np.argsort(((X - q[:, None]) ** 2).sum(-1), 1, kind="stable")[:, :neighbors]
    return np.take_along_axis(Y, order, 1).mean(1)


def rivals(task: Task) -> dict:
    """The algorithms a model for `task` is compared with, by name. The rate of the gradient step holds for Gaussian x only."""
    if task.noise:
        return {
            "least_squares": least_squares,
            "posterior_mean": posterior_mean,
            "nearest": nearest,
        }
    return {
        "least_squares": least_squares,
        "ridge": ridge,
        "gradient_step": gradient_step,
        "nearest": nearest,
    }


def answers(task: Task, algorithm, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Answers (B, n + 1) of `algorithm` after 0, 1, … n examples; 0 where it has seen none."""
    out = np.zeros(y.shape)
    for k in range(1, y.shape[1]):
        out[:, k] = algorithm(task, x[:, :k], y[:, :k], x[:, k])
    return out


def line_answers(model: Transformer, points: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """What the model for LINES answers at each of `queries` (Q,) after the `points` (k, 2): (Q,).

    Raises MiniatureError for no query, for more points than it was trained on, and for numbers that are not finite.
    """
    points, queries = np.asarray(points, float).reshape(-1, 2), np.asarray(queries, float)
    if len(points) > LINES.examples:
        raise MiniatureError(
            f"{len(points)} points; the model was trained on at most {LINES.examples}"
        )
    if not queries.size or not (np.isfinite(points).all() and np.isfinite(queries).all()):
        raise MiniatureError("points and queries must be finite numbers, and there must be a query")
    x = np.ones((len(queries), len(points) + 1, 2))
    x[:, :-1, 1], x[:, -1, 1] = points[:, 0], queries
    y = np.zeros(x.shape[:2])
    y[:, :-1] = points[:, 1]
    return predict(model, LINES, x, y)[:, -1]
