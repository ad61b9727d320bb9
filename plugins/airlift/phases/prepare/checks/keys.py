"""The keys that rows are matched by."""

from collections.abc import Iterator

from airlift.phases.prepare.checks.finding import Finding, refused
from airlift.phases.prepare.checks.situation import Moved, Situation


def check(situation: Situation) -> Iterator[Finding]:
    """Yield the tables whose rows can't be told apart."""
    for moved in situation.moved:
        if moved.key is None and situation.source.database.examination.unfitness(moved.old.relation) is None:
            yield _missing(moved)


def _missing(moved: Moved) -> Finding:
    wanted = moved.old.choice.table.key
    if wanted is None:
        fact = "has neither a primary key nor a unique key whose columns are all NOT NULL"
        return refused(str(moved), fact, "Add a primary key, or exclude the table with `skip: true`")
    unknown = [name for name in wanted if name not in {column.name for column in moved.old.columns}]
    if unknown:
        return refused(f'key column "{unknown[0]}" of {moved}', "does not exist", "Correct `key`, or leave it out")
    listed = ", ".join(f'"{name}"' for name in wanted)
    fact = f"has no unique index on exactly {listed} with all columns NOT NULL, neither partial nor deferrable"
    return refused(str(moved), fact, "Create such an index, or leave `key` out to use the primary key")
