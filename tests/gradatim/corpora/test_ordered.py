import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradatim import artifacts
from gradatim.cli import main
from gradatim.corpora import ordered
from gradatim.errors import UserError
from gradatim.interleave import Served
from gradatim.plans import PlanWriter
from tests.gradatim.cli.shell import sentence, shell
from tests.gradatim.made_data import make_dataset

#: lines as files have them: with carriage returns, blank ones, spaces in front, bytes that are no text
LINES = st.one_of(
    st.binary(max_size=12).filter(lambda line: b"\n" not in line),
    st.sampled_from(
        [b"", b"\r", b"  ", b"\t \r", b' {"text": "a"}', b'{"text": "b"}\r', b"\x0b", b"\x85", "é".encode()]
    ),
)


def naive(data: bytes, order) -> bytes:
    lines = [line for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip()]
    return b"".join(lines[i] + b"\n" for i in order)


def samples_of(data: bytes) -> int:
    return naive(data, []) == b"" and sum(
        bool(line.strip()) for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    )


def reordered(folder, data: bytes, order) -> bytes:
    source, target = folder / "F.jsonl", folder / "OUT.jsonl"
    source.write_bytes(data)
    lines = ordered.index(source)
    assert len(lines) == samples_of(data)
    assert list(ordered.write(lines, np.asarray(order), target))[-1:] == ([len(order)] if len(order) else [])
    return target.read_bytes()


@pytest.mark.parametrize(("piece", "fetched"), [(1, 1), (7, 3), (ordered.PIECE, ordered.FETCHED)])
@settings(max_examples=150, deadline=None)
@given(
    data=st.data(), parts=st.lists(LINES, max_size=12), mark=st.booleans(), dtype=st.sampled_from(["u4", "i8", "i1"])
)
def test_the_bytes_are_those_of_sorting_the_lines_and_writing_them(
    tmp_path_factory, piece, fetched, data, parts, mark, dtype
):
    content = b"\xef\xbb\xbf" * mark + b"\n".join(parts)
    if content.startswith(ordered._COMPRESSED):
        content = b"a" + content
    count = samples_of(content)
    positions = st.permutations(range(count)) if count == 0 else st.lists(st.integers(0, count - 1), max_size=20)
    order = np.array(data.draw(st.one_of(st.permutations(range(count)), positions)), dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ordered, "PIECE", piece)
        patch.setattr(ordered, "FETCHED", fetched)
        assert reordered(tmp_path_factory.mktemp("made"), content, order) == naive(content, order)


def test_a_last_line_without_a_newline_gets_one_wherever_it_goes(tmp_path):
    assert reordered(tmp_path, b"a\nb\nc", [2, 0, 2, 1]) == b"c\na\nc\nb\n"


def test_lines_longer_than_a_piece_are_whole(tmp_path):
    data = b"".join(bytes([97 + i]) * (ordered.PIECE // 2 * i + 1) + b"\n" for i in range(5))
    assert reordered(tmp_path, data, [4, 0, 3, 1, 2]) == naive(data, [4, 0, 3, 1, 2])


@pytest.mark.parametrize("positions", [[3], [0, -1], [2**31]])
def test_positions_that_no_sample_has_are_refused_and_nothing_is_written(tmp_path, positions):
    (tmp_path / "F.jsonl").write_bytes(b"a\n\nb\nc\n")
    lines = ordered.index(tmp_path / "F.jsonl")
    with pytest.raises(UserError, match=r"the order holds|The order holds the position \d+, and there are 3 samples"):
        list(ordered.write(lines, np.array(positions), tmp_path / "OUT.jsonl"))
    assert [path.name for path in tmp_path.iterdir()] == ["F.jsonl"]


def test_a_write_that_is_broken_off_leaves_what_was_there(tmp_path, monkeypatch):
    monkeypatch.setattr(ordered, "FETCHED", 1)
    source, target = tmp_path / "F.jsonl", tmp_path / "OUT.jsonl"
    source.write_bytes(b"a\nb\n")
    target.write_bytes(b"older\n")
    writing = ordered.write(ordered.index(source), np.array([1, 0]), target)
    assert next(writing) == 1
    writing.close()
    assert target.read_bytes() == b"older\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["F.jsonl", "OUT.jsonl"]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "F.jsonl").write_bytes(b'{"text":"a"}\r\n\n{"text":"b"}\n{"text":"c"}')
    np.save(tmp_path / "O.npy", np.array([2, 0, 1], np.uint32))
    return tmp_path


def call(files, **other):
    words = {"data": files / "F.jsonl", "order": files / "O.npy", "out": files / "OUT.jsonl"} | other
    return ["reorder", *(word for name, value in words.items() for word in (f"--{name}", str(value)))]


def test_a_shell_call_writes_the_file_in_the_order(files):
    result = shell(*call(files))
    assert (result.returncode, result.stdout) == (0, "")
    assert result.stderr == "3 lines written in order, from 3 samples.\n"
    assert (files / "OUT.jsonl").read_bytes() == b'{"text":"c"}\n{"text":"a"}\r\n{"text":"b"}\n'
    assert sorted(path.name for path in files.iterdir()) == ["F.jsonl", "O.npy", "OUT.jsonl"]


def test_kept_positions_write_a_part_of_the_file(files):
    np.save(files / "O.npy", np.array([1], np.uint32))
    assert main(call(files)) == 0
    assert (files / "OUT.jsonl").read_bytes() == b'{"text":"b"}\n'
    np.save(files / "O.npy", np.array([], np.uint32))
    assert main(call(files)) == 0
    assert (files / "OUT.jsonl").read_bytes() == b""


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (np.arange(4, dtype=np.uint32), "there are 3 samples"),
        (np.array([0, -1]), "count from 0"),
        (np.array([0.0, 1.0]), "column of whole numbers"),
        (np.array([True]), "column of whole numbers"),
        (np.zeros((2, 2), int), "2 dimensions"),
    ],
)
def test_what_is_no_order_of_these_samples_is_refused_with_one_sentence(files, order, said):
    np.save(files / "O.npy", order)
    assert said in sentence(shell(*call(files)))
    assert not (files / "OUT.jsonl").exists()


def test_files_that_cannot_be_read_or_written_are_refused_with_one_sentence(files, capsys):
    (files / "F.jsonl.gz").write_bytes(b"\x1f\x8b\x08\x00")
    (files / "no.npy").write_bytes(b"1,2")
    for other, said in [
        ({"data": files / "missing.jsonl"}, "There is no file"),
        ({"data": files}, "no complete artifact"),
        ({"order": files}, "no complete artifact"),
        ({"data": files / "F.jsonl.gz"}, "compressed"),
        ({"order": files / "missing.npy"}, "There is no file"),
        ({"order": files / "no.npy"}, "not a .npy file"),
        ({"out": files / "F.jsonl"}, "input itself"),
        ({"out": files / "O.npy"}, "input itself"),
        ({"out": files / "missing" / "OUT.jsonl"}, "cannot be written"),
        ({"out": files}, "cannot be written"),
    ]:
        assert main(call(files, **other)) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and said in lines[0]
    assert (files / "F.jsonl").read_bytes().startswith(b'{"text":"a"}')


def planned(folder, positions, *datasets):
    """A plan whose samples are all of its first stream."""
    with PlanWriter(folder) as writer:
        ones = np.ones(len(positions), np.uint32)
        writer.append(Served(0 * ones, np.asarray(positions, np.uint32), 0 * ones, ones), 0)
    meta = {"samples": len(positions), "streams": [{"dataset": digest} for digest in datasets], "phases": []}
    artifacts.seal(folder, "plan", meta)
    return folder


def test_a_dataset_is_written_as_its_export_would_be_in_the_order_of_a_plan(files):
    made = make_dataset(files / "dataset", ["web", "code", "web"], [False] * 3)
    plan = planned(files / "plan", [2, 0, 2], made.digest)
    assert main(call(files, data=files / "dataset", order=plan)) == 0
    assert (files / "OUT.jsonl").read_bytes() == b"".join(
        b'{"id":"%d","domain":"web","text":"sample %d"}\n' % (i, i) for i in (2, 0, 2)
    )
    assert sorted(path.name for path in files.iterdir()) == ["F.jsonl", "O.npy", "OUT.jsonl", "dataset", "plan"]


def test_a_plan_of_other_or_several_datasets_is_no_order(files):
    make_dataset(files / "dataset", ["web"], [False])
    other = planned(files / "other", [0], "1" * 64)
    several = planned(files / "several", [0], "1" * 64, "2" * 64)
    assert "another dataset" in sentence(shell(*call(files, data=files / "dataset", order=other)))
    assert "2 datasets" in sentence(shell(*call(files, order=several)))
    assert not (files / "OUT.jsonl").exists()
