"""What the exit code of every verb means."""

from enum import IntEnum


class Exit(IntEnum):
    """The same for every verb."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    TIMED_OUT = 4
