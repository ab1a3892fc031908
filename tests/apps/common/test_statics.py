from pathlib import Path

from django.contrib.staticfiles import finders

from apps.common.csvs import harmless
from apps.common.finders import FILES, PackageFinder


def test_plotly_comes_from_its_wheel_and_nothing_else_does():
    assert "plotly.js v" in Path(finders.find("vendor/plotly.min.js")).read_text(encoding="utf8")[:200]
    finder = PackageFinder()
    assert [f"{storage.prefix}/{path}" for path, storage in finder.list([])] == list(FILES)
    for path in ("vendor/widgetbundle.js", "vendor/../settings.py", "vendor/plotly.min.js.map", ""):
        assert finder.find(path) == []


def test_a_spreadsheet_runs_nothing():
    assert [harmless(x) for x in ("=1+1", "+1", "-x", "@a", "\tx", "plain", -1.5)] == [
        "'=1+1",
        "'+1",
        "'-x",
        "'@a",
        "'\tx",
        "plain",
        -1.5,
    ]
