"""Build the book into ``_build/html``, completely or not at all.

Jupyter Book writes into ``_build/work``. Only a build without a single warning is copied out and swapped in by
renaming directories, so a failure or Ctrl-C leaves the site of the last good build untouched.
"""

import errno
import hashlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ModuleNotFoundError:  # Windows, which lacks what `run`, `stop` and `publish` need too
    fcntl = None

ROOT = Path(__file__).resolve().parents[3]
# All a page can depend on. The second group also decides whether the work of the last build can be built upon.
SOURCES = ("book", "data", "src")
SETTINGS = ("_config.yml", "_toc.yml", "requirements.txt")
NOT_SOURCES = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}


class BuildError(RuntimeError):
    """The book could not be built; the message says why in words for the reader of a terminal."""


def build(root=ROOT, *, wait=False, command=None, out=None):
    """Build the book at `root` if anything changed, and return the path of its ``index.html``.

    wait: queue behind a build that is already running instead of refusing.
    command: function (root, work) → argument list of the program that writes ``work/_build/html``;
        Jupyter Book by default.
    out: text stream for progress; standard output by default.
    Raises BuildError when a build is running, the sources are missing, the disk is full, the build fails or the system is Windows.
    """
    able()
    try:
        return _build(Path(root).resolve(), wait, command or jupyter_book, out or sys.stdout)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        place = error.filename or Path(root).resolve() / "_build"
        raise BuildError(
            f"{place} cannot be written ({error.strerror}). The site of the last good build, if any, is unchanged."
        ) from None


def _build(root, wait, command, out):
    for name in ("book", *SETTINGS):
        if not (root / name).exists():
            raise BuildError(
                f"{root} has no {name}, so it is not a checkout of the book; build from the checkout."
            )
    folder = root / "_build"
    site, work, unfinished, state = (
        folder / n for n in ("html", "work", "unfinished", "state.json")
    )
    folder.mkdir(exist_ok=True)
    with lock(folder / "lock", wait) as held:
        recover(site)
        settings, everything = fingerprint(root, SETTINGS), fingerprint(root, SETTINGS + SOURCES)
        last = read_state(state)
        index = site / "index.html"
        if index.is_file() and last.get("everything") == everything:
            print(f"Nothing changed since the last build. Open {index.as_uri()}", file=out)
            return index
        # Sphinx warns only about pages it reads, so after a failure everything must be read again.
        if unfinished.exists():
            print("The last build did not finish; starting from nothing.", file=out)
        if unfinished.exists() or last.get("settings") != settings:
            shutil.rmtree(work, ignore_errors=True)
        unfinished.touch()
        seconds = run(command(root, work), folder, held, out)
        publish(work / "_build" / "html", site)
        write_state(state, {"settings": settings, "everything": everything})
        unfinished.unlink()
    print(f"Built in {seconds:.0f} s. Open {index.as_uri()}", file=out)
    return index


def clean(root=ROOT):
    """Delete everything a build has made; raises BuildError while a build is running, and on Windows."""
    able()
    folder = Path(root).resolve() / "_build"
    if folder.exists():
        with lock(folder / "lock"):
            shutil.rmtree(folder)


def able():
    """Raises BuildError where the system cannot lock a file for a process and stop a process with its children, as a build does."""
    if fcntl is None:
        raise BuildError(
            "Building and cleaning the book needs Linux, macOS or, on Windows, WSL; data, figures, notebooks and `serve` work here."
        )


def jupyter_book(root, work):
    """The command that builds the book at `root` into ``work/_build/html``; any warning makes it fail."""
    start = "from jupyter_book.cli.main import main; main()"  # not bin/jupyter-book: it breaks when the checkout moves
    return [
        sys.executable,
        "-c",
        start,
        "build",
        str(root),
        "--path-output",
        str(work),
        "-W",
        "--keep-going",
    ]


def fingerprint(root, names):
    """SHA-256 over the Python version and the names and bytes of the files `names` (files or folders) in `root`."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for name in names:
        top = root / name
        for path in [top] if top.is_file() else sorted(p for p in top.rglob("*") if p.is_file()):
            if NOT_SOURCES.isdisjoint(path.relative_to(root).parts):
                data = path.read_bytes()
                digest.update(f"{path.relative_to(root)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


@contextmanager
def lock(path, wait=False):
    """Hold the file lock at `path`; raises BuildError if another process holds it and `wait` is false.

    The kernel releases the lock when its holder dies, so no stale lock can remain.
    """
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise BuildError(
                f"Another build of this book is running (process {holder}); wait for it or stop it."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield file


def read_state(path):
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):  # no build yet, or the disk was full: build again
        return {}


def write_state(path, value):
    new = path.with_suffix(".new")
    new.write_text(json.dumps(value), "utf-8")
    os.replace(new, path)


def publish(built, site):
    """Replace the folder `site` by a copy of `built`, by renaming, so that no reader meets half a site."""
    if not (built / "index.html").is_file():
        raise BuildError(f"The build reported success but wrote no {built / 'index.html'}.")
    new, old = site.with_name(site.name + ".new"), site.with_name(site.name + ".old")
    shutil.rmtree(new, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    try:
        shutil.copytree(built, new)
    except (
        shutil.Error
    ) as error:  # copytree goes on after a file that fails, and tells all of them at the end
        shutil.rmtree(new, ignore_errors=True)
        source, target, why = error.args[0][0]
        raise BuildError(
            f"{target} cannot be written ({why}). The site of the last good build, if any, is unchanged."
        ) from None
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        if site.exists():
            site.rename(old)
        new.rename(site)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    shutil.rmtree(old, ignore_errors=True)


def recover(site):
    """Put back the old site if a run was killed between the two renames of `publish`."""
    old = site.with_name(site.name + ".old")
    if old.exists() and not site.exists():
        old.rename(site)


def environment(folder):
    """Environment variables for the build: Jupyter and IPython keep to `folder`, whatever HOME is."""
    home = folder / "home"
    own = {
        "JUPYTER_CONFIG_DIR": home / "jupyter" / "config",
        "JUPYTER_DATA_DIR": home / "jupyter" / "data",
        "JUPYTER_RUNTIME_DIR": home / "jupyter" / "runtime",
        "IPYTHONDIR": home / "ipython",
        "XDG_CACHE_HOME": home / "cache",
        "OPENBLAS_NUM_THREADS": 1,  # the fits are small; waking threads for them costs more than it brings
        "PYTHONUTF8": 1,  # chapters are UTF-8 also where the locale is C
        "PYTHONUNBUFFERED": 1,  # else progress arrives in blocks
        "PYDEVD_DISABLE_FILE_VALIDATION": 1,  # else every kernel warns about its debugger
        "NO_COLOR": 1,
    }
    (home / "ipython").mkdir(
        parents=True, exist_ok=True
    )  # IPython creates the folder but not its parents
    return os.environ | {k: str(v) for k, v in own.items()}


def run(command, folder, held, out):
    """Run the build `command` with its progress on `out` and its words in ``build.log``; return the seconds it took.

    held: the open lock file, which the child inherits, so that the lock lives as long as either of us.

    Raises BuildError with the warnings if it fails. KeyboardInterrupt stops it with all its children.
    """
    log, progress = folder / "build.log", Progress(out)
    with open(log, "w", encoding="utf-8") as file:
        # A session of its own: Ctrl-C reaches us alone, and we stop the whole group.
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[held.fileno()],
        )
        rest = b""
        try:
            while True:
                if select.select([child.stdout], [], [], 1.0)[0]:
                    block = os.read(child.stdout.fileno(), 65536)
                    if not block:
                        break
                    *lines, rest = re.split(rb"[\r\n]+", rest + block)
                    for line in lines:
                        line = plain(line.decode("utf-8", "replace"))
                        print(line, file=file, flush=True)
                        progress.line(line)
                progress.tick()
            status = child.wait()
        finally:
            stop(child)
            progress.end()
    if status:
        reports = sorted((folder / "work" / "_build" / "html" / "reports").rglob("*.log"))
        said = complaints(
            log.read_text("utf-8"), [r.read_text("utf-8", "replace") for r in reports]
        )
        raise BuildError(
            f"{said}\nThe book was not built; the site of the last good build, if any, is unchanged. Log: {log}"
        )
    return progress.seconds()


def stop(child):
    """End `child` and its process group, politely first."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        if child.poll() is None:
            os.killpg(child.pid, sig)
            with suppress(subprocess.TimeoutExpired):
                child.wait(5)
    child.stdout.close()


def complaints(log, reports=(), limit=20):
    """What a failed build complained about: its warnings and errors, else its last lines, then failing cells' ends."""
    lines = [line for line in log.splitlines() if line.strip()]
    found = [
        line
        for line in lines
        if re.search(r"\b(WARNING|ERROR|CRITICAL|SEVERE): |^\w[\w.]*(Error|Exception): \S", line)
    ]
    shown = found[-limit:] if found else lines[-limit:]
    if len(found) > limit:
        shown.insert(0, f"({len(found) - limit} earlier complaints are in the log)")
    for report in reports:
        shown += [line for line in plain(report).splitlines() if line.strip()][-limit // 2 :]
    return "\n".join(shown)


def plain(text):
    """`text` without terminal colors."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


class Progress:
    """Shows what Sphinx is doing: one line that rewrites itself on a terminal, else one line per step."""

    STEP = re.compile(r"(reading sources|writing output|copying images)\.\.\. \[ *(\d+)%\] *(\S*)")
    VERB = {"reading sources": "reading", "writing output": "writing", "copying images": "copying"}

    def __init__(self, out):
        self.out, self.tty, self.start, self.label, self.shown = (
            out,
            out.isatty(),
            time.monotonic(),
            "starting",
            0,
        )

    def seconds(self):
        return time.monotonic() - self.start

    def line(self, line):
        if step := self.STEP.search(line):
            self.label = f"{self.VERB[step[1]]} {step[3]} ({step[2]}%)"
        elif "Starting inline execution" in line:
            self.label = self.label.replace("reading", "executing", 1)
        else:
            return
        if not self.tty:
            print(f"{self.seconds():4.0f} s  {self.label}", file=self.out, flush=True)
        self.shown = -1

    def tick(self):
        """Called at least every second; a terminal sees the seconds run."""
        if self.tty and self.shown != int(self.seconds()):
            self.shown = int(self.seconds())
            width = shutil.get_terminal_size().columns - 1
            print(
                "\r\x1b[K" + f"{self.shown:4d} s  {self.label}"[:width],
                end="",
                file=self.out,
                flush=True,
            )

    def end(self):
        if self.tty:
            print("\r\x1b[K", end="", file=self.out, flush=True)
