"""PostgreSQL's side of the search for what foreign keys of another engine change without a word. Its own do nothing unseen."""

from dataclasses import replace
from typing import NoReturn

from airlift.databases import cascading
from airlift.databases.common_form import key_of
from airlift.databases.naming import CaptureNames
from airlift.databases.postgres import quoting
from airlift.databases.postgres.quoting import listed, quoted
from airlift.databases.postgres.sending import outgoing
from airlift.databases.postgres.session import Session
from airlift.databases.postgres.streams import pump_into
from airlift.databases.postgres.values import sent
from airlift.databases.pumping import Outgoing
from airlift.databases.shapes import Layout


class Side(cascading.Side[Session]):
    """Its temporary tables go with the transaction."""

    spelling = quoting

    def temporary(self, what: str, layout: Layout) -> str:
        return quoted(f"airlift_{what}_{layout.no}")

    def make(self, layout: Layout) -> None:
        more, found = self.temporary("more", layout), self.temporary("found", layout)
        holes = {"more": more, "found": found, "key": listed(self.key(layout)), "table": self.table(layout)}
        with self.session.batch():
            self.session.run("sync/create_more", holes)
            self.session.run("sync/create_found", holes)

    def seed(self, layout: Layout, names: CaptureNames) -> NoReturn:
        raise NotImplementedError("as a sender it has no cascades that its triggers don't see")

    def gone_keys(self, layout: Layout, names: CaptureNames, *, are_all: bool) -> NoReturn:
        raise NotImplementedError("as a sender it has no cascades that its triggers don't see")

    def found_keys(self, layout: Layout) -> Outgoing:
        key = [replace(each, expression=quoted(each.column)) for each in key_of(layout)]
        holes = {"key": ", ".join(sent(layout, each) for each in key), "more": self.temporary("more", layout)}
        return outgoing(self.session, layout, "sync/send_more_keys", holes)

    def take(self, outgoing: Outgoing, layout: Layout) -> None:
        pump_into(self.session, outgoing, "sync/receive_keys", {"keys": self.temporary("found", layout)})
