"""The live part of the chapter: the reader traces a fact in two small Transformers and overwrites another."""

from __future__ import annotations

from functools import cache, partial

import altair as alt
import numpy as np
import pandas as pd

from emergence import data
from emergence.chart import Panels
from emergence.live import Live
from emergence.models import Config, load, pack
from emergence.models import facts as world
from emergence.text import label

from .miniature import MODELS, plot_map

__all__ = ["facts_live"]

DRAWS = 3
"""Draws of noise over which the page averages a trace."""
FILLERS = (world.FILLER, world.FILLER + 1)
OTHERS = 40
"""Persons whose facts the page asks for after an edit."""
START = {"person": 12, "relation": 2}


def noise() -> np.ndarray:
    """The noise of the live part, in units of `emergence.models.facts.noise_scale`: (draws, 2, width)."""
    return np.random.default_rng(7).standard_normal((DRAWS, 2, 64)).round(3)


def fact_rows(model: str, person: int, relation: int) -> pd.DataFrame:
    """The trace of one fact in one model (``designed`` or ``plain``): the table the live part draws, from NumPy."""
    net, known = load("facts", model), world.world()
    tokens = world.prompts(known, person, relation, 0, np.tile(FILLERS, (DRAWS, 1)))
    effect = world.trace(
        net,
        tokens,
        np.full(DRAWS, known.objects[person, relation]),
        world.noise_scale(net) * noise(),
    ).effect
    return pd.DataFrame(
        [
            {
                "kind": "miniature",
                "facts_model": f"facts_{model}",
                "fact_place": f"{world.COMPONENTS[c]}_{layer + 1}",
                "fact_position": world.POSITIONS[t],
                "value": effect[c, layer, t],
            }
            for c, layer, t in np.ndindex(effect.shape)
            if np.isfinite(effect[c, layer, t])
        ]
    )


def drawing(model: str) -> tuple[pd.DataFrame, alt.LayerChart]:
    """The trace of the first fact in one model."""
    rows = fact_rows(model, **START)
    chart = plot_map(rows, "facts_returned", height=230)
    return rows, chart.properties(title=label(f"facts_{model}"))


def still() -> tuple[pd.DataFrame, alt.FacetChart]:
    """The trace of the first fact in both models, one above the other."""
    parts = [fact_rows(model.removeprefix("facts_"), **START) for model in MODELS]
    rows = pd.concat(parts, ignore_index=True)
    panels = Panels("facts_model", MODELS, width=190, height=200, at_most=1)
    return rows, plot_map(rows, "facts_returned", panels=panels)


def weights(model: str) -> bytes:
    """A model and its stored edits for the page."""
    config, values = data.weights("facts", model)
    stored = world.edits(model)
    edits = {
        "edit.key": np.stack([edit.key for edit in stored]),
        "edit.value": np.stack([edit.value for edit in stored]),
    }
    return pack(Config(**config), dict(values) | edits)


def options() -> dict:
    """What the page's script is given: the invented world, the models and their edits."""
    known = world.world()
    models = [
        {
            "name": name,
            "scale": world.noise_scale(load("facts", name)),
            "layers": [i for i, has in enumerate(load("facts", name).config.mlp) if has],
            "edits": [[e.subject, e.relation, e.target, e.layer] for e in world.edits(name)],
        }
        for name in ("designed", "plain")
    ]
    return {
        "models": models,
        "pairs": known.pairs.tolist(),
        "objects": known.objects.tolist(),
        "noise": noise().reshape(DRAWS, -1).tolist(),
        "fillers": list(FILLERS),
        "components": list(world.COMPONENTS),
        "positions": list(world.POSITIONS),
        "others": OTHERS,
        "start": START,
        "tokens": {
            "start": world.START,
            "possessive": world.POSSESSIVE,
            "word": world.WORD,
            "object": world.OBJECT,
            "last": world.LAST,
        },
        "sizes": {
            "relations": world.RELATIONS,
            "wordings": world.WORDINGS,
            "objects": world.OBJECTS,
        },
        "first_name": world.FIRST_NAME,
    }


@cache
def facts_live() -> Live:
    """Two Transformers that know invented facts: trace one, overwrite one."""
    names = ("designed", "plain")
    return Live(
        "knowledge-facts-live",
        "knowledge",
        "facts",
        {name: partial(drawing, name) for name in names},
        runs=["facts"],
        options=options,
        assets={name: partial(weights, name) for name in names},
        still=still,
        room=(1063, 1671),
    )
