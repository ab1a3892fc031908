"""Nothing here can start a container or a unit, so what their files say is checked: every command, path, port and variable."""

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from celery.bin.base import CLIContext
from celery.bin.worker import worker as celery_worker
from django.core.management import get_commands, load_command_class
from gunicorn.config import KNOWN_SETTINGS, Config

from apps.site import production
from tests.apps.site.test_settings import names_read

ROOT = Path(__file__).resolve().parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("gradatim")}
WORKERS = [name for name, service in OURS.items() if "celery" in service["command"]]
DOCKERFILE = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
UNITS = sorted((ROOT / "deploy/systemd").glob("gradatim-*.service"))
STARTED = {
    **{f"compose: {name}": service["command"] for name, service in OURS.items()},
    **{f"compose: health of {name}": s["healthcheck"]["test"][1:] for name, s in OURS.items() if "healthcheck" in s},
    "the image": yaml.safe_load(re.search(r"^CMD (\[.*\])$", DOCKERFILE, re.M)[1]),
}


def instructions(word: str) -> list[list[str]]:
    return [shlex.split(line)[1:] for line in DOCKERFILE.splitlines() if line.startswith(f"{word} ")]


def unit(path: Path) -> dict[str, list[str]]:
    """Every setting of a unit with its values, whatever its section."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def started_by(path: Path) -> list[str]:
    line = unit(path)["ExecStart"][0].replace("%i", "cpu").replace("%%", "%").replace("${SLOTS}", "1")
    return shlex.split(line.replace("/opt/gradatim/.venv/bin/", ""))


def approve(words: list[str]) -> None:
    """Fail unless this repository can be started with these words."""
    program, *rest = words
    if program == "gunicorn":
        asked = Config().parser().parse_args(rest)
        module, _, name = asked.args[0].partition(":")
        assert hasattr(__import__(module, fromlist=[name]), name)
        known = {setting.name for setting in KNOWN_SETTINGS}
        given = runpy.run_path(str(ROOT / asked.config))
        assert {key for key in given if not key.startswith("_")} - {"os", "sys"} <= known
    elif program == "celery":
        assert rest[:2] == ["--app", "workers.app"] and find_spec("workers.app")
        arguments = rest[rest.index("worker") + 1 :]
        context = CLIContext(app=None, no_color=True, workdir=None)
        asked = celery_worker.make_context("worker", list(arguments), obj=context).params
        assert asked["queues"] in (["cpu"], ["gpu"], "cpu", "gpu")
    elif rest[0] == "-m":
        assert find_spec(rest[1])
    else:
        assert rest[0] == "manage.py" and rest[1] in get_commands()
        load_command_class(get_commands()[rest[1]], rest[1]).create_parser("manage.py", rest[1]).parse_args(rest[2:])


@pytest.mark.parametrize("what", STARTED)
def test_every_command_of_a_container_exists_and_takes_its_options(what):
    approve(STARTED[what])


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_unit_starts_what_exists(path):
    words = started_by(path)
    if words[0].startswith("/opt/gradatim/"):
        script = ROOT / Path(words[0]).relative_to("/opt/gradatim")
        assert script.stat().st_mode & 0o111
    else:
        approve(words)
        assert unit(path)["User"] == ["gradatim"]
        assert "/etc/gradatim/gradatim.env" in unit(path)["EnvironmentFile"]


def test_a_rule_that_approves_knows_a_wrong_command():
    for wrong in (["python", "manage.py", "no-such"], ["python", "-m", "apps.no_such"]):
        with pytest.raises(AssertionError):
            approve(wrong)
    with pytest.raises(SystemExit):
        approve(["gunicorn", "apps.site.wsgi:application", "--no-such-option"])


def test_every_variable_that_a_container_gets_is_one_that_the_settings_read():
    for name, service in OURS.items():
        assert set(service["environment"]) <= names_read(), name
    made = dict(re.findall(r"(\w+)=(\S+)", " ".join(" ".join(words) for words in instructions("ENV"))))
    assert set(made) - {"PATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"} <= names_read()
    assert made["GRADATIM_ENV"] == "production"


def test_every_variable_that_compose_asks_for_is_explained_in_the_example():
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    offered = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))
    assert asked | {"COMPOSE_PROFILES"} == offered
    demanded = set(re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text()))
    assert demanded == set(re.findall(r"^([A-Z_]+)=$", (ROOT / ".env.example").read_text(), re.M))


def test_filled_in_as_it_says_the_environment_is_one_that_production_accepts():
    filled = {"SECRET_KEY": "uX3-" + "0123456789abcdef" * 4, "POSTGRES_PASSWORD": "a1", "REDIS_PASSWORD": "b2"}
    filled |= {"ALLOWED_HOSTS": "gradatim.example.org", "BASE_URL": "https://gradatim.example.org"}

    def fill(text):
        return re.sub(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}", lambda found: filled.get(found[1], found[2] or ""), text)

    for name, service in OURS.items():
        assert production.problems({key: fill(value) for key, value in service["environment"].items()}) == [], name
    lines = re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / "deploy/gradatim.env").read_text(), re.M)
    assert {name for name, _ in lines} <= names_read()
    assert production.problems({name: value or filled[name] for name, value in lines}) == []


def test_all_processes_see_the_same_files_and_the_image_owns_the_folder():
    for name, service in OURS.items():
        assert service["volumes"] == ["data:/data"], name
        for variable in ("STORAGE_ROOT", "JOBS_ROOT", "UPLOAD_ROOT"):
            assert service["environment"][variable].startswith("/data/")
    assert set(COMPOSE["volumes"]) == {
        volume.split(":")[0] for s in SERVICES.values() for volume in s.get("volumes", [])
    }
    assert "--owner gradatim --group gradatim /data" in DOCKERFILE


def test_the_port_is_the_same_everywhere_and_open_to_this_host_alone():
    assert instructions("EXPOSE") == [["8000"]]
    web = SERVICES["web"]
    assert web["command"][-1].endswith(":8000") and web["healthcheck"]["test"][-1] == "8000"
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:${PORT:-8000}:8000"]
    assert "127.0.0.1:8000" in unit(ROOT / "deploy/systemd/gradatim-web.service")["ExecStart"][0]
    assert set(re.findall(r"proxy_pass (\S+);", (ROOT / "deploy/nginx.conf").read_text())) == {"http://127.0.0.1:8000"}


def test_a_worker_has_time_to_leave_a_checkpoint():
    assert len(WORKERS) == 3
    for name in WORKERS:
        assert SERVICES[name]["stop_grace_period"] == "2m"
        assert SERVICES[name]["init"] is True
    stop = unit(ROOT / "deploy/systemd/gradatim-worker@.service")
    assert int(stop["TimeoutStopSec"][0]) > 90 and stop["KillMode"] == ["mixed"]


def test_everything_has_a_health_check_and_waits_for_what_it_needs():
    for name, service in SERVICES.items():
        assert name == "migrate" or "healthcheck" in service
        for needed, how in service.get("depends_on", {}).items():
            once = how["condition"] == "service_completed_successfully"
            assert once == (needed == "migrate") and (once or "healthcheck" in SERVICES[needed])
    assert SERVICES["migrate"]["restart"] == "no"
    assert all("migrate" in service["depends_on"] for name, service in OURS.items() if name != "migrate")


def test_each_queue_has_a_worker_and_a_gpu_is_asked_for_only_where_one_is_wished_for():
    queues = {name: SERVICES[name]["command"][SERVICES[name]["command"].index("--queues") + 1] for name in WORKERS}
    assert queues == {"worker": "cpu", "trainer-cpu": "gpu", "trainer-gpu": "gpu"}
    assert {name: SERVICES[name].get("profiles") for name in WORKERS} == {
        "worker": None,
        "trainer-cpu": ["cpu"],
        "trainer-gpu": ["gpu"],
    }
    assert [name for name, service in SERVICES.items() if "deploy" in service] == ["trainer-gpu"]


def test_the_image_runs_as_nobody_special_and_takes_its_torch_from_the_index_that_is_asked_for():
    assert instructions("USER")[-1] == ["gradatim"]
    assert "useradd --uid 10001" in DOCKERFILE
    assert re.search(r'pip install --extra-index-url "\$TORCH_INDEX" .*torch\.txt', DOCKERFILE)
    assert instructions("ARG") == [["TORCH_INDEX=https://download.pytorch.org/whl/cpu"]]
    for service in OURS.values():
        assert set(service["build"]["args"]) == {"TORCH_INDEX"}


def copied() -> list[str]:
    """What the Dockerfile copies from the repository."""
    return [source for words in instructions("COPY") if not words[0].startswith("--") for source in words[:-1]]


def test_what_is_copied_exists_and_reaches_the_builder():
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for source in copied():
        assert (ROOT / source).exists(), source
        patterns = [pattern.removesuffix("/**") for pattern in kept]
        assert any(Path(source).match(pattern) for pattern in patterns), source


@pytest.mark.slow
def test_what_is_copied_is_enough_to_collect_the_static_files_without_a_secret(tmp_path):
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=shutil.ignore_patterns("__pycache__"))
        elif not source.startswith("requirements/"):
            shutil.copy(ROOT / source, tmp_path / source)
    ran = re.search(r"python (manage\.py collectstatic .*)", DOCKERFILE)[1]
    done = subprocess.run(
        [sys.executable, *shlex.split(ran), "--dry-run"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "GRADATIM_VAR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"[1-9]\d* static files? copied", done.stdout)


def test_secrets_in_addresses_are_logged_by_no_one():
    text = (ROOT / "deploy/nginx.conf").read_text()
    assert "if=$gradatim_logged" in text and "~^/(s|join)/ 0;" in text
    assert text.count("access_log") == 2
    assert runpy.run_path(str(ROOT / "apps/site/gunicorn.py"))["accesslog"] is None


def test_the_guide_names_files_that_exist():
    guide = (ROOT / "docs/deploy.md").read_text()
    for path in set(re.findall(r"(?<![\w./-])(?:deploy|docs|requirements)/[\w./@*-]*[\w*]", guide)):
        assert list(ROOT.glob(path)), path
    for command in set(re.findall(r"deploy/manage (\w+)", guide)):
        assert command in get_commands(), command
