"""Formulas of the field as pure NumPy functions. Each names its source; numbers in, numbers out, arrays broadcast."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = [
    "chain_accuracy",
    "step_accuracy",
    "coverage",
    "majority_vote",
    "preference",
    "fit_preferences",
    "kl_optimal_policy",
    "kl_divergence",
    "gradient_steps",
    "linear_attention",
    "gradient_step_weights",
    "attention_regression",
    "ParamSplit",
    "param_split",
    "kv_cache_values",
    "attention_flops",
    "cosine_logits",
    "parametric_loss",
    "compute_optimal",
    "inference_optimal",
    "fit_parametric_loss",
    "bootstrap_parametric_loss",
    "kaplan_loss",
]


def _probability(name: str, value) -> np.ndarray:
    value = np.asarray(value, float)
    if not np.all((value >= 0) & (value <= 1)):
        raise ValueError(f"{name} is {value}: a probability lies between 0 and 1")
    return value


def _count(name: str, value, least: int) -> np.ndarray:
    value = np.asarray(value, float)
    if not np.all((value >= least) & (value == np.floor(value))):
        raise ValueError(f"{name} is {value}: allowed are whole numbers from {least}")
    return value


def chain_accuracy(p, k) -> np.ndarray:
    """Probability p**k that `k` steps all succeed when each succeeds with probability `p`, independently.

    p: shape (...), in [0, 1]; k: shape (...), whole, at least 0; result: broadcast shape, in [0, 1]. ValueError otherwise.
    Source: the compounding of token errors in exact match, Schaeffer et al. 2023 (arXiv:2304.15004), section 2.
    """
    return _probability("p", p) ** _count("k", k, 0)


def step_accuracy(accuracy, k) -> np.ndarray:
    """Per-step accuracy that `k` independent steps need for a whole-chain `accuracy`: its k-th root.

    accuracy: shape (...), in [0, 1]; k: shape (...), whole, at least 1. ValueError otherwise. Inverse of `chain_accuracy`.
    """
    return _probability("accuracy", accuracy) ** (1 / _count("k", k, 1))


def coverage(p, n) -> np.ndarray:
    """Probability 1 - (1 - p)**n that at least one of `n` independent samples is correct (pass@n of one problem).

    p: chance that one sample is correct, shape (...), in [0, 1]; n: shape (...), whole, at least 0. ValueError otherwise.
    Source: Brown et al. 2024 (arXiv:2407.21787), section 2; Chen et al. 2021 (arXiv:2107.03374), section 2.1.
    """
    p, n = _probability("p", p), _count("n", n, 0)
    # expm1/log1p keep the small probabilities that 1 - (1 - p)**n would lose.
    with np.errstate(divide="ignore", invalid="ignore"):
        result = -np.expm1(n * np.log1p(-p))
    return np.where(n == 0, 0.0, np.where(p == 1, 1.0, result))


def majority_vote(p, n) -> np.ndarray:
    """Probability that more than half of `n` independent samples are correct, plus half of a tie when `n` is even.

    The worst case for voting: all wrong samples agree on one wrong answer. Where wrong answers scatter, a plurality is
    enough and voting does better. p: shape (...), in [0, 1]; n: shape (...), whole, at least 1. ValueError otherwise.
    Source: Condorcet's jury theorem (binomial tail).
    """
    from scipy.stats import binom

    p, n = _probability("p", p), _count("n", n, 1)
    half = np.floor(n / 2)
    return binom.sf(half, n, p) + np.where(n % 2 == 0, 0.5 * binom.pmf(half, n, p), 0.0)


def _distribution(name: str, value) -> np.ndarray:
    value = _probability(name, value)
    if not np.allclose(value.sum(-1), 1, rtol=0, atol=1e-9):
        raise ValueError(
            f"{name} sums to {value.sum(-1)}: the probabilities of all answers sum to 1"
        )
    return value


def preference(reward_a, reward_b) -> np.ndarray:
    """Probability that answer a is preferred to answer b: the logistic function of the difference of their rewards.

    reward_a, reward_b: shape (...), in units of log-odds. Source: Bradley & Terry 1952 (doi:10.1093/biomet/39.3-4.324).
    """
    difference = np.asarray(reward_a, float) - np.asarray(reward_b, float)
    return 1 / (1 + np.exp(-np.clip(difference, -700, 700)))


def fit_preferences(wins, prior_sd: float = np.inf) -> tuple[np.ndarray, np.ndarray]:
    """Rewards (log-odds, mean 0) that best explain pairwise preferences, and their standard errors; both shape (k,).

    wins: shape (k, k), wins[a, b] = how often a was preferred to b. prior_sd: standard deviation of a normal prior on
    each reward; infinite for plain maximum likelihood. Newton's method on the concave log-posterior; the standard errors
    come from its curvature at the maximum. ValueError for a table that is not square, negative counts, prior_sd that is
    not positive, or, without a prior, counts for which no finite maximum exists (Ford's condition: from each answer a
    chain of wins must lead to each other one). Source: Bradley & Terry 1952 (doi:10.1093/biomet/39.3-4.324).
    """
    from scipy.sparse.csgraph import connected_components

    wins = np.asarray(wins, float)
    if (
        wins.ndim != 2
        or wins.shape[0] != wins.shape[1]
        or len(wins) < 2
        or not np.all(wins >= 0)
        or not np.isfinite(wins).all()
    ):
        raise ValueError(
            f"wins has shape {wins.shape}: allowed are square tables of two or more answers with counts from 0"
        )
    if not prior_sd > 0:
        raise ValueError(f"prior_sd is {prior_sd}: a standard deviation is greater than 0")
    wins = wins * (1 - np.eye(len(wins)))
    if np.isinf(prior_sd) and connected_components(wins > 0, connection="strong")[0] > 1:
        raise ValueError(
            "some answers always won or always lost against the others, so the best reward is infinite: give a prior_sd"
        )
    k, games = len(wins), wins + wins.T
    weight = 0.0 if np.isinf(prior_sd) else prior_sd**-2.0
    center = np.eye(k) - 1 / k

    def curvature(reward):
        p = preference(reward[:, None], reward)
        inner = games * p * (1 - p)
        return np.diag(inner.sum(1)) - inner + weight * np.eye(k)

    def log_posterior(reward):
        return (
            -(wins * np.logaddexp(0, reward - reward[:, None])).sum()
            - weight / 2 * (reward**2).sum()
        )

    reward = np.zeros(k)
    for _ in range(200):
        slope = (wins - games * preference(reward[:, None], reward)).sum(1) - weight * reward
        # Ones remove the direction in which all rewards move together: only differences are observed.
        step = center @ np.linalg.solve(curvature(reward) + 1 / k, slope)
        while log_posterior(reward + step) < log_posterior(reward) and np.abs(step).max() > 1e-12:
            step = step / 2
        reward = reward + step
        if np.abs(step).max() < 1e-12:
            break
    covariance = center @ np.linalg.inv(curvature(reward) + 1 / k) @ center
    return reward, np.sqrt(np.diag(covariance))


def kl_optimal_policy(reference, reward, beta) -> np.ndarray:
    """Policy proportional to reference * exp(reward / beta): the exact maximum of mean reward - beta * KL(policy, reference).

    reference: shape (..., k), probabilities of k answers to one prompt; reward: shape (..., k); beta: shape (...), > 0, in
    units of the reward. Returns shape (..., k). ValueError otherwise. Source: Rafailov et al. 2023 (arXiv:2305.18290),
    equation 4; Korbak et al. 2022 (arXiv:2205.11275).
    """
    reference, reward, beta = (
        _distribution("reference", reference),
        np.asarray(reward, float),
        np.asarray(beta, float),
    )
    if not np.all(beta > 0):
        raise ValueError(f"beta is {beta}: the weight of the penalty is greater than 0")
    with np.errstate(divide="ignore"):
        log_weight = np.log(reference) + reward / beta[..., None]
    weight = np.exp(log_weight - log_weight.max(-1, keepdims=True))
    return weight / weight.sum(-1, keepdims=True)


def kl_divergence(p, q) -> np.ndarray:
    """Kullback-Leibler divergence sum(p * ln(p / q)) in nats along the last axis; infinite where q is 0 and p is not.

    p, q: shape (..., k), each summing to 1. ValueError otherwise. Source: Kullback & Leibler 1951 (doi:10.1214/aoms/1177729694).
    """
    from scipy.special import rel_entr

    return rel_entr(_distribution("p", p), _distribution("q", q)).sum(-1)


def gradient_steps(x, y, step_size: float, n_steps: int = 1) -> np.ndarray:
    """Weights after `n_steps` of gradient descent from zero on the mean squared error of a linear model, halved.

    x: inputs, shape (n, d); y: targets, shape (n,); one step is w + step_size / n * x.T @ (y - x @ w). Result: shape (d,).
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    _count("n_steps", n_steps, 0)
    w = np.zeros(x.shape[1])
    for _ in range(int(n_steps)):
        w = w + step_size / len(x) * x.T @ (y - x @ w)
    return w


def linear_attention(tokens, w_query, w_key, w_value, projection, n_context: int) -> np.ndarray:
    """One layer of linear self-attention (no softmax) with a residual connection: e_j + P sum_i v_i (k_i . q_j).

    tokens: shape (n, e), one token per row; the four matrices: shape (e, e). Keys and values come from the first
    `n_context` tokens only. Result: shape (n, e). Source: von Oswald et al. 2023 (arXiv:2212.07677), equation 1.
    """
    tokens = np.asarray(tokens, float)
    context = tokens[:n_context]
    scores = (tokens @ np.transpose(w_query)) @ (context @ np.transpose(w_key)).T
    return tokens + scores @ (context @ np.transpose(w_value)) @ np.transpose(projection)


def gradient_step_weights(
    n_inputs: int, n_examples: int, step_size: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Query, key, value and projection matrices that make `linear_attention` one step of gradient descent.

    Tokens are (x, y) with `n_inputs` inputs and one target; matrices have shape (n_inputs + 1, n_inputs + 1). Queries and
    keys read x, values read -y, the projection is step_size / n_examples. Initial weights of the linear model are zero.
    Source: von Oswald et al. 2023 (arXiv:2212.07677), proposition 1.
    """
    reads_x = np.diag([1.0] * n_inputs + [0.0])
    reads_y = np.diag([0.0] * n_inputs + [-1.0])
    return reads_x, reads_x, reads_y, step_size / n_examples * np.eye(n_inputs + 1)


def attention_regression(x, y, x_query, step_size: float, n_layers: int = 1) -> np.ndarray:
    """Predictions for `x_query` by `n_layers` layers of linear self-attention over the examples (x, y).

    x: shape (n, d); y: shape (n,); x_query: shape (m, d); result: shape (m,). The layers share the weights of
    `gradient_step_weights`. A query token starts with target 0 and ends with minus its prediction.
    """
    x, y, x_query = (np.asarray(v, float) for v in (x, y, x_query))
    _count("n_layers", n_layers, 0)
    tokens = np.vstack(
        [np.column_stack([x, y]), np.column_stack([x_query, np.zeros(len(x_query))])]
    )
    weights = gradient_step_weights(x.shape[1], len(x), step_size)
    for _ in range(int(n_layers)):
        tokens = linear_attention(tokens, *weights, n_context=len(x))
    return -tokens[len(x) :, -1]


class ParamSplit(NamedTuple):
    """Parameters of a Transformer by part (counts, arrays of one shape)."""

    attention: np.ndarray
    feed_forward: np.ndarray
    embedding: np.ndarray


def param_split(
    n_layers,
    d_model,
    n_heads,
    d_head,
    d_ff,
    n_kv_heads=None,
    ffn_matrices=2,
    vocab_size=0,
    tied=True,
    n_experts=1,
    encoder_decoder=False,
) -> ParamSplit:
    """Weights of a Transformer in attention, feed-forward layers and embeddings; biases, norms and positions left out.

    Attention, per layer: queries and output 2 d_model n_heads d_head, keys and values 2 d_model n_kv_heads d_head.
    Feed-forward, per layer: ffn_matrices d_model d_ff n_experts (2 matrices, or 3 when gated). Embedding: vocab_size
    d_model, twice when input and output are not `tied`. `encoder_decoder`: n_layers is per stack and the decoder attends
    to itself and to the encoder, so attention counts three times and feed-forward twice.

    All arguments broadcast; counts are whole numbers, n_kv_heads defaults to n_heads, vocab_size may be 0 (left out).
    ValueError for a count that is not a whole number from 1 (vocab_size: from 0).
    Source: Kaplan et al. 2020 (arXiv:2001.08361), Table 1; fewer key and value heads after Ainslie et al. 2023
    (arXiv:2305.13245), the gated third matrix after Shazeer 2020 (arXiv:2002.05202).
    """
    n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
    layers, width = _count("n_layers", n_layers, 1), _count("d_model", d_model, 1)
    heads = _count("n_heads", n_heads, 1) + _count("n_kv_heads", n_kv_heads, 1)
    pair = np.asarray(encoder_decoder, bool)
    attention = layers * 2 * width * heads * _count("d_head", d_head, 1) * np.where(pair, 3, 1)
    feed_forward = (
        layers
        * _count("ffn_matrices", ffn_matrices, 1)
        * width
        * _count("d_ff", d_ff, 1)
        * _count("n_experts", n_experts, 1)
        * np.where(pair, 2, 1)
    )
    embedding = _count("vocab_size", vocab_size, 0) * width * np.where(np.asarray(tied, bool), 1, 2)
    return ParamSplit(*np.broadcast_arrays(attention, feed_forward, embedding))


def cosine_logits(offset, frequencies, modulus) -> np.ndarray:
    """Sum over `frequencies` k of cos(2 pi k offset / modulus): the score a network that adds by rotation gives an answer.

    offset: answer minus the right answer, whole, shape (...); frequencies: shape (n,), whole, at least 1; modulus: whole, at
    least 2; result: shape (...), at most n, which it reaches at multiples of `modulus`. ValueError otherwise.
    Source: Nanda et al. 2023 (arXiv:2301.05217), section 4, with equal weights for all frequencies.
    """
    k, p = _count("frequencies", frequencies, 1), _count("modulus", modulus, 2)
    offset = np.asarray(offset, float)
    if not np.all(offset == np.floor(offset)):
        raise ValueError(f"offset is {offset}: allowed are whole numbers")
    return np.cos(2 * np.pi * offset[..., None] * k / p).sum(-1)


def kv_cache_values(n_layers, n_kv_heads, d_head, context) -> np.ndarray:
    """Numbers a decoder Transformer keeps per sequence while it generates: keys and values of every token read.

    2 · n_layers · n_kv_heads · d_head · context; times the bytes per number it is the size of the cache. Arguments are
    whole, shape (...), n_layers and context from 0, the others from 1; result: broadcast shape. ValueError otherwise.
    Source: Shazeer 2019 (arXiv:1911.02150), who shares one key–value head; Ainslie et al. 2023 (arXiv:2305.13245).
    """
    return (
        2
        * _count("n_layers", n_layers, 0)
        * _count("n_kv_heads", n_kv_heads, 1)
        * _count("d_head", d_head, 1)
        * _count("context", context, 0)
    )


def attention_flops(n_layers, n_heads, d_head, context) -> np.ndarray:
    """FLOPs that attention spends on one new token that looks at `context` tokens, beyond its weight matrices.

    Scores and weighted sum cost 2 FLOPs per multiply-add each: 4 · n_layers · n_heads · d_head · context. The mean over
    a causal sequence is half of it at the last token. Arguments as in `kv_cache_values`.
    Source: Kaplan et al. 2020 (arXiv:2001.08361), Table 1, which prints the causal mean, 2 · n_layer · n_ctx · d_attn.
    """
    return (
        4
        * _count("n_layers", n_layers, 0)
        * _count("n_heads", n_heads, 1)
        * _count("d_head", d_head, 1)
        * _count("context", context, 0)
    )


# --- scaling laws of pre-training ------------------------------------------------------------------------------------
def _positive(name: str, value) -> np.ndarray:
    value = np.asarray(value, float)
    if not np.all((value > 0) & np.isfinite(value)):
        raise ValueError(f"{name} is {value}: allowed are positive numbers")
    return value


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
