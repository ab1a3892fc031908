"""The script that measures pages finds and opens all of them."""

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks/pages.py"


@pytest.mark.django_db
def test_it_measures_every_main_page_of_a_finished_study(study, settings, capsys):
    before = settings.ROOT_URLCONF, settings.ALLOWED_HOSTS
    settings.ROOT_URLCONF, settings.ALLOWED_HOSTS = before  # put back after the test, whatever the script sets
    code = runpy.run_path(str(SCRIPT))["measure"](str(study.project.pk), 1)
    said = capsys.readouterr().out
    assert code == 0, said
    lines = said.splitlines()[2:]
    assert len(lines) == 14
    assert all(float(line.split()[-1]) > 0 for line in lines)
