"""Measure how fast Airlift is beside its rivals, on servers of its own: `make bench`, or `python -m bench`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "plugins"))
