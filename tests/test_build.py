"""The build, the commands and the packaging: what can go wrong between a checkout and a published site."""

import ast
import gzip
import http.client
import io
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import textwrap
import threading
import time
import tomllib
import urllib.error
import urllib.request
import zipfile
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from emergence.publish import browser, serve
from emergence.publish.build import (
    ROOT,
    BuildError,
    Progress,
    build,
    clean,
    complaints,
    lock,
    publish,
)

# ---------------------------------------------------------------- build


@pytest.fixture
def book(tmp_path):
    """A checkout with one chapter, data and code; Jupyter Book is replaced by `write_site` in most tests."""
    root = tmp_path / "ein Büchlein"
    for name, text in {
        "_config.yml": "title: T\n", "_toc.yml": "root: book/one\n", "requirements.txt": "", "book/one.md": "first",
        "data/table.csv": "a\n1\n", "src/emergence/laws.py": "x = 1\n", "src/emergence/__pycache__/laws.pyc": "1",
    }.items():  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


def write_site(root, work):
    """Stands in for Jupyter Book: copies the chapter, logs whether it started from nothing."""
    return [sys.executable, "-c", textwrap.dedent("""
        import sys; from pathlib import Path
        root, work = map(Path, sys.argv[1:])
        with open(root / "runs", "a") as runs: print("again" if work.exists() else "fresh", file=runs)
        html = work / "_build" / "html"; html.mkdir(parents=True, exist_ok=True)
        text = (root / "book" / "one.md").read_text("utf-8")
        (html / "index.html").write_text(text, "utf-8")
        if text == "broken": sys.exit("book/one.md:3: WARNING: undefined label: 'fig-x'")
    """), str(root), str(work)]  # fmt: skip


def make(root, **options):
    out = io.StringIO()
    index = build(root, command=options.pop("command", write_site), out=out, **options)
    return index, out.getvalue()


def runs(root):
    return (root / "runs").read_text().split()


def test_a_second_build_does_nothing_and_says_where_the_book_is(book):
    index, said = make(book)
    assert index.read_text("utf-8") == "first" and said.endswith(f"Open {index.as_uri()}\n")
    os.utime(book / "book" / "one.md")  # a new date is not a change
    (book / "src/emergence/__pycache__/laws.pyc").write_text("2")
    assert make(book) == (index, f"Nothing changed since the last build. Open {index.as_uri()}\n")
    assert runs(book) == ["fresh"]


@pytest.mark.parametrize(
    "name", ["book/one.md", "data/table.csv", "src/emergence/laws.py", "book/new.md"]
)
def test_a_changed_source_is_built_upon_the_last_work(book, name):
    make(book)
    (book / name).write_text("other", "utf-8")
    make(book)
    assert runs(book) == ["fresh", "again"]


@pytest.mark.parametrize("name", ["_config.yml", "_toc.yml", "requirements.txt"])
def test_a_changed_setting_starts_from_nothing(book, name):
    make(book)
    (book / name).write_text("other", "utf-8")
    make(book)
    assert runs(book) == ["fresh", "fresh"]


def test_a_lost_site_is_built_again(book):
    index, _ = make(book)
    shutil.rmtree(index.parent)
    assert make(book)[0].is_file()


def test_a_failed_build_keeps_the_old_site_and_forces_a_fresh_one(book):
    index, _ = make(book)
    (book / "book/one.md").write_text("broken", "utf-8")
    for _ in range(
        2
    ):  # the fault is still there on a second try, also for a tool that warns only once
        with pytest.raises(BuildError) as error:
            make(book)
        assert "book/one.md:3: WARNING: undefined label: 'fig-x'" in str(error.value)
        assert str(book / "_build" / "build.log") in str(error.value)
        assert index.read_text("utf-8") == "first"
    (book / "book/one.md").write_text("mended", "utf-8")
    assert make(book)[0].read_text("utf-8") == "mended"
    assert runs(book) == ["fresh", "again", "fresh", "fresh"]


def test_a_program_that_writes_no_site_is_a_failure(book):
    with pytest.raises(BuildError, match="reported success but wrote no .*index.html"):
        make(book, command=lambda root, work: [sys.executable, "-c", ""])


def test_sources_must_be_there(tmp_path):
    with pytest.raises(BuildError, match="has no book, so it is not a checkout"):
        build(tmp_path)


HANG = """
import signal, sys; from pathlib import Path; sys.path[:0] = [sys.argv[2]]
signal.signal(signal.SIGINT, signal.default_int_handler)  # a test run in the background inherits that Ctrl-C is ignored
from emergence.publish.build import build
half = '''
import os, sys, time; from pathlib import Path
html = Path(sys.argv[1]) / "_build" / "html"; html.mkdir(parents=True); (html / "index.html").write_text("half")
(Path(sys.argv[1]).parent / "child").write_text(str(os.getpid())); time.sleep(60)
'''
build(Path(sys.argv[1]), command=lambda root, work: [sys.executable, "-c", half, str(work)])
"""


@pytest.fixture
def hanging(book):
    """A build of `book` in another process that never ends, over a finished site; (process, pid of its child)."""
    make(book)
    (book / "book/one.md").write_text("second", "utf-8")
    (book / "_toc.yml").write_text("other")
    process = subprocess.Popen(
        [sys.executable, "-c", HANG, str(book), str(ROOT / "src")], stderr=subprocess.DEVNULL
    )
    child = book / "_build" / "child"
    while not (child.exists() and child.read_text()):
        assert process.poll() is None
        time.sleep(0.02)
    yield process, int(child.read_text())
    process.kill()
    process.wait()


def gone(pid):
    try:
        os.kill(pid, 0)
        return False
    except ProcessLookupError:
        return True


def test_control_c_stops_everything_and_keeps_the_old_site(book, hanging):
    process, child = hanging
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0 and gone(child)
    assert (book / "_build/html/index.html").read_text() == "first"
    index, said = make(book)
    assert said.startswith("The last build did not finish; starting from nothing.")
    assert index.read_text() == "second" and runs(book) == ["fresh", "fresh"]


def test_two_builds_never_run_at_once(book, hanging):
    process, child = hanging
    with pytest.raises(
        BuildError, match=rf"Another build of this book is running \(process {process.pid}\)"
    ):
        make(book)
    process.kill()  # even killed outright, its child still writes: the lock stays with the child
    process.wait()
    with pytest.raises(BuildError, match="Another build"):
        make(book)
    os.killpg(child, signal.SIGKILL)
    assert make(book, wait=True)[0].read_text() == "second"


def test_a_build_can_wait_for_another(book):
    (book / "_build").mkdir()
    done = []
    with lock(book / "_build" / "lock"):
        waiting = threading.Thread(target=lambda: done.append(make(book, wait=True)))
        waiting.start()
        waiting.join(0.3)
        assert not done and not (book / "runs").exists()
    waiting.join(60)
    assert done


def test_a_site_lost_between_the_two_renames_comes_back(book):
    index, _ = make(book)
    index.parent.rename(
        index.parent.with_name("html.old")
    )  # where a kill at the worst moment leaves it
    make(book)
    assert index.read_text() == "first" and runs(book) == ["fresh"]


def test_publishing_replaces_the_whole_folder(tmp_path):
    for name in (
        "built/index.html",
        "html/index.html",
        "html/removed-chapter.html",
        "html.new/left-over.html",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    publish(tmp_path / "built", tmp_path / "html")
    assert [p.name for p in (tmp_path / "html").iterdir()] == ["index.html"]
    assert (tmp_path / "html/index.html").read_text() == "built/index.html"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["built", "html"]


def test_clean_deletes_what_was_built_and_nothing_else(book):
    make(book)
    clean(book)
    assert not (book / "_build").exists() and (book / "book/one.md").exists()


def test_complaints_are_the_warnings_and_not_the_kernels_chatter():
    log = "\n".join([
        "[IPKernelApp] WARNING | Kernel is running over TCP without encryption.", "reading sources... [ 50%] book/a",
        "book/a.md:12: WARNING: Executing notebook failed", "AttributeError: module 'x' has no attribute 'y'", "build finished",
    ])  # fmt: skip
    assert complaints(
        log, ["\x1b[31mNameError\x1b[0m: name 'z' is not defined\n\n"]
    ).splitlines() == [
        "book/a.md:12: WARNING: Executing notebook failed",
        "AttributeError: module 'x' has no attribute 'y'",
        "NameError: name 'z' is not defined",
    ]
    many = complaints("\n".join(f"a.md:{i}: WARNING: w" for i in range(30)), limit=20).splitlines()
    assert (
        many[0] == "(10 earlier complaints are in the log)"
        and many[-1] == "a.md:29: WARNING: w"
        and len(many) == 21
    )
    assert complaints("no\nwarning\nhere", limit=2) == "warning\nhere"


SPHINX_SAYS = [
    "Running Sphinx v7.4.7",
    "reading sources... [ 33%] book/emergence",
    "/a/book/emergence.md: Starting inline execution client [mystnb]",
    "writing output... [100%] book/emergence",
]


def test_progress_in_a_log_is_one_line_per_step():
    out = io.StringIO()
    progress = Progress(out)
    for line in SPHINX_SAYS:
        progress.line(line)
        progress.tick()
    progress.end()
    assert re.sub(r" +\d+ s  ", "", out.getvalue()).splitlines() == [
        "reading book/emergence (33%)", "executing book/emergence (33%)", "writing book/emergence (100%)",
    ]  # fmt: skip


def test_progress_on_a_terminal_rewrites_one_line():
    out = io.StringIO()
    out.isatty = lambda: True
    progress = Progress(out)
    for line in SPHINX_SAYS:
        progress.line(line)
        progress.tick()
    progress.end()
    assert "\n" not in out.getvalue() and out.getvalue().endswith("\r\x1b[K")
    assert "executing book/emergence" in out.getvalue()


CHAPTER = """---
file_format: mystnb
kernelspec: {{name: python3, display_name: Python 3}}
---
# Größe

```{{code-cell}}
answer = {code}
```
It is {{eval}}`answer`.
"""


NO_NETWORK = """
import socket
connect = socket.socket.connect
def refuse(self, address):
    if self.family != getattr(socket, "AF_UNIX", None) and not str(address[0]).startswith(("127.", "localhost", "::1")):
        open({log!r}, "a").write(f"{{address}}\\n")
        raise OSError(101, "Network is unreachable")
    return connect(self, address)
socket.socket.connect = refuse
"""


def test_a_real_book_builds_anywhere_and_a_failing_cell_fails_it(book, monkeypatch, tmp_path):
    """Jupyter Book itself: a path with spaces and umlauts, no usable HOME, no network, another working folder."""
    monkeypatch.setenv("HOME", "/nonexistent")
    offline, asked = tmp_path / "offline", tmp_path / "asked"
    offline.mkdir()
    (offline / "sitecustomize.py").write_text(NO_NETWORK.format(log=str(asked)))
    monkeypatch.setenv("PYTHONPATH", str(offline))
    monkeypatch.chdir("/")
    (book / "_toc.yml").write_text("format: jb-book\nroot: book/one\n")
    (book / "_config.yml").write_text(
        "title: T\nonly_build_toc_files: true\nexclude_patterns: [_build]\nexecute: {execute_notebooks: inline}\n"
        "launch_buttons: {thebe: false}\nhtml: {use_multitoc_numbering: false}\n"
    )
    (book / "book/one.md").write_text(CHAPTER.format(code="6 * 7"), "utf-8")
    out = io.StringIO()
    index = build(book, out=out)
    page = index.with_name("book") / "one.html"
    assert re.search(
        r"It is\s+(<span[^>]*>)?42", page.read_text("utf-8")
    ) and "Größe" in page.read_text("utf-8")
    assert "executing book/one" in out.getvalue()
    assert "not a writable location" not in (book / "_build/build.log").read_text(
        "utf-8"
    )  # IPython, about its folder
    assert not asked.exists(), asked.read_text()
    probe = subprocess.run(
        [sys.executable, "-c", "import socket; socket.create_connection(('192.0.2.1', 80), 5)"],
        capture_output=True,
        text=True,
    )
    assert "unreachable" in probe.stderr and asked.exists(), (
        "the guard stands in every Python the build starts"
    )
    before = page.read_bytes()
    (book / "book/one.md").write_text(CHAPTER.format(code="6 * sevn"), "utf-8")
    for _ in range(2):
        with pytest.raises(BuildError, match="NameError: name 'sevn' is not defined"):
            build(book, out=out)
    assert page.read_bytes() == before


# ---------------------------------------------------------------- drills


@pytest.fixture
def small_disk(book):
    """The book with 300 kB left for what is built, and a good site already in place."""
    make(book)
    for command in (["mount"], ["sudo", "-n", "mount"]):
        site = (book / "_build/html/index.html").read_text()
        if (
            subprocess.run(
                [*command, "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(book / "_build")],
                capture_output=True,
            ).returncode
            == 0
        ):
            break
    else:
        pytest.fail("a small disk needs root, or sudo without a password")
    make(book)
    assert (book / "_build/html/index.html").read_text() == site
    yield book
    subprocess.run([*command[:-1], "umount", str(book / "_build")], check=True)


@pytest.mark.parametrize("size", [200_000, 1_000_000], ids=["while publishing", "while building"])
def test_a_full_disk_is_one_sentence_and_the_old_site_stays(small_disk, size):
    """A page that fits once but not twice fails when the site is copied; a larger one already when it is written."""
    before = (small_disk / "_build/html/index.html").read_text()
    (small_disk / "book/one.md").write_text("x" * size)
    with pytest.raises(BuildError, match="No space left on device") as failure:
        make(small_disk)
    assert "unchanged" in str(failure.value)
    assert (small_disk / "_build/html/index.html").read_text() == before
    (small_disk / "book/one.md").write_text("small again")
    make(small_disk)
    assert (small_disk / "_build/html/index.html").read_text() == "small again"


def test_a_damaged_table_fails_the_build_with_its_name(book, monkeypatch):
    """One byte of one published table changed, in a copy of the data the chapter's kernel reads."""
    data = book / "src" / "emergence" / "_data"  # where the package looks first
    shutil.copytree(ROOT / "src" / "emergence", book / "src" / "emergence", dirs_exist_ok=True)
    shutil.copytree(ROOT / "data", data)
    table = data / "published" / "gpt3_table_h1.csv"
    table.write_bytes(table.read_bytes().replace(b"0", b"1", 1))
    monkeypatch.setenv("PYTHONPATH", str(book / "src"))
    (book / "_toc.yml").write_text("format: jb-book\nroot: book/one\n")
    (book / "_config.yml").write_text(
        "title: T\nonly_build_toc_files: true\nexclude_patterns: [_build]\nexecute: {execute_notebooks: inline}\n"
        "launch_buttons: {thebe: false}\nhtml: {use_multitoc_numbering: false}\n"
    )
    (book / "book/one.md").write_text(
        CHAPTER.format(code="len(__import__('emergence.data').data.load('gpt3_table_h1'))"), "utf-8"
    )
    with pytest.raises(
        BuildError, match=r"Table 'gpt3_table_h1': the bytes of .* differ from the hash"
    ):
        build(book, out=io.StringIO())
    assert not (book / "_build/html").exists()


# ---------------------------------------------------------------- serving


@pytest.fixture
def served(tmp_path):
    (tmp_path / "a b").mkdir()
    (tmp_path / "index.html").write_text("home " * 500)
    (tmp_path / "a b" / "index.html").write_text("größer " * 500, "utf-8")
    (tmp_path / "pixel.png").write_bytes(b"\x89PNG")
    with serve.serving(tmp_path) as address:
        yield tmp_path, address


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
        return answer.headers, answer.read()


@pytest.mark.parametrize(
    "path, file",
    [("/", "index.html"), ("/a%20b/?x=1", "a b/index.html"), ("/pixel.png", "pixel.png")],
)
def test_the_server_sends_the_same_bytes_plain_and_compressed(served, path, file):
    folder, address = served
    headers, plain = get(address + path)
    assert plain == (folder / file).read_bytes() and headers["Content-Encoding"] is None
    headers, packed = get(address + path, **{"Accept-Encoding": "gzip"})
    if file.endswith(".png"):
        assert packed == plain
    else:
        assert (
            headers["Content-Encoding"] == "gzip"
            and gzip.decompress(packed) == plain
            and len(packed) < len(plain) / 10
        )


def test_the_server_shows_a_rebuilt_page_and_no_missing_one(served):
    folder, address = served
    get(address + "/", **{"Accept-Encoding": "gzip"})
    (folder / "index.html").write_text("rebuilt")
    assert gzip.decompress(get(address + "/", **{"Accept-Encoding": "gzip"})[1]) == b"rebuilt"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(address + "/none.html", **{"Accept-Encoding": "gzip"})


def test_a_browser_that_leaves_is_no_error_and_a_fault_of_ours_is(served, capfd, monkeypatch):
    folder, address = served
    (folder / "large.png").write_bytes(bytes(50_000_000))
    port = int(address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as left:
        left.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )  # closing resets the connection
        left.sendall(b"GET /large.png HTTP/1.1\r\nHost: x\r\n\r\n")
        left.recv(1000)
    assert get(address + "/")[1] == (folder / "index.html").read_bytes()
    time.sleep(0.5)
    assert capfd.readouterr().err == ""
    monkeypatch.setattr(serve.Handler, "send_head", lambda self: 1 / 0)
    with pytest.raises(http.client.RemoteDisconnected):
        get(address + "/")
    time.sleep(0.5)
    assert "ZeroDivisionError" in capfd.readouterr().err


def test_serving_needs_a_site_and_a_free_port(served, tmp_path):
    with pytest.raises(BuildError, match="run `make book` first"):
        serve.serve(tmp_path / "none")
    folder, address = served
    port = int(address.rpartition(":")[2])
    with pytest.raises(BuildError, match=f"Port {port} of 127.0.0.1 cannot be used"):
        serve.serve(folder, port)


# ---------------------------------------------------------------- browser


def program(path, text):
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine without a browser, whose programs are those of the folder it returns."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for program in browser.PROGRAMS.values():
        monkeypatch.delenv(program.variable, raising=False)
        monkeypatch.setattr(program, "places", ())
    monkeypatch.setattr(browser, "playwrights_own", lambda: "")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def test_no_browser_is_one_sentence_that_says_what_to_install(bare):
    with pytest.raises(
        browser.NoBrowser, match="found none; install one .*apt-get install chromium"
    ):
        browser.chromium()


def test_a_browser_that_does_not_start_is_passed_over(bare):
    program(bare / "chromium-browser", "echo please install the snap; exit 1")
    good = program(bare / "google-chrome", "echo 1")
    assert browser.chromium() == good


def test_the_variable_chromium_decides_and_a_wrong_one_is_named(bare, monkeypatch):
    program(bare / "chromium", "echo 1")
    mine = program(bare / "mine", "echo 1")
    monkeypatch.setenv("CHROMIUM", "mine")
    assert browser.chromium() == mine
    monkeypatch.setenv("CHROMIUM", "mien")
    for find in (browser.chromium, browser.install):
        with pytest.raises(
            browser.NoBrowser, match="CHROMIUM names 'mien', which is not a program"
        ):
            find()


def test_root_on_debian_gets_chromium_from_apt(bare, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (bare / "env").symlink_to(shutil.which("env", path="/usr/bin:/bin"))
    script = f'echo "$*" >> "{bare}/log"\nif [ "$1" = install ]; then echo "#!/bin/sh" > "{bare}/chromium"; '
    program(bare / "apt-get", script + f'/bin/chmod +x "{bare}/chromium"; fi')
    assert browser.install() == str(bare / "chromium")
    assert (bare / "log").read_text().splitlines() == [
        "update",
        "install -y chromium fonts-dejavu-core",
    ]


def test_others_get_it_from_playwright_and_failure_is_said(bare, monkeypatch):
    monkeypatch.setattr(
        sys, "executable", program(bare / "python", f'echo "$*" >> "{bare}/log"; exit 1')
    )
    program(bare / "apt-get", "exit 0")  # not for us: we are not root
    with pytest.raises(browser.NoBrowser, match="found none"):
        browser.install()
    assert (bare / "log").read_text() == "-m playwright install chromium\n"


def test_root_on_debian_gets_the_other_engines_from_apt(bare, monkeypatch, capfd):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (bare / "env").symlink_to(shutil.which("env", path="/usr/bin:/bin"))
    bring = f'for name in firefox-esr WebKitWebDriver Xvfb; do echo "#!/bin/sh" > "{bare}/$name"; /bin/chmod +x "{bare}/$name"; done'
    program(bare / "apt-get", f'echo "$*" >> "{bare}/log"\ncase "$*" in *xvfb*) {bring};; esac')
    browser.main(["--install", "xvfb", "webkit", "firefox"])
    assert capfd.readouterr().out.split() == [
        str(bare / name) for name in ("Xvfb", "WebKitWebDriver", "firefox-esr")
    ]
    assert (bare / "log").read_text().splitlines() == ["update", "install -y xvfb"]


def test_a_missing_engine_is_said_and_stops_nothing_but_a_missing_chromium_does(bare, capfd):
    browser.main(["--install", "firefox", "webkit", "xvfb"])
    said = capfd.readouterr()
    assert said.out == ""
    for line, package in zip(
        said.err.splitlines(), ("firefox-esr", "webkit2gtk-driver", "xvfb"), strict=True
    ):
        assert f"apt-get install {package}" in line and "make test T='-m \"not engines\"'" in line
    with pytest.raises(SystemExit, match="apt-get install chromium"):
        browser.main(["chromium"])
    with pytest.raises(
        SystemExit, match="no 'opera' to find; there is: chromium, firefox, webkit, xvfb"
    ):
        browser.main(["opera"])


def test_the_real_finder_agrees_with_playwright():
    """Unpatched: whatever this machine has, the tests of pages will use."""
    assert subprocess.run([browser.chromium(), "--version"], capture_output=True).returncode == 0


def test_a_page_records_what_it_asks_of_other_machines_and_its_errors(served, new_page):
    """The page tests rest on these two lists being empty: here they must not be."""
    folder, address = served
    (folder / "index.html").write_text(
        "<img src=pixel.png><img src=//cdn.invalid/a.png><script>console.error('said')</script><script>nope()</script>"
        "<script>new WebSocket('wss://socket.invalid/b')</script>"
    )
    page = new_page(color_scheme="dark", viewport={"width": 375, "height": 700})
    page.goto(address + "/", wait_until="networkidle")
    assert sorted(page.outside) == ["http://cdn.invalid/a.png", "wss://socket.invalid/b"]
    errors = "\n".join(page.errors)
    assert "said" in errors and "nope is not defined" in errors and "pixel.png" not in errors
    assert page.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [
        375,
        True,
    ]


# ---------------------------------------------------------------- packaging


def test_the_wheel_carries_the_data_and_the_files_of_the_site(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    junk = {"__pycache__", ".DS_Store"}

    def shipped(folder, prefix):
        return {
            f"{prefix}/{p.relative_to(folder).as_posix()}"
            for p in folder.rglob("*")
            if p.is_file() and junk.isdisjoint(p.parts)
        }

    assert "emergence/_data/datapackage.json" in names
    assert shipped(ROOT / "data", "emergence/_data") | shipped(
        ROOT / "src" / "emergence", "emergence"
    ) == {n for n in names if ".dist-info/" not in n}
    assert {"LICENSE", "LICENSE-TEXT"} == {Path(n).name for n in names if "/licenses/" in n}


def test_an_installed_wheel_reads_its_own_data(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    ask = "import emergence.data as d; t = d.tables(); print(d.__file__); print(len(t), len(d.load(t[0])))"
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    said = subprocess.run(
        [sys.executable, "-c", ask], cwd="/", env=env, capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith(str(tmp_path)) and int(said.split()[-2]) > 100


def test_importing_the_library_stays_light():
    ask = "import sys, emergence; print([m for m in ('altair', 'pandas', 'numpy', 'sphinx') if m in sys.modules])"
    assert (
        subprocess.run(
            [sys.executable, "-c", ask], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "[]"
    )


def test_requirements_pin_all_that_is_needed_and_nothing_else():
    lines = [
        line
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if line and line[0] != "#"
    ]
    pins = dict(line.split("==") for line in lines)
    assert lines == [f"{canonicalize_name(n)}=={v}" for n, v in pins.items()] and lines == sorted(
        lines, key=lambda x: x.split("==")
    )
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = project["optional-dependencies"]
    todo = [Requirement(r) for r in [*project["dependencies"], *groups["book"], *groups["test"]]]
    needed = set()
    pythons = [
        {"python_version": v, "python_full_version": f"{v}.0"} for v in ("3.11", "3.12", "3.13")
    ]
    while todo:
        want = todo.pop()
        name = canonicalize_name(want.name)
        assert name in pins and want.specifier.contains(pins[name], prereleases=True), (
            f"{want} is not met by requirements.txt"
        )
        if (name, *want.extras) not in needed:
            needed.add((name, *want.extras))
            for line in distribution(name).requires or []:
                new, extras = Requirement(line), want.extras or {""}
                if new.marker is None or any(
                    new.marker.evaluate(p | {"extra": x}) for p in pythons for x in extras
                ):
                    todo.append(new)
    assert {n for n, *_ in needed} == set(pins)


SITE = ("site", "publish")
"""The rooms that need the group `book`: a notebook runs without them."""


def test_every_import_is_declared():
    """What our code imports is named in pyproject.toml, or in requirements-experiments.txt for what retrains the miniatures.

    `tests`, `tools` and `bench` may use the group `test`, the library only its own dependencies and the group `book`.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = project["optional-dependencies"]
    library = {canonicalize_name(Requirement(line).name) for line in project["dependencies"]}
    book, test = (
        {canonicalize_name(Requirement(line).name) for line in groups[group]}
        for group in ("book", "test")
    )
    more = {
        canonicalize_name(Requirement(line).name)
        for line in (ROOT / "requirements-experiments.txt").read_text().splitlines()
        if line and line[0] not in "#-"
    }
    owners = packages_distributions()
    own = ("tests", "experiments", "tools", "bench")
    missing = []
    ours = {"emergence", *(p.stem for folder in own for p in (ROOT / folder).glob("*.py"))}
    for folder, declared in (
        ("src/emergence", library | book),
        ("tests", library | book | test | more),
        ("tools", library | book | test),
        ("bench", library | book | test),
        ("experiments", library | more),
    ):
        for path in (ROOT / folder).rglob("*.py"):
            room = path.relative_to(ROOT / folder).parts[0].removesuffix(".py")
            allowed = (
                declared - book if folder == "src/emergence" and room not in SITE else declared
            )
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += (
                    [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
                )
                for top in (
                    {name.partition(".")[0] for name in names} - ours - sys.stdlib_module_names
                ):
                    owner = {canonicalize_name(o) for o in owners.get(top, [])}
                    if not owner & allowed:
                        missing.append(f"{path.relative_to(ROOT)}, line {node.lineno}: {top}")
    assert not missing


# ---------------------------------------------------------------- make


@pytest.mark.parametrize(
    "python, says",
    [("#!/bin/sh\n[ $1 = --version ] && echo Python 3.9.2\nexit 1\n", "is Python 3.9.2, but the book needs Python 3.11 or newer"),
     (None, "install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3")],
)  # fmt: skip
def test_make_says_which_python_it_needs(tmp_path, python, says):
    fake = tmp_path / "python"
    if python:
        program(fake, python.partition("\n")[2])
    done = subprocess.run(
        ["make", "-C", str(ROOT), "book", f"VENV={tmp_path}/venv", f"PYTHON={fake}"],
        capture_output=True,
        text=True,
    )
    assert done.returncode and says in done.stdout + done.stderr
    assert not (tmp_path / "venv").exists()
