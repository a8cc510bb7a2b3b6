"""Attention that takes gradient steps, and what attention costs."""

from __future__ import annotations

import numpy as np

from .checks import _count


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
