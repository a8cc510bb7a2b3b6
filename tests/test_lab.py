"""The chapters as notebooks: run by the kernel a reader gets, and one real JupyterLab and Voilà with controls driven by keys."""

import importlib
import re
from html import escape

import nbclient
import nbformat
import pytest
from jupyter import jupyterlab, run_all, running

from emergence import mime
from emergence.chapters import every, explorer, lives
from emergence.data import evaluations
from emergence.figure import Figure, records
from emergence.publish.build import ROOT, environment
from emergence.site import notebooks
from emergence.text import interface

FIGURES, LIVES = every(), lives()
CHAPTERS = [
    p for p in sorted((ROOT / "book").glob("*.md")) if "{code-cell}" in p.read_text("utf-8")
]
WIDGET = "application/vnd.jupyter.widget-view+json"

# Every figure of the notebook that is drawn: name → rows in Vega's hands, state in the kernel's words, drawing.
WORDS = interface()
SEEN = """() => Object.fromEntries([...document.querySelectorAll('.em-figure')].filter(e => e.emergence?.chart.view && e.emergence.last).map(e => {
  const view = e.emergence, chart = view.chart.view;
  return [view.model.name, {
    state: view.last.state,
    rows: chart.data('rows').map(r => view.columns.map(c => r[c] instanceof Date ? r[c].toISOString().slice(0, 10) : r[c] ?? null)),
    drawing: [...e.querySelectorAll('.em-live g[class*=role-mark]')].map(g => g.innerHTML.replace(/clip-path="[^"]*"/g, '')).join(''),
  }];
}))"""


def expected(figure, state):
    """What a notebook draws before the forecast is placed."""
    rows = figure.frame(**state)
    if figure.predict:
        rows = rows[
            ~((rows[figure.predict.column] > figure.predict.beyond) & (rows["kind"] != "reference"))
        ]
    return [list(r) for r in records(rows)]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda p: p.stem)
def test_chapter_runs_in_the_readers_kernel(site, chapter, tmp_path, monkeypatch):
    """The notebook the site offers, run as VS Code does: no error, and every figure offers its picture and then a live view, and no page skin."""
    monkeypatch.delenv("EMERGENCE_SKIN", raising=False)
    for name, value in environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    book = nbformat.read(site / "notebooks" / f"{chapter.stem}.ipynb", as_version=4)
    nbclient.NotebookClient(
        book, timeout=180, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = []
    for cell in book.cells:
        outputs = cell.get("outputs", [])
        for output in outputs:
            assert output.output_type != "error" and not (
                output.output_type == "stream" and output.name == "stderr"
            ), output
            assert not {mime.FIGURE, mime.LIVE} & set(output.get("data", {}))
        if re.fullmatch(
            r"fig\.\w+\(\)",
            cell.source.splitlines()[-1] if cell.cell_type == "code" and cell.source else "",
        ):
            picture, view = outputs
            assert set(picture.data) == {"text/html"} and set(view.data) == {WIDGET, "text/plain"}
            (figure,) = [
                f
                for f in [*FIGURES.values(), *LIVES.values()]
                if f"{f.title}\n{f.finding}" == view.data["text/plain"]
            ]
            assert (
                escape(figure.title) in picture.data["text/html"]
                and f'alt="{escape(figure.finding)}"' in picture.data["text/html"]
            )
            shown.append(figure.name)
    assert (
        len(shown)
        == len(set(shown))
        == len(
            re.findall(
                r"^fig\.\w+\(\)$",
                "\n".join(c.source for c in book.cells if c.cell_type == "code"),
                flags=re.M,
            )
        )
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Folder of the chapters as `make lab` opens them."""
    folder = tmp_path_factory.mktemp("notebooks")
    notebooks.write_all(target=folder)
    return folder


@pytest.fixture(scope="module")
def lab(written, tmp_path_factory):
    """Address (with its token) of a JupyterLab on the chapters, with folders of its own."""
    with jupyterlab(written, tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="module")
def voila(written, tmp_path_factory):
    """Address of a Voilà on the chapters, with folders of its own."""
    home = tmp_path_factory.mktemp("voila")
    with running(
        ["voila", "--no-browser", "--Voila.ip=127.0.0.1", "--port={port}", str(written)],
        "/",
        home,
        {},
    ) as address:
        yield f"{address}/voila/render/{{}}"


@pytest.mark.parametrize("chapter", ["chain-of-thought"])
def test_controls_redraw_in_jupyterlab(lab, new_page, chapter):
    """A chapter is opened, run, and a dropdown and a slider of it are moved with the keys; rows follow from the kernel."""
    source = (ROOT / "book" / f"{chapter}.md").read_text("utf-8")
    page = new_page(viewport={"width": 1400, "height": 900})
    run_all(page, lab.format(f"{chapter}.ipynb"))
    module = importlib.import_module(f"emergence.chapters.{chapter.replace('-', '_')}")
    count = sum(
        isinstance(getattr(module, name)(), Figure)
        for name in re.findall(r"^fig\.(\w+)\(\)$", source, flags=re.M)
    )
    failed = 'document.querySelector(\'.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"], .jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]\')'
    page.wait_for_function(
        f"() => {failed} || Object.keys(({SEEN})()).length === {count}", timeout=180_000
    )
    assert not page.evaluate(f"{failed}?.textContent.slice(-600)")
    seen = page.evaluate(SEEN)
    for name, drawn in seen.items():
        assert drawn["rows"] == expected(FIGURES[name], {}), name
        assert drawn["drawing"]

    def move(kind, role):
        figure = next(
            FIGURES[n] for n in seen if any(type(c).__name__ == kind for c in FIGURES[n].controls)
        )
        control = next(c for c in figure.controls if type(c).__name__ == kind)
        box = (
            page.locator(".widget-vbox")
            .filter(has=page.locator(".em-figure"))
            .filter(has_text=figure.title)
        )
        widget = box.get_by_role(role, name=figure.label(control.name)).first
        widget.scroll_into_view_if_needed()
        widget.focus()
        return figure, control, widget

    states = {name: {} for name in seen}

    def wait_for(figure, changed):
        states[figure.name] |= changed
        rows = expected(figure, states[figure.name])
        page.wait_for_function(
            f"([name, rows]) => JSON.stringify(({SEEN})()[name].rows) === JSON.stringify(rows)",
            arg=[figure.name, rows],
            timeout=20_000,
        )
        assert page.evaluate(SEEN)[figure.name]["drawing"] != seen[figure.name]["drawing"]

    figure, control, widget = move("Choice", "combobox")
    at = control.options.index(control.default)
    down = at + 1 < len(control.options)
    page.keyboard.press("ArrowDown" if down else "ArrowUp")
    wait_for(figure, {control.name: control.options[at + (1 if down else -1)]})

    figure, control, widget = move("Slider", "slider")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    moved = f"([figure, control, before]) => (({SEEN})()[figure].state[control] > before)"
    fine = control.step if all(isinstance(v, int) for v in control.grid) else control.step / 10
    page.wait_for_function(
        moved, arg=[figure.name, control.name, control.default + 1.5 * fine], timeout=20_000
    )
    value = page.evaluate(SEEN)[figure.name]["state"][control.name]
    assert value == pytest.approx(control.default + 2 * fine)
    wait_for(figure, {control.name: value})
    assert page.outside == []
    assert not [e for e in page.errors if "emergence" in e.lower() or "vega" in e.lower()]


def test_live_part_runs_in_jupyterlab(lab, new_page):
    """The explorer with its script from the kernel, its rows sent as bytes; a switch is set with the keys."""
    page = new_page(viewport={"width": 1400, "height": 900})
    run_all(page, lab.format("explorer.ipynb"))
    page.wait_for_selector(".em-live-part.em-drawn .em-live svg", timeout=180_000)
    part = "document.querySelector('.em-live-part').emergence.explorer"
    assert page.evaluate(f"{part}.whole.then(() => {part}.store.size)") == len(evaluations())
    page.get_by_label("Fitted curve").focus()
    page.keyboard.press("Space")
    page.wait_for_function(f"() => {part}.last.fits.size === 2")
    assert page.evaluate(f"{part}.last.fits.get(0).midpoint") == pytest.approx(
        explorer.fits(**explorer.default())[0].midpoint, rel=1e-6
    )
    assert page.locator(".em-live-part .em-notes li").count() >= 3  # two fits and the source
    # A drawing that fails leaves the picture and is tried again as on the page.
    page.evaluate("""() => {
      const { make } = globalThis.chart = document.querySelector(".em-live-part").emergence.owned[0].chart.constructor.prototype;
      globalThis.make = make;
      chart.make = () => Promise.reject(new Error("asked for"));
    }""")
    page.get_by_label("Fitted curve").focus()
    page.keyboard.press("Space")
    page.wait_for_selector(".em-live-part.em-failed")
    page.evaluate("() => { chart.make = make; }")
    page.errors = [error for error in page.errors if "asked for" not in error]
    page.get_by_role("button", name=WORDS["retry"]).click()
    page.wait_for_selector(".em-live-part.em-drawn:not(.em-failed) .em-live svg")
    assert page.get_by_label("Fitted curve").count() == 1 and page.evaluate(
        f"{part}.whole.then(() => {part}.store.size)"
    ) == len(evaluations())
    assert page.outside == []
    assert not [e for e in page.errors if "emergence" in e.lower() or "vega" in e.lower()]


@pytest.mark.parametrize("chapter", ["chain-of-thought"])
def test_controls_redraw_in_voila(voila, new_page, chapter):
    """A chapter is opened, Voilà runs it, and a dropdown is moved with the keys; its rows follow from the kernel."""
    page = new_page(viewport={"width": 1280, "height": 900})
    page.goto(voila.format(f"{chapter}.ipynb"), timeout=180_000)
    page.wait_for_function(f"() => ({SEEN})()['gsm8k-by-scale']", timeout=180_000)
    figure = FIGURES["gsm8k-by-scale"]
    assert page.evaluate(SEEN)[figure.name]["rows"] == expected(figure, {})
    (control,) = figure.controls
    box = (
        page.locator(".widget-vbox")
        .filter(has=page.locator(".em-figure"))
        .filter(has_text=figure.title)
    )
    box.get_by_label(figure.label(control.name)).focus()
    other = control.options[control.options.index(control.default) + 1]
    page.keyboard.press("ArrowDown")
    page.wait_for_function(
        f"([name, rows]) => JSON.stringify(({SEEN})()[name].rows) === JSON.stringify(rows)",
        arg=[figure.name, expected(figure, {control.name: other})],
        timeout=20_000,
    )
    assert not page.locator(
        ".jp-OutputArea-output[data-mime-type$=error], .jp-OutputArea-output[data-mime-type$=stderr]"
    ).count()
    # Voilà's own page asks for an icon font, in vain here; nothing of ours leaves the machine.
    assert all("@fortawesome" in address for address in page.outside)
    assert not [e for e in page.errors if "emergence" in e.lower() or "vega" in e.lower()]


def test_small_multiples_fit_a_phone_in_voila(voila, new_page):
    """Charts side by side on a desk stand below each other on a phone, wide enough to be read, and turn back with the screen."""
    page = new_page(viewport={"width": 375, "height": 800})
    page.goto(voila.format("chain-of-thought.ipynb"), timeout=180_000)
    for name in ("tasks-by-scale", "symbolic-by-length"):
        page.wait_for_function(f"name => ({SEEN})()[name]", arg=name, timeout=180_000)
        shape = """([title]) => {
          const host = [...document.querySelectorAll(".em-figure")].find((e) => e.closest(".widget-vbox")?.textContent.includes(title));
          host.scrollIntoView();
          const svg = host.querySelector(".em-live svg"), frames = [...svg.querySelectorAll(".mark-group.cell > g > path.background")].map((p) => p.getBoundingClientRect());
          return { wide: svg.getBoundingClientRect().width, stage: host.querySelector(".em-stage").clientWidth,
                   beside: frames.filter((f) => Math.abs(f.top - frames[0].top) < 5).length, cell: Math.min(...frames.map((f) => f.width)), all: frames.length };
        }"""
        narrow = page.evaluate(shape, [FIGURES[name].title])
        assert narrow["wide"] <= narrow["stage"] + 1 and narrow["beside"] == 1 < narrow["all"], name
        assert narrow["cell"] > 180, name
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_function(
        f"([title]) => ({shape})([title]).beside === 3", arg=[FIGURES[name].title], timeout=20_000
    )
    assert not [e for e in page.errors if "emergence" in e.lower() or "vega" in e.lower()]
