"""`make torture`: migrations under random faults, round after round, each judged by what its writers were promised."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plugins"))
