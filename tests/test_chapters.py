"""How chapters are written: a sentence for every figure, a number because it is shown, facts from the figure's own rows."""

import ast
import functools
import importlib
import re
import types
from pathlib import Path

import pytest

from emergence import text
from emergence.figure.definition import Definition
from emergence.publish.build import ROOT

FOLDER = Path(text.CHAPTERS)
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/tables.py"))
PARTS = ("title", "finding", "shows", "hides")


@functools.cache
def chapter(name):
    importlib.import_module(f"emergence.chapters.{name}")
    return importlib.import_module(f"emergence.chapters.{name}.tables").chapter


DEFINITIONS = {d.name: d for name in NAMES for d in chapter(name).definitions}


def placeholders(chapter_name, figure):
    """What a figure's words ask for."""
    words = text.figure_text(chapter_name, figure)
    return {key for part in PARTS for key in re.findall(r"\{([^{}]+)\}", words[part])}


def asked(name):
    """What the sentences of the chapter's page ask for."""
    page = "index" if name == "introduction" else name.replace("_", "-")
    return set(
        re.findall(r"""n\[["']([^"']+)["']\]""", (ROOT / "book" / f"{page}.md").read_text("utf-8"))
    )


def test_every_chapter_with_figures_is_written_so():
    assert len(NAMES) == 11 and len(DEFINITIONS) > 120


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_a_figure_says_in_a_sentence_what_it_shows(name):
    said = DEFINITIONS[name].__doc__
    assert said and re.fullmatch(r"[A-Z“\"].*\.", said.strip(), re.S), name


def uses(function, seen=None):
    """The figures that a function refers to, itself or through the functions of its chapter that it calls."""
    seen = set() if seen is None else seen
    function = getattr(function, "__wrapped__", function)
    found = set()
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        codes += [const for const in code.co_consts if isinstance(const, types.CodeType)]
        for name in code.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, Definition):
                found.add(value.name)
            inner = getattr(value, "__wrapped__", value)
            if not isinstance(inner, types.FunctionType) or inner in seen:
                continue
            if inner.__module__.startswith("emergence.chapters."):
                seen.add(inner)
                found |= uses(inner, seen)
    return found


WITH_FACTS = sorted(name for name, d in DEFINITIONS.items() if d.facts_function)


@pytest.mark.parametrize("name", WITH_FACTS)
def test_the_numbers_of_a_figure_come_from_its_own_rows_and_are_shown(name):
    definition = DEFINITIONS[name]
    assert uses(definition.facts_function) <= {name}
    computed = set(definition.facts_function())
    shown = placeholders(definition._chapter.name, name)
    assert computed - shown == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_the_prose_is_asked_for_and_no_figure_gives_it(name):
    computed = set(chapter(name)._prose())
    assert computed - asked(name) == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_number_asked_for_is_computed(name):
    assert asked(name) <= set(chapter(name).numbers())


def test_uses_sees_what_a_function_calls():
    outlook = importlib.import_module("emergence.chapters.outlook.numbers")
    assert uses(outlook.prose) == {"outlook-harder"}
    assert uses(outlook.truthful.facts_function) == set()


EXPRESSION = re.compile(r"\bdatum\.|===|\bindexof\(|\bisValid\(")


@pytest.mark.parametrize("name", NAMES)
def test_conditions_are_written_in_python(name):
    """No expression of Vega-Lite stands as text in a chapter; Altair writes it from ``alt.datum``."""
    for path in (FOLDER / name).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not EXPRESSION.search(node.value), f"{path.name}: {node.value}"
