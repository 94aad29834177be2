"""Every error a caller can act on, one class for each thing the reader can do about it."""

from collections.abc import Sequence
from dataclasses import dataclass


class BanditctlError(Exception):
    """The root: catch this to catch what banditctl raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing to change in a policy file; without a line where the file itself is the problem."""

    file: str
    line: int | None
    column: int | None
    field: str
    detail: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"
        return ": ".join(part for part in (place, self.field, self.detail) if part)


class PolicyFileError(BanditctlError):
    """Policy files cannot be used as they stand; each line says where and what to change."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class UsageError(BanditctlError):
    """A setting or an argument cannot be used as it was given; correct it and start again."""


class NotFound(BanditctlError):
    """Nothing is known by that name; see what there is."""


class TooManyKeys(BanditctlError):
    """The client has as many keys as one may; revoke one, then make the new one."""


class StoreUnavailable(BanditctlError):
    """Redis did not answer or did not acknowledge; the same call may be repeated, nothing is counted twice."""


class OrdersWaiting(StoreUnavailable):
    """As many orders wait as are kept, and this one was not; see that a daemon takes them, and give it again."""


class StoreConflict(BanditctlError):
    """Another writer moved the evidence first; read it again and repeat the turn."""


class StandBy(BanditctlError):
    """Another daemon controls the experiment; wait until it ends, or end it."""


class TermsChanged(BanditctlError):
    """A policy file gives its evidence another meaning; it needs a name of its own."""


class OrderInvalid(BanditctlError):
    """An order cannot be as it was given; correct what the JSON pointer `pointer` names and give it again."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class OrderRefused(BanditctlError):
    """Another order forbids this one; end that one first."""


class EvidenceLost(BanditctlError):
    """A recorded decision refers to strata that are no longer what it saw; it cannot be made again."""


class TargetBusy(BanditctlError):
    """The target is changing; decide afresh at the next turn."""


class TargetUnavailable(BanditctlError):
    """The target did not answer or refused; its last weights stay in force."""


class TargetThrottled(TargetUnavailable):
    """The target asks for fewer calls; wait longer each time that it does."""


class TargetDenied(TargetUnavailable):
    """The target knows no such caller, or does not let it do this; renew the credentials or add the permission."""


class ChangeDenied(TargetDenied):
    """The target was asked for a change, and denied it: that it can be looked at says nothing of the next one."""


class SourceUnavailable(BanditctlError):
    """What is to be imported cannot be read; see to it and import again, nothing is counted twice."""
