"""The built site as a zip that opens from any disk."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from emergence.files import write_atomically
from emergence.site.finish.policy import secure

from .build import ROOT
from .pages import NAME, ready, zipped


def pack(site: Path = ROOT / "_build" / "html", out: Path = ROOT / "dist") -> Path:
    """Zip the built `site`, its policy widened to files of a disk, and write the SHA-256 beside it; returns the zip's path.

    Raises BuildError when there is no site.
    """
    ready(site, out)
    target = out / f"{NAME}.zip"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        copy = Path(scratch) / NAME
        shutil.copytree(site, copy)
        secure(copy, files=True)
        content = zipped(
            (p.relative_to(scratch).as_posix(), p.read_bytes())
            for p in sorted(copy.rglob("*"))
            if p.is_file()
        )
    write_atomically(target, content)
    write_atomically(
        target.with_suffix(".zip.sha256"),
        f"{hashlib.sha256(content).hexdigest()}  {target.name}\n".encode(),
    )
    return target
