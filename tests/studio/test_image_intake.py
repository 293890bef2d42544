"""Images of one's own in the studio: what is read as what, what is refused in words, and that nothing is left."""

import io
import tarfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from glassnet.studio.contract.data import ColumnChoice
from glassnet.studio.data.images import image_file
from glassnet.studio.data.preparation.preparation import prepare
from glassnet.studio.http import gate
from glassnet.tables import read_image_table
from glassnet.tables.framing import Framing
from glassnet.tables.image_archive import read_image_archive, write_image_archive

DRAW = np.random.default_rng(5)


def png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "png")
    return file.getvalue()


def scan(bright, rows=12, columns=10):
    """A dark image with a bright corner, or without."""
    pixels = DRAW.integers(0, 60, (rows, columns)).astype(np.uint8)
    pixels[: rows // 2, : columns // 2] += np.uint8(150 if bright else 0)
    return pixels


def scans(count=12):
    return {f"{label}/{k}.png": png(scan(label == "ill")) for label in ("ill", "well") for k in range(count)}


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def taped(files):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return file.getvalue()


def arrays(**content):
    file = io.BytesIO()
    np.savez(file, **content)
    return file.getvalue()


def send(client, content, name):
    return client.post(
        "/api/images", params={"name": name}, content=content, headers={"content-type": "application/octet-stream"}
    )


def take(client, content, name="scans.zip"):
    """Give images; the state in which their reading ends."""
    answer = send(client, content, name)
    assert answer.status_code == 200, answer.text
    deadline = time.monotonic() + 60
    while (state := client.read("/api/images"))["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return state


def taken(client, content, name="scans.zip"):
    """The data set that images make."""
    state = take(client, content, name)
    assert state["status"] == "ready", state
    return client.read(f"/api/data/{state['data']}")


def refused(client, live, content, name="scans.zip"):
    """The words of a refusal, after which nothing is left."""
    before = sorted(path.name for path in live.studio.store.tables.iterdir())
    state = take(client, content, name)
    assert state["status"] == "failed", state
    assert sorted(path.name for path in live.studio.store.tables.iterdir()) == before
    assert list(live.studio.store.scratch.iterdir()) == []
    assert str(live.folder) not in state["message"]
    return state["message"]


@pytest.mark.parametrize("pack", [zipped, taped])
def test_a_folder_of_classes_is_read_as_the_command_reads_it(client, live, tmp_path, pack):
    files = scans()
    data = taken(client, pack({f"all/{name}": content for name, content in files.items()}), f"{pack.__name__}.bin")
    table = live.studio.shelf.table(data["summary"]["id"])
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    own = read_image_table(tmp_path, frame=image_file._frame(24))
    np.testing.assert_array_equal(table.column("image").pixels, own.column("image").pixels)
    assert table.column("image").names == own.column("image").names
    assert [table.column("label").item(k) for k in range(24)] == ["ill"] * 12 + ["well"] * 12
    assert data["understanding"]["choice"]["target"] == "label"
    assert data["understanding"]["problem"] == ""
    facts = data["understanding"]["images"]
    assert [(one["label"], one["count"], len(one["pictures"])) for one in facts["galleries"]] == [
        ("ill", 12, 10), ("well", 12, 10)
    ]  # fmt: skip
    assert (facts["kept"], facts["seen"], facts["channels"], facts["sides"]) == ([12, 10], [12, 10], 1, [12])
    first = facts["galleries"][0]["pictures"][0]
    np.testing.assert_allclose(first["values"], own.column("image").pixels[0].ravel())


def test_the_same_images_are_one_data_set_however_they_are_packed(client):
    files = scans(3)
    first = taken(client, zipped(files), "one.zip")["summary"]["id"]
    assert taken(client, taped(files), "two.tar")["summary"]["id"] == first
    saved = client.get(f"/api/data/{first}/archive")
    assert saved.headers["content-disposition"] == 'attachment; filename="one.npz"'
    assert taken(client, saved.content, "three.npz")["summary"]["id"] == first


def test_a_run_trains_maps_and_lists_the_images_of_a_cell(client, live):
    data = taken(client, zipped(scans(20)), "learn.zip")["summary"]["id"]
    run = client.write("/api/runs", {"data": data})
    assert run["parts"]["test"] > 0
    assert [layer["layer"] for layer in run["settings"]["image"]] == [
        "convolution",
        "pooling",
        "convolution",
        "pooling",
    ]
    client.control(run["id"], do="move", unit="epoch", count=20)
    (score,) = [part for part in client.read(f"/api/runs/{run['id']}/evaluation")["parts"] if part["part"] == "test"]
    assert score["scores"][0]["value"] > 0.8, "bright corners are learned"
    maps = client.read(f"/api/runs/{run['id']}/frame", row=3)["maps"]
    assert maps["layers"][0]["rows"] == 12
    cell = client.read(f"/api/runs/{run['id']}/cell", part="train", truth=0, predicted=0)
    pixels = live.studio.shelf.table(data).column("image").pixels
    for one in cell["rows"][:3]:
        np.testing.assert_allclose(one["picture"]["values"], pixels[one["row"]].ravel())
    assert client.read(f"/api/runs/{run['id']}/occlusion", row=3)["values"]
    client.write(f"/api/runs/{run['id']}/compare")
    deadline = time.monotonic() + 60
    while (state := client.read(f"/api/runs/{run['id']}/comparison"))["status"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert state["status"] == "ready", state
    crafted = [model for model in state["models"] if model["model"].endswith("on features")]
    assert len(crafted) == 3
    assert all(model["scores"] and not model["skipped"] for model in crafted)


def test_a_chosen_size_is_what_the_network_sees(client, live):
    files = {f"{label}/{k}.png": png(scan(label == "ill", 60, 90)) for label in ("ill", "well") for k in range(4)}
    data = taken(client, zipped(files), "large.zip")
    assert data["understanding"]["images"]["kept"] == [60, 90]
    assert data["understanding"]["images"]["seen"] == [43, 64], "64 a side at most, unless a person asks for more"
    name, choice = data["summary"]["id"], data["understanding"]["choice"]
    for side, seen in ((90, [60, 90]), (16, [11, 16])):
        found = client.write(f"/api/data/{name}/columns", {**choice, "image_side": side})
        assert found["images"]["seen"] == seen
        run = client.write("/api/runs", {"data": name, "columns": {**choice, "image_side": side}})
        assert run["layer_sizes"][0] == seen[0] * seen[1]
    pixels = live.studio.shelf.table(name).column("image").pixels
    preparation = prepare(
        live.studio.shelf.table(name),
        ColumnChoice("label", image_side=45),
        live.studio.runs.get(run["id"]).run.preparation.settings,
    )
    halves = pixels.astype(float).reshape(len(pixels), 30, 2, 45, 2, 1).mean((2, 4))
    assert abs(preparation.table.column("image").pixels.astype(float) - halves).mean() < 12, "made smaller, not cut"
    for side in (0, 7, 129, -1):
        answer = client.post(f"/api/data/{name}/columns", json={**choice, "image_side": side})
        assert (answer.status_code, "image_side" in answer.json()["message"]) == (400, True)


def test_no_image_is_made_smaller_twice(client, live, tmp_path):
    files = {f"{label}/{k}.png": png(scan(label == "ill", *shape)) for label in ("ill", "well")
             for k, shape in enumerate(((300, 200), (300, 200), (260, 350)))}  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    data = taken(client, zipped(files), "scans.zip")
    facts, choice = data["understanding"]["images"], data["understanding"]["choice"]
    assert (facts["kept"], facts["seen"], facts["sides"]) == ([128, 85], [64, 43], [16, 28, 32, 48, 64, 96, 128])
    for side in (None, *facts["sides"]):
        body = {"data": data["summary"]["id"], "columns": {**choice, "image_side": side}}
        run = client.write("/api/runs", body)
        seen = live.studio.runs.get(run["id"]).run.preparation.table.column("image")
        command = read_image_table(tmp_path, frame=Framing(largest=side or 64)).column("image")
        place = {Path(name).as_posix(): k for k, name in enumerate(command.names)}
        np.testing.assert_array_equal(seen.pixels, command.pixels[[place[name] for name in seen.names]])


def test_a_set_that_an_earlier_version_kept_says_so_and_stays_beside_the_new_one(studio_in, tmp_path):
    """Its images are in one size, its file says nothing of others, and its runs must keep their bits."""
    folder, files = tmp_path / "folder", {f"{label}/{k}.png": png(scan(label == "ill", 300, 200)) for label in
                                          ("ill", "well") for k in range(3)}  # fmt: skip
    exact = {name: png(scan(name.startswith("ill"), 128, 128)) for name in files}
    with studio_in(folder) as first, first.client() as client:
        old = taken(client, zipped(files), "scans.zip")["summary"]["id"]
        own = taken(client, zipped(exact), "exact.zip")["summary"]["id"]
        kept = first.studio.store.table_path(old)
    table = read_image_archive(kept)
    cells = replace(table.column("image"), smaller=())
    write_image_archive(replace(table, columns={**table.columns, "image": cells}), kept, sizes=False)

    def says(client, data):
        return "An earlier version kept these images" in " ".join(client.read(f"/api/data/{data}")["notes"])

    with studio_in(folder) as second, second.client() as client:
        assert says(client, old)
        assert not says(client, own), "images of 128 pixels that were kept as they are"
        given = taken(client, zipped(files), "scans.zip")
        new = given["summary"]
        assert (new["id"] != old, new["name"]) == (True, "scans.zip in each size")
        assert len(given["understanding"]["images"]["sides"]) == 7
        assert not says(client, new["id"])
        assert taken(client, zipped(files), "again.zip")["summary"]["id"] == new["id"]
    with studio_in(folder) as third, third.client() as client:
        assert (says(client, old), says(client, own), says(client, new["id"])) == (True, False, False)


def test_copies_patients_and_what_is_left_out_are_said(client):
    files = scans(6)
    copied = files["ill/0.png"]
    files |= {
        "well/copy.png": copied,
        "notes.txt": b"hello",
        "ill/broken.jpg": b"\xff\xd8\xff\xe0abc",
        "../x.png": copied,
    }
    data = taken(client, zipped(files), "mixed.zip")
    said = " ".join(data["notes"])
    assert "Identical to an earlier image: 1" in said
    assert "notes.txt: not an image" in said
    assert "ill/broken.jpg: damaged or cut off" in said
    assert "../x.png: its path leads out of the archive" in said
    assert "--" not in said
    assert "/" + "scratch" not in said
    assert data["understanding"]["choice"]["groups"] == "group_id"
    run = client.write("/api/runs", {"data": data["summary"]["id"]})
    state = client.read(f"/api/runs/{run['id']}")
    assert state["columns"]["groups"] == "group_id"


def test_copies_stay_on_one_side(client, live):
    files = scans(30)
    for k in range(30):
        files[f"well/again-{k}.png"] = files[f"well/{k}.png"]
    data = taken(client, zipped(files), "copies.zip")["summary"]["id"]
    run = client.write("/api/runs", {"data": data})["id"]
    preparation = live.studio.runs.get(run).run.preparation
    group = [preparation.table.column("group_id").item(k) for k in range(preparation.table.n_rows)]
    parts = [{group[k] for k in getattr(preparation, part)} for part in ("train", "validation", "test")]
    assert all(parts)
    assert len(set.union(*parts)) == sum(map(len, parts)), "no group is in two parts"


def test_a_table_of_paths_with_its_images(client, live):
    rows = ["scan,age,outcome"]
    files = {}
    for k in range(30):
        files[f"study/img/{k:02d}.png"] = png(scan(k % 2 == 0))
        rows.append(f"img/{k:02d}.png,{20 + k},{'ill' if k % 2 == 0 else 'well'}")
    rows.append("img/none.png,3,ill")
    files["study/patients.csv"] = "\n".join(rows).encode()
    data = taken(client, taped(files), "study")
    assert data["summary"]["n_rows"] == 30
    assert "1 row without a readable image left out" in " ".join(data["notes"])
    kinds = {column["name"]: (column["kind"], column["role"]) for column in data["understanding"]["columns"]}
    assert kinds["scan"] == ("image", "input")
    assert kinds["age"][1] == "input"
    assert kinds["outcome"][1] == "target"
    run = client.write("/api/runs", {"data": data["summary"]["id"]})
    assert run["layer_sizes"][0] == 12 * 10 + 1
    preparation = live.studio.runs.get(run["id"]).run.preparation
    assert [preparation.table.column("age").item(k) for k in range(3)] == ["20", "21", "22"]


def test_arrays_keep_their_own_test_part(client, live):
    content = arrays(
        train_images=np.stack([scan(k % 2 == 0) for k in range(60)]), train_labels=np.arange(60) % 2,
        test_images=np.stack([scan(k % 2 == 0) for k in range(14)]), test_labels=np.arange(14) % 2,
    )  # fmt: skip
    data = taken(client, content, "medmnist.npz")["summary"]["id"]
    run = client.write("/api/runs", {"data": data})
    assert run["parts"]["test"] == 14
    assert any("come with a test part of 14" in note for note in run["notes"])
    preparation = live.studio.runs.get(run["id"]).run.preparation
    assert all(preparation.table.row_name(int(row)).startswith("image test/") for row in preparation.test)
    none = {**run["settings"], "test_share": 0.0}
    again = client.write("/api/runs", {"data": data, "columns": run["columns"], "settings": none})
    assert again["parts"]["test"] == 0, "nobody is held out who should not be"


def test_folders_of_train_and_test_hold_the_classes(client):
    files = {f"x/{part}/{name}": content for part in ("train", "test", "val") for name, content in scans(9).items()}
    data = taken(client, zipped(files), "kaggle.zip")
    assert data["understanding"]["classes"] == ["ill", "well"]
    assert client.write("/api/runs", {"data": data["summary"]["id"]})["parts"]["test"] == 18


def test_colors_stay_where_all_have_them_and_sizes_are_said(client, live):
    color = {
        f"{label}/{k}.png": png(DRAW.integers(0, 255, (9, 9, 3)).astype(np.uint8)) for label in "ab" for k in range(3)
    }
    data = taken(client, zipped(color), "color.zip")
    assert data["understanding"]["images"]["channels"] == 3
    mixed = {**color, "a/gray.png": png(scan(True)), "b/16.png": png(DRAW.integers(0, 60000, (9, 9)).astype(np.uint16))}
    data = taken(client, zipped(mixed), "mixed.zip")
    assert data["understanding"]["images"]["channels"] == 1
    said = " ".join(data["notes"])
    assert "made gray" in said
    assert "scaled by one factor" in said
    assert "Sizes in the files: 9 x 9 to 12 x 10." in said
    assert live.studio.shelf.table(data["summary"]["id"]).n_rows == 8


def test_one_class_has_a_problem_and_no_proposal(client):
    data = taken(client, zipped({f"ill/{k}.png": png(scan(True)) for k in range(4)}), "one.zip")
    assert data["understanding"]["proposal"] is None
    assert "only the value 'ill'" in data["understanding"]["problem"]
    assert data["understanding"]["images"]["galleries"][0]["count"] == 4


def test_images_without_classes_say_what_to_do(client):
    data = taken(client, taped({f"{k}.png": png(scan(True)) for k in range(4)}), "flat")
    assert "These images have no classes" in data["understanding"]["problem"]
    answer = client.post("/api/runs", json={"data": data["summary"]["id"]})
    assert (answer.status_code, "no classes" in answer.json()["message"]) == (400, True)


def test_two_images_train(client):
    data = taken(client, zipped({"a/1.png": png(scan(True)), "b/1.png": png(scan(False))}), "two.zip")
    run = client.write("/api/runs", {"data": data["summary"]["id"]})
    assert run["parts"] == {"train": 2, "validation": 0, "test": 0, "without_target": 0}
    client.control(run["id"], do="move", unit="epoch", count=1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "not a set of images"),
        (b"PK\x03\x04 no more", "not a zip or tar file"),
        (zipped({}), "There is no image"),
        (zipped({"a/1.png": png(scan(True))}), "holds 1 readable image"),
        (zipped({"notes.txt": b"1", "more/notes.txt": b"2"}), "There is no image"),
        (zipped({"table.csv": b"a,b\n1,2\n"}), "names no image that is there"),
        (zipped({"a/1.png": png(scan(True))[:60], "b/1.png": b"\x89PNG"}), "There is no image"),
        (arrays(images=np.zeros((3, 4)), labels=np.zeros(3)), "not a set of images"),
        (arrays(images=np.full((3, 4, 4), np.nan), labels=np.arange(3)), "not finite"),
        (arrays(other=np.zeros(3)), "train_images"),
        (arrays(images=np.zeros((3, 4, 4)), labels=np.zeros(7)), "one label per image"),
        (arrays(images=np.array([{"a": 1}, 2, 3], dtype=object)), "Object"),
        (b"\x93NUMPY\x01\x00 broken", "cannot be read as an array"),
    ],
)  # fmt: skip
def test_bad_images_are_refused_with_a_reason_and_leave_nothing(client, live, content, says):
    assert says in refused(client, live, content, "bad.zip")


def test_limits_are_said(client, live, monkeypatch):
    monkeypatch.setattr("glassnet.images.reading.bundle.MOST_BYTES", 1000)
    monkeypatch.setattr("glassnet.images.reading.bundle.unpack.__kwdefaults__", {
        "most_bytes": 1000, "most_files": 10, "progress": None,
    })  # fmt: skip
    assert "unpacks to more than" in refused(client, live, zipped(scans(3)))
    monkeypatch.setattr("glassnet.studio.data.images.image_file.available_bytes", lambda: 100)
    assert "of memory may be used" in refused(client, live, arrays(images=np.zeros((3, 4, 4)), labels=np.arange(3)))
    monkeypatch.setitem(gate._UPLOADS, "/api/images", (b"application/octet-stream", 1000))
    answer = send(client, bytes(2000), "large.zip")
    assert (answer.status_code, "at most" in answer.json()["message"]) == (413, True)


def test_reading_says_how_far_it_is_and_can_be_stopped(client, live, monkeypatch):
    seen = []
    real = live.studio.intake._progress

    def slow(doing, done, total):
        seen.append((doing, done, total))
        if doing == "Reading" and done == 3:
            client.write("/api/images/cancel")
        real(doing, done, total)

    monkeypatch.setattr(live.studio.intake, "_progress", slow)
    before = sorted(path.name for path in live.studio.store.tables.iterdir())
    assert take(client, zipped(scans(8)), "slow.zip")["status"] == "canceled"
    assert ("Unpacking", 16, 16) in seen
    assert seen[-1] == ("Reading", 3, 16)
    assert sorted(path.name for path in live.studio.store.tables.iterdir()) == before
    assert list(live.studio.store.scratch.iterdir()) == []


def test_one_file_at_a_time(client, live, monkeypatch):
    answers = []

    def reading(*_):
        answers.append(send(client, zipped(scans(2)), "second.zip"))
        raise image_file.FileError("done")

    monkeypatch.setattr("glassnet.studio.storage.shelf.read_image_file", reading)
    take(client, zipped(scans(2)), "first.zip")
    assert (answers[0].status_code, "first.zip is being read" in answers[0].json()["message"]) == (400, True)


def test_removed_for_good(client, live):
    data = taken(client, zipped(scans(9)), "patients.zip")["summary"]["id"]
    run = client.write("/api/runs", {"data": data})["id"]
    client.control(run, do="move", unit="epoch", count=1)
    store = live.studio.store
    kept = store.table_path(data)
    assert kept.suffix == ".npz"
    assert kept.stat().st_mode & 0o077 == 0
    listed = client.write(f"/api/data/{data}/remove")["data_sets"]
    assert data not in [one["id"] for one in listed]
    assert not kept.exists()
    assert list(store.scratch.iterdir()) == []
    assert client.get(f"/api/runs/{run}").status_code == 404
    for part in ("", "/rows", "/archive", "/csv"):
        assert client.get(f"/api/data/{data}{part}").status_code == 404


def test_they_outlive_the_server_and_what_a_kill_left_is_swept(studio_in, tmp_path):
    folder = tmp_path / "folder"
    with studio_in(folder) as first, first.client() as client:
        data = taken(client, zipped(scans(9)), "kept.zip")["summary"]["id"]
        run = client.write("/api/runs", {"data": data})["id"]
        client.control(run, do="move", unit="epoch", count=2)
        before = first.studio.runs.get(run).run.parameters()
        digest = client.read(f"/api/runs/{run}/export/state", table=0)["data"]["fingerprint"]
    assert digest
    (folder / "tables" / "incoming-0123456789abcdef.npz").write_bytes(b"patient")
    (folder / "tables" / "0123456789abcdef.npz").write_bytes(b"patient")
    with studio_in(folder) as second, second.client() as client:
        assert [path.name for path in (folder / "tables").iterdir()] == [f"{data}.npz"]
        after = second.studio.runs.get(run).run.parameters()
        assert all((a == b).all() for parts in zip(before, after, strict=True) for a, b in zip(*parts, strict=True))
        lab = client.read(f"/api/runs/{run}/export/state", table=0)
        assert client.write("/api/labs", lab)["position"]["step"] == lab["step"]
        answer = client.get(f"/api/runs/{run}/export/state", params={"table": 1})
        assert (answer.status_code, "does not hold images" in answer.json()["message"]) == (400, True)
        kept = folder / "tables" / f"{data}.npz"
        kept.write_bytes(kept.read_bytes()[:500])
    with studio_in(folder) as third, third.client() as client:
        answer = client.get(f"/api/data/{data}")
        assert (answer.status_code, "kept.zip" in answer.json()["message"]) == (400, True)
        client.write(f"/api/data/{data}/remove")


def test_the_studio_opens_with_a_folder_and_with_a_table_of_paths(tmp_path):
    from glassnet.studio.studio import Studio

    for name, content in scans(3).items():
        (tmp_path / "scans" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "scans" / name).write_bytes(content)
    rows = "".join(f"scans/{label}/{k}.png,{label}\n" for label in ("ill", "well") for k in range(3))
    (tmp_path / "study.csv").write_text("scan,outcome\n" + rows)
    for given in (tmp_path / "scans", tmp_path / "study.csv"):
        studio = Studio(tmp_path / f"folder-{given.stem}", given)
        try:
            table = studio.shelf.table(studio.opened)
            assert table.n_rows == 6
            assert studio.shelf.summary(studio.opened).summary == "Your own images."
            again = studio.shelf.add_copy(given)
            assert again.id == studio.opened, "the same images are one data set"
        finally:
            studio.close()


def test_no_text_of_a_dicom_header_is_kept(client, live):
    pydicom = pytest.importorskip("pydicom")
    from pydicom.data import get_testdata_file

    source = pydicom.dcmread(get_testdata_file("CT_small.dcm"))
    files = {}
    for k in range(6):
        source.PatientName, source.PatientID = "Verysecret^Name", f"SECRET-{k // 2}"
        pixels = source.pixel_array.copy()
        pixels[:64, :64] += np.int16(500 * (k % 2) + k)
        source.PixelData = pixels.tobytes()
        content = io.BytesIO()
        source.save_as(content)
        files[f"{'ab'[k % 2]}/{k}.dcm"] = content.getvalue()
    data = taken(client, zipped(files), "ct.zip")
    said = " ".join(data["notes"])
    assert "Header fields that can identify a person are filled: " in said
    assert "PatientName (6)" in said
    assert "DICOM headers name patients" in said
    kept = live.studio.store.table_path(data["summary"]["id"]).read_bytes()
    everything = kept + b"".join(path.read_bytes() for path in live.folder.glob("studio.sqlite*"))
    for secret in (b"Verysecret", b"SECRET-"):
        assert secret not in everything
        assert secret not in client.get(f"/api/data/{data['summary']['id']}/archive").content
    assert data["understanding"]["choice"]["groups"] == "group_id"
