"""How evidence follows the endpoint: a stratum for each stretch of constant shares, and what each variant runs."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from banditctl.core.allocation import Allocation, Live
from banditctl.core.evidence import Evidence, Model, Stratum

# For so long after a push an answer from before it is taken for one that is out of date.
_STALE = timedelta(minutes=2)


def follow(evidence: Evidence, live: Live, at: datetime, longest: timedelta, heard: datetime | None = None) -> Evidence:
    """The same evidence, a new stratum opened if the target changed or the open one has grown old.

    A change that nobody asked for dates from when the target was modified; what it served until it was looked at is
    not known. Nobody may have looked for long: then the open stratum ends where it should have, or at `heard`, when
    the last event was received, if that was later; what was in force since is one in transition.
    """
    if not evidence.strata:
        first = live.allocation and evidence.open(live.allocation.shares, at, settled=live.state == "ready")
        return _told(first, live, ()) if first else evidence
    last = evidence.strata[-1]
    allocation = live.allocation or Allocation(last.shares)
    settled = live.state == "ready" and live.allocation is not None and not _outdated(last, live, allocation, at)
    renewed = _renewed(evidence, live.models) if settled and at > last.since else ()
    # While the target changes, or tells no shares, what it serves is unknown: one stratum in transition covers it all.
    kept = last.settled == settled and (not settled or _matches(allocation, last)) and not renewed
    if kept and at < last.since + longest:
        return _told(evidence, live, ())
    due = max(last.since + longest, heard or last.since)
    looked_away = at > due + longest
    doubtful = [due] * looked_away + ([] if kept else _modified(last, live, at))
    if doubtful:
        evidence = evidence.open(last.shares, min(doubtful), settled=False)
        if not settled and not looked_away:
            return evidence
    return _told(evidence.open(allocation.shares, at, settled=settled), live, renewed)


def _matches(allocation: Allocation, stratum: Stratum) -> bool:
    return allocation.matches(Allocation(stratum.shares))


def _outdated(last: Stratum, live: Live, allocation: Allocation, at: datetime) -> bool:
    """Whether the target answered as if nothing had been asked of it when the open stratum began."""
    before = live.modified is not None and live.modified < last.since
    return before and not last.settled and at < last.since + _STALE and not _matches(allocation, last)


def _modified(last: Stratum, live: Live, at: datetime) -> list[datetime]:
    """When shares that had been in force began to change, if the target tells and that can be so."""
    told = last.settled and live.modified is not None and last.since < live.modified < at
    return [live.modified] if told and live.modified else []


def _renewed(evidence: Evidence, models: Mapping[str, str]) -> list[str]:
    """The variants that run another model than they did."""
    known = evidence.models
    return [name for name, model in models.items() if name in known and known[name].name != model]


def _told(evidence: Evidence, live: Live, renewed: Collection[str]) -> Evidence:
    """The same evidence, its models as the target tells them once it has settled.

    What a variant earned counts from the open stratum on if its model was `renewed`. Where none was known before, it
    is taken for the one that was there all along.
    """
    told = live.models if live.state == "ready" else {}
    since = evidence.strata[-1].since
    models = {
        name: Model(model, since if name in renewed else None)
        for name, model in told.items()
        if name in renewed or name not in evidence.models
    }
    if not models:
        return evidence
    return replace(evidence, models=evidence.models | models, past=evidence.past.without(renewed))
