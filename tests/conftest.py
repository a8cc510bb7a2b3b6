"""What the tests share: the built site, a local server for it, and a browser that cannot leave the machine."""

import base64
import json
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, nullcontext
from html import escape
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import sweep
from docutils import nodes
from engines import ENGINES, QUIET
from hypothesis import settings
from pages import DOCUMENTS, soup

from emergence import client
from emergence.figure import to_json
from emergence.page import page_of
from emergence.publish.browser import chromium
from emergence.publish.build import ROOT, build
from emergence.publish.serve import serving
from emergence.site import assets, html, reading
from emergence.site.finish.policy import secure_page

settings.register_profile(
    "any machine", deadline=None
)  # no test is timed; speed lives in `make bench`
settings.load_profile("any machine")


def figure_of(item):
    """The name of the figure that a case is about; "" where it is about none."""
    callspec = getattr(item, "callspec", None)
    figure = callspec.params.get("figure", "") if callspec else ""
    return getattr(figure, "name", str(figure))


def pytest_collection_modifyitems(config, items):
    """Marks the cases that `make test` leaves to `make test-all`; all cases of a figure come together, so that one process computes it."""
    items.sort(key=lambda item: (item.path.name, figure_of(item)))
    tests = [(item.path.name, getattr(item, "originalname", item.name)) for item in items]
    whole = not any("::" in argument for argument in config.args)
    if whole and (missing := sweep.unknown(set(tests))):
        raise pytest.UsageError(f"tests/sweep.py names what is no test: {', '.join(missing)}")
    for item, (file, test) in zip(items, tests, strict=True):
        callspec = getattr(item, "callspec", None)
        if not sweep.is_quick(file, test, list(callspec.params.values()) if callspec else []):
            item.add_marker(pytest.mark.full)


@pytest.fixture(scope="session")
def site(request):
    """Path of the built html; built once per session, at once if nothing has changed."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with (
        capture.global_and_fixture_disabled() if capture else nullcontext()
    ):  # a build takes a minute: show it
        print()
        return build(wait=True).parent


@pytest.fixture(scope="session")
def server(site):
    """Address of a local server of the built site, without a slash at the end."""
    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chrome = play.chromium.launch(executable_path=chromium(), args=QUIET)
        yield chrome
        chrome.close()


@pytest.fixture(scope="session", params=ENGINES)
def engine(request):
    """A window of Firefox, then one of WebKitGTK; see `engines.py`."""
    with ENGINES[request.param]() as window:
        yield window


@pytest.fixture(scope="session")
def serve():
    """Function (folder) → address of a server for it, stopped at the end."""
    with ExitStack() as running:
        yield lambda folder: running.enter_context(serving(folder))


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Path of the package's wheel, as `pip install` of the checkout would make it."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run(
        [*pip, "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "-w", str(folder)],
        check=True,
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="session")
def live_site(tmp_path_factory):
    """Function (part) → folder of a site that holds nothing but that live part, on ``x.html``."""
    return lambda part: write_live_site(part, tmp_path_factory.mktemp("live"))


@pytest.fixture
def new_page(browser):
    """Function (**options of Browser.new_context) → page, in a context of its own, closed after the test.

    A page lists in `page.outside` the addresses it asked for that are not on this machine (all are refused) and in
    `page.errors` its console errors and uncaught exceptions.
    """
    contexts = []

    def make(**options):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        page.outside, page.errors = [], []

        def refuse(route):
            page.outside.append(route.request.url)
            route.abort()

        context.route(leaves, refuse)
        page.on("websocket", lambda socket: leaves(socket.url) and page.outside.append(socket.url))
        page.on(
            "console",
            lambda said: (
                said.type == "error" and page.errors.append(f"{said.text} ({said.location['url']})")
            ),
        )
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page):
    """One page, 1280 × 800; see `new_page`."""
    return new_page()


@pytest.fixture(scope="session")
def places(site):
    """Page of every figure: {figure name: path of its page in the site}."""
    found = {}
    for document in DOCUMENTS:
        for figure in soup(site / document).select("figure.em-figure"):
            name = figure["id"].removeprefix("fig-")
            assert name not in found, f"{name} is in {found[name]} and in {document}"
            found[name] = document
    return found


@pytest.fixture
def colors(new_page):
    """Function (png) → Counter of its colors, as hex."""
    blank = new_page()

    def colors_(png):
        return Counter(
            blank.evaluate(
                """async source => {
          const image = new Image();
          image.src = source;
          await image.decode();
          const canvas = new OffscreenCanvas(image.width, image.height), pen = canvas.getContext('2d');
          pen.drawImage(image, 0, 0);
          const data = pen.getImageData(0, 0, image.width, image.height).data, found = {};
          for (let i = 0; i < data.length; i += 4) { const c = '#' + [data[i], data[i + 1], data[i + 2]].map(v => v.toString(16).padStart(2, '0')).join(''); found[c] = (found[c] || 0) + 1; }
          return found;
        }""",
                "data:image/png;base64," + base64.b64encode(png).decode(),
            )
        )

    return colors_


def leaves(url):
    """Does a request for `url` leave this machine?"""
    parts = urlsplit(url)
    return parts.scheme not in ("file", "data", "blob", "about") and parts.hostname not in (
        "127.0.0.1",
        "localhost",
    )


def write_live_site(part, folder):
    """A site of one page, far down which `part` stands, made by the extension's own functions and under its own policy."""
    site, cache = folder / "site", folder / "cache"
    static = site / "_static"
    (static / "live").mkdir(parents=True)
    cache.mkdir()
    page = json.loads(to_json(page_of(part)))
    env = SimpleNamespace(
        app=SimpleNamespace(doctreedir=str(cache / "doctrees")), docname="x", metadata={"x": {}}
    )
    node = reading.live(page, env)
    writer = SimpleNamespace(body=[], builder=SimpleNamespace(current_docname="x"))
    html.visit_live(writer, node)
    writer.body.append(f'<p class="em-title">{node.children[0].astext()}</p>')
    with pytest.raises(nodes.SkipNode):
        html.visit_stage(writer, node.children[1])
    html.visit_caption(writer, node.children[2])
    writer.body.append(node.children[2].astext())
    html.depart_caption(writer, node.children[2])
    html.depart_figure(writer, node)
    (made,) = env.metadata["x"]["lives"]
    assets.fill(static / "live", assets.asset_cache(env.app), set(made["files"]))
    name, code = assets.live_script(made["script"])
    (static / "live" / name).write_text(code)
    for file in ("vendor/vega.js", "static/figure.js", "static/live.js", "static/figure.css"):
        (static / file.split("/")[1]).write_text(client.read(file), "utf-8")
    told = "".join(f' {name}="{escape(value)}"' for name, value in html.told().items())
    scripts = f'<script defer{told} src="_static/figure.js"></script><script defer src="_static/live.js"></script>'
    text = (
        f'<!DOCTYPE html><html lang="en" data-theme="light"><head><meta charset="utf-8"/><title>t</title><meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f'<link rel="icon" href="data:,"/><link rel="stylesheet" href="_static/figure.css"/>{scripts}</head><body><main><h1>A page</h1>'
        f'<div style="height:3000px"></div>{"".join(writer.body)}</main></body></html>'
    )
    text = text.replace("</head>", "<style>.only-dark{display:none!important}</style></head>")
    (site / "x.html").write_text(secure_page(text))
    return site


@pytest.fixture(scope="module")
def computing(browser):
    """Function (script) → function (expression, argument) → its value on an empty page with the models of that live script.

    The models are global names, as the script gives them to `define`; ``bytes`` turns base64 into an ArrayBuffer.
    """
    pages = []

    def open_page(script: str):
        page = browser.new_page()
        pages.append(page)
        page.add_script_tag(
            content="globalThis.emergence = { live: { define: (_, part) => Object.assign(globalThis, part) } };\n"
            "globalThis.bytes = (t) => Uint8Array.from(atob(t), (c) => c.charCodeAt(0)).buffer;\n"
            + client.read(f"live/{script}.js")
        )
        return page.evaluate

    yield open_page
    for page in pages:
        page.close()
