"""The data catalogue: every table of the package with its paper, place, license, known problems and file; and our own runs.

A listing is Markdown with folded HTML parts, so one form serves the page and the notebook. Links to the files are
Markdown links relative to the working directory, which is the chapter's: a page offers them as downloads.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from html import escape
from itertools import groupby

from emergence import data
from emergence.text import shared

__all__ = ["Listing", "listing", "own_runs", "settings", "summary"]


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
    return {
        "tables": str(len(sources)),
        "papers": str(len({s.title for s in sources})),
        "rows": f"{sum(len(data.load(s.name)) for s in sources):,}",
        "evaluations": f"{len(data.evaluations()):,}",
        "no_second_copy": str(sum(s.cross_check.strip().lower() in ("", "none") for s in sources)),
        "first_year": str(min(map(_first_year, sources))),
        "last_year": str(max(map(_first_year, sources))),
    }


def listing(first: int, last: int) -> Listing:
    """Tables whose paper is of the years `first` to `last`, one folded part per paper, by year, authors and title.

    Raises `emergence.data.DataError` when there is none.
    """
    sources = [data.source(name) for name in data.tables()]
    chosen = sorted(
        (s for s in sources if first <= _first_year(s) <= last),
        key=lambda s: (_first_year(s), s.authors, s.title, s.name),
    )
    if not chosen:
        raise data.DataError(
            f"No table has a paper of {first} to {last}; the years are {min(map(_first_year, sources))} to {max(map(_first_year, sources))}."
        )
    parts = [
        _paper(list(group))
        for _, group in groupby(chosen, key=lambda s: (_first_year(s), s.authors, s.title))
    ]
    return Listing("\n\n".join(parts), tuple(s.name for s in chosen))


def _paper(sources: list[data.Source]) -> str:
    s = sources[0]
    many = f", {len(sources)} tables" if len(sources) > 1 else ""
    # The classes are those of the book's other folded parts.
    head = (
        '<details class="sd-sphinx-override sd-dropdown sd-card sd-mb-3"><summary class="sd-summary-title sd-card-header">'
        f'{escape(s.authors)} {escape(s.year)}: {escape(s.title)}{many}</summary><div class="sd-summary-content sd-card-body docutils">'
    )
    return "\n\n".join([head, *(_table(s) for s in sources), "</div></details>"])


def _text(words: str) -> str:
    """Words for HTML; long paths may break after a slash or underscore, so that a narrow page need not scroll."""
    return escape(words).replace("/", "/<wbr>").replace("_", "_<wbr>")


def _table(s: data.Source) -> str:
    rows = data.load(s.name)
    path = os.path.relpath(data.root() / s.path).replace(os.sep, "/")
    facts = [
        ("Source", f'<a href="{escape(s.url)}">{escape(s.title)}</a>'),
        ("Place", _text(s.locator)),
        ("Columns", _text(", ".join(rows))),
        ("License", _text(s.license)),
        ("Read from", _text(s.read_from)),
        ("Checked against", _text(s.cross_check)),
        *(("Known problem", _text(caveat)) for caveat in s.caveats),
    ]
    lines = "".join(
        f"<li><strong>{name}:</strong> {value}</li>" for name, value in facts if value.strip()
    )
    return f'<span id="table-{escape(s.name)}"></span>**[{s.name}.csv]({path})**, {len(rows):,} rows\n\n<ul>{lines}</ul>'


# --- our own runs ----------------------------------------------------------------------------------------------------
def settings(experiment: str) -> Listing:
    """The settings of an experiment's training runs, from its record: one row per setting, its seeds together.

    What is the same in all runs stands below the table, with the machine, the time and the command.
    Raises `emergence.data.DataError` for an unknown experiment.
    """
    record, words = data.run(experiment), shared("miniatures")
    rows: dict[tuple, dict] = {}
    for run in record.settings:
        shown = {k: v for k, v in run.items() if k not in ("seed", "seeds", "seconds")}
        row = rows.setdefault(
            tuple(map(repr, shown.items())), shown | {"seeds": [], "seconds": 0.0}
        )
        row["seeds"] += run.get("seeds", [run["seed"]] if "seed" in run else [])
        row["seconds"] += run["seconds"]
    names = list(dict.fromkeys(k for row in rows.values() for k in row))
    same = [
        k
        for k in names
        if k != "seconds"
        and len(rows) > 1
        and len({repr(row.get(k)) for row in rows.values()}) == 1
    ]
    columns = [
        k
        for k in names
        if k not in same and any(row.get(k) not in (None, []) for row in rows.values())
    ]
    named = words["settings"]
    table = _markdown(
        [named.get(k, k.replace("_", " ")) for k in columns],
        [[_setting(row.get(k), named) for k in columns] for row in rows.values()],
    )
    say = words["sentences"]
    common = "; ".join(
        f"{named.get(k, k.replace('_', ' '))} {_setting(next(iter(rows.values()))[k], named)}"
        for k in same
    )
    made = say["made"].format(
        runs=sum(map(_trainings, record.settings)),
        minutes=_minutes(record.seconds),
        machine=record.machine,
        versions=_versions(record.versions),
        command=record.command,
    )
    below = " ".join(([say["same"].format(settings=common)] if common else []) + [made])
    return Listing(f"{table}\n\n{below}", ())


def own_runs() -> Listing:
    """All our experiments, from their records: title, number of training runs, time and command; then their files."""
    say, records = shared("miniatures")["sentences"], [data.run(name) for name in data.runs()]
    rows, files = [], []
    for r in records:
        folder = os.path.relpath(data.root() / "miniatures" / r.name).replace(os.sep, "/")
        rows.append(
            [
                r.title.rstrip("."),
                str(sum(map(_trainings, r.settings))),
                _minutes(r.seconds),
                f"`{r.command}`",
            ]
        )
        files.append(
            f"- **{r.name}:** "
            + ", ".join(f"[{file}]({folder}/{file})" for file in [*r.files, "record.json"])
        )
    table = _markdown([say[k] for k in ("experiment", "runs", "minutes", "command")], rows)
    machines = dict.fromkeys(
        say["machine"].format(machine=r.machine, versions=_versions(r.versions)) for r in records
    )
    total = say["total"].format(minutes=_minutes(sum(r.seconds for r in records)))
    return Listing(
        "\n\n".join([table, " ".join([total, *machines]), say["files"], "\n".join(files)]), ()
    )


def _trainings(settings: dict) -> int:
    """How many models one job trains: a setting that is a list (seeds, say) was run with each of its values."""
    return math.prod(len(value) for value in settings.values() if isinstance(value, list))


def _setting(value, named) -> str:
    """A setting for readers: words where there are some, whole numbers with separators, seeds as a list."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, bool) or value is None:
        return "–" if value is None else str(value).lower()
    if isinstance(value, int | float):
        return f"{value:,.0f}" if float(value).is_integer() or value >= 100 else f"{value:g}"
    return str(named.get(value, value))


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f}" if seconds >= 600 else f"{seconds / 60:.1f}"


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(
        f"{'Python' if k == 'python' else 'NumPy' if k == 'numpy' else 'PyTorch' if k == 'torch' else k} {v}"
        for k, v in versions.items()
    )


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    """A table that plain Markdown, which has none, passes through: HTML, with Markdown left in the cells that hold any."""

    def cell(text: str) -> str:
        return f"\n\n{text}\n\n" if "`" in text or "](" in text else escape(text)

    top = "".join(f'<th scope="col">{cell(text)}</th>' for text in head)
    body = "\n".join(
        f"<tr>{''.join(f'<td>{cell(text)}</td>' for text in row)}</tr>" for row in rows
    )
    return f'<div class="pst-scrollable-table-container" tabindex="0">\n<table class="table">\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>'
