"""Write what a person asks for on a page into the ledger, where the loops that copy, carry and compare read it. Runs none of them."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from airlift.connections import Address
from airlift.ledger import NOW, Ledger, Stage, commanding, controls
from airlift.ui.reading import SECONDS

NOT_PAUSED = {"paused_at": None, "paused_by": None, "reason": None}


Room = Annotated[int, Field(ge=1_000_000, le=1 << 60)]
"""Bytes of a disk."""


class Command(BaseModel):
    """What to change; what is left out stays as it is. `log_room` is what the change log may take on the disk
    that it is on, in bytes; `target_room` what the migration may take of the target's disk in all.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    is_paused: bool | None = None
    reason: Annotated[str, Field(max_length=200)] = ""
    pace: Annotated[float, Field(ge=0.01, le=1)] | None = None
    log_room: Room | None = None
    target_room: Room | None = None


def obey(address: Address, migration: str, command: Command, *, by: str) -> bool:
    """Write a command down with who gave it; False where nothing is under way that it could slow.

    Raises Interrupted or Refused where the target can't be reached in time.
    """
    dsn = {**address.dsn, "connect_timeout": str(SECONDS), "application_name": "airlift page"}
    with commanding(address.conn_type, dsn, where=address.where, seconds=SECONDS) as session:
        ledger = Ledger(migration)
        standing = ledger.standing(session) if ledger.exists(session) else None
        if standing is None or standing.stage >= Stage.CONTRACTING:
            return False
        if not ledger.rows(session, controls):  # a run that began before there were any
            ledger.add(session, controls)
        if command.pace is not None:
            ledger.change(session, controls, {}, pace=command.pace, pace_by=by)
        if command.log_room is not None:
            ledger.change(session, controls, {}, log_room=command.log_room, log_room_by=by)
        if command.target_room is not None:
            ledger.change(session, controls, {}, target_room=command.target_room, target_room_by=by)
        if command.is_paused:
            # who paused first is who is asked
            why = " ".join(command.reason.split()) or None
            ledger.change(session, controls, {"paused_at": None}, paused_at=NOW, paused_by=by, reason=why)
        elif command.is_paused is False:
            ledger.change(session, controls, {}, **NOT_PAUSED)
    return True
