"""What a server may answer beside success, as far as somebody acts on it. Each belongs to one of the three families of errors."""

from airlift.errors import Interrupted, Refused


class LockTimeout(Interrupted):
    """A lock was not granted in the time it was given."""


class DiskFull(Interrupted):
    """A server has no room left. What it was doing was rolled back; it is done again when there is."""


class UnfitValue(Refused):
    """A row that the server does not take: a value out of range, a constraint that it breaks."""


class NotThere(Refused):
    """A statement names what is not there, or not where the session may use it."""
