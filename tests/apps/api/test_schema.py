"""docs/openapi.yaml is generated: ``python manage.py spectacular --file docs/openapi.yaml --validate``."""

from pathlib import Path

from django.core.management import call_command

DOCUMENT = Path(__file__).resolve().parents[3] / "docs/openapi.yaml"


def test_the_written_schema_is_current(tmp_path):
    call_command("spectacular", file=str(tmp_path / "schema.yaml"), validate=True, fail_on_warn=True)
    assert DOCUMENT.read_text() == (tmp_path / "schema.yaml").read_text(), "docs/openapi.yaml is not current: see above"
