"""What one look came to: how something is, and what to do where it is not well."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Literal

from msgspec import Struct

from banditctl.core.event import CLOCK_SKEW

# Clocks that are kept by NTP are closer than this, even to a Date header, which counts whole seconds.
_NOTICED = timedelta(seconds=10)


class Diagnosis(Struct, frozen=True):
    """One line: what was looked at, about what, how it is, and the remedy where there is something to do.

    `skipped` could not be looked at, because of something else that failed. `usage` marks what is wrong with what
    banditctl was given, a policy file or a setting, rather than with what it found.
    """

    check: str
    outcome: Literal["ok", "warning", "failed", "skipped"]
    detail: str
    remedy: str = ""
    about: str = ""
    usage: bool = False


# One by one, from something that is left in order if no more of them are wanted.
Diagnoses = AsyncGenerator[Diagnosis]


def ok(check: str, detail: str) -> Diagnosis:
    return Diagnosis(check, "ok", detail)


def warning(check: str, detail: str, remedy: str) -> Diagnosis:
    """Works, or may work, though not as it should."""
    return Diagnosis(check, "warning", detail, remedy)


def failed(check: str, detail: str, remedy: str) -> Diagnosis:
    return Diagnosis(check, "failed", detail, remedy)


def skipped(check: str, detail: str) -> Diagnosis:
    return Diagnosis(check, "skipped", detail)


def clock(check: str, ahead: timedelta, refused: str) -> Diagnosis:
    """How far another clock is ahead of this machine's; `refused` says what comes of too much of it."""
    seconds = ahead.total_seconds()
    detail = f"its clock is {abs(seconds):.1f} s {'ahead of' if seconds > 0 else 'behind'} this machine's"
    if abs(ahead) < _NOTICED:
        return ok(check, detail)
    if abs(ahead) < CLOCK_SKEW:
        return warning(check, detail, "keep both by NTP")
    return failed(check, f"{detail}; {refused}", "set the wrong one right and keep both by NTP")
