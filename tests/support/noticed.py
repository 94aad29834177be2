"""A decision, or else a finding, for each kind of notice, with numbers that are easy to read."""

from datetime import UTC, datetime, timedelta

from core.builders import experiment, live
from msgspec.structs import replace

from banditctl.core.certainty import Comparison
from banditctl.core.change import Change
from banditctl.core.decision import Decision, VariantBelief, decide
from banditctl.core.evidence import Evidence
from banditctl.core.findings import Findings
from banditctl.core.mismatch import Mismatch
from banditctl.core.notices import Finding, findings, pushless, stalled
from banditctl.core.snapshot import Snapshot
from banditctl.core.standing import Order, Standing
from banditctl.core.turn import Departure

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)

ROLLBACK = Order("ticket-7", "rollback", "ann", "latency doubled", AT)

_MOVED = "somebody else moved gbm-rush from 60.0% to 90.0%"
_UNDONE = "the last push was undone"
_LED = Findings("gbm-rush", {"gbm-weather": Comparison(0.02, (0.01, 0.03), 5000.0)})


def decided(**changes) -> Decision:
    """A decision that there is nothing to tell of but `changes`."""
    flights = experiment(("gbm-rush", "gbm-weather"), name="flights")
    shares = {"gbm-rush": 0.6, "gbm-weather": 0.4}
    quiet = decide(flights, Snapshot(AT, Evidence(), live(**shares)))
    belief = {
        "gbm-rush": VariantBelief(9000.0, 0.42, (0.41, 0.43), 0.998, 0.00002),
        "gbm-weather": VariantBelief(6000.0, 0.4, (0.39, 0.41), 0.002, 0.02),
    }
    reason = _because("Hold: the shares are as they should be")
    return replace(quiet, **{"belief": belief, "findings": _LED, "reason": reason, **changes})


def _because(said: str) -> str:
    return f"{said}; gbm-rush is best with probability 99.8% after 15,000 trials."


def seeing(**options) -> Snapshot:
    """What was seen of an endpoint of which only a person can tell what to do."""
    return Snapshot(AT, Evidence(), replace(live("broken", "Failed"), **options))


DECISIONS = {
    "rollback": decided(
        standing=Standing((ROLLBACK,)),
        reason=_because("Move gbm-rush from 60.0% to 0.0%: rolled back to gbm-weather by ann: latency doubled"),
    ),
    "foreign": decided(
        departure=Departure("shares", _MOVED), reason=_because(f"Move gbm-rush from 90.0% to 60.0%; {_MOVED}")
    ),
    "undone": decided(
        departure=Departure("undone", _UNDONE), reason=_because(f"Move gbm-rush from 40.0% to 60.0%; {_UNDONE}")
    ),
    "endpoint": decided(seen=seeing(), reason=_because("Hold: the endpoint is Failed, only a person can mend that")),
    "mismatch": decided(findings=replace(_LED, mismatch=Mismatch(2000.0, "gbm-rush", 0.05, True))),
    "change": decided(findings=replace(_LED, change=Change("gbm-weather", 24.0, 5.5, True))),
    "winner": decided(stop="winner"),
    "low_value_remaining": decided(stop="low value remaining", value_remaining=0.03),
}


def examples() -> dict[str, Finding]:
    """What is found, by its kind."""
    found = [one for decision in DECISIONS.values() for one in findings(decision)]
    since = AT - timedelta(minutes=20)
    others = [pushless(since, "AWS: the security token is expired"), stalled(AT - timedelta(minutes=4))]
    return {one.kind: one for one in (*found, *others)}
