"""What `make setup` does, tried with stand-ins for Python, sudo and apt-get, so that nothing is installed."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.rules.tree import PROJECT

PYTHON = """#!/bin/bash
# Fits, makes virtual environments that consist of itself, and installs what it is told to unless PIP_FAILS.
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; echo "venv $3" >>"$CALLS" ;;
  "-m pip install "*) echo "pip" >>"$CALLS"; [ -z "$PIP_FAILS" ] ;;
esac
"""
TOOLS = (
    *("bash", "cat", "cp", "dirname", "dpkg-query", "env", "flock", "grep", "head", "mkdir", "mktemp", "mv"),
    *("readlink", "rm", "sed", "sha256sum", "tail", "tee", "true"),
)
SUDO = '#!/bin/bash\n[ "$1" = -n ] && shift\nexec "$@"\n'
APT = '#!/bin/bash\necho "apt-get ${*: -2}" >>"$CALLS"\n'


@dataclass(frozen=True)
class Machine:
    """A checkout with our scripts on a machine whose programs are stand-ins."""

    root: Path

    def setup(self, *, check: bool = True, **environment: str) -> list[str]:
        """Run scripts/setup; what it called."""
        calls = self.root / "calls"
        calls.unlink(missing_ok=True)
        self.run(check=check, CALLS=str(calls), **environment)
        return calls.read_text().splitlines() if calls.exists() else []

    def run(self, *, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run scripts/setup; what it said."""
        script = self.root / "project/scripts/setup"
        variables = {"CALLS": "/dev/null", "PATH": str(self.root / "bin"), **environment}
        return subprocess.run([script], env=variables, check=check, capture_output=True, text=True)

    def write(self, path: str, text: str) -> None:
        """A file, which may be run."""
        (self.root / path).write_text(text)
        (self.root / path).chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    shutil.copytree(PROJECT.root / "scripts", tmp_path / "project/scripts")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    machine = Machine(tmp_path)
    machine.write("project/requirements.txt", "pytest==9.0.0 --hash=sha256:0\n")
    machine.write("project/packages.txt", "# nothing\n")
    machine.write("bin/python3", PYTHON)
    machine.write("bin/apt-get", APT)
    machine.write("bin/id", "#!/bin/bash\necho 1000\n")
    machine.write("bin/sudo", "#!/bin/bash\nexit 1\n")
    return machine


def test_a_second_setup_does_and_says_nothing(machine: Machine) -> None:
    assert machine.setup() == ["venv .venv", "pip"]
    assert machine.setup() == []
    assert machine.run().stderr == ""


def test_changed_requirements_are_installed_into_the_same_environment(machine: Machine) -> None:
    machine.setup()
    machine.write("project/requirements.txt", "pytest==9.0.1 --hash=sha256:1\n")
    assert machine.setup() == ["pip"]
    assert machine.setup() == []


def test_an_interrupted_setup_is_made_anew(machine: Machine) -> None:
    assert machine.setup(check=False, PIP_FAILS="yes") == ["venv .venv", "pip"]
    assert machine.setup() == ["venv .venv", "pip"]


def test_an_interrupted_upgrade_is_made_anew(machine: Machine) -> None:
    machine.setup()
    machine.write("project/requirements.txt", "pytest==9.0.1 --hash=sha256:1\n")
    assert machine.setup(check=False, PIP_FAILS="yes") == ["pip"]
    assert machine.setup() == ["venv .venv", "pip"]


def test_a_checkout_that_was_moved_gets_an_environment_of_its_own(machine: Machine) -> None:
    machine.setup()
    (machine.root / "project").rename(machine.root / "moved")
    shutil.copytree(machine.root / "moved", machine.root / "project")
    assert machine.setup() == []
    moved = Machine(machine.root / "new")
    shutil.copytree(machine.root / "moved", moved.root / "project")
    shutil.copytree(machine.root / "bin", moved.root / "bin", symlinks=True)
    assert moved.setup() == ["venv .venv", "pip"]


def test_a_failed_install_says_what_to_do(machine: Machine) -> None:
    failed = machine.run(check=False, PIP_FAILS="yes")
    assert failed.returncode != 0
    assert "run make setup again" in failed.stderr


def test_no_fitting_python_is_said(machine: Machine) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        machine.write(f"bin/{name}", "#!/bin/bash\nexit 1\n")
    failed = machine.run(check=False)
    assert failed.returncode != 0
    assert "no Python 3.11, 3.12 or 3.13" in failed.stderr


def test_without_rights_the_missing_packages_are_named_with_the_command(machine: Machine) -> None:
    machine.write("project/packages.txt", "airlift-first  # the first\nairlift-second\n")
    said = machine.run()
    assert "please run: sudo apt-get install --no-install-recommends airlift-first airlift-second\n" in said.stderr
    assert (machine.root / "project/.venv/.made").exists()


def test_with_rights_the_missing_packages_are_installed(machine: Machine) -> None:
    machine.write("bin/sudo", SUDO)
    machine.write("project/packages.txt", "airlift-first\n")
    calls = machine.setup()
    assert calls[:2] == ["apt-get DPkg::Lock::Timeout=300 update", "apt-get --no-install-recommends airlift-first"]


def test_what_apt_does_not_have_is_asked_for_once(machine: Machine) -> None:
    machine.setup()
    machine.write("bin/sudo", SUDO)
    machine.write("bin/apt-get", APT + 'echo "E: Unable to locate package airlift-first"\n[ "${*: -1}" = update ]\n')
    machine.write("project/packages.txt", "airlift-first\n")
    assert "apt-get --no-install-recommends airlift-first" in machine.setup()
    assert machine.setup() == []
    assert machine.run().stderr == "setup: airlift-first is missing, and apt-get has none\n"


def test_a_package_is_asked_for_again_when_the_network_is_back(machine: Machine) -> None:
    machine.setup()
    machine.write("bin/sudo", SUDO)
    machine.write("bin/apt-get", APT + 'echo "E: Failed to fetch"\n[ "${*: -1}" = update ]\n')
    machine.write("project/packages.txt", "airlift-first\n")
    for _ in range(2):
        assert "apt-get --no-install-recommends airlift-first" in machine.setup()
