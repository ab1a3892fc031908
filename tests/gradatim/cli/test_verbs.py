import json
import subprocess
import sys

import pytest

from gradatim import registry
from gradatim.cli import VERBS, main
from tests.gradatim.cli.shell import ROOT, sentence, shell


def test_methods_are_listed_with_source_and_parameters_as_json():
    result = shell("methods", "--json")
    assert result.returncode == 0
    methods = json.loads(result.stdout)
    assert {(m["family"], m["name"]) for m in methods} == {
        (family, name) for family in registry.FAMILIES if family != "tasks" for name in registry.names(family)
    }
    keys = {"family", "name", "title", "help", "source", "use", "version", "parameters"}
    assert all(m.keys() == keys and m["help"] and m["source"] for m in methods)
    folding = next(m for m in methods if m["name"] == "folding")
    assert folding["parameters"]["properties"]["layers"]["default"] == 5


def test_methods_are_listed_for_reading(capsys):
    assert main(["methods"]) == 0
    text = capsys.readouterr().out
    assert "ORDERINGS" in text and "zigzag" in text and "Source: ZIG" in text
    assert max(map(len, text.splitlines())) <= 110


def test_no_command_and_unknown_commands_are_answered(capsys):
    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    assert all(verb in overview for verb in VERBS)
    assert "Name a command" in sentence(shell())
    assert "no command 'sort'" in sentence(shell("sort"))


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_explains_itself_and_refuses_the_unknown(capsys, verb):
    with pytest.raises(SystemExit) as done:
        main([verb, "--help"])
    assert done.value.code == 0
    assert verb in capsys.readouterr().out
    assert main([verb, "--nonsense"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_reader_that_leaves_is_no_error_worth_a_traceback():
    command = f"{sys.executable} -m gradatim methods --json | head -c 10"
    result = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert "Traceback" not in result.stderr and "Exception" not in result.stderr


SERIES = {
    "tokens": [0, 100, 200, 300],
    "values": {"prose": [3.0, 3.5, 3.2, 2.9]},
    "better": {"prose": "lower"},
    "phase_starts": [0],
}


def test_a_series_is_diagnosed(capsys, tmp_path):
    path = tmp_path / "F.json"
    path.write_text(json.dumps(SERIES))
    assert main(["diagnose", "stability_gap", "--series", str(path)]) == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["gap_depth"] == pytest.approx(0.5)
    assert (finding["trough_at"], finding["recovery_at"]) == (100, 300)
    assert main(["diagnose", "stability_gap", "--series", str(path), "--tolerance", "0.25"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["recovery_at"] == 200


def test_every_diagnostic_reads_the_same_file(capsys, tmp_path):
    path = tmp_path / "F.json"
    path.write_text(json.dumps(SERIES))
    assert main(["diagnose", "continual", "--series", str(path), "--params", '{"window": 2}']) == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["window"], finding["finished"]) == (2, list(SERIES["values"]))
    assert main(["diagnose", "task_divergence", "--series", str(path)]) == 2
    assert "an accuracy" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", '{"tokens": [1]}', '{"tokens": NaN}', "\xff"])
def test_a_series_that_cannot_be_read_is_refused_with_one_sentence(capsys, tmp_path, content):
    path = tmp_path / "F.json"
    path.write_bytes(content.encode("latin-1"))
    assert main(["diagnose", "stability_gap", "--series", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and len(captured.err.splitlines()) == 1


@pytest.mark.parametrize("tolerance", ["x", "-1", "nan"])
def test_a_tolerance_that_is_none_is_refused(capsys, tmp_path, tolerance):
    path = tmp_path / "F.json"
    path.write_text(json.dumps(SERIES))
    assert main(["diagnose", "stability_gap", "--series", str(path), f"--tolerance={tolerance}"]) == 2
    assert "olerance" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["plan", "train"])
@pytest.mark.parametrize("content", ["a: [", "- 1", "", "seed: x", "curriculum: 3", "\xff\xfe", "a: 2020-99-99"])
def test_a_document_that_cannot_be_read_is_refused_with_one_sentence(capsys, tmp_path, verb, content):
    path = tmp_path / "doc.yaml"
    path.write_bytes(content.encode("latin-1"))
    assert main([verb, str(path), "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not list(tmp_path.glob("out/*"))
