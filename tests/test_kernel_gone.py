"""Notebooks whose kernel is busy, gone or never was: each shows the live figure or its picture, never a blank."""

import re

import nbclient
import nbformat
import pytest
from jupyter import jupyterlab, run_all
from nbconvert import HTMLExporter

from emergence import notebook
from emergence.chapters import every, lives
from emergence.publish.build import environment

FIGURES, LIVES = every(), lives()
SETUP = "from emergence.chapters import every, lives\nF = every()"
LADDER = FIGURES["wei-ladder"]
PANELS = FIGURES["wei-few-shot-panels"]

# What a reader has before their eyes: the live drawings, and the pictures that stand in for one.
LIVE = """[...document.querySelectorAll('.em-figure.em-drawn .em-live svg')]
  .filter(s => s.getBoundingClientRect().width > 100 && s.querySelector('[class*=role-mark] *')).map(s => s.closest('.em-figure'))"""
STILL = "[...document.querySelectorAll('[class^=em-still-] img')].filter(i => i.naturalWidth > 100 && i.getBoundingClientRect().width > 100)"


def write(folder, name, *cells):
    """A notebook of these cells, written into `folder`."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata.kernelspec = {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    nbformat.write(made, folder / name)
    return made


def executed(folder, made, patch, state):
    """The notebook, run without a browser, with the state of its widgets or without."""
    patch.delenv("EMERGENCE_SKIN", raising=False)
    for name, value in environment(folder).items():
        patch.setenv(name, value)
    nbclient.NotebookClient(
        made,
        timeout=180,
        kernel_name="python3",
        store_widget_state=state,
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    return made


def wait_for(page, live=0, still=0, more="true"):
    """Until the reader sees so many live figures and so many pictures, and `more` holds."""
    page.wait_for_function(
        f"() => {LIVE}.length === {live} && {STILL}.length === {still} && ({more})", timeout=90_000
    )


# --- exports ------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """Address of what nbconvert makes of an executed notebook with two figures and a live part."""
    folder = tmp_path_factory.mktemp("export")
    made = write(
        folder,
        "a.ipynb",
        SETUP,
        f"F[{PANELS.name!r}]",
        f"F[{LADDER.name!r}]",
        "lives()['explorer']",
    )
    with pytest.MonkeyPatch.context() as patch:
        executed(folder, made, patch, state=True)
    text, _ = HTMLExporter().from_notebook_node(made)
    (folder / "a.html").write_text(text, "utf-8")
    return (folder / "a.html").as_uri()


def test_export_shows_pictures_without_a_network(export, new_page):
    page = new_page()
    page.goto(export)
    wait_for(page, still=3)
    for shown in (PANELS, LADDER, LIVES["explorer"]):
        picture = page.get_by_role("img", name=shown.finding)
        around = picture.locator("xpath=..").inner_text()
        assert shown.title in around
        assert re.sub(r"\s+", " ", shown.caption[1]) in re.sub(r"\s+", " ", around)
    assert not [address for address in page.outside if "vega" in address or "emergence" in address]


# What the widget manager of an export does: each view's model from the page's own state, and no kernel.
SHOW = """async () => {
  const { state } = JSON.parse(document.querySelector('script[type="application/vnd.jupyter.widget-state+json"]').textContent);
  const manager = { get_model: async (id) => model(id) };
  const model = (id) => ({ get: (name) => state[id].state[name], on() {}, off() {}, send() {}, widget_manager: manager });
  for (const place of document.querySelectorAll('script[type="application/vnd.jupyter.widget-view+json"]')) {
    const parts = state[JSON.parse(place.textContent).model_id].state.children.map((name) => name.replace('IPY_MODEL_', ''));
    const shown = parts.find((id) => state[id].model_name === 'AnyModel');
    const el = document.createElement('div');
    el.className = 'jupyter-widgets-disconnected';
    place.after(el);
    const url = URL.createObjectURL(new Blob([state[shown].state._esm], { type: 'text/javascript' }));
    (await import(url)).default.render({ model: model(shown), el });
  }
}"""


def test_export_draws_from_the_saved_state_alone(export, new_page):
    """Figures are live and their pictures are gone; the explorer, whose rows only a kernel has, is its picture. Panels fit the width they have."""
    page = new_page(viewport={"width": 1280, "height": 900})
    page.goto(export)
    page.evaluate(SHOW)
    wait_for(page, live=2, still=1)
    assert page.get_by_role("img", name=LADDER.finding).count() == 1
    panels = "document.querySelector('.em-figure')"
    across = f"new Set([...{panels}.querySelectorAll('.role-scope.cell > g')].map(g => Math.round(g.getBoundingClientRect().left))).size"
    for width, columns in ((1280, 3), (620, 2), (375, 1), (1280, 3)):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function(f"() => {across} === {columns}", timeout=20_000)
        assert page.evaluate(
            f"{panels}.querySelector('.em-live svg').getBoundingClientRect().width <= {panels}.clientWidth"
        )


# --- JupyterLab ---------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def lab(folder, tmp_path_factory):
    """Address of a JupyterLab that saves the state of widgets with a notebook."""
    saving = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True}}
    with jupyterlab(folder, tmp_path_factory.mktemp("lab"), saving) as address:
        yield address


def choose(page, *items):
    for item in items:
        page.get_by_role("menuitem", name=item).first.click()


def accept(page):
    page.locator(".jp-Dialog button.jp-mod-accept").click()


def opened(page, address):
    page.goto(address)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)


MARK_OLD = f"() => {LIVE}.forEach((figure) => {{ figure.dataset.old = true; }})"
NONE_OLD = f"!{LIVE}.some((figure) => figure.dataset.old)"
INERT = "document.querySelector('.em-figure').closest('.widget-vbox').querySelector('.widget-box').inert"


def test_saved_state_draws_without_its_kernel(lab, folder, new_page):
    """Saved and reopened: the figure is live, its controls are set aside and say why; run again, they work."""
    write(folder, "saved.ipynb", SETUP, f"F[{LADDER.name!r}]")
    page = new_page(viewport={"width": 1400, "height": 900})
    run_all(page, lab.format("saved.ipynb"))
    wait_for(page, live=1, more=f"{INERT} === false")
    page.keyboard.press("Control+s")
    page.wait_for_function(
        "() => document.querySelector('.jp-DirListing-item') && !document.querySelector('.lm-TabBar-tab.jp-mod-dirty')"
    )
    choose(page, "File", re.compile("^Close and Shut Down Notebook"))
    accept(page)
    page.locator(".jp-Notebook").wait_for(state="detached")
    saved = nbformat.read(folder / "saved.ipynb", as_version=4)
    state = saved.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    assert (
        sum(
            "vega" in str(model["state"]) and len(str(model["state"])) > 400_000
            for model in state.values()
        )
        == 1
    ), "the client is saved once"

    opened(page, lab.format("saved.ipynb"))
    wait_for(page, live=1, more=f"{INERT} === true")
    assert page.get_by_text(notebook.alone()).count() == 1
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for(timeout=60_000)
    page.evaluate(MARK_OLD)
    choose(page, "Run", re.compile("^Run All Cells"))
    wait_for(page, live=1, more=f"{NONE_OLD} && {INERT} === false")
    control = LADDER.controls[0]
    other = next(o for o in control.options if o != control.default)
    page.get_by_label(LADDER.label(control.name), exact=True).select_option(LADDER.label(other))
    page.wait_for_function(
        f"(wanted) => {LIVE}[0]?.emergence.last.state.{control.name} === wanted", arg=other
    )
    assert page.outside == []


def test_picture_stands_where_no_state_was_saved(lab, folder, new_page, monkeypatch):
    """As from a colleague: executed elsewhere, not trusted here, widgets without their state ("model not found")."""
    made = executed(
        folder,
        write(folder, "stateless.ipynb", SETUP, f"F[{LADDER.name!r}]"),
        monkeypatch,
        state=False,
    )
    nbformat.write(made, folder / "stateless.ipynb")
    page = new_page(viewport={"width": 1400, "height": 900})
    opened(page, lab.format("stateless.ipynb"))
    wait_for(page, still=1)
    assert page.get_by_role("img", name=LADDER.finding).count() == 1


NEWER = """from emergence import client, notebook
_, code = client.module()
old = 'el.classList.add("em-figure");'
assert old in code
client.module = lambda: ("newer", code.replace(old, old + ' el.dataset.client = "newer";'))
notebook._library = None
F['wei-ladder']"""


def test_busy_kernel_restart_and_second_notebook(lab, folder, new_page):
    """A figure is drawn while a later cell runs, also after a restart in the middle, and in a second notebook of the same browser tab,
    where an upgraded package draws with its own client beside the old one."""
    write(
        folder,
        "busy.ipynb",
        SETUP,
        f"F[{LADDER.name!r}]",
        "import time\ntime.sleep(3600)",
        f"F[{PANELS.name!r}]",
    )
    write(folder, "second.ipynb", SETUP, f"F[{LADDER.name!r}]", NEWER)
    page = new_page(viewport={"width": 1400, "height": 900})
    run_all(page, lab.format("busy.ipynb"))
    wait_for(page, live=1)
    assert page.get_by_text("Python 3 (ipykernel) | Busy").count()
    page.evaluate(MARK_OLD)
    choose(page, "Kernel", re.compile("^Restart Kernel and Run All Cells"))
    accept(page)
    wait_for(page, live=1, more=NONE_OLD)
    assert page.get_by_text("Python 3 (ipykernel) | Busy").count()
    choose(page, "Kernel", re.compile("^Restart Kernel…"))
    accept(page)
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for(timeout=60_000)

    page.locator(".jp-DirListing-item", has_text="second.ipynb").dblclick()
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell", has_text="newer").wait_for(
        timeout=60_000
    )
    page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for(timeout=60_000)
    choose(page, "Run", re.compile("^Run All Cells"))
    wait_for(page, live=2)
    assert page.evaluate(f"{LIVE}.map((figure) => figure.dataset.client || '')") == ["", "newer"]
    assert not [e for e in page.errors if "emergence" in e.lower() or "vega" in e.lower()]


def alive(page, prototype):
    """How many objects with this prototype the page still holds, after a collection of garbage."""
    tools = page.context.new_cdp_session(page)
    made = tools.send("Runtime.evaluate", {"expression": prototype})["result"]["objectId"]
    found = tools.send("Runtime.queryObjects", {"prototypeObjectId": made})["objects"]["objectId"]
    count = tools.send(
        "Runtime.callFunctionOn",
        {
            "objectId": found,
            "functionDeclaration": "function () { return this.length; }",
            "returnByValue": True,
        },
    )
    tools.detach()  # and with it what it held
    return count["result"]["value"]


def test_views_come_and_go(lab, folder, new_page):
    """A second view of an output draws and can be closed; a cell run again many times leaves no figure behind."""
    write(folder, "views.ipynb", SETUP, f"F[{LADDER.name!r}]")
    page = new_page(viewport={"width": 1400, "height": 900})
    run_all(page, lab.format("views.ipynb"))
    wait_for(page, live=1)
    for _ in range(2):
        page.locator(".jp-OutputArea-output:visible").last.click(button="right")
        choose(page, re.compile("^Create New View for Cell Output"))
        wait_for(page, live=2)
        page.locator(".lm-TabBar-tab", has_text="Output View").locator(
            ".lm-TabBar-tabCloseIcon"
        ).click()
        wait_for(page, live=1)
    for _ in range(6):
        page.evaluate(MARK_OLD)
        page.locator(".jp-CodeCell .cm-content").last.click()
        page.keyboard.press("Control+Enter")
        wait_for(page, live=1, more=NONE_OLD)
    # The last one run again may be held a while by what is on its way.
    for prototype in ("emergence.FigureView.prototype", "vega.View.prototype"):
        for _ in range(20):
            left = alive(page, prototype)
            if left <= 2:
                break
            page.wait_for_timeout(500)
        assert left <= 2, prototype
    assert (
        page.evaluate(
            "[...document.querySelectorAll('head style')].filter(s => s.textContent.includes('em-still')).length"
        )
        == 2
    ), "the client's own and the figure's"
    assert not [e for e in page.errors if "emergence" in e.lower() or "vega" in e.lower()]
