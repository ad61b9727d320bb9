"""How far a migration can have come."""

import enum


class Stage(enum.IntEnum):
    """How far a migration has come, in this order; the name is what people read.

    OPENING and ROLLING_BACK are attempts that are not decided: each can be left backwards. A roll back ends at VIEWS_CREATED.
    """

    PREPARED = 10
    TARGET_CREATED = 20
    CAPTURING = 30
    WATERMARK_TAKEN = 40
    PLANNED = 50
    COPIED = 60
    INDEXED = 70
    IN_SYNC = 80
    REPORTED = 90
    VIEWS_CREATED = 100
    OPENING = 110
    SWITCHED = 120
    SETTLED = 130
    ROLLING_BACK = 135
    CONTRACTING = 140
    CLEANED_UP = 150

    @property
    def words(self) -> str:
        """The stage as people read it."""
        return self.name.lower().replace("_", " ")
