"""The rooms of `src/emergence`: what each is for, how long it is, what it imports. ``make house`` prints them.

A room is a package or module directly under `src/emergence`. They stand here from the ground up: a room imports only rooms that
stand before it.
"""

import ast
import sys
from collections import Counter
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "emergence"

ROOMS = {
    "trace": "notes what a chapter's kernel used",
    "files": "writes a file whole or not at all",
    "mime": "the names under which a figure is handed over",
    "text": "words, in the reader's language",
    "data": "tables with their provenance",
    "formulas": "the formulas of the field, with paper and equation",
    "client": "scripts and style that page and notebook share",
    "models": "small networks that run on the reader's machine",
    "theme": "the look of every chart: colors, shapes, kinds of rows",
    "chart": "how a chart is written: axes, series, layers",
    "figure": "the contract of a figure; knows no skin",
    "live": "the contract of a part that computes in the browser",
    "page": "what travels to a static page of a figure or live part",
    "notebook": "a figure with ipywidgets",
    "display": "chooses between page and notebook",
    "chapters": "figures, numbers and words, a folder for each chapter",
    "site": "puts figures into pages",
    "publish": "builds, serves, prints and packs the book",
}

LIBRARY = ("data", "formulas", "theme", "chart", "figure", "notebook", "display")
"""What the author of a notebook uses."""

MOST_IN_LIBRARY = 3500
MOST_IN_FILE = 400

LONGER = {
    "client/src/live/explorer.js": "not yet split into modules (issue 13.6)",
    "client/src/models/explorer.js": "not yet split into modules (issue 13.6)",
}
"""Files longer than `MOST_IN_FILE`, each with the reason."""


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


MADE = ("client/live", "client/static", "client/vendor")
"""What others wrote, and what is bundled of what we wrote."""


def sources(room: str) -> list[Path]:
    """The Python files, scripts and style sheets of a room that we wrote."""
    return sorted(
        path
        for path in [*SOURCE.glob(f"{room}.py"), *(SOURCE / room).rglob("*")]
        if path.suffix in (".py", ".js", ".css")
        and path.parent.relative_to(SOURCE).as_posix() not in MADE
    )


def length(path: Path) -> int:
    return len(path.read_text("utf-8").splitlines())


def imports(path: Path) -> set[str]:
    """The rooms that a Python file imports, at its head or inside a function."""
    package = ("emergence", *path.relative_to(SOURCE).parent.parts)
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "emergence" and len(parts) > 1 and parts[1] in ROOMS:
                found.add(parts[1])
    return found - {room_of(path)}


def arrows() -> dict[tuple[str, str], list[Path]]:
    """From each room to each that it imports: the files that do so."""
    found: dict[tuple[str, str], list[Path]] = {}
    for room in ROOMS:
        for path in sources(room):
            if path.suffix == ".py":
                for other in sorted(imports(path)):
                    found.setdefault((room, other), []).append(path)
    return found


def upward() -> list[str]:
    """A sentence for every import of a room that stands above or nowhere."""
    order = list(ROOMS)
    return [
        f"{path.relative_to(SOURCE)} imports {other}, which stands above {room}"
        for (room, other), paths in arrows().items()
        if order.index(other) > order.index(room)
        for path in paths
    ]


def unnamed() -> list[str]:
    """Packages and modules that `ROOMS` does not name."""
    found = {
        room_of(path)
        for path in [*SOURCE.glob("*.py"), *SOURCE.glob("*/*.py")]
        if path.name != "__init__.py" or path.parent != SOURCE
    }
    return sorted(found - set(ROOMS))


def too_long() -> list[str]:
    """A sentence for every file that is too long without a reason, or has a reason and is not."""
    short = [
        f"{name} is not longer than {MOST_IN_FILE} lines: take it from LONGER"
        for name in LONGER
        if not (SOURCE / name).is_file() or length(SOURCE / name) <= MOST_IN_FILE
    ]
    return short + [
        f"{path.relative_to(SOURCE)} has {length(path)} lines; at most {MOST_IN_FILE} without a reason"
        for room in ROOMS
        for path in sources(room)
        if length(path) > MOST_IN_FILE and str(path.relative_to(SOURCE)) not in LONGER
    ]


def table() -> str:
    """The rooms as a Markdown table, from the roof down."""
    below = arrows()
    lines = ["| room | lines | files | what it is | stands on |", "|---|--:|--:|---|---|"]
    for room in reversed(ROOMS):
        files = sources(room)
        stands_on = ", ".join(other for other in ROOMS if (room, other) in below) or "–"
        lines.append(
            f"| `{room}` | {sum(map(length, files)):,} | {len(files)} | {ROOMS[room]} | {stands_on} |"
        )
    return "\n".join(lines)


def main() -> int:
    count = Counter({room: sum(map(length, sources(room))) for room in ROOMS})
    print(table())
    print()
    print(
        f"{count.total():,} lines, {len(arrows())} arrows, {len(upward())} upward; "
        f"the library ({', '.join(LIBRARY)}) {sum(count[room] for room in LIBRARY):,} of at most {MOST_IN_LIBRARY:,}"
    )
    faults = [*unnamed(), *upward(), *too_long()]
    print("\n".join(faults))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
