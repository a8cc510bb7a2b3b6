"""The files in the site that others wrote: listed with version, license and hash, and unchanged."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "src" / "emergence" / "client" / "vendor"
TOOLS = Path(__file__).resolve().parents[1] / "tools" / "client"


def test_every_vendored_file_is_listed_and_unchanged():
    listed = {entry["file"]: entry for entry in json.loads((VENDOR / "vendor.json").read_text())}
    assert {p.name for p in VENDOR.iterdir()} - {"vendor.json", "LICENSES.txt"} == set(listed)
    for name, entry in listed.items():
        content = (VENDOR / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (
            entry["bytes"],
            entry["sha256"],
        ), name


def test_versions_are_those_of_the_lock_file_and_licenses_are_free():
    lock = json.loads((TOOLS / "package-lock.json").read_text())["packages"]
    (bundle,) = json.loads((VENDOR / "vendor.json").read_text())
    for package in bundle["packages"]:
        assert lock[f"node_modules/{package['name']}"]["version"] == package["version"], package[
            "name"
        ]
        assert package["license"] in ("ISC", "BSD-3-Clause"), package["name"]
