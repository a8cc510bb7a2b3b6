"""Three browser engines behind one small face: Chromium by Playwright, Firefox by WebDriver BiDi, WebKitGTK by classic WebDriver.

Selenium would bring a driver, a manager that downloads drivers and ten packages for what is two hundred lines here:
Firefox speaks BiDi itself over a websocket, and WebKitGTK's driver takes plain requests. Playwright's own Firefox and
WebKit are patched builds of other versions, which no reader has and Debian does not package.
"""

import base64
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from playwright.sync_api import Error
from websockets.sync.client import connect

from emergence.publish.browser import FIREFOX, WEBKIT_DRIVER, XVFB, find

PATIENCE = 120
"""Seconds until anything counts as hung. Nothing is measured here: a loaded machine is slow, not wrong."""

KEYS = {"Enter": "\ue007", "Tab": "\ue004", "Escape": "\ue00c", "ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014",
        "ArrowDown": "\ue015", "Space": " "}  # fmt: skip
"""Keys by the names Playwright gives them, as WebDriver writes them."""

MIDDLE = """selector => {
  const element = document.querySelector(selector);
  element.scrollIntoView({ block: 'center', behavior: 'instant' });
  const box = element.getBoundingClientRect();
  return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)];
}"""
FOCUS = """selector => {
  const element = document.querySelector(selector);
  element.focus();
  if (element.matches('input:not([type=range], [type=checkbox])')) element.select();
  return document.activeElement === element;
}"""


class EngineError(RuntimeError):
    """An engine did not start, did not answer, or refused a command."""


class Window:
    """What every engine can do. An engine defines `load`, `run`, `press`, `click_at` and `download`."""

    name = ""

    def go(self, address):
        """Load a page anew, also where only the fragment of the address is another, until it has loaded."""
        self.load("about:blank")
        self.load(address)
        # Now and then Firefox says so before the page's deferred scripts have run.
        self.wait("() => document.readyState === 'complete'")

    def load(self, address):
        raise NotImplementedError

    def run(self, function, *given):
        """What the JavaScript `function` (its text) answers in the page; a promise is awaited."""
        raise NotImplementedError

    def press(self, *keys):
        """Press and release keys, one after the other, in the element that has the focus."""
        raise NotImplementedError

    def click_at(self, x, y):
        raise NotImplementedError

    def download(self, selector):
        """The file that a click on an element brings, in bytes."""
        raise NotImplementedError

    def click(self, selector):
        """Press the main mouse button in the middle of an element."""
        self.click_at(*self.run(MIDDLE, selector))

    def focus(self, selector):
        """Move the focus to an element; the text of a field is selected, so that typing replaces it."""
        assert self.run(FOCUS, selector), f"{selector} does not take the focus"

    def type(self, text):
        self.press(*text)

    def wait(self, predicate, *given):
        """Ask again and again until the JavaScript `predicate` answers something true; returns that.

        A question may fail: a page that is being left answers none.
        """
        end = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.run(predicate, *given)
            except EngineError as error:
                answer, reason = None, str(error)
            else:
                reason = "not so"
            if answer:
                return answer
            if time.monotonic() > end:
                raise EngineError(f"{self.name}: after {PATIENCE} s: {reason}: {predicate} {given}")
            time.sleep(0.05)


class Chromium(Window):
    """A page of Playwright's."""

    name = "chromium"

    def __init__(self, page):
        self.page = page
        page.set_default_timeout(1000 * PATIENCE)

    def load(self, address):
        self.page.goto(address)

    def run(self, function, *given):
        try:
            return self.page.evaluate(f"given => ({function})(...given)", list(given))
        except Error as error:
            raise EngineError(f"Chromium: {error}") from None

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def click_at(self, x, y):
        self.page.mouse.click(x, y)

    def download(self, selector):
        with self.page.expect_download() as waiting:
            self.click(selector)
        return waiting.value.path().read_bytes()


class Driven(Window):
    """An engine that takes WebDriver's actions: it defines `actions`, and puts what it downloads into the folder `downloads`."""

    downloads: Path

    def actions(self, sources):
        raise NotImplementedError

    def download(self, selector):
        for former in self.downloads.iterdir():
            former.unlink()  # WebKit writes over a file of the same name
        self.click(selector)
        end, last = time.monotonic() + PATIENCE, None
        while time.monotonic() < end:
            sizes = {
                path: path.stat().st_size for path in self.downloads.iterdir() if path.exists()
            }
            if len(sizes) == 1 and min(sizes.values()) and sizes == last:
                return next(iter(sizes)).read_bytes()
            last = sizes
            time.sleep(0.3)
        raise EngineError(f"{self.name}: no file came of {selector}")

    def press(self, *keys):
        strokes = [
            {"type": kind, "value": KEYS.get(key, key)}
            for key in keys
            for kind in ("keyDown", "keyUp")
        ]
        self.actions([{"type": "key", "id": "keys", "actions": strokes}])

    def click_at(self, x, y):
        self.actions([{"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [
            {"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]}])  # fmt: skip


class Firefox(Driven):
    """Firefox over a BiDi websocket. `said` holds the errors of its console since the last `go`."""

    name = "firefox"

    def __init__(self, wire, downloads):
        self.wire, self.downloads, self.number, self.said = wire, downloads, 0, []
        self.call("session.new", capabilities={})
        self.call("session.subscribe", events=["log.entryAdded"])
        # The page of the first tab lacks the focus: it takes keys, but no button in it is pressed by Enter. A new tab has it.
        self.context = self.call("browsingContext.create", type="tab")["context"]
        self.call(
            "browsingContext.setViewport",
            context=self.context,
            viewport={"width": 1280, "height": 800},
        )

    def call(self, method, **params):
        self.number += 1
        self.wire.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            try:
                answer = json.loads(self.wire.recv(timeout=2 * PATIENCE))
            except TimeoutError:
                raise EngineError(f"Firefox does not answer {method}") from None
            if answer["type"] == "event":
                if answer["method"] == "log.entryAdded" and answer["params"]["level"] == "error":
                    self.said.append(answer["params"]["text"])
            elif answer["id"] == self.number:
                if answer["type"] == "error":
                    raise EngineError(
                        f"Firefox refuses {method}: {answer['error']}: {answer['message']}"
                    )
                return answer["result"]

    def load(self, address):
        self.said.clear()
        self.call("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def run(self, function, *given):
        answer = self.call("script.callFunction", target={"context": self.context}, awaitPromise=True,
                           functionDeclaration=f"async () => JSON.stringify(await ({function})(...{json.dumps(given)}) ?? null)")  # fmt: skip
        if answer["type"] == "exception":
            raise EngineError(f"Firefox: {answer['exceptionDetails']['text']}")
        return json.loads(answer["result"]["value"])

    def actions(self, sources):
        self.call("input.performActions", context=self.context, actions=sources)

    def pdf(self):
        """The page as printed, in bytes."""
        return base64.b64decode(self.call("browsingContext.print", context=self.context)["data"])


class WebKit(Driven):
    """WebKitGTK's MiniBrowser, driven over HTTP."""

    name = "webkit"

    def __init__(self, port, downloads):
        self.port, self.downloads, self.session = port, downloads, ""
        closed = {
            "proxyType": "manual",
            "httpProxy": "127.0.0.1:1",
            "sslProxy": "127.0.0.1:1",
            "noProxy": ["127.0.0.1"],
        }
        limits = {"script": 1000 * PATIENCE, "pageLoad": 1000 * PATIENCE}
        made = self.call(
            "POST",
            "/session",
            {"capabilities": {"alwaysMatch": {"proxy": closed, "timeouts": limits}}},
        )
        self.session = f"/session/{made['sessionId']}"
        self.call("POST", "/window/rect", {"width": 1280, "height": 900})

    def call(self, method, path, body=None):
        with closing(
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=2 * PATIENCE)
        ) as wire:
            try:
                wire.request(
                    method,
                    self.session + path,
                    json.dumps(body or {}) if method == "POST" else None,
                )
                answer = json.loads(wire.getresponse().read())["value"]
            except TimeoutError:
                raise EngineError(f"WebKit does not answer {path}") from None
        if isinstance(answer, dict) and "error" in answer:
            raise EngineError(f"WebKit refuses {path}: {answer['error']}: {answer['message']}")
        return answer

    def load(self, address):
        self.call("POST", "/url", {"url": address})

    def run(self, function, *given):
        script = (f"const tell = arguments[arguments.length - 1], given = {json.dumps(given)};"
                  f"(async () => JSON.stringify(await ({function})(...given) ?? null))().then(value => tell({{ value }}), error => tell({{ thrown: String(error) }}));")  # fmt: skip
        answer = self.call("POST", "/execute/async", {"script": script, "args": []})
        if "thrown" in answer:
            raise EngineError(f"WebKit: {answer['thrown']}")
        return json.loads(answer["value"])

    def actions(self, sources):
        self.call("POST", "/actions", {"actions": sources})


# --- starting and ending --------------------------------------------------------------------------------------------
# Runs its arguments and ends, with all they started, when they end or when its input does: when we do, even if we are killed.
GUARD = '{ "$@"; kill 0; } & read -r _; kill 0'


@contextmanager
def running(command, log, **options):
    """A process with a group of its own, all of which ends with the block."""
    with open(log, "wb") as out:
        process = subprocess.Popen(
            ["sh", "-c", GUARD, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            start_new_session=True,
            **options,
        )
    try:
        yield process
    finally:
        process.stdin.close()
        for force in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, force)
                process.wait(timeout=10)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue


@contextmanager
def folder():
    """A folder for what a browser writes; gone after the block, whatever its last processes still put there."""
    path = Path(tempfile.mkdtemp(prefix="emergence-engine-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def until(ready, process, log, what):
    """What `ready()` answers once it is true, while the process lives."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if answer := ready():
            return answer
        time.sleep(0.05)
    raise EngineError(f"{what} did not start: {Path(log).read_text('utf-8', 'replace')[-1000:]}")


PREFERENCES = {
    # Everything but this machine goes to a closed port.
    "network.proxy.type": 1, "network.proxy.http": "127.0.0.1", "network.proxy.http_port": 1, "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 1,
    "network.proxy.no_proxies_on": "127.0.0.1", "network.trr.mode": 5,
    # And Firefox need not try.
    "app.normandy.enabled": False, "app.update.disabledForTesting": True, "browser.region.network.url": "", "browser.safebrowsing.blockedURIs.enabled": False,
    "browser.safebrowsing.downloads.enabled": False, "browser.safebrowsing.malware.enabled": False, "browser.safebrowsing.phishing.enabled": False,
    "browser.search.update": False, "datareporting.policy.dataSubmissionEnabled": False, "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False, "extensions.update.enabled": False, "messaging-system.rsexperimentloader.enabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False, "services.settings.server": "data:,",
    "toolkit.telemetry.enabled": False, "toolkit.telemetry.server": "",
    # One blank window, in which nothing is asked.
    "browser.shell.checkDefaultBrowser": False, "browser.startup.homepage_override.mstone": "ignore", "browser.startup.page": 0,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True, "startup.homepage_welcome_url": "about:blank",
    "toolkit.startup.max_resumed_crashes": -1,
    # The list of downloads would open after one and keep the focus.
    "browser.download.alwaysOpenPanel": False,
}  # fmt: skip


@contextmanager
def firefox():
    """A headless Firefox with a new profile. Raises NoBrowser where there is none."""
    program = find(FIREFOX)
    with folder() as profile:
        downloads = profile / "downloads"
        downloads.mkdir()
        preferences = PREFERENCES | {
            "browser.download.folderList": 2,
            "browser.download.dir": str(downloads),
        }
        (profile / "user.js").write_text(
            "".join(
                f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in preferences.items()
            )
        )
        log = profile / "log"
        command = [
            program,
            "--headless",
            "--no-remote",
            "--profile",
            str(profile),
            "--remote-debugging-port",
            "0",
        ]
        with running(
            command, log, env=os.environ | {"MOZ_HEADLESS": "1", "MOZ_CRASHREPORTER_DISABLE": "1"}
        ) as process:
            said = until(
                lambda: re.search(
                    r"WebDriver BiDi listening on (ws://\S+)", log.read_text("utf-8", "replace")
                ),
                process,
                log,
                "Firefox",
            )
            with connect(
                f"{said[1]}/session", proxy=None, max_size=None, ping_interval=None, close_timeout=1
            ) as wire:
                yield Firefox(wire, downloads)


@contextmanager
def webkit():
    """A WebKitGTK on a screen in memory, with a home of its own. Raises NoBrowser where driver or screen is missing."""
    driver, screen = find(WEBKIT_DRIVER), find(XVFB)
    with ExitStack() as stack:
        home = stack.enter_context(folder())
        downloads = home / "Downloads"
        downloads.mkdir()
        (home / "user-dirs.dirs").write_text(f'XDG_DOWNLOAD_DIR="{downloads}"\n')
        number = stack.enter_context(display(screen, home / "screen.log"))
        # No session of the desktop, no accessibility bus: nothing but what was started here.
        env = {
            k: v
            for k, v in os.environ.items()
            if k not in ("WAYLAND_DISPLAY", "XDG_SESSION_TYPE") and not k.lower().endswith("_proxy")
        }
        env |= {"DISPLAY": f":{number}", "GDK_BACKEND": "x11", "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home),
                "NO_AT_BRIDGE": "1", "DBUS_SESSION_BUS_ADDRESS": "disabled:"}  # fmt: skip
        log = home / "driver.log"
        port = free_port()
        process = stack.enter_context(running([driver, f"--port={port}"], log, env=env))
        until(lambda: answers(port), process, log, "WebKit's driver")
        window = WebKit(port, downloads)
        stack.callback(window.call, "DELETE", "")
        yield window


@contextmanager
def display(screen, log):
    """The number of an X display in memory, one that was free."""
    told, tell = os.pipe()
    try:
        command = [
            screen,
            "-displayfd",
            str(tell),
            "-screen",
            "0",
            "1400x1000x24",
            "-nolisten",
            "tcp",
        ]
        with running(command, log, pass_fds=(tell,)):
            os.close(tell)
            tell = None
            number = os.read(told, 20).decode().strip()  # empty if it ended without one
            if not number:
                raise EngineError(
                    f"Xvfb did not start: {log.read_text('utf-8', 'replace')[-1000:]}"
                )
            yield number
    finally:
        for end in filter(None, (told, tell)):
            os.close(end)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    """Does a WebDriver listen there?"""
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as wire:
            wire.request("GET", "/status")
            return json.loads(wire.getresponse().read())["value"]["ready"]
    except OSError:
        return False


ENGINES = {"firefox": firefox, "webkit": webkit}


# How Chromium is started: without a window, and quiet on the network.
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--disable-quic"]  # fmt: skip
