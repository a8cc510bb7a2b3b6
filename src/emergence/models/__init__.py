"""Small models, trained for this book, in NumPy: run them, look inside, edit them. Their weights: `emergence.data.weights`."""

from .transformer import Config, MiniatureError, Transformer, gelu, layer_norm, pack, softmax

__all__ = [
    "Config",
    "MiniatureError",
    "Transformer",
    "gelu",
    "layer_norm",
    "load",
    "pack",
    "softmax",
]


def load(experiment: str, model: str) -> Transformer:
    """A trained Transformer of this repository; raises `emergence.data.DataError` for an unknown name or changed bytes."""
    from emergence import data

    config, weights = data.weights(experiment, model)
    return Transformer(Config(**config), weights)
