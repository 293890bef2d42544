"""A full disk: reading goes on, the run goes on in memory and says that it is not kept, and the end says the truth."""

import errno

import pytest

from glassnet.studio import app
from glassnet.studio.storage import shelf, store
from glassnet.studio.storage.store import Store, Unkept


def fill(live):
    """From here on the database finds no room, as on a full disk."""
    pages = live.studio.store._connection.execute("PRAGMA page_count").fetchone()[0]
    live.studio.store._connection.execute(f"PRAGMA max_page_count = {pages}")


def free(live):
    live.studio.store._connection.execute("PRAGMA max_page_count = 1000000")


def test_reading_and_training_go_on_and_all_is_kept_when_there_is_room_again(studio_in, tmp_path):
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        run = client.write("/api/runs", {"data": "spiral"})["id"]
        other = client.write("/api/runs", {"data": "lecture"})["id"]
        fill(live)
        for path in ("session", "catalog", "data", "runs", f"runs/{run}", f"runs/{other}"):
            client.read(f"/api/{path}")
        for part in ("frame", "evaluation", "export/state"):
            client.read(f"/api/runs/{run}/{part}")
        state = client.control(run, do="move", unit="epoch", count=60)
        assert state["position"]["step"] > 100
        assert "full" in state["unkept"]
        new = client.write("/api/runs", {"data": "circle"})
        assert "full" in new["unkept"]
        assert new["id"] in [one["id"] for one in client.read("/api/runs")["runs"]]
        known = {f"{one['id']}.csv" for one in client.read("/api/data")["data_sets"]}
        for count in range(200):  # the last page of the database still has room for some
            answer = client.upload(f"a,b\n1,2\n3,{count}\n")
            if answer.status_code != 200:
                break
            known.add(answer.json()["summary"]["id"] + ".csv")
        assert (answer.status_code, "full" in answer.json()["message"]) == (507, True)
        assert {path.name for path in live.studio.store.tables.iterdir()} <= known
        free(live)
        assert client.control(run, do="move", unit="epoch", count=1)["unkept"] == ""
        expected = client.read(f"/api/runs/{run}/frame")
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        found = client.read(f"/api/runs/{run}/frame")
        assert (found["layers"], found["curves"]) == (expected["layers"], expected["curves"])
        client.control(run, do="seek", step=3)
        assert new["id"] in [one["id"] for one in client.read("/api/runs")["runs"]]


def test_the_end_says_which_runs_are_not_kept(studio_in, tmp_path):
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        run = client.write("/api/runs", {"data": "spiral", "name": "mine"})["id"]
        fill(live)
        client.control(run, do="move", unit="epoch", count=60)
    assert len(live.studio.lost) == 1
    assert "'mine' are not kept" in live.studio.lost[0]
    assert "full" in live.studio.lost[0]


@pytest.mark.parametrize("place", ["open", "write"])
def test_an_upload_that_finds_no_room_says_so_and_leaves_nothing(studio_in, tmp_path, monkeypatch, place):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    class Full:
        def __init__(self, path):
            self.file = store.private_file(path)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        write = full

        def truncate(self, size):
            self.file.truncate(size)

    for module in (app, shelf):
        monkeypatch.setattr(module, "private_file", full if place == "open" else Full)
    with studio_in(tmp_path / "folder") as live, live.client() as client:
        answer = client.upload("a,b\n" + "1,2\n" * 100_000)
        assert answer.status_code == 507
        assert "disk full" in answer.json()["message"]
        assert list(live.studio.store.tables.iterdir()) == []
        with pytest.raises(Unkept, match="full"):
            live.studio.shelf.add_text("a,b\n1,2\n", "edited")
        assert list(live.studio.store.tables.iterdir()) == []


def test_a_change_that_failed_does_not_block_the_next(tmp_path):
    kept = Store(tmp_path / "folder")
    with pytest.raises(Unkept, match="refuses"):
        kept._write([("INSERT INTO nowhere VALUES (1)", ())])
    kept.set("x", "y")
    assert kept.setting("x") == "y"
    kept.close()
