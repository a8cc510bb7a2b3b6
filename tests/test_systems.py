"""Other hands, other machines: a checkout of Git for Windows, a Python without `fcntl`, a source distribution, the lowest versions allowed."""

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import lowest
import pytest
from packaging.requirements import Requirement

from emergence import text, trace
from emergence.chapters import knowledge
from emergence.figure import still
from emergence.publish import build, epub, pages
from emergence.site import assets, rebuild

ROOT = Path(__file__).resolve().parents[1]


def git(*arguments, **options):
    return subprocess.run(
        ["git", *arguments], capture_output=True, text=True, check=True, **options
    ).stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    """A repository whose only commit holds the files of this checkout, as they are now."""
    folder = tmp_path_factory.mktemp("repository")
    git("init", "--quiet", cwd=folder)
    where = {"GIT_DIR": str(folder / ".git"), "GIT_WORK_TREE": str(ROOT)}
    git("add", "--all", env=os.environ | where, cwd=ROOT)
    git(
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@t",
        "commit",
        "--quiet",
        "--message",
        "All",
        env=os.environ | where,
        cwd=ROOT,
    )
    return folder


# --- a checkout of Git for Windows -----------------------------------------------------------------------------------
def test_every_checkout_has_the_same_bytes(repository, tmp_path):
    """Whatever git is told of line ends: the package lists hashes of every table, and a shell reads no script that has CRs."""
    clone = tmp_path / "clone"
    git(
        "clone",
        "--quiet",
        "-c",
        "core.autocrlf=true",
        "-c",
        "core.eol=crlf",
        str(repository),
        str(clone),
    )
    names = git("ls-files", "-z", cwd=clone).rstrip("\0").split("\0")
    assert len(names) > 400 and {
        ".ci/run",
        ".binder/postBuild",
        "src/emergence/client/vendor/vega.js",
    } <= set(names)
    changed = [name for name in names if (clone / name).read_bytes() != (ROOT / name).read_bytes()]
    assert changed == []


# --- Windows ---------------------------------------------------------------------------------------------------------
WITHOUT_FCNTL = "import sys; sys.modules['fcntl'] = None; sys.path.insert(0, {src!r}); sys.argv = ['emergence', *{arguments!r}]; "


def on_windows(arguments, run):
    """What Python says where the module is missing that Windows does not have."""
    code = WITHOUT_FCNTL.format(src=str(ROOT / "src"), arguments=arguments) + run
    done = subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", "-c", code],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert "EncodingWarning" not in "".join(
        line for line in done.stderr.splitlines() if str(ROOT / "src") in line
    ), "a file is read or written in the locale's encoding"
    return done


@pytest.mark.parametrize("command", ["build", "clean"])
def test_without_what_a_build_needs_one_sentence_says_so(command):
    done = on_windows([command], "from emergence.publish.__main__ import main; main()")
    assert done.returncode == 1 and done.stdout == ""
    assert re.fullmatch(
        r"Building and cleaning the book needs Linux, macOS or, on Windows, WSL; .* work here\.\n",
        done.stderr,
    )


def test_the_rest_works_there(tmp_path):
    done = on_windows(
        ["notebooks", str(tmp_path / "taken")],
        "from emergence.publish.__main__ import main; main()",
    )
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "taken").glob("*.ipynb"))) == len(done.stdout.splitlines()) > 5
    shown = on_windows(
        [],
        "from emergence import chapters, data, notebook; from emergence.chapters import explorer; print(len(chapters.every()), len(data.load('gpt3_table_h1')), len(explorer.select()))",
    )
    assert shown.returncode == 0 and len(shown.stdout.split()) == 3, shown.stderr
    served = on_windows(
        [],
        f"from emergence.publish.serve import serve; from pathlib import Path; serve(Path({str(tmp_path)!r}))",
    )
    assert "BuildError" in served.stderr.splitlines()[-1], "no site there, and no module missing"


def test_training_says_what_it_needs(tmp_path):
    run = f"sys.path.insert(0, {str(ROOT / 'experiments')!r}); import pathlib, lab\nwith lab.alone(pathlib.Path({str(tmp_path)!r})): pass"
    done = on_windows([], run)
    assert (
        done.returncode == 1
        and done.stderr == "Retraining the small models needs Linux, macOS or, on Windows, WSL.\n"
    )


# --- what a chapter depends on -----------------------------------------------------------------------------------------
@pytest.fixture
def used(tmp_path, monkeypatch):
    """(listing, inputs): the file that says what a chapter's kernel used, and a function → what the site takes the chapter to depend on."""
    app = SimpleNamespace(doctreedir=str(tmp_path / "doctrees"))
    listing = rebuild.trace_file(app, "chapter")
    monkeypatch.setenv(trace.VARIABLE, str(listing))
    return listing, lambda: rebuild.inputs(app, "chapter")


def test_a_chapter_depends_on_what_its_kernel_used(used, tmp_path, monkeypatch):
    listing, inputs = used
    assert inputs() == {}, "nothing of ours was used"
    module = tmp_path / "module.py"
    module.write_text("x = 1")
    trace.used("file", module)
    trace.used("label", "params")
    known = dict(text.labels())
    monkeypatch.setattr(text, "labels", lambda: known)
    before = inputs()
    assert before["label params"] == known["params"] and str(module) in before
    known["train_flops"] = "another label"
    assert inputs() == before, "another label is not its own"
    known["params"] = "Sizes"
    assert inputs() != before
    known["params"] = before["label params"]
    module.write_text("x = 2")
    assert inputs() != before


@pytest.mark.parametrize(
    "line", ["/home/src/emergence/data.py", '["file", "/a', '["colour", "red"]', '["file"]', "7"]
)
def test_a_list_that_cannot_be_read_makes_the_chapter_anew(used, line):
    """One that a build left that was stopped, or that another version of the code wrote."""
    listing, inputs = used
    trace.used("label", "params")
    assert inputs()
    listing.write_text(line + "\n", "utf-8")
    assert inputs() == {}


def test_a_chapter_depends_on_the_modules_of_its_figures_alone(used):
    """One that takes one figure of another chapter's module depends on that module, and on no third one."""
    listing, inputs = used
    code = "from emergence.chapters.grokking import *; from emergence.chapters import knowledge; from emergence.page import page_of; page_of(knowledge.lama())"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)
    names = {"/".join(Path(name).parts[-2:]) for name in inputs() if not name.startswith("label ")}
    assert {
        "grokking/published.py",
        "knowledge/recall.py",
        "knowledge/text.en.toml",
        "text/interface.en.toml",
        "chart/plot.py",
        "figure/figure.py",
    } <= names
    assert not {folder for folder in names if folder.startswith(("outlook/", "explorer/"))}
    assert {table.path for table in knowledge.lama().sources} <= names


def test_labels_are_those_of_the_figure_then_of_the_chapter_then_of_all(tmp_path, monkeypatch):
    def write(chapter, words):
        (tmp_path / chapter).mkdir()
        (tmp_path / chapter / "text.en.toml").write_text(words)

    write(
        "one",
        '[labels]\nhere = "in one"\nmodel = "a model of one"\n[figure.labels]\nhere = "in a figure"',
    )
    write("two", '[labels]\nhere = "in two"\nonly = "in two alone"')
    monkeypatch.setattr(text, "CHAPTERS", tmp_path)
    assert text.label("model") == "Model" and text.label("only") == "in two alone"
    with pytest.raises(text.TextError, match=r"^label 'here' is 'in one' and 'in two', depending"):
        text.label("here")
    with text.within("one"):
        assert text.label("here") == "in one" and text.label("model") == "a model of one"
        with text.within("one", "figure"):
            assert text.label("here") == "in a figure" and text.label("params") == "Parameters"
        assert text.label("here") == "in one"
        assert text.label("only") == "only" and not text.has_label("only"), "another chapter's"
    with text.within("two", "figure of another name"):
        assert text.label("here") == "in two" and text.label("nowhere", "—") == "—"


def test_the_names_of_pictures_tell_what_drew_them(monkeypatch):
    """Else pictures of an earlier build would stay where only the code that draws them has changed."""
    before = assets.named("figure", "{}")
    assert assets.named("figure", "{}") == before != assets.named("figure", "{ }")
    code = Path(still.__file__).read_text("utf-8")
    assert code in assets.drawing()
    monkeypatch.setattr(assets, "drawing", lambda: code.replace("INK", "ink"))
    assert assets.named("figure", "{}") != before


# --- the same book, the same file --------------------------------------------------------------------------------------
def test_a_book_is_as_old_as_its_last_commit(repository, tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert epub.modified(repository) == datetime.fromtimestamp(
        int(git("log", "-1", "--format=%ct", cwd=repository)), UTC
    )
    assert epub.modified(tmp_path) == datetime(*pages.DATE, tzinfo=UTC), (
        "without a history it has the date of its zip entries"
    )
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert epub.modified(repository) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(
        build.BuildError, match="SOURCE_DATE_EPOCH is 'yesterday'; allowed is a whole number"
    ):
        epub.modified(repository)


# --- versions ------------------------------------------------------------------------------------------------------------
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_the_lowest_versions_are_what_the_metadata_say():
    versions = lowest.lowest(PROJECT)
    assert set(versions) == {Requirement(line).name for line in PROJECT["dependencies"]}
    pins = lowest.pins((ROOT / "requirements.txt").read_text("utf-8"), versions)
    changed = [
        line
        for line in pins.splitlines()
        if line not in (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    ]
    assert sorted(changed) == sorted(f"{name}=={version}" for name, version in versions.items())
    assert all(
        Requirement(line).specifier.contains(versions[Requirement(line).name])
        for line in PROJECT["dependencies"]
    )


def test_ci_runs_what_the_metadata_promise():
    """Each Python of the classifiers, and the lowest versions of the libraries."""
    flow = (ROOT / ".github" / "workflows" / "book.yml").read_text("utf-8")
    pythons = re.findall(r"Python :: (3\.\d+)", " ".join(PROJECT["classifiers"]))
    matrix, tried = (
        json.loads(re.search(r"python: (\[.*\])", flow)[1]),
        re.findall(r"continue-on-error: .*'(3\.\d+)'", flow),
    )
    assert matrix == [*pythons, *tried] and f">={pythons[0]}" == PROJECT["requires-python"]
    assert "make lowest" in flow


# --- the source distribution ---------------------------------------------------------------------------------------------
def test_a_source_distribution_can_run_its_own_tests(repository, tmp_path):
    """It holds the files of the repository, and from it alone a wheel is built and tests run."""
    clone = tmp_path / "clone"
    git("clone", "--quiet", str(repository), str(clone))
    code = "import hatchling.build, sys; print(hatchling.build.build_sdist(sys.argv[1]))"
    name = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=clone,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()[-1]
    with tarfile.open(tmp_path / name) as archive:
        archive.extractall(tmp_path / "sdist", filter="data")
    (folder,) = (tmp_path / "sdist").iterdir()
    shipped = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert shipped - {"PKG-INFO"} == set(git("ls-files", "-z", cwd=clone).rstrip("\0").split("\0"))
    asked = subprocess.run(
        ["make", "--dry-run", "test"], cwd=folder, capture_output=True, text=True
    )
    assert asked.returncode == 0, asked.stderr
    tests = [
        "tests/test_formulas.py",
        "tests/test_data.py",
        "tests/test_experiments.py",
        "tests/test_catalogue.py",
        "tests/test_links.py",
    ]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {
        "PYTHONPATH": str(folder / "src")
    }
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *tests],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-3000:]
    where = subprocess.run(
        [sys.executable, "-c", "import emergence.data as d; print(d.__file__, d.root())"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert where.stdout.split() == [
        str(folder / "src/emergence/data/__init__.py"),
        str(folder / "data"),
    ]
