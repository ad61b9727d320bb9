"""What the demo's spec names as cutover.switch: tells the writers where to write, by the router file.

    python -m demo.switch ROUTER_FILE hold|target|source ATTEMPT_ID

A repeated call with the same words changes nothing, and writers wait no longer than AIRLIFT_HOLD_SECONDS. Knows nothing of databases.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from testbed import router


def main(arguments: list[str]) -> int:
    """Change the route; 0, or 2 for words that it doesn't know."""
    if len(arguments) != 3 or arguments[1] not in router.STATES:
        print(f"usage: python -m demo.switch ROUTER_FILE {'|'.join(router.STATES)} ATTEMPT_ID", file=sys.stderr)
        return 2
    path, state, attempt = arguments
    longest = os.environ.get("AIRLIFT_HOLD_SECONDS")
    router.turn(Path(path), state, attempt=attempt, hold_seconds=float(longest) if longest else None)
    print(f"The writers' route is {state!r} now (attempt {attempt}).")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
