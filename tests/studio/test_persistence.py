"""Nothing is lost: a server that is killed, a tab that is closed, two tabs, a folder in use."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import httpx
import pytest

from glassnet.errors import FileError
from glassnet.studio.contract.run import NewRun
from glassnet.studio.storage.shelf import Shelf
from glassnet.studio.storage.store import Store
from glassnet.studio.stream import SECONDS_PER_FRAME
from glassnet.studio.studio import Studio


class Process:
    """The command line's studio in a process of its own."""

    def __init__(self, folder, *more):
        command = [sys.executable, "-m", "glassnet", "studio", "--no-browser", "--folder", str(folder), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line)
            found = re.search(r"(http://127\.0\.0\.1:\d+)/start\?token=(\S+)", line)
            if found:
                break
        else:
            raise AssertionError("".join(self.lines))
        self.token = found[2]
        self.client = httpx.Client(base_url=found[1], headers={"X-Glassnet": "1"}, timeout=60)
        deadline = time.monotonic() + 30
        while True:
            try:
                answer = self.client.get(f"/start?token={self.token}")
                break
            except httpx.ConnectError:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        assert answer.status_code == 303

    def read(self, path):
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def write(self, path, body):
        answer = self.client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def end(self, how):
        """Send a signal; the exit code and what was printed since the start."""
        self.client.close()
        self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=20)
        return self.process.returncode, rest


def kept(folder, run):
    """The step to which a run has come, by what is on the disk; 0 before anything is there."""
    with closing(sqlite3.connect(f"file:{folder / 'studio.sqlite'}?mode=ro", uri=True)) as store:
        noted = store.execute("SELECT step FROM progress WHERE run = ?", (run,)).fetchall()
        saved = store.execute("SELECT step FROM snapshots WHERE run = ?", (run,)).fetchall()
    return max((step for (step,) in noted + saved), default=0)


@pytest.mark.slow
def test_a_killed_server_loses_nothing(tmp_path):
    table = tmp_path / "own table.csv"
    table.write_text("size,temp,ill\n" + "".join(f"{i % 7},{i % 5},{'yes' if i % 3 else 'no'}\n" for i in range(60)))
    first = Process(tmp_path / "folder", str(table))
    session = first.read("/api/session")
    assert session["opened"] is not None
    own = first.write("/api/runs", {"data": session["opened"], "name": "mine"})["id"]
    first.write(f"/api/runs/{own}/control", {"do": "seek", "step": 11})
    first.write(f"/api/runs/{own}/control", {"do": "set", "parameter": "W1[0,0]", "value": 0.125})
    first.write(f"/api/runs/{own}/control", {"do": "move", "unit": "batch", "count": 4})
    expected = first.read(f"/api/runs/{own}/trace")["trace"]
    curves = first.read(f"/api/runs/{own}/frame")["curves"]
    moving = first.write("/api/runs", {"data": "spiral"})
    endless = {"data": "spiral", "columns": moving["columns"], "settings": {**moving["settings"], "epochs": 1_000_000}}
    moving = first.write(f"/api/runs/{moving['id']}/settings", endless)["id"]
    first.write(f"/api/runs/{moving}/control", {"do": "play", "unit": "epoch", "per_second": None})
    while not kept(tmp_path / "folder", moving):
        assert first.read(f"/api/runs/{moving}")["status"] == "playing"
        time.sleep(0.05)
    code, rest = first.end(signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert first.token not in rest

    second = Process(tmp_path / "folder")
    try:
        session = second.read("/api/session")
        assert {run["id"] for run in session["runs"]} == {own, moving}
        assert session["last_run"] == moving
        assert second.read(f"/api/runs/{own}/trace")["trace"] == expected
        assert second.read(f"/api/runs/{own}/frame")["curves"] == curves
        state = second.read(f"/api/runs/{own}")
        assert (state["name"], state["edits"]) == ("mine", [{"step": 11, "parameter": "W1[0,0]", "value": 0.125}])
        found = second.read(f"/api/runs/{moving}")
        assert found["status"] == "paused"
        assert found["position"]["step"] > 0
        second.write(f"/api/runs/{moving}/control", {"do": "seek", "step": 5})
        assert second.read(f"/api/runs/{moving}")["position"]["step"] == 5
    finally:
        code, rest = second.end(signal.SIGINT)
    assert code == 0, rest
    assert "its runs are kept" in rest
    assert "Traceback" not in rest


def test_two_tabs_watch_one_run_and_a_stuck_one_holds_nobody_up(live):
    with live.client() as first, live.client() as second:
        run = first.write("/api/runs", {"data": "circle"})["id"]
        stuck = first.stream("GET", f"/api/runs/{run}/stream")
        stuck.__enter__()  # opened and never read
        with second.stream("GET", f"/api/runs/{run}/stream", params={"pictures": "0"}) as watched:
            events = events_of(watched)
            name, state = next(events)
            assert (name, state["status"]) == ("state", "paused")
            name, frame = next(events)
            assert name == "frame"
            assert frame["curves"]["first"] == 0
            first.control(run, do="play", unit="epoch", per_second=None)
            steps, curve, times = [], list(frame["curves"]["step"]), []
            for name, message in events:
                if name != "frame":
                    continue
                times.append(time.monotonic())
                steps.append(message["position"]["step"])
                assert message["curves"]["first"] in (0, len(curve))
                curve = [] if message["curves"]["first"] == 0 else curve
                curve += message["curves"]["step"]
                if len(steps) >= 12:
                    break
            first.control(run, do="pause")
        assert steps == sorted(steps)
        assert steps[-1] > steps[0]
        assert curve == sorted(set(curve))
        assert (times[-1] - times[0]) / (len(times) - 1) >= 0.9 * SECONDS_PER_FRAME  # not as fast as it trains
        stuck.__exit__(None, None, None)


def events_of(response):
    """Name and message of each event."""
    name = ""
    for line in response.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


def live_comparison(client, run):
    """The comparison of a run, which begins anew with its settings."""
    return client.read(f"/api/runs/{run}/comparison")


def test_settings_change_under_a_watching_page(live):
    with live.client() as client:
        run = client.write("/api/runs", {"data": "five_patients"})["id"]
        with client.stream("GET", f"/api/runs/{run}/stream", params={"x": "temperature"}) as watched:
            events = events_of(watched)
            next(events)
            _, frame = next(events)
            assert frame["picture"]["kind"] == "curve"
            with live.client() as other:
                state = other.write(f"/api/runs/{run}/settings", {"data": "lecture"})
            assert (state["id"], state["revision"]) == (run, 1)
            name, message = next(events)
            assert (name, message["revision"], message["layer_sizes"]) == ("state", 1, [1, 1])
            assert next(events) == ("comparison", live_comparison(client, run))
            name, frame = next(events)
            assert frame["curves"]["step"] == [0]
            assert frame["picture"]["x"]["column"] == "tumor size"


def test_what_needs_a_new_start_leaves_the_old_run_as_it_stands(live):
    with live.client() as client:
        old = client.write("/api/runs", {"data": "circle", "name": "mine"})
        client.control(old["id"], do="move", unit="epoch", count=5)
        before = client.read(f"/api/runs/{old['id']}/frame")
        wanted = {"data": "circle", "columns": old["columns"], "settings": {**old["settings"], "hidden": []}}
        new = client.write(f"/api/runs/{old['id']}/settings", wanted)
        assert (new["id"] != old["id"], new["position"]["step"], new["layer_sizes"]) == (True, 0, [2, 1])
        assert client.read("/api/session")["last_run"] == new["id"]
        after = client.read(f"/api/runs/{old['id']}/frame")
        assert [after[key] for key in ("layers", "position", "curves")] == [
            before[key] for key in ("layers", "position", "curves")
        ]


def test_changes_on_the_way_are_kept_and_go_along_with_a_lab(studio_in, tmp_path):
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        run = client.write("/api/runs", {"data": "spiral"})
        client.control(run["id"], do="seek", step=40)
        settings = {**run["settings"], "learning_rate": 0.004, "batch_size": 50, "l2": 0.02}
        wanted = {"data": "spiral", "columns": run["columns"], "settings": settings}
        state = client.write(f"/api/runs/{run['id']}/settings", wanted)
        assert (state["id"], state["position"]["step"], state["settings"]["learning_rate"]) == (run["id"], 40, 0.004)
        client.control(run["id"], do="seek", step=90)
        expected = client.read(f"/api/runs/{run['id']}/frame")
        lab = client.read(f"/api/runs/{run['id']}/export/state")
        copy = client.write("/api/labs", lab)
        assert client.read(f"/api/runs/{copy['id']}/frame")["layers"] == expected["layers"]
        assert [change["step"] for change in copy["changes"]] == [40]
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        found = client.read(f"/api/runs/{run['id']}/frame")
        assert [found[key] for key in ("layers", "position", "curves")] == [
            expected[key] for key in ("layers", "position", "curves")
        ]
        client.control(run["id"], do="seek", step=39)
        assert client.read(f"/api/runs/{run['id']}")["settings"] == run["settings"]


def test_a_folder_serves_one_studio_at_a_time(tmp_path):
    store = Store(tmp_path / "folder")
    with pytest.raises(FileError, match="Another studio uses the folder"):
        Store(tmp_path / "folder")
    store.close()
    Store(tmp_path / "folder").close()


def test_folders_that_cannot_be_used_say_why(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileError, match="cannot be used"):
        Store(tmp_path / "file")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "studio.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(FileError, match="damaged"):
        Store(tmp_path / "damaged")
    Store(tmp_path / "newer").close()
    connection = sqlite3.connect(tmp_path / "newer" / "studio.sqlite")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(FileError, match="newer glassnet"):
        Store(tmp_path / "newer")


def test_a_folder_of_the_users_keeps_its_rights(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o755)
    Store(folder).close()
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "tables").stat().st_mode & 0o077 == 0


def test_data_is_removed_with_its_runs(live):
    with live.client() as client:
        data = client.upload("a,b\n1,2\n3,5\n4,4\n").json()["summary"]["id"]
        run = client.write("/api/runs", {"data": data})["id"]
        assert (live.studio.store.tables / f"{data}.csv").exists()
        client.write(f"/api/data/{data}/remove")
        assert not (live.studio.store.tables / f"{data}.csv").exists()
        assert client.get(f"/api/runs/{run}").status_code == 404
        assert client.post("/api/data/lecture/remove", json={}).status_code == 400


def test_what_a_killed_studio_left_half_done_is_swept_at_the_next_start(tmp_path):
    store = Store(tmp_path / "folder")
    kept = Shelf(store).add_text("a,b\n1,2\n3,4\n", "kept").id
    (store.tables / "incoming-0123456789abcdef.csv").write_text("patient,a\n")
    (store.tables / "0123456789abcdef.csv").write_text("patient,a\n")
    (store.tables / "notes of mine.txt").write_text("not ours")
    (store.scratch / "tmpx").mkdir()
    (store.scratch / "tmpx" / "network.glassnet").write_text("categories")
    store.close()
    Store(tmp_path / "folder").close()
    assert {path.name for path in store.tables.iterdir()} == {f"{kept}.csv", "notes of mine.txt"}
    assert list(store.scratch.iterdir()) == []


@pytest.mark.parametrize("mode", [0o755, 0o700, 0o777])
def test_all_that_is_kept_is_readable_by_its_owner_only(tmp_path, mode):
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "tables").mkdir(mode=0o755)
    (folder / "studio.sqlite").touch(mode=0o644)
    old = os.umask(0)
    try:
        store = Store(folder)
        Shelf(store).add_text("a,b\n1,2\n3,4\n", "kept")
        store.set("x", "y")
        files = list(folder.rglob("*"))
        assert {path.name for path in files} >= {"studio.sqlite", "studio.sqlite-wal", "studio.sqlite-shm", "in-use"}
        assert [path.name for path in files if path.stat().st_mode & 0o077] == []
        store.close()
    finally:
        os.umask(old)


def test_a_removed_table_leaves_no_trace_in_the_database(tmp_path):
    store = Store(tmp_path / "folder")
    shelf = Shelf(store)
    data = shelf.add_text("Zebedee,b\n1,2\n3,4\n", "Zebedee").id
    store.save_run("r1", data, b'{"name": "Zebedee"}', {0: b"Zebedee"}, [0])
    store.remove_data(data)
    store.close()
    assert all(b"Zebedee" not in path.read_bytes() for path in store.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("document", [b"", b"\xff\x00", b"{}", b"[1]", b'{"name": 1, "step": "x", "status": "?"}'])
def test_a_damaged_run_is_listed_as_such_and_breaks_no_other(studio_in, tmp_path, document):
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        good, bad = (client.write("/api/runs", {"data": "lecture"})["id"] for _ in range(2))
    store = Store(tmp_path / "folder")
    store._write([("UPDATE runs SET document = ? WHERE id = ?", (document, bad))])
    store.close()
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        assert {run["id"]: run["status"] for run in client.read("/api/runs")["runs"]} == {
            good: "paused",
            bad: "damaged",
        }
        assert client.read("/api/session")["last_run"] is None  # the damaged one was the last
        answer = client.get(f"/api/runs/{bad}")
        assert answer.status_code == 400
        assert "damaged" in answer.json()["message"]
        assert client.read(f"/api/runs/{good}")["id"] == good
        assert [run["id"] for run in client.write(f"/api/runs/{bad}/remove")["runs"]] == [good]


def test_damaged_snapshots_are_computed_again(studio_in, tmp_path):
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        run = client.write("/api/runs", {"data": "lecture"})["id"]
        client.control(run, do="move", unit="batch", count=40)
        expected = client.read(f"/api/runs/{run}/frame")["layers"]
    store = Store(tmp_path / "folder")
    store._write([("UPDATE snapshots SET state = ? WHERE step > 3", (b"PK nothing",))])
    store.close()
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        assert client.read(f"/api/runs/{run}/frame")["layers"] == expected


def test_at_most_a_second_of_steps_is_lost_when_saving_is_slow(studio_in, tmp_path):
    """A run whose whole saving is too dear to be repeated notes its step in between, and takes the steps again."""
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        run = client.write("/api/runs", {"data": "spiral"})["id"]
        entry = live.studio.runs.get(run)
        entry.save_seconds = 1e6
        client.control(run, do="play", unit="batch", per_second=None)
        deadline = time.monotonic() + 20
        while live.studio.store.progress(run) is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        entry.run.stop()
        noted, _ = live.studio.store.progress(run)
        entry.run.seek(noted)
        expected = [w.tolist() for w in entry.run.parameters()[0]]
        live.studio.runs._entries.clear()  # as a killed server: nothing is saved at the end
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        assert client.read(f"/api/runs/{run}")["position"]["step"] == noted > 0
        assert [w.tolist() for w in live.studio.runs.get(run).run.parameters()[0]] == expected


def test_the_same_table_twice_is_one_and_a_table_can_be_renamed(studio_in, tmp_path):
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        first = client.upload("a,b\n1,2\n3,4\n", "one.csv").json()["summary"]
        again = client.upload("a,b\n1,2\n3,4\n", "copy of one.csv").json()["summary"]
        assert again == first
        assert client.upload("a,b\n1,2\n3,5\n", "one.csv").json()["summary"]["id"] != first["id"]
        sets = client.write(f"/api/data/{first['id']}/rename", {"name": " <b>Study\n1 "})["data_sets"]
        assert next(one["name"] for one in sets if one["id"] == first["id"]) == "<b>Study 1"
        assert client.post(f"/api/data/{first['id']}/rename", json={"name": " "}).status_code == 400
        assert client.post("/api/data/lecture/rename", json={"name": "x"}).status_code == 400
        client.write(f"/api/data/{first['id']}/remove")
        assert client.upload("a,b\n1,2\n3,4\n", "one.csv").json()["summary"]["id"] != first["id"]


def test_a_run_that_plays_goes_on_playing_under_another_rate(live):
    with live.client() as client:
        run = client.write("/api/runs", {"data": "spiral"})
        client.control(run["id"], do="play", unit="batch", per_second=50)
        deadline = time.monotonic() + 20
        while client.read(f"/api/runs/{run['id']}")["position"]["step"] < 3:
            assert time.monotonic() < deadline
        wanted = {"data": "spiral", "columns": run["columns"], "settings": {**run["settings"], "learning_rate": 0.001}}
        state = client.write(f"/api/runs/{run['id']}/settings", wanted)
        assert (state["status"], state["speed"]) == ("playing", {"unit": "batch", "per_second": 50})
        step = state["changes"][0]["step"]
        while client.read(f"/api/runs/{run['id']}")["position"]["step"] < step + 3:
            assert time.monotonic() < deadline
        client.control(run["id"], do="pause")


def test_a_table_that_is_opened_again_shows_its_last_run(tmp_path):
    """Not that of the table that was used last."""
    paths = [tmp_path / f"{name}.csv" for name in "ab"]
    for k, path in enumerate(paths):
        path.write_text("\n".join(["size,age", *(f"{row},{k + row % 3}" for row in range(12))]))
    begun = []
    for path in paths:
        studio = Studio(tmp_path / "folder", path)
        begun.append(studio.runs.new(NewRun(studio.opened)).id)
        studio.store.set("last_run", begun[-1])
        studio.close()
    for run, path in zip(begun, paths, strict=True):
        studio = Studio(tmp_path / "folder", path)
        assert studio.store.setting("last_run") == run
        studio.close()
