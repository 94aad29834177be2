"""The loop itself: learn counts what arrived, steer moves the traffic; gather, decide, act."""

from datetime import datetime

from msgspec.structs import replace

from banditctl.core.allocation import Live
from banditctl.core.attribution import attribute
from banditctl.core.decision import Decision, Snapshot, Turn, decide, matured_trials
from banditctl.core.experiment import Experiment
from banditctl.errors import TermsChanged
from banditctl.stores import Ledger, Store
from banditctl.targets import Target


async def learn(experiment: Experiment, store: Store) -> int:
    """Count every event that has arrived; answers how many.

    Before the target was first read there is no stratum to credit, and events wait in the store.
    """
    ledger = await _ledger(experiment, store)
    counted = 0
    while ledger.evidence.strata and (batch := await store.drain(experiment.name, ledger.cursor, experiment.memory)):
        known = await store.attributions(experiment.name, batch)
        learned = attribute(ledger.evidence, ledger.tally, known, batch.events, experiment.rules)
        after = replace(ledger, evidence=learned.evidence, tally=learned.tally, cursor=batch.cursor, heard=batch.heard)
        ledger = await store.save_learned(experiment.name, ledger, after, batch, learned.attributions)
        counted += len(batch.events)
    return counted


async def steer(experiment: Experiment, store: Store, target: Target, now: datetime) -> Decision | None:
    """Look at the target, and if a turn is due decide and act; None if none was due.

    A turn that could not be brought to its end is not marked as done: the next call decides afresh.
    """
    # gather
    live = await target.read()
    ledger = await _ledger(experiment, store)
    followed = replace(ledger, evidence=ledger.evidence.follow(live, now, experiment.evidence.stratum))
    if followed != ledger:
        ledger = await store.save(experiment.name, ledger, followed)
    trials = sum(matured_trials(experiment, ledger.evidence, now))
    if not _due(experiment, ledger.last, live, now, trials):
        return None

    # decide
    decision = decide(experiment, Snapshot(now, ledger.evidence, live))

    # act
    await store.record(decision, ledger.immutable(experiment.memory))
    if decision.verdict == "move" and decision.allocation:
        await target.push(decision.allocation)
    await store.save(experiment.name, ledger, _after(ledger, decision))
    return decision


async def _ledger(experiment: Experiment, store: Store) -> Ledger:
    """What is kept. Raises TermsChanged where it was gathered on other terms than the experiment's."""
    ledger = await store.ledger(experiment.name)
    if ledger.terms not in ("", experiment.terms):
        raise TermsChanged(
            f"{experiment.name} has evidence that was gathered under another reward, evidence.trials or "
            "evidence.stratum; write these back, or give the experiment a new name"
        )
    return replace(ledger, terms=experiment.terms)


def _due(experiment: Experiment, last: Turn | None, live: Live, now: datetime, trials: float) -> bool:
    """Whether to decide now: at first, on schedule, and as soon as a target that was busy no longer is."""
    if last is None or (last.busy and live.state == "ready"):
        return True
    return experiment.schedule.due(now, last.at, last.trials, trials)


def _after(ledger: Ledger, decision: Decision) -> Ledger:
    """The turn is done; after a push nobody knows what is served until the target has settled."""
    busy = decision.seen.live.state == "busy"
    done = replace(ledger, last=Turn(decision.seen.at, decision.trials, busy))
    if decision.verdict != "move" or decision.allocation is None:
        return done
    shares = decision.allocation.shares
    return replace(done, evidence=ledger.evidence.open(shares, decision.seen.at, settled=False))
