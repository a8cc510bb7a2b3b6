"""The chapters as notebooks: MyST written out, a reader's changes kept; those the site offers, and its links to Binder and Colab."""

import os
import re
import zipfile
from importlib.metadata import distribution, packages_distributions

import nbclient
import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from emergence import trace
from emergence.publish.build import ROOT, BuildError, build, environment
from emergence.site import notebooks

CHAPTERS = [
    p for p in sorted((ROOT / "book").glob("*.md")) if "{code-cell}" in p.read_text("utf-8")
]
HEAD = "---\njupytext:\n  text_representation: {extension: .md, format_name: myst}\nkernelspec: {display_name: Python 3, language: python, name: python3}\n---\n"


@pytest.fixture(scope="module")
def references():
    return notebooks.bibliography(ROOT / "book" / "references.bib")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda p: p.stem)
def test_chapter_becomes_plain_markdown(chapter, references):
    book = notebooks.notebook(chapter, references)
    nbformat.validate(book)
    prose = "\n".join(c.source for c in book.cells if c.cell_type == "markdown")
    assert not re.search(r"\{(eval|cite|doc|ref|bibliography)", prose) and ":::" not in prose
    assert (
        prose.count("<details>")
        == prose.count("</details>")
        == chapter.read_text("utf-8").count("{dropdown}")
    )
    cells = re.findall(
        r"^```\{code-cell\}[^\n]*\n(.*?)^```", chapter.read_text("utf-8"), flags=re.M | re.S
    )
    assert len([c for c in book.cells if c.cell_type == "code"]) == len(cells)


def test_roles_and_boxes_are_written_out(tmp_path):
    chapter = tmp_path / "x.md"
    chapter.write_text(
        HEAD
        + "```{code-cell}\nimport math; n = {'a': '46.9'}\n```\n\nIt is {eval}`n['a']` in {cite:t}`x-wei2022cot`, so {cite:p}`x-wei2022cot`.\n\n"
        ":::{admonition} Claim\n:class: claim\nWords.\n:::\n\n::::{dropdown} A < B\n**No.**\n:::{note}\nInner.\n:::\n::::\n"
    )
    book = notebooks.notebook(
        chapter,
        {
            "wei2022cot": {
                "authors": "Wei et al.",
                "year": "2022",
                "title": "t",
                "url": "https://arxiv.org/abs/2201.11903",
            }
        },
    )
    text = book.cells[1].source
    assert (
        "It is 46.9 in [Wei et al. (2022)](https://arxiv.org/abs/2201.11903), so ([Wei et al., 2022](https://arxiv.org/abs/2201.11903))."
        in text
    )
    assert "> **Claim**\n>\n> Words." in text
    assert "<summary>A &lt; B</summary>" in text and "> **Note**\n>\n> Inner." in text


def test_links_between_chapters_lead_somewhere_in_a_notebook_taken_away(tmp_path):
    for name, text in {"a": "x", "b": "```{code-cell}\n1\n```", "words": "x"}.items():
        (tmp_path / f"{name}.md").write_text(text)
    text = (
        '[B](b.md#part) and [words](words.md), [this](#fig-x?n=1), <a href="#fig-x?n=1&amp;m=2">that</a>, [paper](https://a.b/c.md), '
        "![picture](b.md), [none](nowhere.md#fig-y)"
    )
    kept = "[paper](https://a.b/c.md), ![picture](b.md), "
    assert (
        notebooks.plain_links(text, tmp_path / "a.md", "")
        == f"[B](b.ipynb) and words, this, that, {kept}none"
    )
    home = f"https://o.github.io/n/{tmp_path.name}"
    assert notebooks.plain_links(text, tmp_path / "a.md", "https://o.github.io/n/") == (
        f"[B]({home}/b.html#part) and [words]({home}/words.html), [this]({home}/a.html#fig-x?n=1), [that]({home}/a.html#fig-x?n=1&m=2), "
        f"{kept}[none]({home}/nowhere.html#fig-y)"
    )


def test_unknown_directive_is_named():
    with pytest.raises(ValueError, match=r"x\.md: the directive \{video\} has no plain form"):
        notebooks.plain_markdown(":::{video} a\nb\n:::\n", {}, {}, "x.md")


def test_changes_of_the_reader_are_kept(tmp_path, capsys):
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "references.bib").write_text("")
    (tmp_path / "book" / "a.md").write_text(HEAD + "# One\n\n```{code-cell}\n1\n```\n")
    (path,) = notebooks.write_all(tmp_path, tmp_path / "out")
    (tmp_path / "book" / "a.md").write_text(HEAD + "# Two\n\n```{code-cell}\n1\n```\n")
    notebooks.write_all(tmp_path, tmp_path / "out")
    assert "# Two" in path.read_text()
    path.write_text(path.read_text().replace("# Two", "# Mine"))
    notebooks.write_all(tmp_path, tmp_path / "out")
    assert (
        "# Mine" in path.read_text() and "a.ipynb has changes of yours" in capsys.readouterr().err
    )


# --- where the book is public -------------------------------------------------------------------------------------------
def test_pages_of_a_repository_are_githubs_unless_named():
    assert notebooks.home() == notebooks.Home("", "main", "")
    assert notebooks.home("https://github.com/Ann/a.b").pages == "https://ann.github.io/a.b/"
    assert notebooks.home("https://github.com/Ann/ann.github.io").pages == "https://ann.github.io/"
    assert (
        notebooks.home("https://github.com/Ann/a", pages="https://book.org/x").pages
        == notebooks.home(pages="https://book.org/x/").pages
        == "https://book.org/x/"
    )


@pytest.mark.parametrize("repository", ["http://github.com/o/n", "https://github.com/o", "https://github.com/o/n/", "https://github.com/o/n.git", "https://gitlab.com/o/n",
                                        "git@github.com:o/n", "https://github.com/o/n?x", "https://github.com/o/n\n"])  # fmt: skip
def test_an_address_that_is_no_repository_on_github_is_refused(repository):
    with pytest.raises(
        ValueError,
        match=r"emergence_repository: .* is not of the form https://github\.com/owner/name",
    ):
        notebooks.home(repository)


def test_a_branch_that_would_break_the_links_is_refused():
    with pytest.raises(ValueError, match="emergence_branch: 'a b' is not the name of a branch"):
        notebooks.home("https://github.com/o/n", "a b")


def test_the_checkout_says_where_it_is_public():
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["sphinx"]["config"]
    assert notebooks.home_of() == notebooks.home(
        settings["emergence_repository"], settings["emergence_branch"]
    )


def test_binder_writes_the_notebooks_its_links_open():
    assert "python -m emergence.publish notebooks\n" in (ROOT / ".binder" / "postBuild").read_text()
    assert (
        notebooks.home("https://github.com/o/n", "dev").binder("grokking")
        == "https://mybinder.org/v2/gh/o/n/dev?urlpath=lab/tree/_build/notebooks/grokking.ipynb"
    )


def test_only_the_job_that_writes_the_branch_may_write_into_the_repository():
    """Colab's links lead to the branch `notebooks`."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert [
        name
        for name, job in workflow["jobs"].items()
        if "write" in job.get("permissions", {}).get("contents", "")
    ] == ["notebooks"]
    steps = workflow["jobs"]["notebooks"]["steps"]
    assert all(
        re.search(r"@[0-9a-f]{40}$", step["uses"])
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "uses" in step
    )
    assert any(
        "python -m emergence.publish notebooks" in step.get("run", "") for step in steps
    ) and steps[-1]["run"].rstrip().endswith(" notebooks")
    # The token is in the hands of the last step alone, not of the packages that were installed.
    assert [step for step in steps if "token" in str(step)] == [steps[-1]] and steps[0]["with"] == {
        "persist-credentials": False
    }


# --- the built site -----------------------------------------------------------------------------------------------------
def menus(page):
    """The menus above a page: {label of the entry: (words, address)}."""
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    return {
        next(c for c in a["class"] if re.match(r"btn-\w+-\w+-button", c)): (
            a.get_text().strip(),
            a["href"],
        )
        for a in soup.select(".article-header-buttons .dropdown-menu a")
    }


def test_every_chapter_of_the_site_offers_its_notebook(site):
    for page in (site / "book").glob("*.html"):
        entry = menus(page).get("btn-download-notebook-button")
        if page.stem in {c.stem for c in CHAPTERS}:
            assert entry == ("Notebook (.ipynb)", f"../notebooks/{page.stem}.ipynb")
        else:
            assert entry is None
    assert {p.name for p in (site / "notebooks").iterdir()} == {f"{c.stem}.ipynb" for c in CHAPTERS}


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda p: p.stem)
def test_the_sites_notebook_is_that_of_the_chapter(site, references, chapter):
    """Not that of an earlier build; it says how to get the package, and its links lead to notebooks that are there."""
    text = (site / "notebooks" / f"{chapter.stem}.ipynb").read_text("utf-8")
    assert text == nbformat.writes(notebooks.notebook(chapter, references, notebooks.home_of()))
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    first = next(i for i, c in enumerate(book.cells) if c.cell_type == "code")
    assert "pip install " in book.cells[first - 1].source
    prose = "\n".join(c.source for c in book.cells if c.cell_type == "markdown")
    for link in re.findall(r"\]\(([^)\s]+)\)|href=\"([^\"]*)\"", prose):
        assert (
            "".join(link).startswith("https://") or (site / "notebooks" / "".join(link)).is_file()
        ), link


def test_a_click_keeps_the_notebook(server, page):
    page.goto(f"{server}/book/grokking.html")
    page.get_by_role("button", name="Download this page").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Notebook (.ipynb)").click()
    assert waiting.value.suggested_filename == "grokking.ipynb"
    assert (
        nbformat.read(waiting.value.path(), as_version=4).cells[0].source.startswith("# Grokking")
    )
    assert page.outside == [] and page.errors == []


def closure(names):
    """Canonical names of these distributions and all they need."""
    todo, found = list(names), set()
    while todo:
        name = canonicalize_name(todo.pop())
        if name not in found:
            found.add(name)
            todo += [
                r.name
                for r in map(Requirement, distribution(name).requires or [])
                if r.marker is None or r.marker.evaluate({"extra": ""})
            ]
    return found


ONLY = """import sys
from importlib.machinery import PathFinder

class Only(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] in {hidden!r} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Only
"""


def test_a_notebook_runs_with_the_installed_package_alone(site, wheel, tmp_path, monkeypatch):
    """Package and data come from the wheel, not from the checkout; what `pip install` of it does not bring cannot be imported."""
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    zipfile.ZipFile(wheel).extractall(installed)
    elsewhere.mkdir()
    brought = closure(
        ["more-is-different", "ipykernel"]
    )  # the kernel comes with JupyterLab, VS Code and Colab
    hidden = {
        module
        for module, owners in packages_distributions().items()
        if not brought & {canonicalize_name(owner) for owner in owners}
    }
    assert {"sphinx", "jupytext", "nbclient", "yaml"} <= hidden
    (installed / "sitecustomize.py").write_text(ONLY.format(hidden=hidden))
    for name, value in (
        environment(tmp_path)
        | {"PYTHONPATH": str(installed), trace.VARIABLE: str(tmp_path / "read")}
    ).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("EMERGENCE_SKIN", raising=False)
    book = nbformat.read(site / "notebooks" / "outlook.ipynb", as_version=4)
    asked = len(
        re.findall(
            r"^fig\.\w+\(\)$",
            "\n".join(c.source for c in book.cells if c.cell_type == "code"),
            flags=re.M,
        )
    )
    ask = "import sys\nfrom importlib.util import find_spec\nprint(find_spec('sphinx'))\nprint(*[m.__file__ for n, m in sys.modules.items() if n.startswith('emergence')], sep='\\n')"
    book.cells.append(nbformat.v4.new_code_cell(ask))
    nbclient.NotebookClient(
        book, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(elsewhere)}}
    ).execute()
    outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
    assert (
        asked
        and sum("application/vnd.jupyter.widget-view+json" in o.get("data", {}) for o in outputs)
        == asked
    )
    sphinx, *files = outputs[-1].text.splitlines()
    read = trace.read(tmp_path / "read")["file"]
    assert sphinx == "None" and len(files) > 5 and len(read) > 1
    assert all(path.startswith(f"{installed}{os.sep}") for path in files + read)


# --- a small book -------------------------------------------------------------------------------------------------------
PAGE = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3}\nmystnb: {remove_code_source: true}\n---\n"
BOOK = {
    "_toc.yml": "format: jb-book\nroot: book/one\nchapters: [{file: book/two}, {file: book/three}]\n",
    "requirements.txt": "",
    "book/one.md": "# One\n\nWords.\n",
    "book/two.md": PAGE + "# Two\n\n```{code-cell}\nfrom emergence.chapters.emergence.wei import ladder\nladder()\n```\n\nAs in [three](three.md).\n",
    "book/three.md": PAGE + "# Three\n\n```{code-cell}\nimport math\nanswer = math.comb(10, 3)\n```\n\nIt is {eval}`answer`.\n",
    "book/references.bib": "",
}  # fmt: skip


def small_book(root, repository=""):
    config = (
        (ROOT / "_config.yml")
        .read_text("utf-8")
        .replace('emergence_repository: ""', f'emergence_repository: "{repository}"')
    )
    for path, text in {
        **BOOK,
        "book/_static/book.css": ".em-title{color:#010203}",
        "_config.yml": config,
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return lambda: build(root, out=open(os.devnull, "w")).parent


def test_a_public_book_leads_to_binder_and_colab_and_writes_again_only_what_changed(
    tmp_path, serve, new_page
):
    make = small_book(tmp_path / "book", "https://github.com/Ann/a.b")
    site = make()
    found = menus(site / "book" / "two.html")
    assert (
        found["btn-launch-binder-button"][1]
        == "https://mybinder.org/v2/gh/Ann/a.b/main?urlpath=lab/tree/_build/notebooks/two.ipynb"
    )
    assert (
        found["btn-launch-colab-button"][1]
        == "https://colab.research.google.com/github/Ann/a.b/blob/notebooks/two.ipynb"
    )
    assert not {
        name for name in menus(site / "book" / "one.html") if "launch" in name or "notebook" in name
    }
    two, three = (
        nbformat.read(site / "notebooks" / f"{name}.ipynb", as_version=4)
        for name in ("two", "three")
    )
    assert "pip install git+https://github.com/Ann/a.b`" in two.cells[1].source
    assert (
        "%pip install --quiet git+https://github.com/Ann/a.b" in two.cells[2].source
        and "ladder()" in two.cells[3].source
    )
    assert (
        "As in [three](https://ann.github.io/a.b/book/three.html)." in two.cells[4].source
        and "It is 120." in three.cells[4].source
    )
    page = new_page(viewport={"width": 375, "height": 700})
    page.goto(f"{serve(site)}/book/two.html", wait_until="networkidle")
    page.get_by_role("button", name="Run this chapter").click()
    for name in ("Binder", "Colab"):
        link = page.get_by_role("link", name=name, exact=False)
        box = link.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 375
        assert link.locator("img").evaluate("i => i.complete && i.naturalWidth > 0")
    assert page.outside == [] and page.errors == []

    before = {p.stem: p.stat().st_mtime_ns for p in (site / "notebooks").iterdir()}
    (tmp_path / "book/book/three.md").write_text(
        BOOK["book/three.md"].replace("It is", "They are"), "utf-8"
    )
    site = make()
    after = {p.stem: p.stat().st_mtime_ns for p in (site / "notebooks").iterdir()}
    assert before["two"] == after["two"] and before["three"] < after["three"]
    assert "They are 120." in (site / "notebooks" / "three.ipynb").read_text("utf-8")


def test_a_changed_style_sheet_of_the_book_reaches_a_site_that_is_built_already(tmp_path):
    make = small_book(tmp_path / "book")
    for color in ("#010203", "#040506"):
        (tmp_path / "book/book/_static/book.css").write_text(f".em-title{{color:{color}}}", "utf-8")
        site = make()
        (sheet,) = (site / "_static/styles").glob("site-*.css")
        assert f".em-title{{color:{color}}}" in sheet.read_text("utf-8")
        assert all(
            f"styles/{sheet.name}" in (site / "book" / f"{page}.html").read_text("utf-8")
            for page in ("one", "two")
        )


def test_this_book_leads_to_binder_and_colab_only_where_it_is_public(site):
    public = bool(notebooks.home_of().repository)
    assert (
        any("launch" in name for page in (site / "book").glob("*.html") for name in menus(page))
        == public
    )
    assert ("%pip" in (site / "notebooks" / "index.ipynb").read_text("utf-8")) == public


def test_a_wrong_address_fails_the_build_in_one_sentence(tmp_path):
    with pytest.raises(BuildError) as failure:
        small_book(tmp_path / "book", "https://gitlab.com/Ann/a")()
    said = [line for line in str(failure.value).splitlines() if "emergence_repository" in line]
    assert said and said[0].endswith(
        "'https://gitlab.com/Ann/a' is not of the form https://github.com/owner/name; correct it or leave it empty."
    )
