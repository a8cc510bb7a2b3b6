"""What the tests share: the built site, a local server for it, and a browser that cannot leave the machine."""

import threading
from contextlib import nullcontext
from urllib.parse import urlsplit

import pytest
from hypothesis import settings

from emergence.site.browser import chromium
from emergence.site.build import build
from emergence.site.serve import server as http_server

settings.register_profile("any machine", deadline=None)  # no test is timed; speed lives in `make bench`
settings.load_profile("any machine")

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-quic"]  # fmt: skip


@pytest.fixture(scope="session")
def site(request):
    """Path of the built html; built once per session, at once if nothing has changed."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():  # a build takes a minute: show it
        print()
        return build(wait=True).parent


@pytest.fixture(scope="session")
def server(site):
    """Address of a local server of the built site, without a slash at the end."""
    with http_server(site) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chrome = play.chromium.launch(executable_path=chromium(), args=QUIET)
        yield chrome
        chrome.close()


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
        page.on("console", lambda said: said.type == "error" and page.errors.append(f"{said.text} ({said.location['url']})"))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page):
    """One page, 1280 × 800; see `new_page`."""
    return new_page()


def leaves(url):
    """Does a request for `url` leave this machine?"""
    parts = urlsplit(url)
    return parts.scheme not in ("file", "data", "blob", "about") and parts.hostname not in ("127.0.0.1", "localhost")
