"""The chapters as JupyterLab notebooks: MyST written out, numbers put in, a reader's changes kept."""

import re
from pathlib import Path

import nbformat
import pytest

from emergence.site import notebooks

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = [p for p in sorted((ROOT / "book").glob("*.md")) if "{code-cell}" in p.read_text("utf-8")]
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
    assert prose.count("<details>") == prose.count("</details>") == chapter.read_text("utf-8").count("{dropdown}")
    cells = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```", chapter.read_text("utf-8"), flags=re.M | re.S)
    assert len([c for c in book.cells if c.cell_type == "code"]) == len(cells)


def test_roles_and_boxes_are_written_out(tmp_path):
    chapter = tmp_path / "x.md"
    chapter.write_text(HEAD + "```{code-cell}\nimport math; n = {'a': '46.9'}\n```\n\nIt is {eval}`n['a']` in {cite:t}`x-wei2022cot`, so {cite:p}`x-wei2022cot`.\n\n"
                       ":::{admonition} Claim\n:class: claim\nWords.\n:::\n\n::::{dropdown} A < B\n**No.**\n:::{note}\nInner.\n:::\n::::\n")
    book = notebooks.notebook(chapter, {"wei2022cot": {"authors": "Wei et al.", "year": "2022", "title": "t", "url": "https://arxiv.org/abs/2201.11903"}})
    text = book.cells[1].source
    assert "It is 46.9 in [Wei et al. (2022)](https://arxiv.org/abs/2201.11903), so ([Wei et al., 2022](https://arxiv.org/abs/2201.11903))." in text
    assert "> **Claim**\n>\n> Words." in text
    assert "<summary>A &lt; B</summary>" in text and "> **Note**\n>\n> Inner." in text


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
    assert "# Mine" in path.read_text() and "a.ipynb has changes of yours" in capsys.readouterr().err
