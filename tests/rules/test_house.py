"""The files around the code: make's targets, CI, the lock, the compose file, and that they agree with each other."""

import re
import subprocess
import tomllib
from typing import Any

import pytest
import yaml

import airlift
from tests.rules.tree import PROJECT, keep

ROOT = PROJECT.root
TARGET = re.compile(r"^(?P<name>[a-z][\w-]*):(?P<needs>[^#=\n]*)(?P<help>## \S.*)?$", re.MULTILINE)
SECRET = re.compile(r"PASSWORD|SECRET|FERNET|CONN$")
MOUNTED = ("dags", "plugins", "include")


def read(name: str) -> str:
    """A file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


def target_faults(makefile: str) -> list[str]:
    """Targets that help doesn't show, or that don't set up first what is missing."""
    targets = {match["name"]: match for match in TARGET.finditer(makefile)}
    needs = {name: match["needs"].split() for name, match in targets.items()}
    silent = [f'Makefile: "{name}" needs a "## <what it does>"' for name, match in targets.items() if not match["help"]]
    bare = [name for name in targets if name not in ("help", "setup") and not _reaches(name, needs)]
    return silent + [f'Makefile: "{name}" must depend on setup' for name in bare]


def _reaches(name: str, needs: dict[str, list[str]]) -> bool:
    return "setup" in needs.get(name, ()) or any(_reaches(other, needs) for other in needs.get(name, ()))


def pins(lock: str) -> dict[str, list[str]]:
    """Each pinned package as `name==version`, with its hashes."""
    blocks = re.split(r"\n(?=\S)", re.sub(r"(?m)^\s*#.*\n?", "", lock))
    return {block.split()[0]: re.findall(r"--hash=(sha256:[0-9a-f]{64})", block) for block in blocks if block.strip()}


def lock_faults(wanted: str, lock: str) -> list[str]:
    """What makes requirements.txt more, or less, than requirements.in with every version and hash."""
    pinned = pins(lock)
    names = {pin.partition("==")[0].partition("[")[0].lower() for pin in pinned}
    asked = re.findall(r"(?m)^[A-Za-z0-9._-]+", wanted)
    loose = [pin for pin, hashes in pinned.items() if "==" not in pin or not hashes]
    missing = [name for name in asked if name.lower() not in names]
    addresses = [line for line in lock.splitlines() if "://" in line]
    return [
        *(f"requirements.txt: {pin} is not pinned with a hash; run make lock" for pin in loose),
        *(f"requirements.txt: {name} of requirements.in is missing; run make lock" for name in missing),
        *(f"requirements.txt: names an address of one machine: {line}" for line in addresses),
    ]


def compose_faults(text: str) -> list[str]:
    """Services of Airflow's without our folders, secrets that are written out, and a version that is not the lock's."""
    services: dict[str, Any] = yaml.safe_load(text)["services"]
    version = dict(pin.split("==") for pin in pins(read("requirements.txt")))["apache-airflow"]
    faults = []
    for name, service in services.items():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key) and "${" not in str(value):
                faults.append(f"docker-compose.yaml: {name}: {key} is written out; take it from .env as ${{NAME:?...}}")
        if not service["image"].startswith("apache/airflow"):
            continue
        if service["image"] != f"apache/airflow:{version}":
            faults.append(f"docker-compose.yaml: {name}: {service['image']} is not the lock's Airflow {version}")
        missing = {f"./{folder}:/opt/airflow/{folder}:ro" for folder in MOUNTED} - set(service.get("volumes", ()))
        faults += [f"docker-compose.yaml: {name}: {mount} is not mounted" for mount in sorted(missing)]
    return faults


def test_every_target_explains_itself_and_sets_up() -> None:
    keep(target_faults(read("Makefile")))


def test_make_alone_prints_the_targets() -> None:
    printed = subprocess.run(["make", "-s", "-C", ROOT], capture_output=True, text=True, check=True).stdout
    shown = re.findall(r"^  make (\w+)", printed, re.MULTILINE)
    assert shown == ["help", "setup", "demo", "test", "newest", "oldest", "slow", "airflow", "doctor", "bench", "torture", "lint", "lock"]


def test_ci_runs_what_a_developer_runs() -> None:
    assert read(".ci/run").splitlines()[-2:] == ["make test </dev/null", "SHORT=yes make newest </dev/null"]


@pytest.mark.parametrize("script", ["scripts/setup", "scripts/packages", "scripts/lock", ".ci/run"])
def test_scripts_parse_and_may_be_run(script: str) -> None:
    assert (ROOT / script).stat().st_mode & 0o111
    subprocess.run(["bash", "-n", ROOT / script], check=True)


def test_the_lock_pins_everything() -> None:
    keep(lock_faults(read("requirements.in"), read("requirements.txt")))


def test_compose_mounts_the_project_and_holds_no_secret() -> None:
    keep(compose_faults(read("docker-compose.yaml")))


def test_one_version_is_told_everywhere() -> None:
    assert tomllib.loads(read("pyproject.toml"))["project"]["version"] == airlift.__version__


@pytest.mark.parametrize("line", ["demo: setup", "demo: ## Run it", "demo: lint ## Run it\nlint: ## Lint"])
def test_a_faulty_target_is_found(line: str) -> None:
    assert target_faults(f"{line}\nsetup: ## Set up\n")


def test_a_faulty_lock_is_found() -> None:
    good = "pytest==9.0.0 \\\n    --hash=sha256:" + "0" * 64 + "\n    # via -r requirements.in\n"
    keep(lock_faults("# Tests\npytest>=8\n", good))
    assert lock_faults("pytest\nruff\n", good)
    assert lock_faults("pytest\n", "pytest==9.0.0" + "\n")
    assert lock_faults("pytest\n", "--find-links https://example.org\n" + good)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- ./include:/opt/airflow/include:ro", "- ./config:/opt/airflow/config"),
        ("${AIRFLOW_JWT_SECRET:?see the head of docker-compose.yaml}", "secret"),
        ("image: apache/airflow:3", "image: apache/airflow:2"),
    ],
)
def test_a_faulty_compose_file_is_found(old: str, new: str) -> None:
    text = read("docker-compose.yaml")
    assert old in text
    assert compose_faults(text.replace(old, new))
