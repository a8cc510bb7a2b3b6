"""Google's Lighthouse on every page of the built book: mobile emulation, gzip, its own headless Chromium.

Lighthouse is pinned in ``tools/lighthouse``; npm puts it there. Called by ``bench.py``; alone, ``python bench/lighthouse.py
[page …]`` measures ``_build/html``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from sphinx_external_toc.parsing import parse_toc_yaml

from emergence.publish.browser import chromium
from emergence.publish.build import ROOT
from emergence.publish.serve import serving

TOOL = ROOT / "tools" / "lighthouse"
PROGRAM = TOOL / "node_modules" / ".bin" / "lighthouse"
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync --disable-quic"
CATEGORIES = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100}
"""Lighthouse's categories and the score aimed at, of 100."""
TIMES = {
    "first-contentful-paint": "first paint",
    "largest-contentful-paint": "largest paint",
    "total-blocking-time": "blocked",
}
SHIFT, MOST_SHIFT = "cumulative-layout-shift", 0.02
RUNS = 3
"""Runs of a page; the median of each measure counts, as Lighthouse's authors advise."""


class NoLighthouse(RuntimeError):
    """Lighthouse cannot be run here; the message says what is missing."""


def program() -> Path:
    """Lighthouse, installed from the lock file when it is not there yet. Raises NoLighthouse."""
    if not shutil.which("npm"):
        raise NoLighthouse("Lighthouse needs Node.js with npm, and there is no npm on PATH.")
    if not PROGRAM.exists():
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=TOOL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            raise NoLighthouse(f"npm could not install Lighthouse: {done.stdout.strip()[-500:]}")
    return PROGRAM


def report(address: str) -> dict:
    """Lighthouse's own report on one page."""
    command = [
        str(program()),
        address,
        "--quiet",
        f"--chrome-flags={FLAGS}",
        "--output=json",
        f"--only-categories={','.join(CATEGORIES)}",
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, env=os.environ | {"CHROME_PATH": chromium()}
    )
    if done.returncode:
        raise NoLighthouse(f"Lighthouse failed on {address}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout)


def measure(address: str, runs: int = RUNS) -> dict[str, float]:
    """Median of `runs`: scores of 100 by category, milliseconds by name of `TIMES`, ``shift``; and ``lost``, what cost points."""
    reports = [report(address) for _ in range(runs)]

    def median(pick) -> float:
        return statistics.median(pick(r) for r in reports)

    lost = {
        f"{c}: {a['title']}"
        for r in reports
        for c in list(CATEGORIES)[1:]
        for ref in r["categories"][c]["auditRefs"]
        for a in [r["audits"][ref["id"]]]
        if ref["weight"] and a["score"] is not None and a["score"] < 1
    }
    return (
        {c: median(lambda r: 100 * (r["categories"][c]["score"] or 0)) for c in CATEGORIES}
        | {
            words: median(lambda r: r["audits"][name]["numericValue"])
            for name, words in TIMES.items()
        }
        | {"shift": median(lambda r: r["audits"][SHIFT]["numericValue"]), "lost": sorted(lost)}
    )


def row(found: dict) -> tuple[str, bool]:
    """One line of words about a page, and whether it meets the aims."""
    scores = " / ".join(f"{found[c]:.0f}" for c in CATEGORIES)
    times = ", ".join(f"{words} {found[words] / 1000:.1f} s" for words in TIMES.values())
    met = (
        all(round(found[c]) >= aim for c, aim in CATEGORIES.items())
        and found["shift"] <= MOST_SHIFT
    )
    return f"{scores}; {times}; shift {found['shift']:.3f}" + "".join(
        f"; {words}" for words in found["lost"]
    ), met


AIM = f"{' / '.join(f'≥ {aim}' if aim < 100 else str(aim) for aim in CATEGORIES.values())}, shift ≤ {MOST_SHIFT}"


def documents() -> list[str]:
    """Every page of the book, and the search page."""
    return [*(f"{name}.html" for name in parse_toc_yaml(ROOT / "_toc.yml")), "search.html"]


def main(pages: list[str]) -> None:
    names = documents()
    chosen = [n for n in names if not pages or any(re.search(p, n) for p in pages)]
    if not chosen:
        sys.exit(f"No page is called {', '.join(pages)}; there are {', '.join(names)}.")
    print(f"{', '.join(CATEGORIES)} (aim {AIM})")
    with serving(ROOT / "_build" / "html") as base:
        for name in chosen:
            words, met = row(measure(f"{base}/{name}"))
            print(f"{name}: {words}{'' if met else '  NOT met'}", flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except NoLighthouse as problem:
        sys.exit(str(problem))
