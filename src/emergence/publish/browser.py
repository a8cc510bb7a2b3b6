"""Find the browsers of the tests; ``python -m emergence.publish.browser --install [name …]`` gets those that are missing.

Chromium runs all tests and prints the PDF. Firefox and WebKitGTK (the engine of Safari, in the build that Linux has) run
`tests/test_engines.py`; WebKitGTK's driver opens a window, so it needs Xvfb, a screen in memory.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass


class NoBrowser(RuntimeError):
    """A program was not found, or could not be installed; the message says what to do."""


@dataclass(eq=False)
class Program:
    """A program the tests run: the names and places it may have, and what brings it."""

    title: str
    variable: str
    """The environment variable that names it."""
    names: tuple
    advice: str
    packages: tuple
    """Debian's packages for it, with what a bare system lacks besides."""
    places: tuple = ()
    probe: tuple = ("--version",)
    """Arguments with which it says something and ends."""


CHROMIUM = Program(
    "Chromium", "CHROMIUM", ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"),
    "The browser tests need Chromium or Chrome and found none; install one (Debian/Ubuntu: `apt-get install chromium`; "
    "elsewhere: `playwright install --with-deps chromium` or google.com/chrome), or name it in the variable CHROMIUM.",
    packages=("chromium", "fonts-dejavu-core"),
    places=("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium"),
    probe=("--version", "--no-sandbox"),
)  # fmt: skip
LEAVE_OUT = "leave these tests out with `make test T='-m \"not engines\"'`"
FIREFOX = Program(
    "Firefox", "FIREFOX", ("firefox-esr", "firefox"),
    "The tests in other engines need Firefox and found none; install it (Debian: `apt-get install firefox-esr`; elsewhere: "
    f"firefox.com, but not as a snap, which cannot read the tests' folders), name it in the variable FIREFOX, or {LEAVE_OUT}.",
    packages=("firefox-esr", "fonts-dejavu-core"),
    places=("/Applications/Firefox.app/Contents/MacOS/firefox",),
)  # fmt: skip
WEBKIT_DRIVER = Program(
    "WebKitGTK's driver", "WEBKIT_DRIVER", ("WebKitWebDriver",),
    "The tests in other engines need WebKitWebDriver and found none; install it (Debian/Ubuntu: `apt-get install "
    f"webkit2gtk-driver xvfb`; only Linux has it), name it in the variable WEBKIT_DRIVER, or {LEAVE_OUT}.",
    packages=("webkit2gtk-driver", "fonts-dejavu-core"),
    probe=("--help",),
)  # fmt: skip
XVFB = Program(
    "Xvfb", "XVFB", ("Xvfb",),
    "The tests in WebKitGTK need Xvfb, a screen in memory, and found none; install it (Debian/Ubuntu: `apt-get install xvfb`), "
    f"name it in the variable XVFB, or {LEAVE_OUT}.",
    packages=("xvfb",),
    probe=("-help",),
)  # fmt: skip
PROGRAMS = {"chromium": CHROMIUM, "firefox": FIREFOX, "webkit": WEBKIT_DRIVER, "xvfb": XVFB}


def find(program):
    """Return the path of a program: what its variable names, else one on PATH or in its usual places.

    Raises NoBrowser when there is none, or when the variable names no program.
    """
    if named := os.environ.get(program.variable):
        if found := shutil.which(named):
            return found
        raise NoBrowser(
            f"The variable {program.variable} names {named!r}, which is not a program; correct or unset it."
        )
    for candidate in filter(None, [*map(shutil.which, program.names), *program.places]):
        if works(candidate, program.probe):
            return candidate
    if program is CHROMIUM and (own := playwrights_own()) and works(own, program.probe):
        return own
    raise NoBrowser(program.advice)


def chromium():
    """Return the path of a Chromium; see `find`. Playwright's own is the last choice."""
    return find(CHROMIUM)


def playwrights_own():
    """Where Playwright would put its Chromium; the file need not exist. Empty without Playwright."""
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    # Asked in a process of its own: inside a running event loop (a test, a notebook) Playwright refuses to start.
    return subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True
    ).stdout.strip()


def works(path, probe):
    """Does the program start? On Ubuntu `chromium-browser` and `firefox` can be scripts that only say to install a snap."""
    try:
        asked = subprocess.run([path, *probe], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def install(program=CHROMIUM):
    """Return the path of a program, installing it if there is none: as root by apt-get; Chromium else by Playwright.

    Raises NoBrowser when no way leads to one.
    """
    try:
        return find(program)
    except NoBrowser:
        if program.variable in os.environ:
            raise
    ways = []
    if shutil.which("apt-get") and os.geteuid() == 0:
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        ways = [[*apt, "update"], [*apt, "install", "-y", *program.packages]]
    if (
        program is CHROMIUM
    ):  # a bare system also lacks Chromium's libraries: as root Playwright asks apt for them
        ways.append(
            [
                sys.executable,
                "-m",
                "playwright",
                "install",
                "chromium",
                *(["--with-deps"] if ways else []),
            ]
        )
    for way in ways:
        print(
            f"Installing {program.title} for the browser tests: {' '.join(way)}",
            file=sys.stderr,
            flush=True,
        )
        subprocess.run(way, stdout=sys.stderr, check=False)
        try:
            return find(program)
        except NoBrowser:
            pass
    raise NoBrowser(program.advice)


def main(arguments):
    """Print where the programs are. Without Chromium there is nothing to be done; another that is missing is told of, no more."""
    get = install if "--install" in arguments else find
    named = [a for a in arguments if a != "--install"] or list(PROGRAMS)
    if unknown := set(named) - set(PROGRAMS):
        sys.exit(f"There is no {sorted(unknown)[0]!r} to find; there is: {', '.join(PROGRAMS)}.")
    for name in named:
        try:
            print(get(PROGRAMS[name]))
        except NoBrowser as error:
            if name == "chromium":
                sys.exit(str(error))
            print(error, file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
