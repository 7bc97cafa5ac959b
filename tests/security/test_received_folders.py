"""What arrives in a folder is data: nothing in it is run, nothing outside it is read or written."""

from __future__ import annotations

import json
import os
import shutil

import polars as pl
import pytest
from matplotlib.figure import Figure as Canvas

from gpusim.experiments.saved import runs
from gpusim.experiments.sweep import sweep_files
from gpusim.reports import report
from gpusim.results.stored import contents, folder
from tests.cases.reading import gpusim
from tests.security.folders import (
    KINDS,
    NAMES,
    OWN_CODE,
    READERS,
    commands,
    forge,
    link,
    made,
    received,
)

EXITS = {0, 2, 3}
"""Whatever a folder holds: done, wrong input, or done with a doubt. Never a fault of gpusim's."""


@pytest.fixture
def laid_out_nowhere(monkeypatch):
    """Pictures are drawn but not laid out and written, which takes most of a report's time."""
    monkeypatch.setattr(Canvas, "savefig", lambda self, stream, **_: stream.write(b"<svg/>"))


without_layout = pytest.mark.usefixtures("laid_out_nowhere")
"""For tests that change no text of a picture."""


def each(path, kind):
    """Every reading command on a folder: exit codes and all that was printed."""
    for words in commands(kind, path):
        done = gpusim(*words)
        assert done.returncode in EXITS, (words, done.returncode, done.stdout + done.stderr)
        yield words, done


@pytest.mark.parametrize("kind", KINDS)
def test_an_honest_folder_is_read_by_every_command_though_its_model_is_gone(kind, tmp_path):
    path = received(kind, tmp_path / "kept")
    for words, done in each(path, kind):
        expected = 2 if words[0] == "units" else 0  # made without --units
        assert done.returncode == expected, (words, done.stderr)


def repeats(words, code):
    """Whether a command needs a folder's code of a kind: only a run needs its metrics again."""
    works = words[:2] == ("runs", "verify") or "--resume" in words
    return works or (code != "metric" and words[0] in ("explain", "replay", "bridge"))


@without_layout
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", NAMES)
def test_code_that_a_folder_names_is_not_run(kind, code, tmp_path):
    path = received(kind, tmp_path / "kept", code)
    place = made(kind, code)
    for words, done in each(path, kind):
        told = done.stdout + done.stderr
        if repeats(words, code):
            assert done.returncode == 2, words
            assert f"a Python {code}; what a folder names is not run: name the file" in told
        elif words[0] != "units":  # made without --units
            assert done.returncode == 0, (words, told)
    assert not (place / "ran").exists()


@without_layout
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", NAMES)
def test_code_that_a_manifest_was_forged_to_name_is_not_run(kind, code, tmp_path):
    """An honest folder whose manifest names a file of the receiver's, with its true hash."""
    path = received(kind, tmp_path / "kept")
    mine, ran = tmp_path / "mine.py", tmp_path / "ran"
    mine.write_text(OWN_CODE.format(mark=str(ran)))
    name = f"{mine}:{NAMES[code]}"

    def change(manifest):
        point = manifest.get("request", {}).get("point", {})
        for one in (manifest, manifest.get("request", {}), point, *manifest.get("requests", ())):
            for key in ("strategy", "strategies") if code == "strategy" else (f"{code}s", code):
                if key in one or (key == "metrics" and one is manifest):
                    several = ["none", name] if key == "strategies" else [name]
                    one[key] = name if key == code else several
            for key in ("fail_if", "satisfy", "better", "until") if code == "metric" else ():
                if one.get(key) is not None:
                    one[key] = [f"{name}<1"] if key != "until" else one[key]
        manifest[f"{code}_hashes"] = {name: folder.digest(mine.read_bytes())}
        manifest["metric_names"] = {name: "spare"}

    forge(path, change)
    refused = 0
    for words, done in each(path, kind):
        if repeats(words, code):
            assert done.returncode == 2, words
            refused += "what a folder names is not run" in done.stderr
    assert refused
    assert not ran.exists()
    named = [flag for other in NAMES if other != code for flag in (f"--{other}", name)]
    done = gpusim("runs", "verify", str(path), "-q", *named)
    assert (done.returncode, "names no such" in done.stderr) == (2, True)
    assert not ran.exists(), "named as what it is not"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", NAMES)
def test_the_user_may_name_it_again_and_only_that_file(kind, code, tmp_path):
    path = received(kind, tmp_path / "kept", code)
    place = made(kind, code)
    mine, other = place / "mine.py", tmp_path / "mine.py"
    verify = ("runs", "verify", str(path), "-q", f"--{code}")
    done = gpusim(*verify, f"{mine}:{NAMES[code]}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (place / "ran").exists()
    (place / "ran").unlink()
    if kind == "sweep":
        done = gpusim("sweep", "--resume", str(path), "-q", f"--{code}", f"{mine}:{NAMES[code]}")
        assert done.returncode == 0, done.stdout + done.stderr
        (place / "ran").unlink(missing_ok=True)
    other.write_text(mine.read_text() + "\n# one byte more")
    done = gpusim(*verify, f"{other}:{NAMES[code]}")
    assert (done.returncode, "is not the file that the folder was made with" in done.stderr) == (
        2,
        True,
    )
    done = gpusim(*verify, f"{mine}:Other")
    assert (done.returncode, f"names no such {code}" in done.stderr) == (2, True)
    assert not (place / "ran").exists()


@without_layout
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("secret", ["model", "strategy", "shock", "capital"])
def test_a_name_in_a_folder_opens_no_file(kind, secret, tmp_path):
    path = received(kind, tmp_path / "kept")
    outside = tmp_path / "secret.toml"
    outside.write_text('[shock]\ntitle = "HIDDEN"\nas_of = 2026-01-01\nsource = "x"\nchange = []\n')
    (path / "inputs.json").unlink()
    name = str(outside)

    def change(manifest):
        fields = {"model": "model_argument", "shock": "shocks"}
        asked = [manifest, manifest.get("request", {}).get("point", {})]
        for one in (*asked, *manifest.get("requests", ())):
            plural = {"model": "models", "strategy": "strategies", "shock": "shocks"}
            if secret == "capital" and "strategies" in one:
                one["strategies"] = []
            for key in (fields.get(secret, secret), secret, plural.get(secret, secret)):
                if key in one:
                    one[key] = [name, name + "x"] if isinstance(one[key], list) else name
        manifest["files"].pop("inputs.json")

    forge(path, change)
    for words, done in each(path, kind):
        assert "HIDDEN" not in done.stdout + done.stderr, words


@without_layout
@pytest.mark.parametrize("kind", ["run", "sweep"])
def test_links_and_pipes_in_a_folder_are_neither_followed_nor_waited_for(kind, tmp_path):
    """Commands that need the file say so; those that do not go on without it."""
    outside = tmp_path / "victim"
    for n, name in enumerate(sorted(file.name for file in (made(kind) / "kept").iterdir())):
        if name == "parts":
            continue
        outside.write_text("precious")
        path = received(kind, tmp_path / f"kept-{n}")
        for change in (lambda file: link(file, outside), os.mkfifo)[n % 2 :][:1]:
            (path / name).unlink()
            change(path / name)
            for words in commands(kind, path):
                if words[0] in ("runs", "report", "sweep") or name.endswith((".json", ".toml")):
                    done = gpusim(*words)
                    assert done.returncode in EXITS, (name, words, done.stderr)
                    (path / "report.html").unlink(missing_ok=True)
        assert outside.read_text() == "precious", name
        shutil.rmtree(path)


def test_a_part_of_a_sweep_that_is_a_link_to_nothing_is_not_counted(tmp_path):
    path = received("sweep", tmp_path / "kept")
    part = sorted((path / "parts").glob("summary-*"))[-1]
    parts = len(list((path / "parts").glob("summary-*")))
    part.unlink()
    link(part, tmp_path / "none")
    done = gpusim("runs", "show", str(path), "--json")
    assert done.returncode == 0, done.stderr
    (told,) = [f for f in json.loads(done.stdout)["files"] if f["file"].startswith("parts/summary")]
    assert told["parts"] == parts - 1


def test_a_sweep_whose_parts_lie_elsewhere_writes_nothing_there(tmp_path):
    path = received("sweep", tmp_path / "kept")
    elsewhere = tmp_path / "elsewhere"
    shutil.move(path / "parts", elsewhere)
    (path / "parts").symlink_to(elsewhere)
    before = {file.name: file.read_bytes() for file in elsewhere.iterdir()}
    done = gpusim("sweep", "--resume", str(path), "-q")
    assert (done.returncode, "a run folder holds none" in done.stderr) == (2, True)
    assert {file.name: file.read_bytes() for file in elsewhere.iterdir()} == before


def test_a_journal_that_is_another_file_too_is_not_written_to(tmp_path):
    path = received("sweep", tmp_path / "kept")
    other = tmp_path / "other"
    shutil.copy(path / "journal.jsonl", other)
    with other.open("ab") as file:
        file.write(b"torn")
    (path / "journal.jsonl").unlink()
    os.link(other, path / "journal.jsonl")
    done = gpusim("sweep", "--resume", str(path), "-q")
    assert (done.returncode, "one file under two names" in done.stderr) == (2, True)
    assert other.read_bytes().endswith(b"torn")


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_is_told_when_a_byte_of_it_changed(kind, tmp_path):
    names = json.loads((made(kind) / "kept/manifest.json").read_text())["files"]
    for name in names:
        path = received(kind, tmp_path / name)
        data = bytearray((path / name).read_bytes())
        if not data:
            continue
        data[len(data) // 2] ^= 1
        (path / name).write_bytes(data)
        done = gpusim("runs", "verify", str(path), "-q")
        assert done.returncode in (2, 3), name
        assert name in done.stdout + done.stderr
    path = received(kind, tmp_path / "manifest")
    text = (path / "manifest.json").read_text().replace('"seed": 1', '"seed": 2')
    (path / "manifest.json").write_text(text)
    for words, done in each(path, kind):
        assert done.returncode == 2, words
        assert "is not the manifest that was written" in done.stderr


def test_resume_refuses_a_mean_that_was_changed(tmp_path):
    path = received("sweep", tmp_path / "kept")
    lines = (path / "journal.jsonl").read_text().splitlines()
    entry = json.loads(lines[1])
    entry["figures"][0]["mean"] += 1
    (path / "journal.jsonl").write_text(f"{lines[0]}\n{json.dumps(entry)}\n")
    done = gpusim("sweep", "--resume", str(path), "-q")
    assert (done.returncode, "line 2 of" in done.stderr) == (2, True)


def test_a_line_of_another_sweep_is_none_of_this_one(tmp_path):
    path = received("sweep", tmp_path / "kept")
    lines = (path / "journal.jsonl").read_text()

    def change(manifest):
        manifest["request"]["seed"] = 7

    forge(path, change)
    done = gpusim("sweep", "--resume", str(path), "-q")
    assert done.returncode == 2
    assert "another request than the sweep began with" in done.stderr
    assert (path / "journal.jsonl").read_text() == lines


STEERING = "\x1b]0;owned\x07\x1b[2J\u202e\u200f\u061c"


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_folder_says_reaches_the_terminal_and_the_page_as_plain_text(kind, tmp_path):
    path = received(kind, tmp_path / "kept")
    steer = f"{STEERING}<script>alert(1)</script>$x_$\\frac{{"

    def change(manifest):
        manifest |= {"title": steer, "model": steer, "command": [steer], steer: steer}

    for file in path.glob("*.parquet"):
        table = pl.read_parquet(file)
        texts = [name for name, dtype in table.schema.items() if dtype == pl.String]
        free = [name for name in texts if name in ("text", "source", "reason", "title", "note")]
        table.with_columns(pl.lit(steer).alias(name) for name in free).write_parquet(file)
    forge(path, change)
    for _, done in each(path, kind):
        told = done.stdout + done.stderr
        assert not set(STEERING) & {s for s in told if not s.isprintable()}
    page = path / "report.html"
    if page.exists():
        text = page.read_text()
        assert "<script>alert" not in text
        assert "\x1b" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_manifest_of_any_shape_is_refused_in_words(kind, tmp_path):
    path = received(kind, tmp_path / "kept")
    honest = (path / "manifest.json").read_text()
    shown = [words for words in commands(kind, path) if words[1] == "show"]
    wrong = [None, 7, "x", [], {}, [[]], -1, 1e400, True, [None], {"a": []}]
    tried = 0
    assert shown
    for key in json.loads(honest):
        if key in ("files", folder.OWN_HASH):
            continue
        for value in wrong[:: 1 if kind == "run" else 3]:
            (path / "manifest.json").write_text(honest)
            forge(path, lambda manifest, k=key, v=value: manifest.update({k: v}))
            for words in (*shown, ("runs", "list", "--runs", str(tmp_path))):
                done = gpusim(*words)
                assert done.returncode in EXITS, (key, value, done.stderr)
            tried += 1
    assert tried > 50


@without_layout
@pytest.mark.parametrize("name", ["manifest.json", "design.json", "journal.jsonl", "inputs.json"])
@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 50_000, "", "\x00" * 100, "9" * 10_000])
def test_json_bombs_are_refused(name, text, tmp_path):
    path = received("sweep", tmp_path / "kept")
    (path / name).write_text(text)
    if name != "manifest.json":
        forge(path, lambda manifest: None)
    list(each(path, "sweep"))


@pytest.mark.parametrize(
    ("kind", "name", "change", "said"),
    [
        ("run", "summary", lambda table: table.drop("metric"), "lacks the column metric"),
        ("run", "outcomes", lambda table: table.select("replication"), "lacks the columns shortf"),
        (
            "run",
            "summary",
            lambda table: table.with_columns(mean=pl.lit("x")),
            "has cells of type S",
        ),
        ("run", "backlog", lambda table: table.with_columns(movement=pl.lit("x")), "has x in"),
        ("sweep", "results", lambda table: table.rename({"ci_low": "other"}), "lacks the column"),
        ("sweep", "design", lambda table: table.drop("point"), "lacks the column point"),
        ("sweep", "design", lambda table: table.with_columns(point=-1), "has cells of type Int32"),
        (
            "sweep",
            "points",
            lambda table: table.with_columns(status=pl.lit("x")),
            "has x in",
        ),
        (
            "compare",
            "comparison",
            lambda table: table.with_columns(n=pl.lit(b"x")),
            "has cells of type B",
        ),
        ("compare", "replications", lambda table: table.select(other=pl.lit("x")), "lacks the"),
    ],
)
def test_a_table_of_another_form_is_told_of_its_folder(kind, name, change, said, tmp_path):
    path = received(kind, tmp_path / "kept")
    change(pl.read_parquet(path / f"{name}.parquet")).write_parquet(path / f"{name}.parquet")
    forge(path, lambda manifest: None)
    told = []
    for words in (("report", str(path)), ("runs", "diff", str(path), str(path))):
        done = gpusim(*words)
        assert done.returncode in EXITS, (words, done.stderr)
        told.append(done.stderr)
    assert f"{path}/{name}.parquet {said}" in "".join(told)
    assert "does not write:" not in "".join(told), "said before anybody relies on it"


def journal_of(path, change):
    """Change the first line of a journal and make its hash, and the folder's, fit."""
    key = json.loads((path / "manifest.json").read_text())["request_hash"]
    entries = [json.loads(line) for line in (path / "journal.jsonl").read_text().splitlines()]
    for entry in entries:
        del entry["hash"]
    change(entries[0])
    text = "".join(sweep_files.entry_line(entry, key) for entry in entries)
    (path / "journal.jsonl").write_text(text)
    forge(path, lambda manifest: None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sha256": True}, "sha256 is true or false; expected an object"),
        ({"sha256": {"../../victim": "x"}}, "sha256 has ../../victim, which gpusim does not write"),
        ({"point": -1}, "point is -1, not 0 to"),
        ({"point": 2}, "tells of point 2; the design has 0 to 1"),
        ({"status": "x"}, "status is x; expected done or failed"),
        ({"figures": [{}]}, "an entry of figures lacks metric"),
        ({"replications": None}, "replications is nothing; expected a whole number"),
    ],
)
def test_a_line_of_a_journal_of_another_form_is_told_by_its_number(change, said, tmp_path):
    path = received("sweep", tmp_path / "kept")
    journal_of(path, lambda entry: entry.update(change))
    verified = gpusim("runs", "verify", str(path), "-q")
    resumed = gpusim("sweep", "--resume", str(path), "-q")
    assert verified.returncode in (2, 3), verified.stderr
    assert (resumed.returncode, said in resumed.stderr) == (2, True), resumed.stderr
    assert f"{path}/journal.jsonl" in resumed.stderr


@without_layout
@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_or_a_pipe_in_the_place_of_a_file_is_named(kind, tmp_path):
    """Of every file of a folder: never that the run failed, which is not what happened."""
    for name in json.loads((made(kind) / "kept/manifest.json").read_text())["files"]:
        for put in (os.mkdir, os.mkfifo):
            path = received(kind, tmp_path / "kept")
            (path / name).unlink()
            put(path / name)
            for words, done in each(path, kind):
                assert "the run failed" not in done.stderr, (name, words)
            shutil.rmtree(path)


def test_a_journal_that_is_a_folder_is_named(tmp_path):
    path = received("sweep", tmp_path / "kept")
    (path / "journal.jsonl").unlink()
    (path / "journal.jsonl").mkdir()
    done = gpusim("sweep", "--resume", str(path), "-q")
    told = f"{path}/journal.jsonl is a folder; a regular file is read"
    assert (done.returncode, told in done.stderr) == (2, True), done.stderr


def test_a_received_sweep_that_is_gone_on_with_stays_received(tmp_path):
    """Its new manifest is written here, what it holds is not: a fault is still not gpusim's."""
    path = received("sweep", tmp_path / "kept")
    assert runs.is_as_written(path)
    forge(path, lambda manifest: manifest.update({"title": "another"}))
    assert gpusim("sweep", "--resume", str(path), "-q").returncode == 0
    assert not runs.is_as_written(path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "value", [float("inf"), [[]], "\ud800"], ids=["number", "list", "half sign"]
)
def test_a_request_of_another_form_is_told_of_its_folder(kind, value, tmp_path):
    """Values of any type in what a folder is repeated by, and texts that are half a sign."""
    repeating = [w for w in commands(kind, tmp_path / "kept") if w[1] in ("verify", "--resume")]
    honest = json.loads((made(kind) / "kept/manifest.json").read_text())
    asked = honest.get("requests", [honest.get("request", {}).get("point", {})])[0]
    for key in ("strategy", "sets", *asked):
        path = received(kind, tmp_path / "kept")

        def change(manifest, key=key):
            for request in (
                manifest.get("request", {}).get("point", {}),
                *manifest.get("requests", ()),
            ):
                request[key] = value
            if key in manifest and isinstance(value, type(manifest[key])):
                manifest[key] = value

        forge(path, change)
        for words in repeating:
            done = gpusim(*words)
            assert done.returncode in EXITS, (key, words, done.stderr)
        shutil.rmtree(path)
    path = received(kind, tmp_path / "kept")
    texts = json.loads((path / "inputs.json").read_text())
    (path / "inputs.json").write_text(json.dumps(dict.fromkeys(texts, value)))
    forge(path, lambda manifest: None)
    for words in repeating:
        assert gpusim(*words).returncode == 2, words


def test_a_sweep_without_its_journal_does_not_go_on(tmp_path):
    path = received("sweep", tmp_path / "kept")
    (path / "journal.jsonl").unlink()
    done = gpusim("sweep", "--resume", str(path), "-q")
    assert (done.returncode, "has no journal.jsonl" in done.stderr) == (2, True)


def test_a_table_that_says_it_is_huge_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(contents, "MOST_CELLS", 1_000_000)
    path = received("run", tmp_path / "kept")
    pl.select(replication=pl.zeros(1_000_001, pl.Int8)).write_parquet(path / "outcomes.parquet")
    assert (path / "outcomes.parquet").stat().st_size < 10_000
    forge(path, lambda manifest: None)
    done = gpusim("report", str(path))
    assert (done.returncode, "1,000,001 rows of 1 columns" in done.stderr) == (2, True)


def test_rm_takes_only_what_gpusim_made_by_the_beginning_of_its_name(tmp_path):
    runs = tmp_path / "runs"
    received("run", runs / "20260101-alpha")
    project = runs / "project"
    project.mkdir()
    (project / "manifest.json").write_text('{"name": "a web application"}')
    mixed = received("run", runs / "mixed")
    (mixed / "thesis.doc").write_text("years of work")
    rm = ("runs", "rm", "--yes", "--runs", str(runs))
    for name in ("alpha", "", "project", str(project), "mixed", str(runs), "."):
        done = gpusim(*rm, name)
        assert done.returncode == 2, name
    link(runs / "linked", mixed)
    assert gpusim(*rm, str(runs / "linked")).returncode == 2
    assert sorted(p.name for p in runs.iterdir()) == [
        "20260101-alpha",
        "linked",
        "mixed",
        "project",
    ]
    assert gpusim(*rm, "20260101").returncode == 0
    assert not (runs / "20260101-alpha").exists()


def test_every_reading_command_is_tried():
    """A command of the tool that reads a folder is in the list above."""
    listed = {words[0] for kind in READERS.values() for words in kind}
    assert listed >= {"runs", "report", "explain", "replay", "bridge", "sweep", "units"}


FAULTS = [TypeError("unsupported"), KeyError("gone"), pl.exceptions.ColumnNotFoundError("x")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_of_gpusims_is_not_laid_upon_an_honest_folder(kind, fault, tmp_path, monkeypatch):
    """Of a folder that was written here and is as it was; of one that was changed nobody knows."""

    def broken(*_):
        raise fault

    path = received(kind, tmp_path / "kept")
    monkeypatch.setattr(report, "findings", broken)
    done = gpusim("report", str(path))
    assert (done.returncode, "it is gpusim's fault" in done.stderr) == (1, True), done.stderr
    assert "does not write" not in done.stderr
    forge(path, lambda manifest: manifest.update({"title": "another"}))
    done = gpusim("report", str(path))
    assert (done.returncode, "holds what gpusim does not write" in done.stderr) == (2, True)
    (path / "manifest.json").write_bytes((made(kind) / "kept/manifest.json").read_bytes())
    table = next(file for file in sorted(path.rglob("*.parquet")))
    table.write_bytes(table.read_bytes() + b"x")
    assert gpusim("report", str(path)).returncode == 2


def test_what_was_written_here_is_known_only_from_a_list_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder.note("a" * 64)
    assert folder.is_noted("a" * 64)
    assert not folder.is_noted("b" * 64)
    listed = folder.written_here()
    assert listed.is_relative_to(tmp_path)
    listed.chmod(0o666)
    assert not folder.is_noted("a" * 64)
    listed.chmod(0o600)
    listed.parent.chmod(0o777)
    assert not folder.is_noted("a" * 64)
    folder.note("c" * 64)
    listed.parent.chmod(0o700)
    assert not folder.is_noted("c" * 64)
    monkeypatch.setattr(folder, "MOST_NOTED", 10)
    folder.note("d" * 64)
    assert (folder.is_noted("d" * 64), folder.is_noted("a" * 64)) == (True, False)
    listed.unlink()
    link(listed, tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_text("e" * 64)
    assert not folder.is_noted("e" * 64)
    folder.note("f" * 64)
    assert (tmp_path / "elsewhere").read_text() == "e" * 64
