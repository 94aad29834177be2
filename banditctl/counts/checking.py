"""What is wrong with counts beyond their form: times, shares, names and sums that cannot be."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise

from banditctl.core.allocation import Allocation
from banditctl.core.experiment import Experiment
from banditctl.counts.form import WrittenCell, WrittenCounts, WrittenStratum

# Where in the document, and a sentence.
Complaint = tuple[tuple[str | int, ...], str]


def complaints(written: WrittenCounts, experiment: Experiment, at: datetime | None) -> Iterator[Complaint]:
    """What the form cannot see."""
    if not written.strata:
        yield ("strata",), "there is none; write at least the one in force, with what was counted so far"
    for number, stratum in enumerate(written.strata):
        for trail, said in _of_stratum(stratum, experiment, at):
            yield ("strata", number, *trail), said
    for number, (before, after) in enumerate(pairwise(written.strata)):
        if before.until is None:
            yield ("strata", number, "until"), "required of all strata but the last"
        elif after.since < before.until:
            yield ("strata", number + 1, "since"), "begins before the stratum before it ends; write strata in order"
    if written.strata and written.strata[-1].until is None and at is None:
        yield ("strata", len(written.strata) - 1, "until"), "required; or say --at, when this is told"
    if written.live is not None:
        yield from _of_shares(("live",), written.live)


def _of_stratum(stratum: WrittenStratum, experiment: Experiment, at: datetime | None) -> Iterator[Complaint]:
    yield from _of_shares(("shares",), stratum.shares)
    if stratum.until and stratum.until <= stratum.since:
        yield ("until",), "must be later than since"
    if at and (stratum.until or stratum.since) > at:
        yield ("until" if stratum.until else "since",), f"is later than {at.isoformat()}, when this is told"
    known = {*experiment.variants, *stratum.shares}
    for name, cell in stratum.variants.items():
        if name not in known:
            yield ("variants", name), f"unknown variant; known are {', '.join(experiment.variants)}"
        for trail, said in _of_cell(cell, experiment):
            yield ("variants", name, *trail), said
        if cell.ages is None and at and not _closed_by(stratum, experiment, at):
            yield (
                ("variants", name, "ages"),
                "required, for its window is open then; or leave out --at: all has matured",
            )


def _of_cell(cell: WrittenCell, experiment: Experiment) -> Iterator[Complaint]:
    rewarded = cell.rewarded
    if misfit := experiment.reward.misfit(rewarded.sums):
        yield ("rewarded",), misfit
    if cell.exposed is not None and rewarded.count > cell.exposed:
        yield ("exposed",), f"must be at least the {rewarded.count:g} that were rewarded"
    if sum(cell.ages or ()) > rewarded.count:
        yield ("ages",), f"must not be more than the {rewarded.count:g} that were rewarded"


def _of_shares(trail: tuple[str, ...], shares: Mapping[str, float]) -> Iterator[Complaint]:
    try:
        Allocation(dict(shares))
    except ValueError:
        yield trail, f"shares must sum to 1, not to {sum(shares.values()):g}"


def closed(stratum: WrittenStratum, experiment: Experiment) -> datetime:
    """When nothing that is still to come can change a stratum that has ended."""
    assert stratum.until  # noqa: S101 - without it, and without an instant, the document was refused
    return stratum.until + experiment.reward.window


def _closed_by(stratum: WrittenStratum, experiment: Experiment, at: datetime) -> bool:
    if experiment.maturity(at).default is None:
        return True
    return stratum.until is not None and closed(stratum, experiment) <= at
