"""The client's bundles are those of its modules, so that nobody tests or reads others than those under review."""

import hashlib
import json

from emergence import client


def digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


RECORD = json.loads(client.read("bundles.json"))


def named(*folders: str) -> list[str]:
    found = [path for folder in folders for path in (client.HERE / folder).rglob("*")]
    names = [path.relative_to(client.HERE).as_posix() for path in found]
    return sorted(name for name in names if name.endswith((".js", ".css")))


def test_bundles_are_of_the_present_sources():
    parts = [text for name in named("src") for text in (name, client.read(name))]
    assert RECORD["sources"] == digest(*parts), (
        "a module changed: npm --prefix tools/client run build"
    )


def test_no_bundle_was_written_by_hand():
    assert RECORD["bundles"] == {
        name: digest(client.read(name)) for name in named("live", "static")
    }


def test_every_live_part_has_a_module():
    assert [name.removeprefix("src/") for name in named("src/live")] == named("live")
