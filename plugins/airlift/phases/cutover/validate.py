"""After the switch: check the rows that new foreign keys have not seen, and look whether everything is where it belongs."""

from typing import Any

from airlift import faults
from airlift.databases.shapes import ForeignKey
from airlift.errors import Ambiguous
from airlift.ledger import NOW, Stage, objects
from airlift.phases.cutover.create_views import final_view
from airlift.phases.migration import Migration
from airlift.phases.sync.way_back import behind


def validate(m: Migration) -> dict[str, Any]:
    """Validate foreign keys without stopping writers, gather statistics, and see that the names are right. May run again."""
    m.standing(Stage.SETTLED)
    with m.ledger_session() as ledger:
        layouts = m.layouts(ledger)
        rows = [row for kind in ("foreign_key", "repointed_key") for row in m.ledger.rows(ledger, objects, kind=kind, made_at=None)]
    for row in rows:
        key = ForeignKey.from_json(row["definition"])
        with m.target.session() as target, target.transaction():
            if key.is_validated:
                m.target.fence.validate_foreign_key(target, key)
            m.ledger.change(target, objects, {"table_no": row["table_no"], "no": row["no"]}, made_at=NOW)
        faults.reached("validate.key_checked")
        m.log.info('Foreign key "%s" of %s holds for all rows.', key.name, key.child)
    with m.target.session() as target, target.transaction():
        for layout in layouts:
            found = m.target.fence.owner_of(target, final_view(layout) if layout.is_renamed else layout.target)
            if found is None or found[1] != ("v" if layout.is_renamed else "r"):
                raise Ambiguous(
                    f'After the switch "{layout.source.name}" is not what it should be on {m.target.where}. Nothing was touched. '
                    f"Look at: {m.target.advice.named(layout.source.name)}"
                )
    return {"tables": len(layouts), "foreign_keys": len(rows), "way_back": behind(m, layouts)}
