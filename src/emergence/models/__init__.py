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
    "packed",
    "softmax",
]


def load(experiment: str, model: str) -> Transformer:
    """A trained Transformer of this repository; raises `emergence.data.DataError` for an unknown name or changed bytes."""
    from emergence import data

    config, weights = data.weights(experiment, model)
    return Transformer(Config(**config), weights)


def packed(experiment: str, model: str) -> bytes:
    """The same Transformer as the page reads it; see `pack`."""
    trained = load(experiment, model)
    return pack(trained.config, trained.weights)
