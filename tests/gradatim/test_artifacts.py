import json
import os

import pytest

from gradatim import artifacts, digest
from gradatim.artifacts import Store
from gradatim.errors import UserError


def make(folder, content=b"numbers", meta=None):
    (folder / "inner").mkdir(parents=True)
    (folder / "a.bin").write_bytes(content)
    (folder / "inner" / "b.txt").write_text("more")
    return artifacts.seal(folder, "scores", {"rows": 7} if meta is None else meta)


def test_a_sealed_folder_is_read_back(tmp_path):
    stored = make(tmp_path / "x")
    assert artifacts.read(tmp_path / "x") == stored == artifacts.verify(tmp_path / "x")
    assert (stored.kind, stored.meta, stored.size) == ("scores", {"rows": 7}, 11)
    assert stored.digest == digest.of_file(tmp_path / "x" / artifacts.MANIFEST)
    assert sorted(p.name for p in (tmp_path / "x").iterdir()) == ["a.bin", "inner", "manifest.json"]


def test_equal_content_has_an_equal_digest_wherever_it_lies(tmp_path):
    assert make(tmp_path / "x").digest == make(tmp_path / "y").digest
    assert make(tmp_path / "z", b"other").digest != artifacts.read(tmp_path / "x").digest
    assert make(tmp_path / "w", meta={"rows": 8}).digest != artifacts.read(tmp_path / "x").digest


def test_a_folder_without_a_manifest_is_not_complete(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"half")
    with pytest.raises(UserError, match="manifest is missing"):
        artifacts.read(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "scores"}', '{"kind": "x", "meta": {}, "files": [1]}'])
def test_a_manifest_that_is_none_is_refused(tmp_path, text):
    (tmp_path / artifacts.MANIFEST).write_text(text)
    with pytest.raises(UserError):
        artifacts.read(tmp_path)


@pytest.mark.parametrize("damage", ["change", "cut", "remove"])
def test_damage_is_found_and_the_file_named(tmp_path, damage):
    make(tmp_path / "x")
    path = tmp_path / "x" / "a.bin"
    if damage == "remove":
        path.unlink()
    else:
        path.write_bytes(b"Numbers" if damage == "change" else b"num")
    with pytest.raises(UserError, match="a.bin"):
        artifacts.verify(tmp_path / "x")
    with pytest.raises(UserError, match="a.bin"):
        Store(tmp_path / "store").put(tmp_path / "x")
    assert not list((tmp_path / "store").rglob("manifest.json"))


def test_a_store_gives_back_what_was_put_and_keeps_the_source(tmp_path):
    store = Store(tmp_path / "store")
    stored = make(tmp_path / "x")
    kept = store.put(tmp_path / "x")
    assert store.put(tmp_path / "x") == kept == store.get("scores", stored.digest)
    assert kept.path == tmp_path / "store" / "scores" / stored.digest
    assert artifacts.verify(kept.path).digest == stored.digest
    assert (tmp_path / "x" / "a.bin").is_file()
    assert [p.name for p in kept.path.parent.iterdir()] == [stored.digest]


def test_what_is_not_in_a_store_is_refused(tmp_path):
    store = Store(tmp_path)
    with pytest.raises(UserError, match="not in the store"):
        store.get("scores", "0" * 64)
    for wrong in ("", "abc", "../" * 22, "G" * 64):
        with pytest.raises(UserError, match="not a digest"):
            store.get("scores", wrong)


def test_a_manifest_is_canonical_json(tmp_path):
    make(tmp_path / "x", meta={"b": 1.0, "a": 2})
    data = (tmp_path / "x" / artifacts.MANIFEST).read_bytes()
    assert data == digest.canonical_json(json.loads(data))


def test_what_is_damaged_in_the_store_is_replaced_when_it_is_stored_again(tmp_path):
    store = Store(tmp_path / "store")
    stored = store.put(make(tmp_path / "x").path)
    (stored.path / "a.bin").unlink()
    (stored.path / "a.bin").write_bytes(b"damaged")
    store.put(make(tmp_path / "y").path)
    assert artifacts.verify(stored.path).digest == stored.digest


def test_what_a_killed_writer_left_half_stored_is_removed_once_it_is_old(tmp_path):
    store = Store(tmp_path / "store")
    kept = store.put(make(tmp_path / "x").path)
    half = kept.path.with_name(f".{kept.digest}.0123")
    half.mkdir()
    (half / "a.bin").write_bytes(b"half")
    assert store.clear_unfinished(older_than=60) == 0
    os.utime(half, (1, 1))
    assert store.clear_unfinished(older_than=60) == 1
    assert sorted(path.name for path in kept.path.parent.iterdir()) == [kept.digest]
