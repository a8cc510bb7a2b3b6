"""The chapters as notebooks a reader meets in JupyterLab: plain Markdown, nothing to install beside this package.

JupyterLab does not know MyST's roles and directives (its extension for them does not load in the versions pinned here), so
numbers, citations, boxes and folded parts are written out: ``{eval}`` becomes the number, a citation becomes a linked name,
an admonition a quotation, a dropdown a ``<details>`` element. Code cells are left as they are.
"""

from __future__ import annotations

import hashlib
import html
import re
import sys
from pathlib import Path

from .slim import put

ROOT = Path(__file__).resolve().parents[3]


def write_all(root: Path = ROOT, target: Path | None = None) -> list[Path]:
    """Write every chapter of ``book/`` with code cells as ``.ipynb`` into `target` (default ``_build/notebooks``).

    A notebook the reader has changed since it was written is kept. Returns the paths written or kept.
    """
    import nbformat

    target = target or root / "_build" / "notebooks"
    target.mkdir(parents=True, exist_ok=True)
    references, written = bibliography(root / "book" / "references.bib"), []
    for chapter in sorted((root / "book").glob("*.md")):
        if "{code-cell}" not in chapter.read_text("utf-8"):
            continue
        text = nbformat.writes(notebook(chapter, references))
        path, record = target / f"{chapter.stem}.ipynb", target / f".{chapter.stem}.sha256"
        ours = record.read_text() if record.exists() else None
        if path.exists() and ours != digest(path.read_text("utf-8")):
            print(f"{path.name} has changes of yours and is kept; delete it to get the chapter anew.", file=sys.stderr)
        elif not path.exists() or ours != digest(text):
            put(path, text.encode())
            put(record, digest(text).encode())
        written.append(path)
    return written


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def notebook(chapter: Path, references: dict[str, dict]):
    """One chapter as an nbformat notebook. Raises ValueError, naming chapter and text, for MyST this page does not know."""
    import jupytext

    book = jupytext.read(chapter, fmt="md:myst")
    names: dict = {}
    for cell in book.cells:
        if cell.cell_type == "code":
            if "import" in cell.source:
                exec(cell.source, names)  # the set-up cell: what {eval} needs
        else:
            cell.source = plain_markdown(cell.source, names, references, chapter.name)
    book.metadata.pop("mystnb", None)
    for i, cell in enumerate(book.cells):
        cell["id"] = f"{chapter.stem}-{i}"[:64]
    return book


def plain_markdown(text: str, names: dict, references: dict[str, dict], where: str) -> str:
    """MyST to the Markdown JupyterLab shows."""
    text = re.sub(r"\{eval\}`([^`]+)`", lambda m: str(eval(m[1], names)), text)
    text = re.sub(r"\{cite:(t|p)\}`([^`]+)`", lambda m: cite(m[2], m[1], references), text)
    text = re.sub(r"\{(?:doc|ref|term|abbr)\}`([^`<]*?)\s*(?:<[^>]*>)?`", lambda m: m[1], text)
    text = re.sub(r"\]\((?:\./)?([\w-]+)\.md(#[\w-]*)?\)", r"](\1.ipynb)", text)
    text = re.sub(r"^\(([\w-]+)\)=\n", r'<a id="\1"></a>\n\n', text, flags=re.M)
    text = re.sub(r"^```\{bibliography\}.*?^```$", "Every reference is linked where it is cited.", text, flags=re.M | re.S)
    while (box := re.search(r"^(:{3,})\{([\w-]+)\}[ ]?(.*)\n((?::[\w-]+:.*\n)*)((?:(?!^:{3,}\{)[\s\S])*?)^\1[ ]*$", text, flags=re.M)):
        text = text[:box.start()] + block(box[2], box[3].strip(), box[5].strip(), where) + text[box.end():]
    if left := re.search(r"\{[a-z:]+\}`|^:{3,}|^```\{(?!code-cell)", text, flags=re.M):
        raise ValueError(f"{where}: {text[left.start():left.start() + 60]!r} has no plain form for notebooks yet; see emergence.site.notebooks")
    return text


def block(kind: str, title: str, body: str, where: str) -> str:
    if kind == "dropdown":
        return f"<details><summary>{html.escape(title)}</summary>\n\n{body}\n\n</details>"
    if kind in ("admonition", "note", "tip", "warning", "important", "seealso"):
        head = title if kind == "admonition" else kind.capitalize()
        return "\n".join(f"> {line}".rstrip() for line in [f"**{head}**", "", *body.splitlines()])
    if kind in ("grid", "grid-item-card", "card", "div", "container"):
        return f"**{title}**\n\n{body}" if title and kind.endswith("card") else body
    raise ValueError(f"{where}: the directive {{{kind}}} has no plain form for notebooks yet; see emergence.site.notebooks")


# --- citations --------------------------------------------------------------------------------------------------------
def bibliography(path: Path) -> dict[str, dict]:
    """``{key: {authors, year, title, url}}`` of a BibTeX file."""
    from pybtex.database import parse_file

    found = {}
    for key, entry in parse_file(str(path)).entries.items():
        last = [" ".join(p.prelast_names + p.last_names).replace("{", "").replace("}", "") for p in entry.persons.get("author", [])]
        who = last[0] if len(last) == 1 else " and ".join(last) if len(last) == 2 else f"{last[0]} et al." if last else key
        eprint = entry.fields.get("eprint")
        url = entry.fields.get("url") or (f"https://arxiv.org/abs/{eprint}" if eprint else
                                          f"https://doi.org/{entry.fields['doi']}" if "doi" in entry.fields else "")
        found[key] = {"authors": who, "year": entry.fields.get("year", ""), "title": re.sub(r"[{}]", "", entry.fields.get("title", "")), "url": url}
    return found


def cite(keys: str, kind: str, references: dict[str, dict]) -> str:
    parts = []
    for key in keys.split(","):
        entry = references[key.strip().split("-", 1)[-1]]
        name = f"{entry['authors']} ({entry['year']})" if kind == "t" else f"{entry['authors']}, {entry['year']}"
        parts.append(f"[{name}]({entry['url']})" if entry["url"] else name)
    return "; ".join(parts) if kind == "t" else f"({'; '.join(parts)})"


if __name__ == "__main__":
    for path in write_all():
        print(path)
