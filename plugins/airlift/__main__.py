"""The command line: `python -m airlift doctor <name>`. Knows arguments and exit statuses; what it shows comes from the doctor."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence

from airlift.errors import AirliftError

HEALTHY, FINDINGS, BLIND = 0, 1, 2
"""Exit statuses: all is well, something is not, it could not be looked at."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    asked = _parser().parse_args(arguments)
    from airlift.doctor import consult, spec_named

    _log_to_stderr(logging.INFO if asked.repair else logging.WARNING)
    try:
        found, text = consult(spec_named(asked.name), is_to_repair=asked.repair)
    except AirliftError as error:
        sys.stderr.write(f'Could not look at migration "{asked.name}". {error}\n')
        return BLIND
    sys.stdout.write(json.dumps(found, indent=2) if asked.json else "\n".join(text))
    sys.stdout.write("\n")
    if not found["is_complete"]:
        return BLIND
    return HEALTHY if found["is_healthy"] else FINDINGS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="airlift", description="Airlift moves a live database without stopping the service.")
    commands = parser.add_subparsers(required=True, metavar="command")
    doctor = commands.add_parser(
        "doctor",
        help="say where a migration stands, what is wrong and what to do",
        description="Looks at a migration on both servers and says where it stands, what is wrong and what to do next. Changes nothing "
        "unless it is asked to repair. Exit status: 0 healthy, 1 findings, 2 it could not look.",
    )
    doctor.add_argument("name", help="the migration: the stem of its spec's file")
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.add_argument("--repair", action="store_true", help="first mend what is safe to mend, and say what was done")
    return parser


def _log_to_stderr(level: int) -> None:
    log = logging.getLogger("airlift.doctor")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log.handlers[:] = [handler]
    log.setLevel(level)
    log.propagate = False


if __name__ == "__main__":
    # outside of its own processes Airflow looks for connections in the environment only, unless it is told so before it is imported
    os.environ.setdefault("_AIRFLOW_PROCESS_CONTEXT", "server")
    sys.exit(main())
