"""The data catalogue: every table of the package with its paper, place, license, known problems and file.

The listing is Markdown with folded HTML parts, so one form serves the page and the notebook. Links to the files are
Markdown links relative to the working directory, which is the chapter's: a page offers them as downloads.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from html import escape
from itertools import groupby

from . import data

__all__ = ["Listing", "listing", "summary"]


@dataclass(frozen=True)
class Listing:
    """A piece of Markdown that displays itself; `tables` are the tables it lists, in order."""

    markdown: str
    tables: tuple[str, ...]

    def _repr_markdown_(self) -> str:
        return self.markdown


def _first_year(source: data.Source) -> int:
    """The year of a source; the first one where several papers share a table ('2022-2025')."""
    return int(source.year[:4])


def summary() -> dict[str, str]:
    """Numbers of tables, papers, rows and bytes of the package, formatted for a sentence."""
    sources = [data.source(name) for name in data.tables()]
    return {"tables": str(len(sources)), "papers": str(len({s.title for s in sources})),
            "rows": f"{sum(len(data.load(s.name)) for s in sources):,}", "evaluations": f"{len(data.evaluations()):,}",
            "no_second_copy": str(sum(s.cross_check.strip().lower() in ("", "none") for s in sources)),
            "first_year": str(min(map(_first_year, sources))), "last_year": str(max(map(_first_year, sources)))}


def listing(first: int, last: int) -> Listing:
    """Tables whose paper is of the years `first` to `last`, one folded part per paper, by year, authors and title.

    Raises `emergence.data.DataError` when there is none.
    """
    sources = [data.source(name) for name in data.tables()]
    chosen = sorted((s for s in sources if first <= _first_year(s) <= last), key=lambda s: (_first_year(s), s.authors, s.title, s.name))
    if not chosen:
        raise data.DataError(f"No table has a paper of {first} to {last}; the years are {min(map(_first_year, sources))} to {max(map(_first_year, sources))}.")
    parts = [_paper(list(group)) for _, group in groupby(chosen, key=lambda s: (_first_year(s), s.authors, s.title))]
    return Listing("\n\n".join(parts), tuple(s.name for s in chosen))


def _paper(sources: list[data.Source]) -> str:
    s = sources[0]
    many = f", {len(sources)} tables" if len(sources) > 1 else ""
    # The classes are those of the book's other folded parts.
    head = ('<details class="sd-sphinx-override sd-dropdown sd-card sd-mb-3"><summary class="sd-summary-title sd-card-header">'
            f"{escape(s.authors)} {escape(s.year)}: {escape(s.title)}{many}</summary><div class=\"sd-summary-content sd-card-body docutils\">")
    return "\n\n".join([head, *(_table(s) for s in sources), "</div></details>"])


def _text(words: str) -> str:
    """Words for HTML; long paths may break after a slash or underscore, so that a narrow page need not scroll."""
    return escape(words).replace("/", "/<wbr>").replace("_", "_<wbr>")


def _table(s: data.Source) -> str:
    rows = data.load(s.name)
    path = os.path.relpath(data._root() / s.path).replace(os.sep, "/")
    facts = [("Source", f'<a href="{escape(s.url)}">{escape(s.title)}</a>'), ("Place", _text(s.locator)), ("Columns", _text(", ".join(rows))),
             ("License", _text(s.licence)), ("Read from", _text(s.read_from)), ("Checked against", _text(s.cross_check)),
             *(("Known problem", _text(caveat)) for caveat in s.caveats)]
    lines = "".join(f"<li><strong>{name}:</strong> {value}</li>" for name, value in facts if value.strip())
    return f'<span id="table-{escape(s.name)}"></span>**[{s.name}.csv]({path})**, {len(rows):,} rows\n\n<ul>{lines}</ul>'
