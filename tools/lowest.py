"""Write requirements.txt with the library's own dependencies in the lowest version that pyproject.toml allows."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def lowest(project: dict) -> dict[str, str]:
    """The lowest allowed version of each dependency of the library; KeyError where none is given."""
    found = {}
    for line in project["dependencies"]:
        wanted = Requirement(line)
        bounds = {bound.operator: bound.version for bound in wanted.specifier}
        found[canonicalize_name(wanted.name)] = bounds[">="]
    return found


def pins(requirements: str, versions: dict[str, str]) -> str:
    lines = []
    for line in requirements.splitlines():
        name = line.partition("==")[0]
        lines.append(f"{name}=={versions[name]}" if name in versions else line)
    return "\n".join(lines)


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    print(pins((ROOT / "requirements.txt").read_text("utf-8"), lowest(project)))
