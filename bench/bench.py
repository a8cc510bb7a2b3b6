"""Measures the book in one run: pages, drawing, controls, builds, imports; beside it a stock Jupyter Book of the same chapters.

The stock book is built here too, from the same Markdown: each figure cell shows its Altair chart through Altair's default
renderer, with Jupyter Book's default settings. Stock pages fetch Vega from a CDN; this machine stands in for it with
vl-convert's bundle of the same libraries, so no network delay is counted against them. Other CDN files are refused.

Run by ``make bench``; prints what was measured, also where it falls short of the aim.
"""

from __future__ import annotations

import gzip
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lighthouse
import numpy as np
import vl_convert
import yaml
from playwright.sync_api import sync_playwright
from sphinx_external_toc.parsing import parse_toc_yaml

from emergence.publish.browser import chromium
from emergence.publish.build import NOT_SOURCES, ROOT, SETTINGS, SOURCES, environment
from emergence.publish.serve import serving

LOADS = 3
"""Loads of a page, each with an empty cache, of which the median time is printed."""
CHANGES = 60
"""Changes of controls at least, spread over a page's figures."""
FIGURE_CELL = re.compile(r"^(fig\.\w+\(\))$", re.M)

STOCK_SETTINGS = {
    "title": "Stock", "only_build_toc_files": True, "exclude_patterns": ["_build"], "bibtex_bibfiles": ["book/references.bib"],
    "execute": {"execute_notebooks": "inline", "timeout": 180},  # the prose takes its numbers from the kernel
    "sphinx": {"recursive_update": True, "config": {
        "nb_eval_name_regex": r"^[^\n]+$", "bibtex_reference_style": "author_year",
        "myst_enable_extensions": ["amsmath", "colon_fence", "deflist", "dollarmath", "html_image", "linkify", "substitution", "tasklist", "attrs_inline"]}},
}  # fmt: skip

# Notes when figures appear: `this` book's get the class em-drawn, stock ones an svg or canvas inside .vega-embed.
WATCH = """globalThis.__drawn = [];
new MutationObserver(() => {
  const n = document.querySelectorAll('.em-figure.em-drawn, .vega-embed svg.marks, .vega-embed canvas.marks').length;
  while (globalThis.__drawn.length < n) globalThis.__drawn.push(performance.now());
}).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });"""
IN_VIEW = """() => [...document.querySelectorAll('.em-figure, .vega-embed')].filter(e => {
  const b = e.getBoundingClientRect(); return b.bottom > 0 && b.top < innerHeight }).length"""
REDRAWS = """async changes => {
  const views = (await emergence.openAll()).filter(v => v.model.controls.length), took = [];
  for (let k = 0; took.length < changes && views.length; k++) for (const view of views) {
    const i = k % view.model.controls.length, options = view.model.controls[i].options.length;
    await view.prepare();  // what the pointer's or the focus's coming to the controls begins
    const start = performance.now();
    await view.choose(i, (view.state[i] + 1) % options);
    took.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return took;
}"""

# The explorer's page: when its first chart is drawn, and what changes of curves, axes and fits take with all rows loaded.
WATCH_LIVE = """new MutationObserver(() => {
  if (globalThis.__live === undefined && document.querySelector('.em-live-part.em-drawn')) globalThis.__live = performance.now();
}).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ['class'] });"""
EXPLORE = """async changes => {
  const [part] = await emergence.live.openAll(), e = part.explorer, took = [];
  await e.whole;
  const ids = [...e.store.known.keys()], x = ['params', 'train_tokens', 'train_flops', 'date'], y = ['linear', 'log', 'logit'];
  for (let k = 0; k < changes; k++) {
    const curves = Array.from({ length: 1 + (k % 8) }, (_, i) => ids[(k * 7919 + i * 104729) % ids.length]);
    const start = performance.now();
    await e.change({ curves: [...new Set(curves)], x: x[k % 4], y: y[k % 3], fit: k % 2 === 0 });
    took.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return took;
}"""


# --- builds ---------------------------------------------------------------------------------------------------------
def copy_sources(target: Path) -> Path:
    target.mkdir()
    for name in SOURCES:
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    for name in SETTINGS:
        shutil.copy(ROOT / name, target / name)
    return target


def stock_sources(target: Path) -> Path:
    """The same chapters with Altair's own charts in place of figures."""
    copy_sources(target)
    (target / "_config.yml").write_text(yaml.safe_dump(STOCK_SETTINGS), "utf-8")
    for chapter in (target / "book").glob("*.md"):
        text = FIGURE_CELL.sub(r"\1.chart()", chapter.read_text("utf-8"))
        text = text.replace(
            "```{code-cell}\n",
            "```{code-cell}\nimport altair; altair.data_transformers.disable_max_rows();\n",
            1,
        )
        chapter.write_text(text, "utf-8")
    return target


def timed_build(root: Path) -> float:
    """Seconds `make book` takes in `root`, environment apart."""
    code = f"import sys; from emergence.publish.build import build; build({str(root)!r}, out=sys.stderr)"
    return timed([sys.executable, "-c", code], root, os.environ | {"PYTHONPATH": str(root / "src")})


def timed_stock_build(root: Path) -> float:
    command = [
        sys.executable,
        "-c",
        "from jupyter_book.cli.main import main; main()",
        "build",
        str(root),
    ]
    return timed(command, root, environment(root / "_build") | {"PYTHONPATH": str(root / "src")})


def timed(command: list[str], root: Path, env: dict) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise SystemExit(f"The build of {root.name} failed:\n{done.stdout[-3000:]}")
    return time.perf_counter() - start


def touch_prose(root: Path) -> None:
    """Change one sentence of a chapter with figures."""
    chapter = next(
        p for p in sorted((root / "book").glob("*.md")) if FIGURE_CELL.search(p.read_text("utf-8"))
    )
    chapter.write_text(chapter.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")


def import_seconds(statement: str) -> float:
    """Median time of `statement` in a fresh interpreter, the interpreter's own start taken off."""

    def run(code: str) -> float:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
        )
        return time.perf_counter() - start

    run(statement)
    return max(
        0.0,
        statistics.median(run(statement) for _ in range(5))
        - statistics.median(run("pass") for _ in range(5)),
    )


# --- pages ----------------------------------------------------------------------------------------------------------
def load(browser, url: str, everything: bool = False) -> dict:
    """One load with an empty cache: bytes, requests, and when figures appeared (ms since navigation).

    everything: ask for all figures at once, also those far below the screen.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    refused, sizes = [], []

    def cdn(route):
        address = route.request.url
        if re.search(r"/npm/vega@", address):
            route.fulfill(
                body=vega_bundle(),
                content_type="text/javascript",
                headers={"access-control-allow-origin": "*"},
            )
        elif re.search(r"/npm/vega-(lite|embed)@", address):
            route.fulfill(
                body="",
                content_type="text/javascript",
                headers={"access-control-allow-origin": "*"},
            )
        else:
            refused.append(address)
            route.abort()

    def note(request):
        answer = request.response()
        body = answer.body() if answer and answer.status == 200 else b""
        packed = not re.search(r"\.(woff2?|png|jpg|ico)(\?|$)", request.url)
        sizes.append((request.url, len(body), len(gzip.compress(body)) if packed else len(body)))

    context.route(lambda address: not address.startswith("http://127.0.0.1"), cdn)
    finished = []
    page.on("requestfinished", lambda request: finished.append(request))
    page.add_init_script(WATCH)
    page.goto(url)
    page.mouse.move(300, 300)  # pictures stand until the reader stirs; what that loads is counted
    if everything:
        page.evaluate(
            "globalThis.emergence?.openAll?.().then(() => 0)"
        )  # a heading's id can be called emergence too
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    drawn, visible = page.evaluate("globalThis.__drawn"), page.evaluate(IN_VIEW)
    for request in finished:
        note(request)
    result = {
        "drawn": drawn,
        "visible": visible,
        "requests": len(sizes),
        "raw": sum(s[1] for s in sizes),
        "gzip": sum(s[2] for s in sizes),
        "html": next((s[2] for s in sizes if s[0] == url.split("#")[0]), 0),
        "html_raw": next((s[1] for s in sizes if s[0] == url.split("#")[0]), 0),
        "refused": sorted({re.sub(r"^https?://([^/]+)/.*", r"\1", a) for a in refused}),
        "refused_count": len(refused),
    }
    context.close()
    return result


_BUNDLE: list[str] = []


def vega_bundle() -> str:
    if not _BUNDLE:
        code = vl_convert.javascript_bundle(
            "window.vega = vega; window.vegaLite = vegaLite; window.vegaEmbed = vegaEmbed;", "6.4"
        )
        _BUNDLE.append("(() => {" + code + "})()")  # its top level would leak names
    return _BUNDLE[0]


def measure_page(browser, base: str, document: str, figure: str | None) -> dict:
    """Median over `LOADS` of one page: as a reader opens it, at its first figure, and with all figures asked for."""
    plain = [load(browser, f"{base}/{document}") for _ in range(LOADS)]
    # Stock pages draw everything at once and have no place to jump to.
    at_figure = (
        [load(browser, f"{base}/{document}#{figure}") for _ in range(LOADS)] if figure else plain
    )
    whole = (
        [load(browser, f"{base}/{document}", everything=True) for _ in range(LOADS)]
        if figure
        else plain
    )

    def moment(runs, pick):
        times = [pick(r) for r in runs]
        return statistics.median(times) if all(t is not None for t in times) else None

    return plain[0] | {
        "first": moment(at_figure, lambda r: r["drawn"][0] if r["drawn"] else None),
        "seen": moment(
            at_figure,
            lambda r: r["drawn"][r["visible"] - 1] if 0 < r["visible"] <= len(r["drawn"]) else None,
        ),
        "all": moment(whole, lambda r: r["drawn"][-1] if r["drawn"] else None),
        "count": len(whole[0]["drawn"]),
        "whole_gzip": whole[0]["gzip"],
    }


def redraws(browser, base: str, document: str) -> list[float]:
    """Milliseconds from a control's change to the finished drawing (before the browser paints it)."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    page.goto(f"{base}/{document}")
    took = page.evaluate(REDRAWS, CHANGES)
    page.context.close()
    return took


def steps_per_second(browser, base: str) -> float:
    """How fast the page trains the grokking network at its first settings (p = 31), on the page's own thread."""
    page = browser.new_page()
    page.goto(f"{base}/book/grokking.html#fig-mini-grokking-live")
    page.wait_for_selector("#fig-mini-grokking-live.em-drawn")
    speed = page.evaluate("""async () => {
        const part = await emergence.live.open(document.getElementById("fig-mini-grokking-live"));
        const run = new emergence.live.clients.grokking.Training(part.options.start), step = (n) => { for (let i = 0; i < n; i++) run.advance(); };
        step(300);
        const start = performance.now();
        step(1000);
        return 1e6 / (performance.now() - start);
    }""")
    page.close()
    return speed


# One interaction of a live part: the answer to an input, drawn.
INTERACTIONS = {
    "facts: trace one fact in two models": ("knowledge", "knowledge-facts-live", "part.draws.trace()"),
    "facts: apply an edit": ("knowledge", "knowledge-facts-live", "part.draws.edit()"),
    "regression: move a point": ("in-context-learning", "icl-regression-live", "part.set(part.options.points.map(([x, y]) => [x, y + 0.01 * (k % 7)]))"),
    "cups: write ten chains of twelve steps": ("chain-of-thought", "cups-live",
        "part.load('written-d64').then(m => Array.from({ length: 10 }, () => part.chain(m, k % 5, Array.from({ length: 12 }, (_, i) => (i + k) % 10), 3, Math.random)))"),
    "instructions: three models carry one out": ("instruction-tuning", "inst-mini-live", "part.onlink()"),
    "addition: every model adds": ("emergence", "mini-addition-live", "part.onlink()"),
}  # fmt: skip
INTERACT = """async ([id, count]) => {
  const part = await emergence.live.open(document.getElementById('fig-' + id)), took = [];
  for (let k = 0; k < count + 5; k++) {
    const start = performance.now();
    await (%s);
    took.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  return took.slice(5);
}"""


def interactions(browser, base: str) -> dict[str, list[float]]:
    """Milliseconds of each of `INTERACTIONS`, 30 times."""
    found = {}
    for name, (document, part, call) in INTERACTIONS.items():
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(f"{base}/book/{document}.html#fig-{part}")
        page.wait_for_selector(f"#fig-{part}.em-drawn")
        found[name] = page.evaluate(INTERACT % call, [part, 30])
        page.context.close()
    return found


def slowest_forward() -> tuple[str, float]:
    """The recorded model whose forward pass takes longest in NumPy, one prompt of full length, median of 100: name, seconds."""
    from emergence.models import load

    found = {}
    for path in sorted((ROOT / "data" / "miniatures").glob("*/*.npz")):
        if path.stem.endswith("-edits"):
            continue
        model = load(path.parent.name, path.stem)
        c = model.config
        prompt = (
            np.zeros((1, c.length, c.inputs), np.float32)
            if c.continuous
            else np.zeros((1, c.length), int)
        )
        took = []
        for _ in range(100):
            start = time.perf_counter()
            model(prompt, last=True)
            took.append(time.perf_counter() - start)
        found[f"{path.parent.name} {path.stem}"] = statistics.median(took)
    return max(found.items(), key=lambda item: item[1])


def explored(browser, base: str) -> tuple[float, list[float]]:
    """Milliseconds to the explorer's first chart (median of loads with an empty cache), and of changes with all rows loaded."""
    first, took = [], []
    for _ in range(LOADS):
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.add_init_script(WATCH_LIVE)
        page.goto(
            f"{base}/book/explorer.html#fig-explorer"
        )  # without its name in the address a part waits for the reader to stir
        page.wait_for_function("() => globalThis.__live !== undefined")
        first.append(page.evaluate("globalThis.__live"))
        took = took or page.evaluate(EXPLORE, CHANGES)
        page.context.close()
    return statistics.median(first), took


def audited(pages: Path) -> list[tuple[str, str, str, str]]:
    """Lighthouse's scores of every page."""
    rows = [
        (
            f"Lighthouse, mobile, median of {lighthouse.RUNS}: {', '.join(lighthouse.CATEGORIES)}",
            "",
            "",
            lighthouse.AIM,
        )
    ]
    try:
        with serving(pages) as base:
            for document in lighthouse.documents():
                say(f"Lighthouse on {document}")
                words, met = lighthouse.row(lighthouse.measure(f"{base}/{document}"))
                rows.append((f"  {document}", words, "", aim(met, "scores and shift")))
    except lighthouse.NoLighthouse as problem:
        rows.append((f"  not run: {problem}", "", "", ""))
    return rows


# --- table ----------------------------------------------------------------------------------------------------------
def kb(n: float) -> str:
    return f"{n / 1000:,.0f} kB"


def ms(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f} ms"


def s(value: float) -> str:
    return f"{value:.1f} s"


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def table(rows: list[tuple[str, str, str, str]]) -> str:
    rows = [("", "this book", "stock Jupyter Book", "aim"), *rows]
    widths = [max(len(r[i]) for r in rows) for i in range(4)]
    lines = [
        "  ".join(
            c.ljust(w) if i in (0, 3) else c.rjust(w)
            for i, (c, w) in enumerate(zip(r, widths, strict=True))
        ).rstrip()
        for r in rows
    ]
    return "\n".join([lines[0], "-" * max(map(len, lines)), *lines[1:]])


def aim(met: bool, words: str) -> str:
    return f"{words}: {'met' if met else 'NOT met'}"


def say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def main() -> None:
    rows: list[tuple[str, str, str, str]] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        ours, stock = copy_sources(Path(folder) / "ours"), stock_sources(Path(folder) / "stock")
        say("building the book from nothing")
        cold = timed_build(ours)
        say("building the stock book from nothing")
        stock_cold = timed_stock_build(stock)
        say("building both again")
        warm, stock_warm = timed_build(ours), timed_stock_build(stock)
        # Measured on a third copy of the sources' state, so that the pages compared below stay equal.
        pages, stock_pages = Path(folder) / "pages", stock / "_build" / "html"
        shutil.copytree(ours / "_build" / "html", pages)
        touch_prose(ours)
        edited = timed_build(ours)
        with sync_playwright() as play:
            browser = play.chromium.launch(
                executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"]
            )
            version = browser.version
            with serving(pages) as base, serving(stock_pages) as stock_base:
                trained = steps_per_second(browser, base)
                for name in parse_toc_yaml(ROOT / "_toc.yml"):
                    document, html = f"{name}.html", (pages / f"{name}.html").read_text("utf-8")
                    ids = re.findall(
                        r'<figure class="em-figure"[^>]* id="([^"]+)"|<figure id="([^"]+)" class="em-figure"',
                        html,
                    )
                    say(f"loading {document}")
                    figures = [a or b for a, b in ids]
                    mine = measure_page(browser, base, document, figures[0] if figures else None)
                    theirs = measure_page(browser, stock_base, document, None)
                    title = (
                        f"{Path(name).name} ({mine['count']} figures)"
                        if figures
                        else Path(name).name
                    )
                    rows.append((title, "", "", ""))
                    rows.append(
                        (
                            "  chapter HTML, gzip (raw)",
                            f"{kb(mine['html'])} ({kb(mine['html_raw'])})",
                            f"{kb(theirs['html'])} ({kb(theirs['html_raw'])})",
                            aim(mine["html"] <= 60e3, "≤ 60 kB gzip"),
                        )
                    )
                    rows.append(
                        (
                            "  first load, gzip (raw)",
                            f"{kb(mine['gzip'])} ({kb(mine['raw'])})",
                            f"{kb(theirs['gzip'])} ({kb(theirs['raw'])})",
                            aim(mine["gzip"] <= 450e3, "≤ 450 kB gzip"),
                        )
                    )

                    def outside(r):
                        return f" + {r['refused_count']} refused" if r["refused_count"] else ""

                    rows.append(
                        (
                            "  requests",
                            f"{mine['requests']}{outside(mine)}",
                            f"{theirs['requests']}{outside(theirs)}",
                            "",
                        )
                    )
                    if not figures:
                        continue
                    rows.append(
                        (
                            "  with every figure drawn, gzip",
                            kb(mine["whole_gzip"]),
                            kb(theirs["whole_gzip"]),
                            "",
                        )
                    )
                    rows.append(
                        ("  first figure drawn", ms(mine["first"]), ms(theirs["first"]), "")
                    )
                    rows.append(
                        (
                            "  figures in view drawn",
                            ms(mine["seen"]),
                            ms(theirs["seen"]),
                            aim(mine["seen"] is not None and mine["seen"] <= 1000, "≤ 1 s"),
                        )
                    )
                    rows.append(
                        (
                            "  all figures drawn, if asked at once",
                            ms(mine["all"]),
                            ms(theirs["all"]),
                            "",
                        )
                    )
                    took = redraws(browser, base, document)
                    if took:
                        p95 = percentile(took, 0.95)
                        rows.append(
                            (
                                f"  control → redraw, median / 95 % of {len(took)}",
                                f"{statistics.median(took):.1f} / {p95:.1f} ms",
                                "no controls",
                                aim(p95 <= 16, "95 % ≤ 16 ms"),
                            )
                        )
                say("touching the live parts")
                live = interactions(browser, base)
                say("exploring")
                first, took = explored(browser, base)
                rows += [
                    ("explorer, all rows", "", "", ""),
                    ("  first chart", ms(first), "–", aim(first <= 1000, "≤ 1 s")),
                    (
                        f"  change → redraw, median / 95 % of {len(took)}",
                        f"{statistics.median(took):.0f} / {percentile(took, 0.95):.0f} ms",
                        "–",
                        aim(percentile(took, 0.95) <= 100, "95 % ≤ 100 ms"),
                    ),
                ]
            browser.close()
        rows += audited(pages)
    slowest, forward = slowest_forward()
    bundle = sum(p.stat().st_size for p in (ROOT / "data" / "miniatures").rglob("*") if p.is_file())
    rows += [
        ("miniatures", "", "", ""),
        (
            "  grokking trained in the page, p = 31",
            f"{trained:,.0f} steps/s",
            "–",
            aim(trained >= 500, "≥ 500 steps/s"),
        ),
        (
            f"  slowest forward pass in NumPy ({slowest})",
            f"{1000 * forward:.2f} ms",
            "–",
            aim(forward <= 2e-3, "≤ 2 ms"),
        ),
        ("  recorded curves and weights, all", kb(bundle), "–", aim(bundle <= 6e6, "≤ 6 MB")),
        *(
            (
                f"  {name}, median / 95 %",
                f"{statistics.median(took):.0f} / {percentile(took, 0.95):.0f} ms",
                "–",
                aim(statistics.median(took) <= 100, "≤ 100 ms"),
            )
            for name, took in live.items()
        ),
    ]
    rows += [
        ("builds and imports", "", "", ""),
        ("  build from nothing", s(cold), s(stock_cold), ""),
        ("  build, nothing changed", s(warm), s(stock_warm), aim(warm <= 5, "≤ 5 s")),
        ("  build, one sentence of one chapter changed", s(edited), "–", ""),
        (
            "  import emergence",
            f"{1000 * import_seconds('import emergence'):.0f} ms",
            f"altair: {1000 * import_seconds('import altair'):.0f} ms",
            "",
        ),
        (
            "  import emergence.chapters.chain_of_thought",
            f"{1000 * import_seconds('import emergence.chapters.chain_of_thought'):.0f} ms",
            "–",
            "",
        ),
    ]
    print(
        f"Python {platform.python_version()}, Chromium {version}, {os.cpu_count()} CPU cores, {time.strftime('%Y-%m-%d')}; medians of {LOADS} loads with an empty cache, served from this machine\n"
    )
    print(table(rows))
    print(
        "\nStock pages take Vega from a CDN; here this machine answered with vl-convert's bundle, counted above and without network delay."
        "\n“Refused” are the stock page's other requests to CDNs (MathJax and the like): neither their bytes nor their time are counted."
    )


if __name__ == "__main__":
    main()
