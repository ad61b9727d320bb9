"""The three ways in which a step ends badly. What happens next follows from the family, never from the text."""


class AirliftError(Exception):
    """A fault in words for the person on duty: the object in quotes, the fact, the remedy."""


class Refused(AirliftError):
    """It can't be done as written. Nothing was changed; a retry would be refused again."""


class Interrupted(AirliftError):
    """The world went away (a lost session, a lock not granted in time). The step repeats and goes on where it was."""


class Ambiguous(AirliftError):
    """What happened can't be decided from here. Nothing more is touched until a person has looked."""
