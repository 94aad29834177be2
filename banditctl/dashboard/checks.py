"""What could be wrong with one experiment, looked at one by one: each a state and a sentence."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal, NamedTuple

from banditctl.core.metering import OVERDUE
from banditctl.core.wording import apart, begun, more
from banditctl.dashboard.facts import Present
from banditctl.dashboard.words import moment, span
from banditctl.stores.told import Told

State = Literal["fine", "alarm", "unknown"]

# Learning runs every second; what has waited this long waits for something.
_SLOW = timedelta(minutes=1)

# A turn comes a look late, and may be held up for a while by an endpoint that is busy.
_MISSED_TURNS = 3
_LOOK = timedelta(minutes=1)


class Check(NamedTuple):
    """One thing that was looked at."""

    name: str
    state: State
    sentence: str


def checks(now: Present) -> Iterator[Check]:
    """All of them, in the order in which a person at night would want them."""
    yield _turns(now)
    yield _learning(now)
    if now.experiment.metered:
        yield _metering(now)
    if now.latest:
        yield _endpoint(now.latest)
        yield _split(now.latest)
        yield _change(now.latest)


def _turns(now: Present) -> Check:
    every, turn = now.experiment.schedule.every, now.glance.turn
    if turn is None:
        return Check("Turns", "unknown", "No turn has been taken yet.")
    age = now.at - turn.at
    if age > _MISSED_TURNS * every + _LOOK:
        return Check("Turns", "alarm", f"The last turn was {span(age)} ago, where one is due every {span(every)}.")
    # One that is tried again at every look is never old.
    urgent = bool(turn.failure) and now.glance.standing.urgent
    if turn.unfinished and (age > _LOOK or _lost(now.latest) or urgent):
        why = f": {turn.failure.rstrip('.')}" if turn.failure else ""
        return Check("Turns", "alarm", f"The last push has not been carried out; it is decided afresh{why}.")
    return Check("Turns", "fine", f"One is taken every {span(every)}.")


def _lost(latest: Told | None) -> bool:
    """Whether the push before the latest decision failed; what became of that decision's own, its turn knows."""
    return latest is not None and latest.departure is not None and latest.departure.kind == "lost"


def _learning(now: Present) -> Check:
    received, waited = now.received, now.received.waited(now.at)
    waiting = received.waiting(now.glance.learned)
    if waited > _SLOW:
        return Check("Learning", "alarm", f"{waiting:,} events wait to be learned, the oldest for {span(waited)}.")
    return Check("Learning", "fine", f"{received.accepted:,} events have come, {waiting:,} wait to be learned.")


def _metering(now: Present) -> Check:
    until = now.glance.metered
    if until is None:
        return Check("Metering", "unknown", "No minute has been asked for yet.")
    if now.at - until >= OVERDUE:
        said = f"Only requests before {moment(until)} are counted; of later ones the target tells nothing."
        return Check("Metering", "alarm", said)
    return Check("Metering", "fine", f"Requests before {moment(until)} are counted.")


def _endpoint(latest: Told) -> Check:
    live = latest.seen.live
    if live.problem:
        return Check("Endpoint", "alarm", f"It {live.problem}.")
    if live.state == "broken":
        return Check("Endpoint", "alarm", f"It is {live.status}: only a person can mend that.")
    if latest.departure and not _lost(latest):
        return Check("Endpoint", "alarm", f"{begun(latest.departure.detail)}.")
    return Check("Endpoint", "fine", f"It is {live.status}, and nobody else has changed its weights.")


def _split(latest: Told) -> Check:
    found = latest.findings.mismatch
    if found is None:
        return Check("Requests by shares", "unknown", "No stratum has been compared yet.")
    if not found.alarm:
        return Check("Requests by shares", "fine", "Requests reach the variants as their shares say.")
    return Check(
        "Requests by shares",
        "alarm",
        f"{found.variant} gets {apart(found.deviation)} than its share (e-value {found.e_value:.3g}): "
        "something between application and endpoint is broken.",
    )


def _change(latest: Told) -> Check:
    found = latest.findings.change
    if found is None:
        return Check("Steady rewards", "unknown", "There is not enough yet to compare lately with before.")
    if not found.alert:
        return Check("Steady rewards", "fine", "What came lately agrees with what came before.")
    return Check(
        "Steady rewards", "alarm", f"Lately {found.rival} earns {more(found.z)} beside the leader than before."
    )
