"""Find a Chromium for the browser tests; ``python -m emergence.site.browser --install`` gets one if there is none."""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
ADVICE = (
    "The browser tests need Chromium or Chrome and found none; install one (Debian/Ubuntu: `apt-get install chromium`; "
    "elsewhere: `playwright install --with-deps chromium` or google.com/chrome), or name it in the variable CHROMIUM."
)


class NoBrowser(RuntimeError):
    """No Chromium was found and none could be installed."""


def chromium():
    """Return the path of a Chromium: the variable CHROMIUM, else one on PATH, else Playwright's own.

    Raises NoBrowser when there is none, or when CHROMIUM names no program.
    """
    if named := os.environ.get("CHROMIUM"):
        if found := shutil.which(named):
            return found
        raise NoBrowser(f"The variable CHROMIUM names {named!r}, which is not a program; correct or unset it.")
    for candidate in filter(None, [*map(shutil.which, NAMES), *PLACES]):
        if works(candidate):
            return candidate
    if (own := playwrights_own()) and works(own):
        return own
    raise NoBrowser(ADVICE)


def playwrights_own():
    """Where Playwright would put its Chromium; the file need not exist. Empty without Playwright."""
    ask = "from playwright.sync_api import sync_playwright as s\nwith s() as p: print(p.chromium.executable_path)"
    # Asked in a process of its own: inside a running event loop (a test, a notebook) Playwright refuses to start.
    return subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True).stdout.strip()


def works(path):
    """Does the program start? Ubuntu's `chromium-browser` can be a script that only says to install a snap."""
    try:
        asked = subprocess.run([path, "--version", "--no-sandbox"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def install():
    """Return the path of a Chromium, installing one if there is none: as root by apt-get, else by Playwright.

    Raises NoBrowser when neither way leads to one.
    """
    try:
        return chromium()
    except NoBrowser:
        if "CHROMIUM" in os.environ:
            raise
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get") and os.geteuid() == 0:  # a bare system also lacks Chromium's libraries: apt brings them
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        ways = [[*apt, "update"], [*apt, "install", "-y", "chromium", "fonts-dejavu-core"], [*ways[0], "--with-deps"]]
    for way in ways:
        print(f"Installing Chromium for the browser tests: {' '.join(way)}", file=sys.stderr, flush=True)
        subprocess.run(way, stdout=sys.stderr, check=False)
        try:
            return chromium()
        except NoBrowser:
            pass
    raise NoBrowser(ADVICE)


if __name__ == "__main__":
    try:
        print(install() if "--install" in sys.argv[1:] else chromium())
    except NoBrowser as error:
        sys.exit(str(error))
