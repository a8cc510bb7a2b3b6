"""The chapters as notebooks a reader meets in JupyterLab: plain Markdown, nothing to install beside this package.

JupyterLab does not know MyST's roles and directives (its extension for them does not load in the versions pinned here), so
numbers, citations, boxes and folded parts are written out: ``{eval}`` becomes the number, a citation becomes a linked name,
an admonition a quotation, a dropdown a ``<details>`` element. Code cells are left as they are.

A notebook made for a `Home` is one to take away (the site offers it, see `launch`): it also says how to get the package.
"""

from __future__ import annotations

import hashlib
import html
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from emergence.files import write_atomically
from emergence.text import interface

ROOT = Path(__file__).resolve().parents[3]


# --- where the book is public -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Home:
    """Where the book is public: its repository on GitHub, the branch, the address of its pages; all empty for nowhere."""

    repository: str = ""
    branch: str = "main"
    pages: str = ""

    def binder(self, stem: str) -> str:
        """Binder's address of a chapter; `.binder/postBuild` writes the notebook there."""
        return f"https://mybinder.org/v2/gh/{self.repository.removeprefix(GITHUB)}/{self.branch}?urlpath=lab/tree/_build/notebooks/{stem}.ipynb"

    def colab(self, stem: str) -> str:
        """Colab's address of a chapter. Colab opens files of GitHub only: the workflow keeps them on the branch ``notebooks``."""
        return f"https://colab.research.google.com/github/{self.repository.removeprefix(GITHUB)}/blob/notebooks/{stem}.ipynb"


GITHUB = "https://github.com/"


def home(repository: str = "", branch: str = "main", pages: str = "") -> Home:
    """The `Home` these settings describe; pages default to GitHub's for the repository. Raises ValueError, naming the setting."""
    if not repository:
        return Home(pages=pages and pages.rstrip("/") + "/")
    match = re.fullmatch(re.escape(GITHUB) + r"([A-Za-z0-9-]+)/([A-Za-z0-9._-]+)", repository)
    if not match or repository.endswith(".git"):
        raise ValueError(
            f"emergence_repository: {repository!r} is not of the form https://github.com/owner/name; correct it or leave it empty."
        )
    if not re.fullmatch(r"[A-Za-z0-9._-]+", branch):
        raise ValueError(
            f"emergence_branch: {branch!r} is not the name of a branch; letters, digits, '.', '_' and '-' are allowed."
        )
    owner, name = match.groups()
    site = f"https://{owner.lower()}.github.io/"
    return Home(
        repository,
        branch,
        pages.rstrip("/") + "/"
        if pages
        else site
        if name.lower() == f"{owner.lower()}.github.io"
        else f"{site}{name}/",
    )


def home_of(root: Path = ROOT) -> Home:
    """The `Home` that ``_config.yml`` of a checkout describes."""
    import yaml

    settings = yaml.safe_load((root / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
    return home(
        settings.get("emergence_repository", ""),
        settings.get("emergence_branch", "main"),
        settings.get("html_baseurl", ""),
    )


# --- writing ----------------------------------------------------------------------------------------------------------
def has_cells(chapter: Path) -> bool:
    """Is this page of the book one with code to run?"""
    return chapter.exists() and "{code-cell}" in chapter.read_text("utf-8")


def write_all(
    root: Path = ROOT, target: Path | None = None, home: Home | None = None
) -> list[Path]:
    """Write every chapter of ``book/`` with code cells as ``.ipynb`` into `target` (default ``_build/notebooks``).

    A notebook the reader has changed since it was written is kept. Returns the paths written or kept.
    """
    import nbformat

    target = target or root / "_build" / "notebooks"
    target.mkdir(parents=True, exist_ok=True)
    references, written = bibliography(root / "book" / "references.bib"), []
    for chapter in filter(has_cells, sorted((root / "book").glob("*.md"))):
        text = nbformat.writes(notebook(chapter, references, home))
        path, record = target / f"{chapter.stem}.ipynb", target / f".{chapter.stem}.sha256"
        ours = record.read_text("utf-8") if record.exists() else None
        if path.exists() and ours != digest(path.read_text("utf-8")):
            print(
                f"{path.name} has changes of yours and is kept; delete it to get the chapter anew.",
                file=sys.stderr,
            )
        elif not path.exists() or ours != digest(text):
            write_atomically(path, text.encode())
            write_atomically(record, digest(text).encode())
        written.append(path)
    return written


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def notebook(chapter: Path, references: dict[str, dict], home: Home | None = None):
    """One chapter as an nbformat notebook; with a `home` one that says how to get the package, and links to the pages there.

    Raises ValueError, naming chapter and text, for MyST this page does not know.
    """
    import jupytext

    book = jupytext.read(chapter, fmt="md:myst")
    names: dict = {}
    for cell in book.cells:
        if cell.cell_type == "code":
            if "import" in cell.source:
                exec(cell.source, names)  # the set-up cell: what {eval} needs
        else:
            cell.source = plain_links(
                plain_markdown(cell.source, names, references, chapter.name),
                chapter,
                home.pages if home else "",
            )
    if home:
        at = 1 if book.cells and book.cells[0].cell_type == "markdown" else 0  # below the title
        book.cells[at:at] = getting_the_package(home)
    book.metadata.pop("mystnb", None)
    for i, cell in enumerate(book.cells):
        cell["id"] = f"{chapter.stem}-{i}"[:64]
    return book


def plain_markdown(text: str, names: dict, references: dict[str, dict], where: str) -> str:
    """MyST to the Markdown JupyterLab shows."""
    text = re.sub(r"\{eval\}`([^`]+)`", lambda m: str(eval(m[1], names)), text)
    text = re.sub(r"\{cite:(t|p)\}`([^`]+)`", lambda m: cite(m[2], m[1], references), text)
    text = re.sub(r"\{(?:doc|ref|term|abbr)\}`([^`<]*?)\s*(?:<[^>]*>)?`", lambda m: m[1], text)
    text = re.sub(r"^\(([\w-]+)\)=\n", r'<a id="\1"></a>\n\n', text, flags=re.M)
    text = re.sub(
        r"^```\{bibliography\}.*?^```$",
        "Every reference is linked where it is cited.",
        text,
        flags=re.M | re.S,
    )
    while box := re.search(
        r"^(:{3,})\{([\w-]+)\}[ ]?(.*)\n((?::[\w-]+:.*\n)*)((?:(?!^:{3,}\{)[\s\S])*?)^\1[ ]*$",
        text,
        flags=re.M,
    ):
        text = (
            text[: box.start()]
            + block(box[2], box[3].strip(), box[5].strip(), where)
            + text[box.end() :]
        )
    if left := re.search(r"\{[a-z:]+\}`|^:{3,}|^```\{(?!code-cell)", text, flags=re.M):
        raise ValueError(
            f"{where}: {text[left.start() : left.start() + 60]!r} has no plain form for notebooks yet; see emergence.site.notebooks"
        )
    return text


def plain_links(text: str, chapter: Path, pages: str) -> str:
    """Links between chapters: to the book's public `pages`; without any, to the notebook beside this one.

    A link that has no place to lead to, such as one to a figure in a chosen state, then becomes its words.
    """

    def link(words: str, page: str, fragment: str) -> str:
        if pages:
            return f"[{words}]({pages}{chapter.parent.name}/{page}.html{fragment})"
        return (
            f"[{words}]({page}.ipynb)"
            if page != chapter.stem and has_cells(chapter.with_name(f"{page}.md"))
            else words
        )

    text = re.sub(
        r"<a href=\"(#[^\"]*)\">(.*?)</a>",
        lambda m: link(m[2], chapter.stem, html.unescape(m[1])),
        text,
        flags=re.S,
    )
    return re.sub(
        r"(?<!!)\[([^\[\]]*)\]\((?:\./)?([\w-]+\.md)?(#[^)\s]*)?\)",
        lambda m: (
            link(m[1], (m[2] or chapter.name).removesuffix(".md"), m[3] or "")
            if m[2] or m[3]
            else m[0]
        ),
        text,
    )


def getting_the_package(home: Home) -> list:
    """The cells that say how to get the package; one gets it where it is missing, if there is a public place to get it from."""
    from nbformat.v4 import new_code_cell, new_markdown_cell

    words, source = interface("notebook"), f"git+{home.repository}"
    if not home.repository:
        return [new_markdown_cell(words["needs_checkout"])]
    install = f'# {words["fetch"]}\nimport importlib.util\n\nif importlib.util.find_spec("emergence") is None:\n    %pip install --quiet {source}'
    return [new_markdown_cell(words["needs"].format(source=source)), new_code_cell(install)]


def block(kind: str, title: str, body: str, where: str) -> str:
    if kind == "dropdown":
        return f"<details><summary>{html.escape(title)}</summary>\n\n{body}\n\n</details>"
    if kind in ("admonition", "note", "tip", "warning", "important", "seealso"):
        head = title if kind == "admonition" else kind.capitalize()
        return "\n".join(f"> {line}".rstrip() for line in [f"**{head}**", "", *body.splitlines()])
    if kind in ("grid", "grid-item-card", "card", "div", "container"):
        return f"**{title}**\n\n{body}" if title and kind.endswith("card") else body
    raise ValueError(
        f"{where}: the directive {{{kind}}} has no plain form for notebooks yet; see emergence.site.notebooks"
    )


# --- citations --------------------------------------------------------------------------------------------------------
def bibliography(path: Path) -> dict[str, dict]:
    """``{key: {authors, year, title, url}}`` of a BibTeX file."""
    from pybtex.database import parse_file

    found = {}
    for key, entry in parse_file(str(path)).entries.items():
        last = [
            " ".join(p.prelast_names + p.last_names).replace("{", "").replace("}", "")
            for p in entry.persons.get("author", [])
        ]
        who = (
            last[0]
            if len(last) == 1
            else " and ".join(last)
            if len(last) == 2
            else f"{last[0]} et al."
            if last
            else key
        )
        eprint = entry.fields.get("eprint")
        url = entry.fields.get("url") or (
            f"https://arxiv.org/abs/{eprint}"
            if eprint
            else f"https://doi.org/{entry.fields['doi']}"
            if "doi" in entry.fields
            else ""
        )
        found[key] = {
            "authors": who,
            "year": entry.fields.get("year", ""),
            "title": re.sub(r"[{}]", "", entry.fields.get("title", "")),
            "url": url,
        }
    return found


def cite(keys: str, kind: str, references: dict[str, dict]) -> str:
    parts = []
    for key in keys.split(","):
        entry = references[key.strip().split("-", 1)[-1]]
        name = (
            f"{entry['authors']} ({entry['year']})"
            if kind == "t"
            else f"{entry['authors']}, {entry['year']}"
        )
        parts.append(f"[{name}]({entry['url']})" if entry["url"] else name)
    return "; ".join(parts) if kind == "t" else f"({'; '.join(parts)})"
