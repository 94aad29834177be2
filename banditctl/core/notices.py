"""What people are to be told: what is found, and when it is news."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from banditctl.core.decision import Decision
from banditctl.core.standing import Standing
from banditctl.core.turn import Turn
from banditctl.core.wording import apart, begun, more

Kind = Literal[
    "rollback",
    "foreign",
    "undone",
    "endpoint",
    "mismatch",
    "change",
    "winner",
    "low_value_remaining",
    "push_failing",
    "learning_stalled",
]
Facts = dict[str, str | float | None]

# Each decision says whether these are so; of the others it knows nothing.
DECIDED: frozenset[Kind] = frozenset(
    {"rollback", "foreign", "undone", "endpoint", "mismatch", "change", "winner", "low_value_remaining"}
)

# What comes back within this time has never ended: a value around its threshold, or two that undo each other's work.
_QUIET = timedelta(hours=1)

# A failure is news once another one has followed it after so long, without a success in between.
_PUSHLESS = timedelta(minutes=15)


class Finding(Struct, frozen=True):
    """Something that people are told of once for as long as it lasts: in a sentence, and as facts for machines.

    `about` tells it from others of its kind: a winner that another one follows is news, and so is each rollback.
    """

    kind: Kind
    sentence: str
    facts: Facts = {}
    about: str = ""

    @property
    def occurrence(self) -> str:
        """What is told once."""
        return f"{self.kind} {self.about}".strip()


class Notice(Struct, frozen=True):
    """A finding that was news, as it is kept until everybody has it; `kind` is "test" where somebody only tries."""

    id: str
    experiment: str
    kind: Kind | Literal["test"]
    at: datetime
    sentence: str
    facts: Facts = {}

    @classmethod
    def of(cls, experiment: str, found: Finding, at: datetime) -> "Notice":
        """The notice of something that began at `at`; made again it has the same id."""
        digest = blake2b(f"{experiment} {found.occurrence} {at.isoformat()}".encode(), digest_size=12)
        return cls(f"notice_{digest.hexdigest()}", experiment, found.kind, at, found.sentence, found.facts)


class Streak(Struct, frozen=True):
    """Failures in a row: when the first and the latest of them were."""

    first: datetime
    latest: datetime

    def over(self, at: datetime) -> bool:
        """Whether it is so long ago that a failure `at` some time is another matter."""
        return at - self.latest >= _QUIET

    @property
    def lasting(self) -> bool:
        """Whether it is more than a passing trouble."""
        return self.latest - self.first >= _PUSHLESS


class Occurrences(Struct, frozen=True):
    """What was told: by occurrence None while it lasts, else since when it is quiet, until it has ended.

    `failing` is what may yet have to be told, by what fails, for whoever goes on after a restart.
    """

    quiet: dict[str, datetime | None] = {}
    failing: dict[str, Streak] = {}

    def news(self, found: Iterable[Finding], at: datetime) -> list[Finding]:
        """Those of `found` that were not told yet, or have begun again after they had ended."""
        return [one for one in found if one.occurrence not in self.quiet or _ended(self.quiet[one.occurrence], at)]

    def after(self, judged: Collection[str], found: Iterable[Finding], at: datetime) -> "Occurrences":
        """The same once `found` are told; others of the kinds that were `judged` are quiet, or have ended."""
        lasting: dict[str, datetime | None] = {one.occurrence: None for one in found}
        past = {
            occurrence: (quiet or at) if occurrence.partition(" ")[0] in judged else quiet
            for occurrence, quiet in self.quiet.items()
        }
        kept = {name: quiet for name, quiet in past.items() if not _ended(quiet, at)}
        return replace(self, quiet=kept | lasting)


def _ended(quiet: datetime | None, at: datetime) -> bool:
    return quiet is not None and at - quiet >= _QUIET


def findings(decision: Decision) -> list[Finding]:
    """What there is to tell of a decision; with each, the reason of the decision is a fact."""
    found = (*_ordered(decision), *_departed(decision), *_alarms(decision), *_concluded(decision))
    return [Finding(one.kind, one.sentence, {**one.facts, "reason": decision.reason}, one.about) for one in found]


def _ordered(decision: Decision) -> Iterator[Finding]:
    """A rollback means trouble, of which others are to hear; what else is ordered is everyday work."""
    order = decision.standing.heeded
    if order and order.verb == "rollback":
        sentence = f"{order.who} ordered a rollback: {order.because}."
        yield Finding("rollback", sentence, {"who": order.who, "why": order.why}, order.id)


def _departed(decision: Decision) -> Iterator[Finding]:
    departure = decision.departure
    if departure and departure.kind == "undone":
        yield Finding("undone", "The last push was undone: the shares from before it are live again.")
    elif departure and departure.kind != "lost":
        yield Finding("foreign", f"{begun(departure.detail)}.", {"changed": departure.kind})
    if decision.stuck:
        live = decision.seen.live
        facts: Facts = {"status": live.status, "problem": live.problem}
        yield Finding("endpoint", "The endpoint cannot be steered as it is; only a person can mend that.", facts)


def _alarms(decision: Decision) -> Iterator[Finding]:
    split, change = decision.findings.mismatch, decision.findings.change
    if split and split.alarm:
        apart_by = apart(split.deviation)
        sentence = f"{split.variant} gets {apart_by} requests than its share says; what is learned may be biased."
        yield Finding("mismatch", sentence, {"variant": split.variant, "deviation": split.deviation})
    if change and change.alert:
        sentence = f"Lately {change.rival} earns {more(change.z)} beside {decision.findings.leader} than before."
        yield Finding("change", sentence, {"variant": change.rival, "deviations": change.z})


def _concluded(decision: Decision) -> Iterator[Finding]:
    leader = decision.findings.leader
    if decision.stop is None or leader is None:
        return
    facts: Facts = {"variant": leader, "mean": decision.belief[leader].mean, "best": decision.belief[leader].best}
    if decision.stop == "winner":
        yield Finding("winner", f"{leader} is the winner: it is proved better than each rival.", facts, leader)
    else:
        sentence = f"Little is left to be gained: hardly any other variant is better than {leader} by what matters."
        yield Finding("low_value_remaining", sentence, {**facts, "value_remaining": decision.value_remaining}, leader)


def pushless(since: datetime, why: str) -> Finding:
    """Nothing has reached the endpoint since then."""
    sentence = f"Nothing has got through to the endpoint since {since:%H:%M} UTC: {why}"
    return Finding("push_failing", sentence, {"since": _written(since), "error": why})


def unheeded(standing: Standing, last: Turn | None) -> Finding | None:
    """A rollback or a pin whose push has failed: somebody waits for it, and need not wait for another failure."""
    order = standing.heeded
    if order is None or last is None or not (standing.urgent and last.unfinished and last.failure):
        return None
    sentence = f"{order.who} ordered a {order.verb}, which could not be carried out and is tried again: {last.failure}"
    return Finding("push_failing", sentence, {"who": order.who, "why": order.why, "error": last.failure}, order.id)


def stalled(since: datetime) -> Finding:
    """The oldest event that waits to be learned was received then."""
    sentence = f"Events are not learned any more: the oldest that waits was received at {since:%H:%M:%S} UTC."
    return Finding("learning_stalled", sentence, {"since": _written(since)})


def unmetered(since: datetime) -> Finding:
    """The last minute whose requests the target told of ended then."""
    sentence = f"Requests are not counted any more: the last minute that was counted ended at {since:%H:%M} UTC."
    return Finding("learning_stalled", sentence, {"since": _written(since)}, "requests")


def _written(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
