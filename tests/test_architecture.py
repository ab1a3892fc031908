"""Policy as tests: the direction of imports, what loads what, who writes a status, how long a module may be."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from django.core.management import call_command
from setuptools import find_packages

ROOT = Path(__file__).resolve().parents[1]
LONGEST_MODULE = 300
LONGEST_VIEW = 15

MODULES = sorted(
    path.relative_to(ROOT).as_posix()
    for package in ("gradatim", "apps", "workers")
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)


def loaded_by(statement: str) -> set[str]:
    """Top-level names in ``sys.modules`` after a statement in a process of its own, with Django set up."""
    code = f"import django; django.setup(); {statement}; import sys; print(*{{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_addresses_load_neither_torch_nor_transformers_nor_workers():
    loaded = loaded_by("import apps.site.urls")
    assert "apps" in loaded
    assert not loaded & {"torch", "transformers", "workers"}


def test_a_worker_loads_neither_torch_nor_transformers():
    loaded = loaded_by("import workers.app; workers.app.app.loader.import_default_modules(); import workers.scheduler")
    assert "workers" in loaded
    assert not loaded & {"torch", "transformers"}


def test_imports_point_down():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_holds_the_library_alone():
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    packages = find_packages(str(ROOT), **config)
    assert "gradatim.orderings" in packages
    assert {name.split(".")[0] for name in packages} == {"gradatim"}
    folders = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in ROOT.glob("gradatim/**/*.py")}
    assert folders == set(packages), "a folder without __init__.py would be missing in the wheel"


def test_every_model_change_has_its_migration(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_holds_one_idea(module):
    lines = len((ROOT / module).read_text().splitlines())
    assert lines <= LONGEST_MODULE


def test_views_are_doors():
    long = []
    for module in MODULES:
        if not module.endswith("/views.py"):
            continue
        for node in ast.walk(ast.parse((ROOT / module).read_text())):
            if isinstance(node, ast.FunctionDef) and (lines := length(node)) > LONGEST_VIEW:
                long.append(f"{module}: {node.name} has {lines} lines")
    assert long == []


def length(function: ast.FunctionDef) -> int:
    """Lines from the signature on, without decorators and docstring."""
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        lines -= first.end_lineno - first.lineno + 1
    return lines


def writes_status(node: ast.AST) -> bool:
    """``x.status = ...``, ``.update(status=...)``, and ``"status"`` among the fields of a save or a bulk update."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute) and target.attr == "status" for target in targets)
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in ("update", "update_or_create", "create"):
        return any(keyword.arg == "status" for keyword in node.keywords)
    if node.func.attr in ("save", "asave", "bulk_update"):
        return any(isinstance(part, ast.Constant) and part.value == "status" for part in ast.walk(node))
    return False


def test_one_module_writes_the_status_of_jobs():
    writers = {
        module
        for module in MODULES
        if module.startswith(("apps/", "workers/"))
        and any(writes_status(node) for node in ast.walk(ast.parse((ROOT / module).read_text())))
    }
    assert writers <= {"apps/jobs/status.py"}


@pytest.mark.parametrize(
    ("code", "writes"),
    [
        ("job.status = 'failed'", True),
        ("rows.update(status=to)", True),
        ("job.save(update_fields=['status'])", True),
        ("rows.filter(status='failed')", False),
        ("HttpResponse(status=404)", False),
    ],
)
def test_the_rule_about_status_knows_a_write_from_a_read(code, writes):
    assert any(writes_status(node) for node in ast.walk(ast.parse(code))) is writes
