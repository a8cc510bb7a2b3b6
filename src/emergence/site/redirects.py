"""Renamed pages keep their old addresses: ``emergence_redirects`` in ``_config.yml`` maps old names to new ones.

Each old address becomes a small page that goes on at once, with the fragment, so that permalinks to figures keep
working. A script from a file does it (a page may forbid scripts inside it); without JavaScript a refresh does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sphinx.errors import ConfigError
from sphinx.util.osutil import relative_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx


def destinations(redirects: dict[str, str], pages: set[str]) -> dict[str, str]:
    """Final page of every old name, through later renames; raises ConfigError for a name that leads nowhere or exists."""
    found = {}
    for old in redirects:
        if old in pages:
            raise ConfigError(
                f"emergence_redirects: {old!r} is a page of the book, so it cannot lead to another one; remove its line."
            )
        seen, new = [old], redirects[old]
        while new in redirects and new not in seen:
            seen.append(new)
            new = redirects[new]
        if new in seen:
            raise ConfigError(
                f"emergence_redirects: {old!r} leads in a circle: {' → '.join([*seen, new])}."
            )
        if new not in pages:
            raise ConfigError(
                f"emergence_redirects: {old!r} leads to {new!r}, which is not a page; there are: {', '.join(sorted(pages))}."
            )
        found[old] = new
    return found


def pages(app: Sphinx) -> Iterator[tuple[str, dict, str]]:
    from ..text import chapter

    for old, new in destinations(app.config.emergence_redirects, app.env.found_docs).items():
        uri = app.builder.get_target_uri
        yield old, {"moved": chapter("interface")["moved"], "target": relative_uri(uri(old), uri(new)),
                    "target_title": app.env.titles[new].astext()}, "moved.html"  # fmt: skip


def setup(app: Sphinx) -> None:
    app.add_config_value("emergence_redirects", {}, "html", types=dict)
    app.connect("html-collect-pages", pages)
