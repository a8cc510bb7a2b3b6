"""Parameters of a Transformer, and the logits of a network that adds clock hands."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .checks import _count


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
