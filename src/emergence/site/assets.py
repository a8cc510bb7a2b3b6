"""The files of figures and live parts: scripts, still pictures, binary blobs, named after what they are made of."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from functools import cache, partial
from importlib import metadata as installed
from pathlib import Path
from typing import TYPE_CHECKING

from emergence.files import write_atomically

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def asset_cache(app: Sphinx) -> Path:
    folder = Path(app.doctreedir).parent / ".figures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def picture(key: str, skin: str, place: str) -> str:
    return f"{key}-{skin}{'-phone' if place == 'phone' else ''}.svg"


PICTURES = tuple(
    picture("", skin, place) for skin in ("light", "dark") for place in ("page", "phone")
)
"""How the names of a figure's pictures end."""


@cache
def drawing() -> str:
    """What draws the pictures: the code that makes a picture of a specification, and the library it calls."""
    from emergence.figure import still

    code = Path(still.__file__).read_text("utf-8")
    return code + installed.version("vl-convert-python")


def named(name: str, *made_of: str) -> str:
    """The key of a figure or live part: its name, and a hash of what its files are `made_of` and of what draws its pictures."""
    return f"{name}-{hashlib.sha256(''.join([*made_of, drawing()]).encode()).hexdigest()[:10]}"


def write_assets(page: dict, words: dict, folder: Path) -> tuple[str, dict[str, tuple[int, int]]]:
    """Script and pictures of one figure, named after their content; returns the key and the pictures' sizes in pixels."""
    from emergence.figure import to_json
    from emergence.page import static_vega

    text = to_json(page)
    key = named(page["name"], text, to_json(words))
    script = f"emergence.define({json.dumps(key)},{to_json(words)},{text});\n"
    if not all((folder / f"{key}{end}").exists() for end in (".js", *PICTURES)):
        write_pictures(key, folder, partial(static_vega, page))
        write_atomically(folder / f"{key}.js", script.encode())
    return key, picture_sizes(key, folder)


def write_pictures(key: str, folder: Path, still: Callable[[int], dict]) -> None:
    """The still pictures of a figure or live part, for pages and phones, light and dark; `still` gives Vega for a width."""
    from emergence.figure import WIDTHS, to_svg

    for place, width in WIDTHS.items():
        vega = still(width)
        for skin in ("light", "dark"):
            write_atomically(folder / picture(key, skin, place), to_svg(vega, skin).encode())


def write_live_assets(
    page: dict, words: dict, folder: Path
) -> tuple[str, dict[str, tuple[int, int]], list[str]]:
    """Definition, pictures and binary blobs of one live part; returns the key, the pictures' sizes and the names of the files."""
    from emergence.figure import to_json

    blobs = {
        name: f"{page['name']}-{name}-{hashlib.sha256(blob.encode()).hexdigest()[:10]}"
        for name, blob in page["assets"].items()
    }
    text = to_json(page["client"] | {"assets": blobs})
    key = named(page["name"], text, to_json([words, page["still"]]))
    for name, file in blobs.items():
        if not (folder / f"{file}.js").exists():
            write_atomically(
                folder / f"{file}.js",
                f"emergence.live.asset({json.dumps(file)},{json.dumps(page['assets'][name])});\n".encode(),
            )
    if not all((folder / f"{key}{end}").exists() for end in (".js", *PICTURES)):
        write_pictures(key, folder, lambda width: page["still"][str(width)])
        write_atomically(
            folder / f"{key}.js",
            f"emergence.live.part({json.dumps(key)},{to_json(words)},{text});\n".encode(),
        )
    return (
        key,
        picture_sizes(key, folder),
        [*(f"{key}{end}" for end in (".js", *PICTURES)), *(f"{b}.js" for b in blobs.values())],
    )


def picture_sizes(key: str, folder: Path) -> dict[str, tuple[int, int]]:
    from emergence.figure import WIDTHS

    heads = {
        place: (folder / picture(key, "light", place)).read_text("utf-8")[:600] for place in WIDTHS
    }
    return {
        place: tuple(
            round(float(re.search(rf'\b{side}="([\d.]+)"', head)[1]))
            for side in ("width", "height")
        )
        for place, head in heads.items()
    }


def live_script(script: str) -> tuple[str, str]:
    """File name, with its hash, and text of the client script of a live part."""
    from emergence import client

    text = client.part(script)
    return f"{script}-{hashlib.sha256(text.encode()).hexdigest()[:10]}.js", text


def fill(target: Path, source: Path, wanted: set[str], keep: set[str] = frozenset()) -> None:
    """Make `target` hold the files `wanted` of `source`, what it has of `keep`, and nothing else."""
    target.mkdir(parents=True, exist_ok=True)
    for old in target.iterdir():
        if old.name not in wanted | keep:
            old.unlink()
    for name in wanted:
        if not (target / name).exists():
            shutil.copyfile(source / name, target / name)
