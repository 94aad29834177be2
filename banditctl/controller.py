"""The loop itself: learn counts what arrived, steer moves the traffic; gather, decide, act."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from banditctl.core import metering
from banditctl.core.allocation import Allocation, Live
from banditctl.core.attribution import attribute
from banditctl.core.decision import Decision, decide_and_advance, matured_trials
from banditctl.core.experiment import Experiment
from banditctl.core.following import follow
from banditctl.core.past import Past
from banditctl.core.snapshot import Snapshot
from banditctl.core.turn import Turn
from banditctl.errors import TargetBusy, TargetUnavailable, TermsChanged
from banditctl.stores import Books, Ledger, era
from banditctl.targets import MeteredTarget, Target

# At up to sixteen thousand events a batch, no backlog is learned in one go, and no stop waits for one.
_BATCHES_A_TURN = 50

# Strata this old are folded by the day; a week of hourly ones is seen in full.
_FOLD_AFTER = timedelta(days=7)


async def learn(experiment: Experiment, store: Books, now: datetime) -> Ledger:
    """Count the events that have arrived, up to a bound that leaves others their turn; answers what is known then.

    Before the target was first read there is no stratum to credit, and events wait in the store.
    """
    ledger = await _ledger(experiment, store)
    for _ in range(_BATCHES_A_TURN if ledger.evidence.strata else 0):
        batch = await store.drain(experiment.name, ledger, experiment.memory, now)
        if batch is None:
            return await _forget(experiment, store, ledger, now)
        known = await store.attributions(experiment.name, batch)
        learned = attribute(ledger.evidence, ledger.tally, known, batch.events, experiment.rules)
        evidence = learned.evidence.credit(batch.credits)
        after = replace(ledger.heard_of(batch), evidence=evidence, tally=learned.tally)
        ledger = await store.save(experiment.name, ledger, after, learned.attributions)
    return ledger


async def _forget(experiment: Experiment, store: Books, ledger: Ledger, now: datetime) -> Ledger:
    """Let go of ids that no event can speak of any more, where none comes whose learning would."""
    after = ledger.forgetting(era(now, experiment.memory))
    return ledger if after == ledger else await store.save(experiment.name, ledger, after)


async def meter(experiment: Experiment, store: Books, target: MeteredTarget, now: datetime) -> Ledger:
    """Count the requests that the target tells of, each complete minute once; answers what is known then.

    It is looked at first: of a minute that is counted, the shares in force must be known.
    """
    ledger = await _look(experiment, store, await target.read(), now)
    unread = metering.unread(ledger.evidence, now)
    if unread is None:
        return ledger
    told = await target.invocations(experiment.variants, unread.since, unread.until)
    evidence = metering.meter(ledger.evidence, experiment.variants, told, unread.until, now)
    if evidence == ledger.evidence:
        return ledger
    return await store.save(experiment.name, ledger, replace(ledger, evidence=evidence))


async def _nobody(_: Decision) -> None:
    """Whom decisions are told to where nobody wants to hear of them."""


async def steer(
    experiment: Experiment,
    store: Books,
    target: Target,
    now: datetime,
    tell: Callable[[Decision], Awaitable[object]] = _nobody,
) -> Decision | None:
    """Look at the target, and if a turn is due decide and act; None if none was due.

    The next order makes one due. That it was taken, and what holds since, is kept with the turn.
    `tell` hears of the decision once it is recorded, whatever becomes of its push. The turn goes on once it has: where
    it fails, the next turn finds the same again and tells of that.

    What is to be pushed is kept before the push, and that it was accepted, or what it failed of, after it. A push that
    fails is decided afresh, from what is live then, `at_least` later. Raises TargetUnavailable.
    """
    # gather
    live = await target.read()
    ledger = await _look(experiment, store, live, now)
    received = await store.received(experiment.name)
    given = await store.next_order(experiment.name, ledger.ordered)
    order = given.order if given else None
    change = experiment.revision.since(ledger.revision)
    seen = Snapshot(now, ledger.evidence, live, received.oldest, ledger.last, ledger.standing, order, change=change)
    if order is None and not _due(experiment, ledger.last, seen):
        return None
    if live.state == "ready" and experiment.limits.capacity_rps is not None:
        seen = replace(seen, live=await target.measure(live, experiment.limits, now))

    # decide
    decision, past = decide_and_advance(experiment, seen)

    # act
    await store.record(decision)
    await tell(decision)
    taken = replace(ledger, ordered=given.place if given else ledger.ordered, revision=experiment.revision)
    ledger = await store.save(experiment.name, ledger, _turned(taken, decision, past))
    if decision.verdict == "move" and decision.allocation:
        await _move(store, target, ledger, decision, decision.allocation)
    if decision.verdict == "scale":
        await store.save(experiment.name, ledger, await _scale(target, ledger, decision))
    return decision


def _turned(ledger: Ledger, decision: Decision, past: Past) -> Ledger:
    """The ledger as a turn leaves it that is still to act."""
    evidence, at = replace(ledger.evidence, past=past), decision.seen.at
    if decision.verdict == "move":
        # From the push until it was answered, or the target tells, nobody knows what is served.
        evidence = evidence.open(evidence.strata[-1].shares, at, settled=False)
    # What sequences have not read yet, they are to read as it was.
    folded = evidence.folded(min(ledger.immutable, evidence.read), at - _FOLD_AFTER)
    return replace(ledger, last=decision.turn, standing=decision.standing, evidence=folded)


async def _move(store: Books, target: Target, ledger: Ledger, decision: Decision, allocation: Allocation) -> None:
    try:
        pushed = await _push(target, ledger, decision.turn, allocation)
    except TargetUnavailable as error:
        # Whoever asks what has become of it is told.
        failed = replace(decision.turn, failure=str(error))
        await store.save(decision.experiment, ledger, replace(ledger, last=failed))
        raise
    await store.save(decision.experiment, ledger, pushed)


async def _look(experiment: Experiment, store: Books, live: Live, now: datetime) -> Ledger:
    """What is kept, the strata and what is known of the last push being those of a target that says `live`."""
    ledger = await _ledger(experiment, store)
    last, evidence = ledger.last, ledger.evidence
    if last and (heard := last.heard(live)) != last:
        # The push was carried out after all, and what is served has not been known since.
        last, evidence = heard, evidence.open(heard.left.shares, heard.at, settled=False)
    evidence = follow(evidence, live, now, experiment.evidence.stratum, ledger.heard)
    if experiment.metered:
        evidence = metering.begun(evidence)
        evidence = metering.elsewhere(evidence, now) if _moved(experiment, ledger) else evidence
    if evidence == ledger.evidence and last == ledger.last:
        return ledger
    return await store.save(experiment.name, ledger, replace(ledger, evidence=evidence, last=last))


async def _push(target: Target, ledger: Ledger, turn: Turn, allocation: Allocation) -> Ledger:
    """The ledger after a push that the target accepted, or was too busy for."""
    try:
        await target.push(allocation)
    except TargetBusy:
        # Somebody else was first, or an earlier attempt whose answer was lost; the next look tells which.
        return replace(ledger, last=replace(turn, busy=True, failure=""))
    # Nor does anybody until the target has settled.
    evidence = ledger.evidence.open(allocation.shares, turn.at, settled=False)
    return replace(ledger, last=replace(turn, unfinished=False, failure=""), evidence=evidence)


async def _scale(target: Target, ledger: Ledger, decision: Decision) -> Ledger:
    """The ledger after instances were asked for: the target is busy, and decided on when it no longer is."""
    turn = replace(decision.turn, busy=True)
    try:
        for variant, number in decision.instances.items():
            await target.scale(variant, number)
    except TargetBusy:
        # Somebody else was first, and nothing was asked for.
        turn = replace(turn, asked={name: one for name, one in turn.asked.items() if name not in decision.instances})
    return replace(ledger, last=turn)


async def _ledger(experiment: Experiment, store: Books) -> Ledger:
    """What is kept, checked to be on the experiment's terms; of another target, nothing is asked for yet."""
    ledger = await store.ledger(experiment.name)
    check_terms(experiment, ledger)
    last = ledger.last.elsewhere if ledger.last and _moved(experiment, ledger) else ledger.last
    return replace(ledger, last=last, terms=experiment.terms)


def _moved(experiment: Experiment, ledger: Ledger) -> bool:
    """Whether another target is steered than the last turn was for."""
    change = experiment.revision.since(ledger.revision)
    return change is not None and change.elsewhere


def check_terms(experiment: Experiment, ledger: Ledger) -> None:
    """Raises TermsChanged where the evidence was gathered on other terms than the experiment's."""
    if ledger.terms and (changed := ledger.terms.changed(experiment.terms)):
        raise TermsChanged(
            f"{experiment.name} has evidence that was gathered with another {' and '.join(changed)}; "
            "write back what it was, or give the experiment a new name"
        )


def _due(experiment: Experiment, last: Turn | None, seen: Snapshot) -> bool:
    """Whether to decide now: at first, on schedule, and earlier after a turn that found the target busy or failed.

    And after the policy file changed; like a push that failed, that does not wait for `every`, but for `at_least`.
    """
    if last is None or (last.busy and seen.live.state == "ready"):
        return True
    waited = seen.at - last.at >= experiment.schedule.at_least
    if (last.unfinished and (seen.standing.urgent or waited)) or (seen.change and waited):
        return True

    def trials() -> float:
        return float(matured_trials(experiment, seen.evidence, seen.known).count.sum())

    return experiment.schedule.due(seen.at, last.at, last.trials, trials, experiment.burn_in)
