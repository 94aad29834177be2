"""The JSON that people and scripts read of an experiment and of its decisions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import structs

from banditctl.core.allocation import Allocation, Live
from banditctl.core.decision import Decision, Snapshot, decide
from banditctl.core.evidence import Cell, Stratum
from banditctl.core.experiment import Experiment
from banditctl.explanation import explain
from banditctl.explanation.verification import verify
from banditctl.provenance import here
from banditctl.stores import Ledger, Received, Recorded

Document = Mapping[str, object]


def history_view(experiment: Experiment, decision: Decision) -> Document:
    """One decision: what was believed, asked for and done, without the evidence it rests on."""
    live, allocation = decision.seen.live, decision.allocation
    return {
        "experiment": decision.experiment,
        "at": decision.seen.at,
        "verdict": decision.verdict,
        "reason": decision.reason,
        "belief": decision.belief,
        "value_remaining": decision.value_remaining,
        **_findings(decision),
        "live": {
            "status": live.status,
            "shares": live.allocation.shares if live.allocation else None,
            "config": live.config or None,
            "instances": live.instances or None,
            "traffic": live.traffic,
        },
        "departure": decision.departure,
        "proposal": decision.proposal.shares,
        "allocation": allocation.shares if allocation else None,
        # Under another policy file the grid may have been another.
        "weights": _weights(experiment, allocation) if decision.digest == experiment.digest else None,
        "instances": decision.instances or None,
        "digest": decision.digest,
    }


def recorded_view(experiment: Experiment, recorded: Recorded) -> Document:
    """The same of one in the history, by its name there."""
    return {"id": recorded.id, **history_view(experiment, recorded.decision)}


def experiment_view(
    experiment: Experiment, ledger: Ledger, received: Received, latest: Recorded | None, now: datetime
) -> Document:
    """What is believed now, what is live, what waits, and the latest decision."""
    strata = ledger.evidence.strata
    shares = strata[-1].shares if strata else None
    live = Live("last seen", "ready", Allocation(shares) if shares else None)
    fresh = decide(experiment, Snapshot(now, ledger.evidence, live, received.oldest, ledger.last))
    counts = {name: sum((stratum[name] for stratum in strata), Cell()) for name in experiment.variants}
    return {
        "experiment": experiment.name,
        "at": now,
        "variants": experiment.variants,
        "control": experiment.control,
        "mode": experiment.mode,
        "live": {"shares": shares, "settled": strata[-1].settled if strata else None},
        "belief": fresh.belief,
        "value_remaining": fresh.value_remaining,
        **_findings(fresh),
        "proposal": fresh.proposal.shares,
        # All that was ever credited, nothing discounted and nothing by default.
        "counts": counts,
        # Exposures that are no trials: their window is open, or there is no default and no reward came.
        "pending": {name: max(ledger.evidence.served(name) - fresh.belief[name].trials, 0.0) for name in counts},
        "models": ledger.evidence.models,
        "metrics": _metrics(strata),
        "received": {"accepted": received.accepted, "duplicates": received.duplicates},
        "waiting": {
            "events": max(received.accepted - ledger.learned, 0),
            "seconds": max((now - received.oldest).total_seconds(), 0.0) if received.oldest else 0.0,
        },
        "metered": ledger.evidence.metered,
        "tally": ledger.tally,
        "turn": ledger.last,
        "decision": recorded_view(experiment, latest) if latest else None,
    }


def explanation_view(experiment: Experiment, recorded: Recorded) -> Document:
    """One decision, told in sentences and in numbers."""
    return {"id": recorded.id, **structs.asdict(explain(experiment, recorded.decision)), "made": recorded.made}


def verification_view(experiment: Experiment, recorded: Recorded) -> Document:
    """Whether one decision comes out again from what it saw."""
    found = verify(experiment, recorded.decision, recorded.made, here())
    about = {"id": recorded.id, "experiment": experiment.name, "at": recorded.decision.seen.at}
    digests = {"digest": recorded.decision.digest, "digest_now": experiment.digest}
    return {**about, **digests, **structs.asdict(found)}


def _findings(decision: Decision) -> Document:
    """How sure the lead is, whether to stop, and the alarms."""
    found = decision.findings
    return {
        "stop": decision.stop,
        "leader": found.leader,
        "rivals": found.rivals,
        "mismatch": found.mismatch,
        "change": found.change,
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
