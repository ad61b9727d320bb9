"""Which tables a spec means, of those there are. Knows nothing of how they were listed."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from airlift.errors import Refused
from airlift.spec.model import Spec, Table
from airlift.spec.names import Selector, TableName, selector, target_name, written


@dataclass(frozen=True)
class Choice:
    """A table of the source that is migrated, and what the spec says of it. `schema` is where its new table lives by itself."""

    name: TableName
    table: Table
    schema: str

    @property
    def target(self) -> TableName:
        """The new table. Where `to` gives no schema it is the one of `schema`; without `to` it has the old table's name."""
        schema, name = (None, self.name.name) if self.table.to is None else target_name(self.table.to)
        return TableName(self.schema if schema is None else schema, name)


_Keys = list[tuple[Selector, Table]]


def choose(spec: Spec, names: Iterable[TableName], default_schema: str, target_schema: str) -> list[Choice]:
    """Return the tables to migrate, sorted by schema and name; skipped ones are left out.

    `names` are the base tables there are, `default_schema` is where keys without a schema look, and `target_schema` is its like on the
    target; every other schema has its own name there, too. Of several keys that match a table the most specific one holds. Raises
    Refused, with all findings, for plain keys that match no table, keys of equal rank, two tables with one target, and in-place tables
    whose new name is none of their own.
    """
    keys: _Keys = [(selector(key), table) for key, table in spec.tables.items()]
    tables = sorted(set(names))
    homes = {default_schema: target_schema}
    choices, ties = _matched(keys, tables, default_schema, homes)
    found = [*_unmatched(keys, tables, default_schema), *ties, *_shared_targets(choices)]
    if spec.source == spec.target:
        found += _in_place(choices)
    if found:
        raise Refused("\n".join(found))
    return choices


def _matched(keys: _Keys, tables: list[TableName], default_schema: str, homes: dict[str, str]) -> tuple[list[Choice], list[str]]:
    choices: list[Choice] = []
    ties: dict[str, str] = {}
    for name in tables:
        matching = [(key, table) for key, table in keys if key.matches(name, default_schema)]
        if not matching:
            continue
        best = max(key.rank(default_schema) for key, _ in matching)
        winners = [(key, table) for key, table in matching if key.rank(default_schema) == best]
        if len(winners) > 1:
            tied = " and ".join(f"`{key}`" for key, _ in winners)
            ties.setdefault(tied, f"tables: {tied} match {name} equally well; add a key `{name}`, or keep one of them.")
        elif not winners[0][1].skip:
            choices.append(Choice(name, winners[0][1], homes.get(name.schema, name.schema)))
    return choices, list(ties.values())


def _unmatched(keys: _Keys, tables: list[TableName], default_schema: str) -> list[str]:
    lost = [key for key, _ in keys if key.plain and not any(key.matches(name, default_schema) for name in tables)]
    return [f"tables: there is no table `{key}`; {_hint(key, tables, default_schema)}" for key in lost]


def _hint(key: Selector, tables: list[TableName], default_schema: str) -> str:
    """Name tables that look alike, written as a key would have to be."""
    spelled: dict[str, list[str]] = {}
    for name in tables:
        here = name.schema == default_schema
        key_text = written(name.name) if here else str(name)
        for spelling in {name.name.lower(), f"{name.schema}.{name.name}".lower()}:
            spelled.setdefault(spelling, []).append(key_text)
    schema = "" if key.schema is None else f"{key.schema.text}."
    wanted = {key.name.text.lower(), f"{schema}{key.name.text}".lower()}
    close = [match for text in sorted(wanted) for match in difflib.get_close_matches(text, spelled, cutoff=0.7)]
    alike = list(dict.fromkeys(f"`{text}`" for match in close for text in spelled[match]))[:3]
    if not alike:
        return "check its name and schema."
    quoted = " (with the double quotes, inside YAML's single ones)" if any('"' in text for text in alike) else ""
    return f"did you mean {' or '.join(alike)}{quoted}?"


def _shared_targets(choices: list[Choice]) -> list[str]:
    owners: dict[TableName, list[str]] = {}
    for choice in choices:
        owners.setdefault(choice.target, []).append(str(choice.name))
    return [
        f"tables: {' and '.join(names)} have one target, {target}; give each a `to` of its own."
        for target, names in owners.items()
        if len(names) > 1
    ]


def _in_place(choices: list[Choice]) -> list[str]:
    """What can't be done where the old and the new tables share one database."""
    names = {choice.name for choice in choices}
    found = [
        f"tables: {choice.name} is to become {choice.target}, which is itself migrated; give it another `to`."
        for choice in choices
        if choice.target != choice.name and choice.target in names
    ]
    unnamed = [str(choice.name) for choice in choices if choice.target == choice.name]
    if unnamed:
        more = f" and {len(unnamed) - 10} more" if len(unnamed) > 10 else ""
        found.append(
            "tables: source and target are one database, so that each table needs a `to` that is not its own name, or "
            f"`skip`: {', '.join(unnamed[:10])}{more}."
        )
    return found
