"""A migration's runbook, as markdown: what moves where, and what to do when a task fails. Knows nothing of Airflow's code.

What a spec says is shown as text, whatever its characters: a page that people trust takes no markup from it.
"""

import re
from collections.abc import Iterable

from airlift.spec import Spec, Table
from airlift.spec.durations import duration_text


def runbook(spec: Spec) -> str:
    """The page that Airflow shows beside the DAG."""
    parts = [
        f"# Migration {code(spec.name)}",
        prose(spec.description),
        "## What moves where",
        _table(("", ""), _facts(spec)),
        _table(("tables", "what happens"), ((code(key), _fate(table)) for key, table in spec.tables.items())),
        _STORY,
        "## Gates",
        _gates(spec),
        "## When a task fails",
        _FAILURES,
        "## Commands",
        _commands(spec),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def roll_back(spec: Spec) -> str:
    """The page that Airflow shows beside the DAG that rolls back."""
    return f"# The way back of migration {code(spec.name)}\n\n{_ROLL_BACK.replace('NAME', spec.name)}\n"


def refusal(stem: str, error: str) -> str:
    """The page of a migration whose spec can't be read."""
    return f"# {prose(stem)} can't be run\n\n{fenced(error)}\n\nCorrect the file. Airflow reads it again by itself.\n"


def code(text: str) -> str:
    """One line of text, shown letter by letter, also inside a table."""
    line = " ".join(text.split()).replace("|", "\\|") or " "
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    space = " " if "`" in line else ""
    return f"{fence}{space}{line}{space}{fence}"


def prose(text: str) -> str:
    """Text of a person's as text: no markup, no HTML, no link."""
    escaped = re.sub(r"([\\`*_{}\[\]()#+\-.!|~:/@$^=])", r"\\\1", text.replace("&", "&amp;"))
    return escaped.replace("<", "&lt;").replace(">", "&gt;").strip()


def fenced(text: str) -> str:
    """Lines of text, shown letter by letter."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [head, ("---", "---"), *rows]
    return "\n".join(f"| {left} | {right} |" for left, right in lines)


def _facts(spec: Spec) -> Iterable[tuple[str, str]]:
    yield "source", code(spec.source)
    yield "target", code(spec.target)
    if spec.schema_:
        yield "schema", code(spec.schema_)
    yield "mode, capture", f"{spec.mode}, {spec.capture}"
    yield "workers", str(spec.workers)
    yield "longest pause of a writer", f"{duration_text(spec.cutover.max_pause)}, in {spec.cutover.attempts} attempts"
    yield "who moves the services", _switch(spec)
    yield "oldest validation at cutover", duration_text(spec.validation_age)
    yield "obsolete tables at contract", spec.obsolete


def _switch(spec: Spec) -> str:
    switch = spec.cutover.switch
    if switch is None:
        return "nobody: across servers, restart them after `cutover.rename`"
    if switch.command:
        return code(switch.command[0])  # its arguments may hold a secret
    return f"connection {code(switch.http or '')}, path {code(switch.path)}"


def _fate(table: Table) -> str:
    if table.skip:
        return "left alone"
    words = [f"becomes {code(table.to)}"] if table.to else []
    words += [f"column {code(name)} {_column_words(table, name)}" for name in table.columns]
    words += [f"column {code(name)} stays behind" for name in table.drop]
    return "; ".join(words) or "as it is"


def _column_words(table: Table, name: str) -> str:
    column = table.columns[name]
    if column.add:
        return f"is new: {code(column.add)}"
    if column.from_:
        return f"comes from {code(column.from_)}"
    made = f"is made by {code(column.using)}" if column.using else "has another type"
    return f"{made}, {code(column.type)}" if column.type else made


def _gates(spec: Spec) -> str:
    who = ", ".join(code(user) for user in spec.gates.users) or "whoever may edit the DAG run"
    return f"Answered by {who}. A gate waits for ever; it never answers itself.\n\n{_GATES}"


def _commands(spec: Spec) -> str:
    return _COMMANDS.replace("NAME", spec.name)


_STORY = """## What happens

| group | what it does |
|---|---|
| `prepare` | looks for all that would get in the way, creates the new tables, installs triggers that note which keys change |
| `copy` | copies what was there at the watermark, in ranges, each in a short transaction; then indexes and constraints |
| `sync` | carries the changes over in windows; compares every byte of every row; writes the report |
| `cutover` | creates the compatibility views, asks a person, then fences the writers for an instant and renames |
| `contract` | carries changes back to the old tables; asks a person whether all servers run the new code, then takes all of ours away |"""

_GATES = """- `cutover.approve`: the report is good enough to move the service. *Approve* moves it; `not_before` may name the
  hour. *Reject* takes the triggers and all that is ours off the source, which is then as it was.
- `contract.approve`: all servers run the new code. *Approve* closes the way back. *Reject* drops nothing.

To go back, at any time before that: trigger the DAG `roll_back_<name>`."""

_FAILURES = """- **A task is up for retry**: the world went away for a moment. Nothing to do; each step goes on where it was.
- **A task failed**: its last line in the log says what and why. If it was *refused*, remove the cause, then clear the task with
  all that comes after it. If what happened is *ambiguous*, look first at what it names: nothing more was touched.
- **`sync.keep_in_sync` failed beside another task**: clear both.
- **A gate was marked success by hand**: that is no answer, so the task after it refuses. Clear the gate.
- **It harms the service**: Pause, or a slower pace, on the page Airlift of the run; whoever may edit its runs may press. Nothing is held
  meanwhile, and the task logs and the page say what slows it and what that costs.
- **The change log has no room left**: look at the source's disk. If there is more, say so on that page and clear the task.
- **What was made on the target has taken its room**: look at the target's disk. If there is more, say so on that page and clear the task.
- **The run was cancelled or failed**: everything is kept, and the triggers on the source go on noting changes. Clear the task to
  go on. Only a Reject, the contract or `roll_back_<name>` takes anything away.
- Every task may be cleared and run again: it asks the ledger on the target where the migration stands.
- **It is not clear what is the matter**: ask the doctor, on the page *Airlift* of the run or with the command below."""

_ROLL_BACK = """Trigger it at any time; it finds out by itself what there is to do, and asks before it does anything.

- **Before the cutover** the migration is abandoned: all of ours goes, the source is as it was.
- **After it** the writers are fenced for an instant, the last window is carried back, both sides are proved equal, the old tables take
  their names again, and `cutover.switch` is called with `source`. What was written to the new tables before is there already.

Stop the servers that run the new code first: the new tables take no more writes afterwards.

## Forward again

The new tables, the triggers and the positions stay. In the run of `migrate_NAME` clear `sync.keep_in_sync`, `sync.validate` and
`cutover.approve`, each with what comes after it: what has changed since is carried over, all rows are compared again, and the gate asks
anew. Or trigger this DAG once more to abandon the migration.

## When a task fails

As with `migrate_NAME`: a retry goes on where it was; *refused* says what has to be removed; *ambiguous* says what to look at first."""

_COMMANDS = """```sh
airflow dags trigger migrate_NAME                  # start it
airflow dags trigger migrate_NAME --conf '{"max_pause": "500ms", "workers": 4}'
airflow tasks clear migrate_NAME --task-regex '^sync[.]report$' --downstream   # from a task on, once more
PYTHONPATH=plugins python -m airlift doctor NAME   # who owns each name, what is wrong, what to do next; it changes nothing
```

```sql
SELECT * FROM airlift.status;                      -- on the target: where it stands
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgname LIKE 'airlift\\_NAME\\_%';  -- on the source: what is ours
```"""
