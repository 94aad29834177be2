"""The JSON that people and scripts read of an experiment and of its decisions."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import structs

from banditctl.api.answers import (
    DecisionView,
    Endpoint,
    ExperimentView,
    ExplanationView,
    InForce,
    OrderTaken,
    ReceivedEvents,
    RecordedView,
    VerificationView,
    Waiting,
)
from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import Decision, decide
from banditctl.core.evidence import Cell, Stratum
from banditctl.core.experiment import Experiment
from banditctl.core.outstanding import Outstanding, outstanding
from banditctl.core.snapshot import Snapshot
from banditctl.core.turn import Turn
from banditctl.explanation import explain
from banditctl.explanation.verification import verify
from banditctl.provenance import here
from banditctl.stores import Ledger, Received, Recorded


def history_view(experiment: Experiment, decision: Decision) -> DecisionView:
    """One decision: what was believed, asked for and done, without the evidence it rests on."""
    return DecisionView(**_told(experiment, decision))


def recorded_view(experiment: Experiment, recorded: Recorded) -> RecordedView:
    """The same of one in the history, by its name there."""
    return RecordedView(id=recorded.id, **_told(experiment, recorded.decision))


def order_taken(experiment: Experiment, recorded: Recorded, ledger: Ledger, latest: Recorded) -> OrderTaken:
    """The decision that took an order, and what is not carried out yet by now."""
    left = _outstanding(experiment, ledger, latest)
    return OrderTaken(id=recorded.id, outstanding=left, **_told(experiment, recorded.decision))


def _outstanding(experiment: Experiment, ledger: Ledger, latest: Recorded | None) -> Outstanding | None:
    return outstanding(experiment, ledger.last, ledger.standing, latest.decision.seen.live if latest else None)


def _told(experiment: Experiment, decision: Decision) -> dict[str, Any]:
    live, allocation = decision.seen.live, decision.allocation
    shares = live.allocation.shares if live.allocation else None
    return {
        **_believed(decision),
        "verdict": decision.verdict,
        "reason": decision.reason,
        "live": Endpoint(live.status, shares, live.config or None, live.instances or None, live.traffic),
        "departure": decision.departure,
        "allocation": allocation.shares if allocation else None,
        # Under another policy file the grid may have been another.
        "weights": _weights(experiment, allocation) if decision.digest == experiment.digest else None,
        "instances": decision.instances or None,
        "order": decision.order,
        "refusal": decision.refusal,
        "digest": decision.digest,
        "file_change": decision.seen.change,
    }


def experiment_view(
    experiment: Experiment, ledger: Ledger, received: Received, latest: Recorded | None, now: datetime
) -> ExperimentView:
    """What is believed now, what is live, what waits, the orders that hold, and the latest decision."""
    strata = ledger.evidence.strata
    shares = strata[-1].shares if strata else None
    live = Live("last seen", "ready", Allocation(shares) if shares else None)
    seen = Snapshot(now, ledger.evidence, live, received.oldest, ledger.last, ledger.standing)
    fresh = decide(experiment, seen)
    counts = {name: sum((stratum[name] for stratum in strata), Cell()) for name in experiment.variants}
    return ExperimentView(
        **_believed(fresh),
        variants=experiment.variants,
        control=experiment.control,
        mode=experiment.mode,
        live=InForce(shares, strata[-1].settled if strata else None),
        counts=counts,
        pending={name: max(ledger.evidence.served(name) - fresh.belief[name].trials, 0.0) for name in counts},
        models=ledger.evidence.models,
        metrics=_metrics(strata),
        received=ReceivedEvents(received.accepted, received.duplicates),
        waiting=Waiting(received.waiting(ledger.learned), received.waited(now).total_seconds()),
        metered=ledger.evidence.metered,
        tally=ledger.tally,
        turn=ledger.last,
        orders=ledger.standing.orders,
        outstanding=_outstanding(experiment, ledger, latest),
        decision=recorded_view(experiment, latest) if latest else None,
    )


def explanation_view(experiment: Experiment, recorded: Recorded, after: Turn | None) -> ExplanationView:
    """One decision, told in sentences and in numbers, its turn being what was known of it `after` it."""
    told = structs.asdict(explain(experiment, recorded.decision, after))
    return ExplanationView(id=recorded.id, made=recorded.made, **told)


def verification_view(experiment: Experiment, recorded: Recorded) -> VerificationView:
    """Whether one decision comes out again from what it saw."""
    decision = recorded.decision
    return VerificationView(
        id=recorded.id,
        experiment=experiment.name,
        at=decision.seen.at,
        digest=decision.digest,
        digest_now=experiment.digest,
        **structs.asdict(verify(experiment, decision, recorded.made, here())),
    )


def _believed(decision: Decision) -> dict[str, Any]:
    """What is believed, how sure the lead is, whether to stop, the alarms, and what the policy asks for."""
    found = decision.findings
    return {
        "experiment": decision.experiment,
        "at": decision.seen.at,
        "belief": decision.belief,
        "value_remaining": decision.value_remaining,
        "stop": decision.stop,
        "leader": found.leader,
        "rivals": found.rivals,
        "mismatch": found.mismatch,
        "change": found.change,
        "gain": found.gain,
        "proposal": decision.proposal.shares,
    }


def _metrics(strata: Sequence[Stratum]) -> dict[str, dict[str, Cell]]:
    """What each variant earned by each further metric, in all strata together."""
    found: defaultdict[str, defaultdict[str, Cell]] = defaultdict(lambda: defaultdict(Cell))
    for stratum in strata:
        for metric, cells in stratum.metrics.items():
            for variant, cell in cells.items():
                found[metric][variant] += cell
    return {metric: dict(cells) for metric, cells in found.items()}


def _weights(experiment: Experiment, allocation: Allocation | None) -> dict[str, int] | None:
    if allocation is None:
        return None
    return {name: round(share * experiment.limits.grid) for name, share in allocation.shares.items()}
