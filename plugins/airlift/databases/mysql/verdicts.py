"""What the servers' error numbers mean: one of the three families of errors."""

from airlift.databases.failures import DiskFull, LockTimeout, NotThere, UnfitValue
from airlift.errors import AirliftError, Interrupted, Refused

_LOCK_NOT_GRANTED = {1205}
_NOT_THERE = {1100, 1146, 1356}
"""Those that say that a table is not there, is not among those that a session has locked, or is shown by a view and gone."""
_NO_ROOM = {1021, 1114, 1026}
_PASSING = {
    1040, 1041, 1042, 1043, 1047, 1053, 1077, 1078, 1079, 1080, 1152, 1153, 1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1180, 1184,
    1203, 1206, 1213, 1226, 1290, 1317, 1412, 1613, 1614, 1836, 1927, 1969, 2002, 2003, 2006, 2013, 2014, 2027, 2055, 3024, 3169, 3170,
    4031, 0,
}  # fmt: skip
"""The server's numbers that say nothing against a statement: connection, deadlocks, time-outs, no memory, killed, shut down."""
_UNFIT = {
    1048, 1062, 1136, 1169, 1216, 1217, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1411, 1416, 1441, 1451, 1452, 1557, 1586, 1690, 1761,
    1762, 3140, 3141, 3156, 3819, 3903, 4025, 4078,
}  # fmt: skip
"""Those that say that a value does not fit its column, or breaks a constraint."""
_DUPLICATE = 1062
LEDGER = "the ledger's statement"
KILLED = 1317


def family(error: BaseException | None, where: str, what: str) -> AirliftError:
    """One of the three families for a driver's error, naming the server and the statement."""
    code = error.args[0] if error is not None and error.args and isinstance(error.args[0], int) else 0
    said = str(error.args[1]) if error is not None and len(error.args) > 1 else str(error)
    words = f"{where}, during {short(what)}: {' '.join(said.split()) or type(error).__name__}"
    if code in _LOCK_NOT_GRANTED:
        return LockTimeout(words)
    if code in _NO_ROOM:
        return DiskFull(
            f"There is no room left on the disk of {words}. Delete there what is not needed, or make it larger. Nothing is lost, and "
            "this step goes on by itself where it was; Pause on the page Airlift keeps it from filling the disk again meanwhile."
        )
    if code == _DUPLICATE and what == LEDGER:
        # two tries at once took one number of the ledger: the other one has it by now
        return Interrupted(words)
    if code in _NOT_THERE:
        return NotThere(words)
    if code in _UNFIT:
        return UnfitValue(f"{where}, during {short(what)}: {without_values(said)}")
    return Interrupted(words) if code in _PASSING else Refused(words)


def without_values(said: str) -> str:
    """What the server said of a row, without the row: messages go into logs. It quotes values and names alike; only names may stay."""
    kept, _, rest = " ".join(said.split()).partition("'")
    if not rest:
        return kept
    if kept.endswith("column "):
        # "Data truncated for column 'name' at row 1": here the first that is quoted is the name
        return f"{kept}'{rest}"
    # "... 'value' for key|column 'name' ...": what follows the value names no value
    tail = rest[rest.rfind("' for ") + 2 :] if "' for " in rest else ""
    return f"{kept}'...' {tail}".strip()


def short(what: str) -> str:
    """A statement as a message names it."""
    text = " ".join(what.split())
    return text if len(text) <= 160 else text[:157] + "..."
