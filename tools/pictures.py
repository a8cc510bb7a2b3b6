"""Fingerprints of everything the figures show, kept in ``tests/pictures.json``: ``make pictures`` writes them anew.

Two per figure or live part. ``page`` is of what travels to the page: specifications, rows, states, words, assets. ``picture`` is of the
marks and words of the default picture. Numbers count to nine digits and marks to a tenth of a pixel, and where a mark stands does not
count, so that neither another processor nor another font makes another fingerprint.
"""

import base64
import gzip
import hashlib
import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

from emergence.chapters import every, lives
from emergence.figure import Figure, to_json
from emergence.live import Live
from emergence.page import page_of

MANIFEST = Path(__file__).resolve().parents[1] / "tests" / "pictures.json"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rounded(value):
    """The same JSON value, its numbers cut to nine digits."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return value


def unpacked(asset: str) -> str:
    """What an asset in base64 holds, without a compression that differs between versions of zlib."""
    raw = base64.b64decode(asset)
    return digest((gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).hex())


def page(content: dict) -> str:
    """Of what travels to the page, see `emergence.page`."""
    content = json.loads(to_json(content))
    if "assets" in content:
        content["assets"] = {name: unpacked(asset) for name, asset in content["assets"].items()}
    return digest(json.dumps(rounded(content), sort_keys=True))


def picture(svg: str) -> str:
    """Of the shapes and words in the order in which they are drawn."""
    seen = []
    for node in ElementTree.fromstring(svg).iter():
        if node.tag.endswith("}path"):
            shape = re.sub(
                r"-?\d+\.\d+", lambda number: f"{float(number[0]):.1f}", node.get("d", "")
            )
            # A gradient is numbered by what was drawn before it.
            look = (
                re.sub(r"url\(.*\)", "gradient", node.get(part, ""))
                for part in ("fill", "stroke", "stroke-dasharray")
            )
            seen.append(" ".join(filter(None, (shape, *look))))
        elif node.tag.endswith("}text"):
            seen.append(node.text or "")
    return digest("\n".join(seen))


def fingerprint(shown: Figure | Live) -> dict[str, str]:
    return {"page": page(page_of(shown)), "picture": picture(shown.svg())}


def main() -> None:
    known = json.loads(MANIFEST.read_text("utf-8")) if MANIFEST.exists() else {}
    found = {name: fingerprint(shown) for name, shown in sorted((every() | lives()).items())}
    MANIFEST.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    for name in sorted(known.keys() | found.keys()):
        parts = [
            part
            for part in ("page", "picture")
            if known.get(name, {}).get(part) != found.get(name, {}).get(part)
        ]
        if parts:
            print(
                f"{name}: another {' and '.join(parts)}"
                if name in known and name in found
                else f"{name}: {'new' if name in found else 'gone'}"
            )


if __name__ == "__main__":
    sys.exit(main())
