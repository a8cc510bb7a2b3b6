"""Every sentence and label a figure shows: ``text.<language>.toml`` in the chapter's folder, what all share beside this module.

A file holds ``[labels]`` (column, option and control names) and one table per figure with ``title``, ``finding``
(the alternative text), ``shows`` and ``hides`` (what the figure does not show). Drawing code names keys, never words.
The language is taken from the environment variable ``EMERGENCE_LANGUAGE`` (default ``en``).
"""

from __future__ import annotations

import difflib
import os
import tomllib
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


@cache
def labels() -> dict[str, str]:
    """The labels of all chapters; raises `TextError` where two files disagree."""
    found: dict[str, str] = {}
    for path in sorted(HERE.parent.rglob(f"*.{language()}.toml")):
        for key, value in _read(path).get("labels", {}).items():
            if found.setdefault(key, value) != value:
                raise TextError(
                    f"{path.name}: label {key!r} is {value!r} here and {found[key]!r} in another file"
                )
    return found


def label(key: str, default: str | None = None) -> str:
    """The words for a column, option or control; `default` (else the key itself) where none are written."""
    used("label", key)
    return labels().get(key, key if default is None else default)


def has_label(key: str) -> bool:
    used("label", key)
    return key in labels()


def figure_text(chapter_name: str, figure: str) -> dict[str, Any]:
    """``title``, ``finding``, ``shows`` and ``hides`` of one figure; raises `TextError` when one is missing."""
    texts = chapter(chapter_name)
    if figure not in texts:
        near = difflib.get_close_matches(figure, texts, n=3)
        raise TextError(
            f"{chapter_name}.toml has no [{figure}]"
            + (f"; did you mean {', '.join(near)}?" if near else "")
        )
    missing = [k for k in ("title", "finding", "shows", "hides") if not texts[figure].get(k)]
    if missing:
        raise TextError(f"{chapter_name}.toml, [{figure}]: {' and '.join(missing)} missing")
    return texts[figure]
