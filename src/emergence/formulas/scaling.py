"""Scaling laws of pre-training: evaluated, inverted, fitted."""

from __future__ import annotations

import numpy as np

from .checks import _count, _positive


def parametric_loss(params, train_tokens, E, A, B, alpha, beta) -> np.ndarray:
    """Loss E + A / params**alpha + B / train_tokens**beta, in nats per token.

    params: total parameters N, shape (...), positive; train_tokens: D, shape (...), positive; result: broadcast shape.
    ValueError otherwise. Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 2 (approach 3).
    """
    return (
        E
        + A / _positive("params", params) ** alpha
        + B / _positive("train_tokens", train_tokens) ** beta
    )


def compute_optimal(train_flops, E, A, B, alpha, beta) -> tuple[np.ndarray, np.ndarray]:
    """Parameters and tokens (N, D) that minimize `parametric_loss` at 6 N D = `train_flops`.

    N = G (C/6)**(beta/(alpha+beta)), D = (C/6)**(alpha/(alpha+beta)) / G, G = (alpha A / (beta B))**(1/(alpha+beta)).
    train_flops: C, shape (...), positive; ValueError otherwise. Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 4.
    """
    flops = _positive("train_flops", train_flops) / 6
    scale = (alpha * A / (beta * B)) ** (1 / (alpha + beta))
    return scale * flops ** (beta / (alpha + beta)), flops ** (alpha / (alpha + beta)) / scale


def inference_optimal(
    train_flops: float, inference_tokens: float, E, A, B, alpha, beta
) -> tuple[float, float]:
    """The (N, D) with the loss of the compute-optimal model of `train_flops` and the least total compute over its life.

    Minimizes 6 N D + 2 N `inference_tokens` at fixed loss: a smaller model, trained longer, is cheaper to serve.
    Scalars, train_flops positive, inference_tokens at least 0; ValueError otherwise.
    Source: Sardana et al. 2024 (arXiv:2401.00448), equation 2.
    """
    from scipy.optimize import brentq

    if not inference_tokens >= 0:
        raise ValueError(f"inference_tokens is {inference_tokens}: allowed are numbers from 0")
    best, tokens = (float(v) for v in compute_optimal(train_flops, E, A, B, alpha, beta))
    target = A / best**alpha + B / tokens**beta

    def data(params):  # tokens that bring a model of this size to the target loss
        return (B / (target - A / params**alpha)) ** (1 / beta)

    def slope(
        log_params,
    ):  # derivative of the total compute along the curve of equal loss, divided by 2 N
        params = np.exp(log_params)
        d = data(params)
        return 3 * d * (1 - alpha * A * params**-alpha / (beta * B * d**-beta)) + inference_tokens

    smallest = np.log(A / target) / alpha  # below it no amount of data reaches the loss
    log_params = brentq(slope, smallest + 1e-6, np.log(best) + 1e-9)
    return float(np.exp(log_params)), float(data(np.exp(log_params)))


def fit_parametric_loss(
    params,
    train_tokens,
    loss,
    delta: float | None = 1e-3,
    start: dict[str, float] | None = None,
    weights=None,
) -> dict[str, float]:
    """E, A, B, alpha, beta of `parametric_loss` fitted to runs: Huber loss on residuals of log loss, BFGS, a grid of starts.

    params, train_tokens, loss: shape (n,), n at least 5, positive; delta: where the Huber loss turns from square to linear
    (None: squares only); weights: shape (n,), how often each run counts (bootstrap); start: parameters of an earlier fit,
    which replace the grid. Result: the parameters and ``objective``, the minimum reached. ValueError for bad input.
    The gradient is analytic. Starts: exponents on a grid of 4 x 4, with the least-squares E, A, B that belong to them.
    Source: Hoffmann et al. 2022 (arXiv:2203.15556), equation 3; Besiroglu et al. 2024 (arXiv:2404.10102), section 3.
    """
    from scipy.optimize import minimize, nnls

    n, d, y = (
        np.log(_positive(k, v))
        for k, v in (("params", params), ("train_tokens", train_tokens), ("loss", loss))
    )
    if not n.shape == d.shape == y.shape or n.ndim != 1 or len(n) < 5:
        raise ValueError(
            f"params, train_tokens and loss have shapes {n.shape}, {d.shape}, {y.shape}: allowed are equal lengths of at least 5"
        )
    w = np.ones_like(y) if weights is None else np.asarray(weights, float)
    width = np.inf if delta is None else float(_positive("delta", delta))
    # Centered logs decouple each coefficient from its exponent; without this L-BFGS crawls along a narrow valley.
    n0, d0 = n.mean(), d.mean()
    n, d = n - n0, d - d0
    scale = w.sum() * min(width, np.std(y)) ** 2

    def objective(theta):
        a, b, e, alpha, beta = theta
        terms = np.exp([a - alpha * n, b - beta * d, np.full_like(n, e)])
        total = terms.sum(axis=0)
        residual = np.log(total) - y
        size = np.abs(residual)
        value = np.where(
            size <= width, residual**2 / 2, 0.0 if delta is None else width * (size - width / 2)
        )
        pull = w * np.clip(residual, -width, width) * terms / total
        gradient = [
            pull[0].sum(),
            pull[1].sum(),
            pull[2].sum(),
            -(pull[0] * n).sum(),
            -(pull[1] * d).sum(),
        ]
        return (w * value).sum() / scale, np.array(gradient) / scale

    if start is not None:
        a, b = np.log(start["A"]) - start["alpha"] * n0, np.log(start["B"]) - start["beta"] * d0
        starts = [np.array([a, b, np.log(start["E"]), start["alpha"], start["beta"]])]
    else:
        starts = []
        for alpha in (0.2, 0.4, 0.6, 0.8):
            for beta in (0.2, 0.4, 0.6, 0.8):
                design = np.column_stack([np.exp(-alpha * n), np.exp(-beta * d), np.ones_like(n)])
                coefficients, _ = nnls(design, np.exp(y))
                starts.append(np.array([*np.log(np.maximum(coefficients, 1e-3)), alpha, beta]))
    # BFGS, not L-BFGS-B: the same minimum to all printed digits, without the many small LAPACK calls that wake BLAS's threads.
    with np.errstate(
        over="ignore", invalid="ignore"
    ):  # a bad first step may overflow; the line search takes it back
        found = [
            r
            for s in starts
            if np.isfinite(
                (
                    r := minimize(
                        objective,
                        s,
                        jac=True,
                        method="BFGS",
                        options={"gtol": 1e-6, "maxiter": 500},
                    )
                ).fun
            )
        ]
    best = min(found, key=lambda r: r.fun)
    a, b, e, alpha, beta = (float(v) for v in best.x)
    return {
        "E": float(np.exp(e)),
        "A": float(np.exp(a + alpha * n0)),
        "B": float(np.exp(b + beta * d0)),
        "alpha": alpha,
        "beta": beta,
        "objective": float(best.fun * scale),
    }


def bootstrap_parametric_loss(
    params, train_tokens, loss, delta: float | None = 1e-3, draws: int = 100, seed: int = 0
) -> list[dict[str, float]]:
    """`fit_parametric_loss` on `draws` resamples of the runs (with replacement), each started from the fit to all of them.

    Arguments as there; draws: whole, at least 1; seed: of NumPy's default generator, so that the result is reproducible.
    """
    params, train_tokens, loss = (np.asarray(v, float) for v in (params, train_tokens, loss))
    first = fit_parametric_loss(params, train_tokens, loss, delta)
    generator = np.random.default_rng(seed)
    count = generator.multinomial(
        len(loss), np.full(len(loss), 1 / len(loss)), size=int(_count("draws", draws, 1))
    )
    return [
        fit_parametric_loss(params[c > 0], train_tokens[c > 0], loss[c > 0], delta, first, c[c > 0])
        for c in count
    ]


def kaplan_loss(
    params, train_tokens, alpha_N=0.076, alpha_D=0.103, N_c=6.4e13, D_c=1.8e13
) -> np.ndarray:
    """Loss [(N_c/N)**(alpha_N/alpha_D) + D_c/D]**alpha_D in nats per token.

    params: N without embeddings, shape (...), positive; train_tokens: D, size of the data set, shape (...), positive, may be
    infinite. ValueError otherwise. Source: Kaplan et al. 2020 (arXiv:2001.08361), equation 1.5 and Table 2.
    """
    tokens = np.asarray(train_tokens, float)
    if not np.all(tokens > 0):
        raise ValueError(f"train_tokens is {tokens}: allowed are positive numbers")
    return ((N_c / _positive("params", params)) ** (alpha_N / alpha_D) + D_c / tokens) ** alpha_D
