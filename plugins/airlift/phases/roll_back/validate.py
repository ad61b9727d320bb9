"""After a roll back: check the rows that the old tables' foreign keys have not seen, and look whether everything is where it belongs."""

from typing import Any

from airlift import faults
from airlift.errors import Ambiguous, Refused
from airlift.ledger import Stage
from airlift.phases.cutover.noted_keys import OLD_KEY, noted_keys
from airlift.phases.migration import Migration
from airlift.phases.roll_back.preflight import ABANDON


def validate(m: Migration, action: str) -> dict[str, Any]:
    """Validate foreign keys without stopping writers, and see that the old tables have their names. May run again."""
    standing = m.standing(Stage.PREPARED, is_ending=True)
    with m.ledger_session() as ledger:
        layouts = m.layouts(ledger)
        keys = [each.key for each in noted_keys(m, ledger, OLD_KEY)]
    if action == ABANDON:
        if standing.stage != Stage.CLEANED_UP:
            raise Refused(f'The migration stands at "{standing.stage.words}" and is not abandoned. Clear rename_back.')
        keys = []
    elif standing.stage > Stage.VIEWS_CREATED:
        raise Refused(f'The migration stands at "{standing.stage.words}": the service is not on the old tables. Clear rename_back.')
    for key in keys:
        if key.is_validated:
            with m.source.session() as source, source.transaction():
                m.source.fence.validate_foreign_key(source, key)
            m.log.info('Foreign key "%s" of %s holds for all rows.', key.name, key.child)
        faults.reached("roll_back.key_checked")
    with m.source.session() as source, source.transaction():
        for layout in layouts:
            found = m.source.fence.owner_of(source, layout.source)
            if found is None or found[1] != "r":
                raise Ambiguous(
                    f'"{layout.source}" is not the table that it should be on {m.source.where}. Nothing was touched. '
                    f"Look at: {m.source.advice.named(layout.source.name)}"
                )
    m.log.info("The old tables have their names.")
    return {"action": action, "tables": len(layouts), "foreign_keys": len(keys)}
