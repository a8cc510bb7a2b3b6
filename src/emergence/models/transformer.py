"""A small Transformer in NumPy: the same function as `experiments/gpt.py` trains and `client/src/models/nn.js` runs in the page.

Pre-LN GPT with learned positions, tanh-GELU and untied embedding. Arrays are named T (positions), d (width), H (heads).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np


class MiniatureError(ValueError):
    """A miniature was given something it cannot work with; the message is one sentence."""


@dataclass(frozen=True)
class Config:
    """Shape of a Transformer. `inputs` is the vocabulary, or the length of the input vectors when `continuous`.

    `windows` says for each layer how many positions a position sees (itself and the ones before; 0 means all), `mlp`
    whether the layer has a feed-forward part; the defaults are full attention and a feed-forward part everywhere.
    """

    inputs: int
    length: int
    width: int
    layers: int
    heads: int
    out: int
    expand: int = 4
    continuous: bool = False
    windows: tuple[int, ...] = ()
    mlp: tuple[bool, ...] = ()

    def __post_init__(self):
        object.__setattr__(self, "windows", tuple(self.windows) or (0,) * self.layers)
        object.__setattr__(self, "mlp", tuple(self.mlp) or (True,) * self.layers)
        if self.width % self.heads:
            raise MiniatureError(
                f"width {self.width} cannot be divided among {self.heads} heads; choose a width that is a multiple"
            )
        if not len(self.windows) == len(self.mlp) == self.layers:
            raise MiniatureError(
                f"windows and mlp need one entry per layer ({self.layers}), not {len(self.windows)} and {len(self.mlp)}"
            )

    @property
    def hidden(self) -> int:
        return self.expand * self.width

    @property
    def params(self) -> int:
        """Number of weights, embeddings and head included."""
        d, mlp = self.width, 2 * self.width * self.hidden + self.hidden + 3 * self.width
        return (
            (self.inputs + self.length + self.out) * d
            + self.layers * (4 * d * d + 2 * d)
            + sum(self.mlp) * mlp
            + 2 * d
        )


Hook = Callable[[str, np.ndarray], np.ndarray]
"""Called with the name of a site and its value (B, T, d); what it returns is used instead. Sites: ``embed``, and for every
layer l ``l.attention``, ``l.mlp`` (the branch before it is added) and ``l.residual`` (the stream after the layer)."""


def layer_norm(x: np.ndarray, gain: np.ndarray, bias: np.ndarray) -> np.ndarray:
    centered = x - x.mean(-1, keepdims=True)
    return centered / np.sqrt((centered * centered).mean(-1, keepdims=True) + 1e-5) * gain + bias


def gelu(x: np.ndarray) -> np.ndarray:
    """The tanh form of GELU (Hendrycks and Gimpel 2016, section 2)."""
    return 0.5 * x * (1 + np.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Transformer:
    """`config` and float32 `weights` (see `initial` in experiments/gpt.py for names and shapes)."""

    def __init__(self, config: Config, weights: Mapping[str, np.ndarray]):
        self.config, self.weights = (
            config,
            {k: np.asarray(v, np.float32) for k, v in weights.items()},
        )
        if (found := sum(v.size for v in self.weights.values())) != config.params:
            raise MiniatureError(
                f"the weights have {found:,} numbers but the configuration needs {config.params:,}"
            )

    def __call__(self, x: np.ndarray, hook: Hook | None = None, last: bool = False) -> np.ndarray:
        """Outputs (B, T, out) for tokens (B, T), or for vectors (B, T, inputs); only the last position, (B, out), if `last`.

        Raises MiniatureError for too long a text or a token outside the vocabulary.
        """
        c, w = self.config, self.weights
        keep = hook or (lambda _site, value: value)
        stream = keep("embed", self.embed(x))
        for layer in range(c.layers):
            stream = stream + keep(f"{layer}.attention", self.attention(stream, layer))
            if c.mlp[layer]:
                stream = stream + keep(
                    f"{layer}.mlp",
                    self.hidden(stream, layer) @ w[f"{layer}.down"] + w[f"{layer}.down.b"],
                )
            stream = keep(f"{layer}.residual", stream)
        if last:
            stream = stream[:, -1]
        return layer_norm(stream, w["ln.g"], w["ln.b"]) @ w["head"]

    def embed(self, x: np.ndarray) -> np.ndarray:
        c, x = self.config, np.asarray(x)
        if x.ndim != 2 + c.continuous or x.shape[1] > c.length:
            raise MiniatureError(
                f"the input has shape {x.shape}; allowed: a batch of at most {c.length} {'vectors' if c.continuous else 'tokens'} each"
            )
        if c.continuous:
            if x.shape[2] != c.inputs:
                raise MiniatureError(
                    f"the input vectors have {x.shape[2]} numbers; the model reads {c.inputs}"
                )
            tokens = x.astype(np.float32) @ self.weights["tok"]
        else:
            if x.size and not 0 <= x.min() <= x.max() < c.inputs:
                raise MiniatureError(
                    f"token {int(x.min() if x.min() < 0 else x.max())} is unknown; allowed: 0 to {c.inputs - 1}"
                )
            tokens = self.weights["tok"][x]
        return tokens + self.weights["pos"][: x.shape[1]]

    def attention(self, stream: np.ndarray, layer: int) -> np.ndarray:
        """What the attention of `layer` adds to the stream (B, T, d)."""
        c, w = self.config, self.weights
        batch, length, d = stream.shape
        normed = layer_norm(stream, w[f"{layer}.ln1.g"], w[f"{layer}.ln1.b"])
        q, k, v = (
            (normed @ w[f"{layer}.qkv"])
            .reshape(batch, length, 3, c.heads, d // c.heads)
            .transpose(2, 0, 3, 1, 4)
        )
        distance = np.arange(length)[:, None] - np.arange(length)
        seen = (distance >= 0) & (distance < (c.windows[layer] or length))
        scores = np.where(
            seen, q @ k.transpose(0, 1, 3, 2) / np.float32(np.sqrt(d // c.heads)), np.float32(-1e9)
        )
        return (softmax(scores) @ v).transpose(0, 2, 1, 3).reshape(batch, length, d) @ w[
            f"{layer}.out"
        ]

    def hidden(self, stream: np.ndarray, layer: int) -> np.ndarray:
        """Activations (B, T, hidden) of the feed-forward part of `layer`: the keys of its memory (Geva et al. 2021)."""
        w = self.weights
        return gelu(
            layer_norm(stream, w[f"{layer}.ln2.g"], w[f"{layer}.ln2.b"]) @ w[f"{layer}.up"]
            + w[f"{layer}.up.b"]
        )


def pack(config: Config, weights: Mapping[str, np.ndarray]) -> bytes:
    """Weights for the page: a JSON header (its length first, 4 bytes little-endian, padded to even), then float16 numbers in its order."""
    header = json.dumps(
        {"config": asdict(config), "weights": {k: list(v.shape) for k, v in weights.items()}},
        separators=(",", ":"),
    ).encode()
    header += b" " * (len(header) % 2)
    return (
        len(header).to_bytes(4, "little")
        + header
        + b"".join(np.ascontiguousarray(v, "<f2").tobytes() for v in weights.values())
    )
