"""Every sentence and label a figure shows: ``text.<language>.toml`` in the chapter's folder, what all share beside this module.

A chapter's file holds ``[labels]`` (column, option and control names) and one table per figure with ``title``, ``finding``
(the alternative text), ``shows``, ``hides`` (what the figure does not show) and, where the figure means something else by a
name than its chapter, ``labels``. Drawing code names keys, never words.
The language is taken from the environment variable ``EMERGENCE_LANGUAGE`` (default ``en``).
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any

from emergence.trace import used

HERE = Path(__file__).parent
CHAPTERS = HERE.parent / "chapters"


class TextError(KeyError):
    """A figure or label has no text; the message names the file that should hold it."""

    def __str__(self) -> str:
        return self.args[0]


def language() -> str:
    """The language of this process; raises `TextError` when there are no texts in it."""
    name = os.environ.get("EMERGENCE_LANGUAGE", "en")
    known = sorted(path.name.split(".")[1] for path in HERE.glob("interface.*.toml"))
    if name not in known:
        raise TextError(f"no texts for language {name!r}; there are: {', '.join(known)}")
    return name


def shared(name: str) -> dict:
    """Texts that belong to no chapter: the ``interface`` around figures and pages, the ``miniatures``."""
    path = HERE / f"{name}.{language()}.toml"
    used("file", path)
    return _read(path)


def interface(part: str = "interface") -> dict:
    """Words of the frame around figures and pages, e.g. of its ``search``."""
    return shared("interface")[part]


def chapter(name: str) -> dict:
    """The texts of one chapter: ``{figure name: {title, finding, shows, hides}, "labels": {…}}``."""
    path = CHAPTERS / name / f"text.{language()}.toml"
    used("file", path)
    return _read(path)


@cache
def _read(path: Path) -> dict:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise TextError(f"no text file {path.name} in {path.parent.name}/") from None
    except tomllib.TOMLDecodeError as error:
        raise TextError(f"{path.name}: {error}") from None


_place: ContextVar[tuple[str, str | None] | None] = ContextVar("place", default=None)


@contextmanager
def within(chapter_name: str, figure: str | None = None) -> Iterator[None]:
    """Inside, labels are those of this chapter, and of this figure first; see `label`."""
    token = _place.set((chapter_name, figure))
    try:
        yield
    finally:
        _place.reset(token)


def labels() -> dict[str, str]:
    """The labels that all chapters share: of columns, controls and values of tables."""
    return _read(HERE / f"labels.{language()}.toml")["labels"]


def label(key: str, default: str | None = None) -> str:
    """The words for a column, option or control: of the figure, else of the chapter, else those that all share.

    `within` says which figure and chapter. Where no words are written: `default`, else the key itself.
    """
    return _found(key).get(key, key if default is None else default)


def has_label(key: str) -> bool:
    """Whether words are written for the key, here or for all."""
    return key in _found(key)


def _found(key: str) -> Mapping[str, str]:
    """The nearest labels that hold the key; empty where none do."""
    nearest = (words for words in _labels_here() if key in words)
    if (found := next(nearest, None)) is not None:
        return found
    used("label", key)
    return labels() if key in labels() else _anywhere(key)


def _labels_here() -> Iterator[Mapping[str, str]]:
    """The labels of the figure and of the chapter whose words are asked for."""
    if (place := _place.get()) is None:
        return
    chapter_name, figure = place
    texts = chapter(chapter_name)
    if figure in texts:
        yield texts[figure].get("labels", {})
    yield texts.get("labels", {})


def _anywhere(key: str) -> Mapping[str, str]:
    """Outside every chapter: the words of the chapter that has some for the key; raises `TextError` where chapters differ."""
    if _place.get() is not None:
        return {}
    files = [_read(path) for path in sorted(CHAPTERS.glob(f"*/text.{language()}.toml"))]
    words = {texts["labels"][key] for texts in files if key in texts.get("labels", {})}
    if len(words) > 1:
        raise TextError(
            f"label {key!r} is {' and '.join(map(repr, sorted(words)))}, depending on the chapter: say which, with text.within"
        )
    return dict.fromkeys([key], *words) if words else {}


def figure_text(chapter_name: str, figure: str) -> dict[str, Any]:
    """``title``, ``finding``, ``shows`` and ``hides`` of one figure; raises `TextError` when one is missing."""
    texts = chapter(chapter_name)
    file = f"{chapter_name}/text.{language()}.toml"
    if figure not in texts:
        near = difflib.get_close_matches(figure, texts, n=3)
        raise TextError(
            f"{file} has no [{figure}]" + (f"; did you mean {', '.join(near)}?" if near else "")
        )
    missing = [k for k in ("title", "finding", "shows", "hides") if not texts[figure].get(k)]
    if missing:
        raise TextError(f"{file}, [{figure}]: {' and '.join(missing)} missing")
    return texts[figure]
