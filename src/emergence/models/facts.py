"""Invented facts in a three-layer Transformer: recall them, trace where they are looked up, overwrite one.

A prompt is ``start, 0 to 3 fillers, first name, last name, 's, two words of a relation``; the answer is the next token, the
object. Every relation has three wordings. Names for readers: ``[knowledge-facts-live.words]`` in the chapter's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from .transformer import MiniatureError, Transformer, softmax

FIRSTS, LASTS, SUBJECTS, RELATIONS, OBJECTS, WORDINGS, FILLERS, MOST_FILLERS = (
    22,
    22,
    400,
    4,
    20,
    3,
    20,
    3,
)

# The vocabulary, one block after the other.
LAST = FIRSTS
OBJECT = LAST + LASTS
FILLER = OBJECT + RELATIONS * OBJECTS
WORD = FILLER + FILLERS
START = WORD + 2 * RELATIONS * WORDINGS
POSSESSIVE = START + 1
VOCABULARY = POSSESSIVE + 1
LENGTH = 1 + MOST_FILLERS + 2 + 1 + 2
"""Tokens of the longest prompt."""

COMPONENTS = ("residual", "mlp", "attention")
TRACED_FILLERS = 2
POSITIONS = (
    "start",
    "filler_1",
    "filler_2",
    "first_name",
    "last_name",
    "possessive",
    "relation_1",
    "relation_2",
)
"""Names of the positions of a prompt with two fillers, the one that is traced."""
FIRST_NAME, LAST_NAME, END = (
    POSITIONS.index("first_name"),
    POSITIONS.index("last_name"),
    len(POSITIONS) - 1,
)


@dataclass(frozen=True)
class World:
    """Who there is and what is true: `pairs` (subjects, 2) first and last name, `objects` (subjects, relations) tokens."""

    pairs: np.ndarray
    objects: np.ndarray

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def all(self) -> tuple[np.ndarray, np.ndarray]:
        """Subject and relation of every fact."""
        return np.repeat(np.arange(len(self)), RELATIONS), np.tile(np.arange(RELATIONS), len(self))

    def table(self) -> pd.DataFrame:
        subject, relation = self.all
        return pd.DataFrame(
            {
                "subject": subject,
                "first": self.pairs[subject, 0],
                "last": self.pairs[subject, 1],
                "relation": relation,
                "object": self.objects[subject, relation],
            }
        )


def draw_world(seed: int, subjects: int = SUBJECTS) -> World:
    """A random world: different name pairs, every object of a relation equally likely. Raises MiniatureError for too many subjects."""
    if not 1 < subjects <= FIRSTS * LASTS:
        raise MiniatureError(
            f"{subjects} subjects; allowed: 2 to {FIRSTS * LASTS}, the number of name pairs"
        )
    rng = np.random.default_rng(seed)
    pair = rng.permutation(FIRSTS * LASTS)[:subjects]
    objects = (
        rng.integers(0, OBJECTS, (subjects, RELATIONS)) + np.arange(RELATIONS) * OBJECTS + OBJECT
    )
    return World(np.stack([pair // LASTS, pair % LASTS + LAST], 1), objects)


@cache
def world() -> World:
    """The world the recorded models were trained on."""
    from emergence import data

    rows = data.curves("facts", "facts").sort_values(["subject", "relation"])
    names = rows.drop_duplicates("subject")
    return World(
        names[["first", "last"]].to_numpy(), rows["object"].to_numpy().reshape(-1, RELATIONS)
    )


def prompts(world: World, subject, relation, wording, fillers: np.ndarray) -> np.ndarray:
    """Tokens (B, 6 + fillers) of B questions; `fillers` (B, 0 to 3) are tokens, `wording` 0 to 2.

    Raises MiniatureError for an unknown subject, relation or wording, and for too many fillers.
    """
    subject, relation, wording = (
        np.broadcast_to(v, len(fillers)) for v in (subject, relation, wording)
    )
    for what, value, allowed in (
        ("subject", subject, len(world)),
        ("relation", relation, RELATIONS),
        ("wording", wording, WORDINGS),
    ):
        if value.size and not 0 <= value.min() <= value.max() < allowed:
            raise MiniatureError(
                f"{what} {int(value.max() if value.max() >= allowed else value.min())} is unknown; allowed: 0 to {allowed - 1}"
            )
    if fillers.shape[1] > MOST_FILLERS:
        raise MiniatureError(f"{fillers.shape[1]} fillers; allowed: at most {MOST_FILLERS}")
    word = WORD + 2 * (relation * WORDINGS + wording)
    start, possessive = (np.full(len(fillers), token) for token in (START, POSSESSIVE))
    return np.column_stack([start, fillers, world.pairs[subject], possessive, word, word + 1])


def draw_fillers(rng: np.random.Generator, count: int, length: int) -> np.ndarray:
    return rng.integers(FILLER, FILLER + FILLERS, (count, length))


def probability(scores: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Probability of each answer: scores (B, V), answers (B,) → (B,)."""
    return softmax(scores)[np.arange(len(answers)), answers]


# --- tracing ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Trace:
    """Probability of the right answer: `clean` and `corrupted` (B,), and `restored` (components, layers, positions, B).

    Components in the order of `COMPONENTS`; a layer without feed-forward part has NaN there.
    """

    clean: np.ndarray
    corrupted: np.ndarray
    restored: np.ndarray

    @property
    def effect(self) -> np.ndarray:
        """Average indirect effect (components, layers, positions): how much of the answer one repair brings back."""
        return (self.restored - self.corrupted).mean(-1)


def trace(model: Transformer, tokens: np.ndarray, answers: np.ndarray, noise: np.ndarray) -> Trace:
    """Causal tracing (Meng et al. 2022, section 2.1): blur the name, then repair one place at a time.

    tokens (B, 8) with two fillers, answers (B,), noise (B, 2, width) is added to the embeddings of first and last name.
    """
    kept: dict[str, np.ndarray] = {}
    clean = probability(
        model(tokens, hook=lambda site, value: kept.setdefault(site, value), last=True), answers
    )

    def blurred(repair: str = "", position: int = 0) -> np.ndarray:
        def hook(site: str, value: np.ndarray) -> np.ndarray:
            if site == "embed":
                value = value.copy()
                value[:, FIRST_NAME : LAST_NAME + 1] += noise
            elif site == repair:
                value = value.copy()
                value[:, position] = kept[site][:, position]
            return value

        return probability(model(tokens, hook=hook, last=True), answers)

    layers, length = model.config.layers, tokens.shape[1]
    restored = np.full((len(COMPONENTS), layers, length, len(tokens)), np.nan)
    for place in np.ndindex(restored.shape[:3]):
        site = f"{place[1]}.{COMPONENTS[place[0]]}"
        if site in kept:
            restored[place] = blurred(site, place[2])
    return Trace(clean, blurred(), restored)


def noise_scale(model: Transformer) -> float:
    """Three standard deviations of the names' embeddings, as in Meng et al. 2022."""
    return 3 * float(model.weights["tok"][:OBJECT].std())


def ablate(model: Transformer, tokens: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """Mean probability (components, layers, positions) of the answer when one output is replaced by its mean over the batch.

    The opposite question to `trace`: not what suffices, but what is needed. NaN where a layer has no such part.
    """
    effect = np.full((len(COMPONENTS), model.config.layers, tokens.shape[1]), np.nan)
    for place in np.ndindex(effect.shape):
        target, position, found = f"{place[1]}.{COMPONENTS[place[0]]}", place[2], []

        def hook(site: str, value: np.ndarray) -> np.ndarray:
            if site == target:
                found.append(site)
                value = value.copy()
                value[:, position] = value[:, position].mean(0)
            return value

        p = probability(model(tokens, hook=hook, last=True), answers).mean()
        if found:
            effect[place] = p
    return effect


# --- editing ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Edit:
    """A new object for one fact, as a rank-one change of the second matrix of layer `layer`: down + outer(key, value)."""

    subject: int
    relation: int
    target: int
    layer: int
    key: np.ndarray
    value: np.ndarray


def apply(model: Transformer, edit: Edit) -> Transformer:
    """The model with the edit in its weights; `model` itself stays as it is."""
    name = f"{edit.layer}.down"
    if name not in model.weights:
        raise MiniatureError(
            f"layer {edit.layer} has no feed-forward part to edit; this model has them in layers {', '.join(str(i) for i, m in enumerate(model.config.mlp) if m)}"
        )
    return Transformer(
        model.config, model.weights | {name: model.weights[name] + np.outer(edit.key, edit.value)}
    )


def answers(
    model: Transformer,
    world: World,
    subject: np.ndarray,
    relation: np.ndarray,
    wording: int,
    fillers: int,
    seed: int = 3,
) -> np.ndarray:
    """The likeliest object (B,) for B facts, asked in one wording behind `fillers` random fillers."""
    tokens = prompts(
        world,
        subject,
        relation,
        wording,
        draw_fillers(np.random.default_rng(seed), len(subject), fillers),
    )
    return model(tokens, last=True).argmax(-1)


def recall(
    model: Transformer, world: World, wording: int = 0, fillers: int = TRACED_FILLERS
) -> float:
    """Share of all facts of `world` that the model knows."""
    subject, relation = world.all
    return float(
        (
            answers(model, world, subject, relation, wording, fillers)
            == world.objects[subject, relation]
        ).mean()
    )


GOALS = ("efficacy", "paraphrase", "other_subjects", "same_subject")


def edit_scores(
    model: Transformer, world: World, subject: int, relation: int, target: int
) -> dict[str, float]:
    """What a changed model gets right, as shares: does it say the new object (`efficacy`, in the wording used for the edit), in
    the two other wordings (`paraphrase`); does it still know all facts about `other_subjects`, the other facts about the
    `same_subject` (two wordings)."""
    one = np.array([subject])
    said = [
        int(answers(model, world, one, np.array([relation]), wording, fillers)[0] == target)
        for wording, fillers in ((0, 0), (1, 1), (2, 2))
    ]
    s, r = world.all
    kept = {
        wording: answers(model, world, s, r, wording, wording) == world.objects[s, r]
        for wording in (1, 2)
    }
    others, own = s != subject, (s == subject) & (r != relation)
    return {
        "efficacy": float(said[0]),
        "paraphrase": float(np.mean(said[1:])),
        "other_subjects": float(np.mean([k[others] for k in kept.values()])),
        "same_subject": float(np.mean([k[own] for k in kept.values()])),
    }


@cache
def edits(model: str) -> Sequence[Edit]:
    """The stored rank-one edits of one recorded model (``designed`` or ``plain``)."""
    from emergence import data

    _, stored = data.weights("facts", f"{model}-edits")
    found = []
    for row, key, value in zip(stored["fact"], stored["key"], stored["value"], strict=True):
        subject, relation, target, layer = (int(v) for v in row)
        found.append(Edit(subject, relation, target, layer, key, value))
    return found
