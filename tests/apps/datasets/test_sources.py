"""Files on their way in: pieces in order, resumption, refusals of foreign paths, and what becomes of the bytes."""

import json
from collections import namedtuple
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.selectors import now as now_of
from apps.audit.refusals import RefusedPath
from apps.datasets import roots, services, sources, uploads
from apps.datasets.models import SourceFile
from apps.jobs.models import Job, Status
from gradatim.errors import UserError
from tests.apps import factories

LINES = "".join(json.dumps({"id": str(n), "text": f"sample {n}"}) + "\n" for n in range(50)).encode()


def begin(project, alice, data=LINES, name="a.jsonl", fingerprint="a/1"):
    return sources.start_upload(project=project, name=name, size=len(data), fingerprint=fingerprint, by=alice)


@pytest.mark.django_db
def test_pieces_grow_a_file_and_one_at_the_wrong_place_changes_nothing(project, alice):
    row = begin(project, alice)
    sources.add_piece(file=row, offset=0, data=LINES[:100])
    for offset in (0, 50, 101):
        with pytest.raises(sources.Misplaced) as error:
            sources.add_piece(file=row, offset=offset, data=b"x")
        assert error.value.args == (100,)
    assert not SourceFile.objects.get(pk=row.pk).complete
    row = sources.add_piece(file=row, offset=100, data=LINES[100:])
    assert row.complete
    assert sources.locate(row).path.read_bytes() == LINES
    assert "jsonl" not in sources.locate(row).path.name


@pytest.mark.django_db
def test_an_interrupted_upload_goes_on_for_the_same_person_and_file_alone(project, alice, bob):
    row = begin(project, alice)
    sources.add_piece(file=row, offset=0, data=LINES[:100])
    assert begin(project, alice) == row
    assert begin(project, alice, fingerprint="a/2") != row
    assert begin(project, bob) != row
    assert begin(project, alice, data=LINES + b"x") != row


@pytest.mark.django_db
def test_old_uploads_that_nobody_imports_give_their_room_back(
    project, alice, settings, django_capture_on_commit_callbacks
):
    old, waiting, fresh = (
        sources.upload_whole(project=project, upload=SimpleUploadedFile("a.jsonl", LINES), by=alice) for _ in range(3)
    )
    start(project, alice, waiting)
    week_ago = timezone.now() - timedelta(days=sources.KEPT_DAYS, hours=1)
    SourceFile.objects.filter(pk__in=[old.pk, waiting.pk]).update(created_at=week_ago)
    with django_capture_on_commit_callbacks(execute=True):
        begin(project, alice)
    assert {path.name for path in settings.UPLOAD_ROOT.iterdir()} == {waiting.pk.hex, fresh.pk.hex}


@pytest.mark.django_db
def test_sizes_and_contents_that_cannot_be_are_refused_at_the_file(project, alice, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    for name, size, words in (("a.jsonl", 1001, "larger than"), ("a.jsonl", 0, "empty"), ("a.exe", 5, "not known")):
        with pytest.raises(UserError, match=words) as error:
            sources.start_upload(project=project, name=name, size=size, fingerprint="", by=alice)
        assert error.value.field == "file"
    row = begin(project, alice, data=b"PK\x03\x04")
    with pytest.raises(UserError, match="zip archive"):
        sources.add_piece(file=row, offset=0, data=b"PK\x03\x04")
    row = begin(project, alice, data=b"xx")
    with pytest.raises(UserError, match="More arrives"):
        sources.add_piece(file=row, offset=0, data=b"xxx")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd.jsonl", "C:\\data\\passwd.jsonl", "/etc/passwd.jsonl", "pass\x00wd.jsonl"]
)
def test_a_name_is_a_name_and_never_a_path(name):
    assert uploads.clean_name(name) == "passwd.jsonl"


@pytest.fixture
def folder(tmp_path, settings):
    base = tmp_path / "corpora"
    (base / "deep").mkdir(parents=True)
    (base / "deep/a.jsonl").write_bytes(LINES)
    (base / "note.doc").write_text("x")
    (tmp_path / "secret.jsonl").write_bytes(LINES)
    (base / "out.jsonl").symlink_to(tmp_path / "secret.jsonl")
    (base / "away").symlink_to(tmp_path)
    (base / "inside.jsonl").symlink_to(base / "deep/a.jsonl")
    settings.DATA_ROOTS = {"corpora": str(base)}
    return base


REFUSED = {
    "../../etc/passwd": "leads out of",
    "deep/../../secret.jsonl": "leads out of",
    "out.jsonl": "leads out of",
    "away/secret.jsonl": "leads out of",
    "/etc/passwd": "not an absolute one",
    "~/x.jsonl": "not an absolute one",
    "deep\\a.jsonl": "not an absolute one",
    "file:///etc/passwd": "file:// is not accepted",
    "FILE:/etc/passwd": "file:// is not accepted",
    "http://169.254.169.254/latest/meta-data/": "address is switched off",
    "169.254.169.254/latest/meta-data": "address is switched off",
    "//metadata.google.internal/computeMetadata/v1/": "address is switched off",
    "s3://bucket/a.jsonl": "address is switched off",
    "a\x00.jsonl": "printable",
    "nowhere.jsonl": "There is no",
    "deep": "is a folder",
}


@pytest.mark.parametrize("path, words", REFUSED.items())
def test_paths_that_lead_elsewhere_are_refused_in_words_at_the_path(folder, path, words):
    with pytest.raises(UserError, match=words) as error:
        roots.locate_file("corpora", path)
    assert error.value.field == "path"


def test_refused_paths_say_what_was_asked_for(folder):
    with pytest.raises(RefusedPath) as error:
        roots.locate_file("corpora", "../../etc/passwd")
    assert error.value.path == "corpora: ../../etc/passwd"


@given(st.text(max_size=40) | st.lists(st.sampled_from(["..", ".", "deep", "away", "", "~", "a.jsonl"])).map("/".join))
def test_no_path_ever_leads_out_of_its_root(path):
    from pathlib import Path

    from django.test import override_settings

    base = Path(__file__).parents[2]
    with override_settings(DATA_ROOTS={"tests": str(base)}):
        try:
            assert roots.locate("tests", path).is_relative_to(base)
        except UserError as error:
            assert error.field == "path"


def test_a_folder_lists_what_can_be_imported_and_no_way_out(folder):
    assert [(entry.name, entry.size) for entry in roots.listing("corpora", "")] == [
        ("deep", None),
        ("inside.jsonl", len(LINES)),
    ]
    assert [entry.path for entry in roots.listing("corpora", "deep")] == ["deep/a.jsonl"]


@pytest.mark.django_db
def test_an_uploaded_file_is_imported_by_a_worker_and_then_gone(project, alice, django_capture_on_commit_callbacks):
    upload = SimpleUploadedFile("a.jsonl", LINES)
    row = sources.upload_whole(project=project, upload=upload, by=alice)
    version = start(project, alice, row)
    path = sources.locate(row).path
    with django_capture_on_commit_callbacks(execute=True):
        factories.done(version)
    assert version.artifact.meta["rows"] == 50
    assert version.artifact.meta["source"]["name"] == "a.jsonl"
    assert str(path) not in json.dumps([version.source, version.artifact.meta])
    assert not path.exists()
    with pytest.raises(UserError, match="not kept any more"):
        sources.locate(SourceFile.objects.get(pk=row.pk))


@pytest.mark.django_db
def test_a_file_of_a_folder_stays_where_it_is(project, alice, folder, django_capture_on_commit_callbacks):
    row = sources.register(project=project, root="corpora", path="inside.jsonl", by=alice)
    with django_capture_on_commit_callbacks(execute=True):
        version = factories.done(start(project, alice, row))
    assert version.artifact.meta["rows"] == 50
    assert (folder / "deep/a.jsonl").exists()


@pytest.mark.django_db
def test_an_import_that_failed_is_done_again_as_the_same_version_with_bad_rows_skipped(project, alice):
    upload = SimpleUploadedFile("a.jsonl", LINES + b"broken\n")
    version = start(project, alice, sources.upload_whole(project=project, upload=upload, by=alice))
    with pytest.raises(UserError, match="line 51"):
        factories.perform(version.job)
    with pytest.raises(UserError, match="already"):
        services.import_again(version=version, on_bad="skip", by=alice)
    Job.objects.filter(pk=version.job_id).update(status=Status.FAILED)
    again = services.import_again(version=version, on_bad="skip", by=alice)
    assert (again.pk, again.number) == (version.pk, 1)
    assert again.job.retry_of_id == version.job_id
    assert factories.done(again).report["bad_rows"] == 1
    now = now_of(project)
    assert (now.failed, now.done, now.total) == ([], 1, 1), "what was mended needs nobody any more"


@pytest.mark.django_db
def test_a_new_version_says_what_changed_and_leaves_the_first_alone(project, alice):
    def imported(data):
        upload = SimpleUploadedFile("a.jsonl", data)
        return factories.done(start(project, alice, sources.upload_whole(project=project, upload=upload, by=alice)))

    first = imported(LINES)
    digest = first.artifact.digest
    changed = LINES.replace(b"sample 7", b"sample seven").split(b"\n", 2)[2]
    second = imported(changed + b'{"id": "new", "text": "x"}\n')
    assert second.number == 2
    assert second.report["changes"] == {"added": 1, "removed": 2, "changed": 1, "same": 47, "against": 1}
    first.refresh_from_db()
    assert first.artifact.digest == digest


def start(project, by, row):
    source = {"kind": "file", "name": row.name, "mapping": {"id": "id"}}
    return services.import_dataset(project=project, name="Lines", source=source, by=by, file=row)


@pytest.mark.django_db
def test_an_upload_that_was_cancelled_takes_no_more_pieces(project, alice, django_capture_on_commit_callbacks):
    row = begin(project, alice)
    with django_capture_on_commit_callbacks(execute=True):
        sources.discard(file=row)
    with pytest.raises(UserError, match="upload it again"):
        sources.add_piece(file=row, offset=0, data=LINES[:100])
    assert not uploads.path_of(row.pk).exists()


@pytest.mark.django_db
def test_content_that_is_refused_over_the_api_does_not_block_another_try(signed_in, project, alice):
    client = signed_in(alice)
    row = begin(project, alice, data=b"PAR1 and no lines", name="a.jsonl")
    address = f"/api/v1/files/{row.pk}/?offset=0"
    answer = client.put(address, b"PAR1 and no lines", content_type="application/octet-stream")
    assert answer.status_code == 400
    assert begin(project, alice, data=b"PAR1 and no lines", name="a.jsonl") != row


@pytest.fixture
def disk(monkeypatch):
    """``disk(free)``: so many bytes are free where uploads lie."""
    usage = namedtuple("usage", "total used free")
    return lambda free: monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _: usage(10**12, 0, free))


@pytest.mark.django_db
def test_what_the_disk_cannot_hold_is_refused_before_it_is_sent(project, alice, disk):
    disk(2_000_000)
    sources.start_upload(project=project, name="a.jsonl", size=1_500_000, fingerprint="a", by=alice)
    with pytest.raises(UserError, match="2 MB free, and 1.5 MB of it belong to uploads that have begun") as error:
        sources.start_upload(project=project, name="b.jsonl", size=1_000_000, fingerprint="b", by=alice)
    assert error.value.field == "file"
    assert SourceFile.objects.count() == 1
    sources.start_upload(project=project, name="c.jsonl", size=400_000, fingerprint="c", by=alice)


@pytest.mark.django_db
def test_what_has_arrived_and_what_is_gone_on_with_is_not_counted_twice(project, alice, disk):
    row = begin(project, alice)
    sources.add_piece(file=row, offset=0, data=LINES[: len(LINES) // 2])
    disk(len(LINES))
    assert begin(project, alice) == row, "half of it is on the disk already"
    disk(len(LINES) // 4)
    with pytest.raises(UserError, match="not enough room"):
        begin(project, alice)


@pytest.mark.django_db
def test_uploads_that_are_done_cancelled_or_silent_for_a_day_are_promised_nothing(project, alice, disk):
    names = ("done", "cancelled", "silent")
    done, cancelled, silent = (begin(project, alice, name=f"{name}.jsonl", fingerprint=name) for name in names)
    sources.add_piece(file=done, offset=0, data=LINES)
    sources.discard(file=cancelled)
    SourceFile.objects.filter(pk=silent.pk).update(created_at=timezone.now() - timedelta(hours=25))
    disk(int(len(LINES) * 1.1))
    begin(project, alice, name="new.jsonl", fingerprint="new")
