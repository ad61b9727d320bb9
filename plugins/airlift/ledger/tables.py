"""The ledger's tables. Every row belongs to a migration."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mysql import LONGTEXT
from sqlalchemy.dialects.postgresql import JSONB

from airlift.ledger.moments import NOW, Moment

SCHEMA = "airlift"
_json = sa.JSON().with_variant(JSONB(), "postgresql")
_text = sa.Text().with_variant(LONGTEXT(), "mysql", "mariadb")
_moment = Moment()
metadata = sa.MetaData(schema=SCHEMA)


_OPTIONS: dict[str, Any] = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin"}
_OPTIONS |= {name.replace("mysql", "mariadb"): value for name, value in _OPTIONS.items()}


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    """A table of the ledger; every row belongs to a migration, and the columns marked so make the rest of its key."""
    return sa.Table(name, metadata, sa.Column("migration", sa.String(63), primary_key=True), *columns, **_OPTIONS)


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, primary_key=True, autoincrement=False)


migrations = _table(
    "migrations",
    sa.Column("stage", sa.Integer, nullable=False),
    sa.Column("spec", _json, nullable=False),
    sa.Column("dag_id", _text, nullable=False),
    sa.Column("run_id", _text, nullable=False),
    sa.Column("in_place", sa.Boolean, nullable=False),
    sa.Column("source_server", _json, nullable=False),
    sa.Column("target_server", _json, nullable=False),
    sa.Column("watermark_at", _text),
    sa.Column("watermark", _text),
    sa.Column("position_at", _text),
    sa.Column("position", _text),
    sa.Column("rolling_back_until", _moment),
    sa.Column("abandoned_by", _text),
    sa.Column("started_at", _moment, nullable=False, server_default=NOW),
    sa.Column("stage_at", _moment, nullable=False, server_default=NOW),
)
tables = _table(
    "tables",
    _key("no"),
    sa.Column("layout", _json, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rows_copied", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("keys_unique_at", _moment),
)
objects = _table(
    "objects",
    _key("table_no"),
    _key("no"),
    sa.Column("kind", _text, nullable=False),
    sa.Column("name", _text, nullable=False),
    sa.Column("definition", _json, nullable=False),
    sa.Column("made_at", _moment),
)
SHARED = 0
"""The `table_no` of objects that are no table's alone: types and sequences."""
batches = _table(
    "batches",
    _key("no"),
    sa.Column("done_at", _moment),
    sa.Column("stream", _text),
)
ranges = _table(
    "ranges",
    _key("batch"),
    _key("no"),
    sa.Column("table_no", sa.Integer, nullable=False),
    sa.Column("filenode", sa.BigInteger, nullable=False),
    sa.Column("bounds", _json, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger),
)
windows = _table(
    "windows",
    _key("no"),
    sa.Column("at", _text, nullable=False),
    sa.Column("changes", sa.BigInteger, nullable=False),
    sa.Column("keys", sa.BigInteger, nullable=False),
    sa.Column("compared", sa.BigInteger, nullable=False),
    sa.Column("differing", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("lag_seconds", sa.Float, nullable=False),
    sa.Column("is_back", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("committed_at", _moment, nullable=False, server_default=NOW),
)
passes = _table(
    "passes",
    _key("no"),
    sa.Column("premises", _json, nullable=False),
    sa.Column("first_window", sa.Integer, nullable=False),
    sa.Column("is_back", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("started_at", _moment, nullable=False, server_default=NOW),
    sa.Column("finished_at", _moment),
)
checks = _table(
    "checks",
    _key("pass_no"),
    _key("no"),
    sa.Column("table_no", sa.Integer, nullable=False),
    sa.Column("lower", _json),
    sa.Column("upper", _json),
    sa.Column("source_rows", sa.BigInteger),
    sa.Column("target_rows", sa.BigInteger),
    sa.Column("suspects", sa.BigInteger),
    sa.Column("done_at", _moment),
)
differences = _table(
    "differences",
    _key("table_no"),
    _key("no"),
    sa.Column("key", _json, nullable=False),
    sa.Column("source", _json),
    sa.Column("target", _json),
)
attempts = _table(
    "attempts",
    _key("no"),
    sa.Column("started_at", _moment, nullable=False, server_default=NOW),
    sa.Column("state", _text, nullable=False),
    sa.Column("detail", _text),
    sa.Column("pause_ms", sa.Float),
    sa.Column("outage_ms", sa.Float),
    sa.Column("blockers", _text),
    sa.Column("pid", sa.Integer),
    sa.Column("is_back", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("opened_at", _text),
    sa.Column("settled_at", _moment),
)
reports = _table(
    "reports",
    sa.Column("task", sa.String(63), primary_key=True),
    sa.Column("content", _json, nullable=False),
    sa.Column("made_at", _moment, nullable=False, server_default=NOW),
)
controls = _table(
    "controls",
    sa.Column("pace", sa.Float),
    sa.Column("pace_by", _text),
    sa.Column("paused_at", _moment),
    sa.Column("paused_by", _text),
    sa.Column("reason", _text),
    sa.Column("log_room", sa.BigInteger),
    sa.Column("log_room_by", _text),
    sa.Column("target_room", sa.BigInteger),
    sa.Column("target_room_by", _text),
)
"""What a person asks of the speed while it runs: one row, which every loop that copies, carries or compares reads again and again."""
rests = _table(
    "rests",
    sa.Column("task", sa.String(63), primary_key=True),
    sa.Column("stream", sa.String(63), primary_key=True),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("lost", _json, nullable=False),
    sa.Column("now", _text),
    sa.Column("log_bytes", sa.BigInteger),
    sa.Column("log_room", sa.BigInteger),
    sa.Column("target_bytes", sa.BigInteger),
    sa.Column("target_room", sa.BigInteger),
    sa.Column("at", _moment, nullable=False),
)
"""How long each of those loops has run, how much of it it rested, by cause, what slows it now, and how full the rooms on the disks are."""
