"""The rooms of the library: every import points down, no file is too long without a reason, and the drawing in CONTRIBUTING holds."""

import ast
import re
from pathlib import Path

import house

from emergence import chart

ROOT = Path(__file__).parents[1]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"


def test_every_room_has_a_name():
    assert house.unnamed() == []


def test_imports_point_down():
    assert house.upward() == []


def test_figures_know_no_skin():
    """Neither `figure` nor `chart` draws for page or notebook; only `display` knows both."""
    arrows = set(house.arrows())
    skins = {"notebook", "site"}
    assert not [pair for pair in arrows if pair[0] in ("figure", "chart") and pair[1] in skins]
    assert [room for room in house.ROOMS if (room, "notebook") in arrows] == ["display"]


def test_an_import_upward_is_seen(tmp_path, monkeypatch):
    """At the head of a file or in a function, relative or not, of a module or of a name in it."""
    for text in (
        "from emergence.site import cards",
        "def f():\n    from emergence import site",
        "import emergence.site.cards",
        "from .. import site",
        "from ..site.cards import setup",
    ):
        path = tmp_path / "data" / "x.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        monkeypatch.setattr(house, "SOURCE", tmp_path)
        assert house.upward() == ["data/x.py imports site, which stands above data"], text


def test_files_are_short_or_say_why():
    assert house.too_long() == []


def test_the_library_stays_small():
    lines = {
        room: sum(house.length(path) for path in house.sources(room)) for room in house.LIBRARY
    }
    assert sum(lines.values()) <= house.MOST_IN_LIBRARY, lines


def test_scripts_are_read_by_the_client_alone():
    """Elsewhere no string is the path of the folder, and nobody asks the room where it lies."""
    for room in house.ROOMS:
        for path in house.sources(room):
            if room == "client" or path.suffix != ".py":
                continue
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    assert node.value not in ("client/live", "client/static", "../client"), path
                if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "client":
                    assert node.attr not in ("HERE", "PARTS", "__file__"), path


def test_contributing_shows_the_house():
    """The rooms stand in CONTRIBUTING in their order, each with what it is for."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    places = [text.find(f"| `{room}` | {what} |") for room, what in reversed(house.ROOMS.items())]
    assert -1 not in places and places == sorted(places)


def test_the_example_in_contributing_is_the_code_itself():
    """The figure that CONTRIBUTING shows stands in its chapter word for word."""
    section = CONTRIBUTING.read_text("utf-8").split("## Add a figure")[1].split("\n## ")[0]
    shown = re.findall(r"```python\n(.*?)```", section, re.S)
    chapter = house.SOURCE / "chapters/outlook"
    code = "".join(path.read_text("utf-8") for path in chapter.glob("*.py"))
    assert len(shown) == 2
    assert [block for block in shown if block not in code] == []


def test_contributing_names_the_whole_vocabulary():
    """And nothing else: every word of `emergence.chart` a chapter draws with, and no word that it lacks."""
    section = CONTRIBUTING.read_text("utf-8").split("## Add a figure")[1].split("\n## ")[0]
    table = "\n".join(row for row in section.splitlines() if row.startswith("|"))
    named = set(re.findall(r"`(\w+)", table))
    functions = {name for name in chart.__all__ if callable(getattr(chart, name))}
    assert named <= set(chart.__all__)
    assert functions - named == set()
