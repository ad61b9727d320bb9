"""A real Airflow with this project in it: tests and the demo have one of their own; `make airflow` is this file run.

Everything it starts is one process group, so that all of it can be ended. Knows nothing of migrations.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from testbed.airflow_api import AirflowSays, Api
from testbed.leash import leash, stop_group
from testbed.serving import free_port, tail

ROOT = Path(__file__).resolve().parent.parent
USER = "admin"
START_SECONDS = 600.0
_OURS = ("AIRFLOW__", "AIRFLOW_CONN_", "AIRFLOW_VAR_", "AIRLIFT_")


@dataclass
class Airflow:
    """Airflow standalone. `environment` goes on top; a part of what is around us comes in only where `inherit`."""

    home: Path
    port: int = 0
    dags: Path = ROOT / "dags"
    environment: Mapping[str, str] = field(default_factory=dict)
    inherit: bool = False
    say: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.port = self.port or free_port()
        self.password = _password(self.home / "passwords.json")
        self.api = Api(self.url, user=USER, password=self.password)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home / "airflow.log"

    def start(self) -> Self:
        """Start it and wait until every part is healthy."""
        self.launch()
        self.wait_until_healthy()
        return self

    def launch(self) -> None:
        """Start it, without waiting for anything."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).parent / "airflow", "standalone"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT, env=self._whole_environment(),
                start_new_session=True,
            )  # fmt: skip
        leash().group(self._process.pid)

    def wait_until_healthy(self) -> None:
        """Until every part is healthy. Raises AirflowSays with the end of the log."""
        assert self._process is not None, "Airflow was not started"
        start = told = time.monotonic()
        while True:
            health = self.api.health()
            waiting = sorted(name for name, state in health.items() if state != "healthy")
            if health and not waiting:
                return
            now = time.monotonic()
            if self._process.poll() is not None or now - start > START_SECONDS:
                words = _waiting_for(health, waiting)
                raise AirflowSays(f"Airflow did not start ({words}). The end of {self.log}:\n{tail(self.log)}")
            if now - told >= 10:
                told = now
                self.say(f"Airflow is starting ({now - start:.0f} s): {_waiting_for(health, waiting)}")
            time.sleep(0.5)

    def wait(self) -> int:
        """Until it ends by itself."""
        assert self._process is not None, "Airflow was not started"
        return self._process.wait()

    def stop(self) -> None:
        """End the whole group. Twice is fine."""
        self.api.close()
        if self._process is None:
            return
        stop_group(self._process.pid, grace=20.0)
        self._process.wait()
        leash().release(self._process.pid)
        self._process = None

    def kill(self) -> None:
        """Power off: scheduler, API, workers and the tasks in them, at once. `start` may follow."""
        assert self._process is not None, "Airflow was not started"
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        leash().release(self._process.pid)
        self._process = None

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _whole_environment(self) -> dict[str, str]:
        around = {name: value for name, value in os.environ.items() if self.inherit or not name.startswith(_OURS)}
        here = "localhost,127.0.0.1"
        always = {
            "AIRFLOW_HOME": str(self.home.resolve()),
            "AIRFLOW__CORE__DAGS_FOLDER": str(self.dags),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str((self.home / "passwords.json").resolve()),
            # Tasks look for the API at port 8080 unless told otherwise, and fail without a word in their log.
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{around.get('PATH', os.defpath)}",
            "PYTHONPATH": os.pathsep.join(filter(None, (str(ROOT), around.get("PYTHONPATH")))),
            **{name: ",".join(filter(None, (around.get(name), here))) for name in ("NO_PROXY", "no_proxy")},
        }
        return {**_defaults(), **around, **always, **self.environment}


def main() -> int:
    """Airflow with this project for the user's own connections, until Ctrl-C."""
    port = int(os.environ.get("PORT") or 8080)
    if _is_taken(port):
        print(f"Port {port} is in use. Choose another one: make airflow PORT={port + 1}", file=sys.stderr)
        return 1
    try:
        with Airflow(ROOT / ".airflow", port=port, inherit=True, say=_say) as airflow:
            _say(f"Airflow is at {airflow.url}  log in as {USER} with the password {airflow.password}")
            _say("Connections: under Admin in the UI, or AIRFLOW_CONN_<ID> around this command. Ctrl-C stops it all.")
            return airflow.wait()
    except KeyboardInterrupt:
        print("\nAirflow has stopped.")
        return 0
    except AirflowSays as problem:
        print(problem, file=sys.stderr)
        return 1


def _defaults() -> dict[str, str]:
    """What the user's own environment may say otherwise."""
    log_ports = ("AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT", "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT")
    return {
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # A paused DAG takes a trigger and never runs it.
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__PARALLELISM": "8",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "10",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
        **{name: str(free_port()) for name in log_ports},
    }


def _password(path: Path) -> str:
    """The password of `admin` in Airflow's passwords file, which is made with a random one where it doesn't exist."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(json.dumps({USER: secrets.token_urlsafe(12)}))
    return str(json.loads(path.read_text())[USER])


def _waiting_for(health: Mapping[str, str], waiting: list[str]) -> str:
    return f"waiting for {', '.join(waiting)}" if health else "it doesn't answer yet"


def _say(text: str) -> None:
    print(text, flush=True)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    sys.exit(main())
