"""What can go wrong with an endpoint while a daemon steers it: how it begins, what it shows, and how it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from banditctl.emulator import Scenario
from banditctl.emulator.scenario import PlannedVariant

BEFORE, THEIRS = {"A": 0.75, "B": 0.25}, {"A": 0.1, "B": 0.9}
DEPLOYED, OTHERS = {"A": 0.2, "B": 0.8}, {"A": 0.6, "C": 0.4}

Options = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Faults that are on until it is over, and what others do when it begins and when it ends.

    Callers have `patience` for so many seconds, and describe the endpoint so `often` in any minute at most: four looks
    of four attempts, unless AWS asks for fewer. It `shows` statuses and `rings` an alarm; what a decision or the log
    says of it contains `said`. Others set weights that nobody decided: `theirs`.
    """

    faults: Sequence[Options] = ()
    begins: Sequence[Options] = ()
    ends: Sequence[Options] = ()
    patience: float = 10
    often: int = 16
    shows: frozenset[str] = frozenset()
    rings: str | None = None
    said: str = ""
    theirs: Mapping[str, float] | None = None
    made_anew: bool = False

    @property
    def of_calls(self) -> bool:
        """Whether a push itself may be struck; everything else may come while it is carried out."""
        return any(fault["kind"] != "stale" for fault in self.faults)

    def of_pushes(self) -> "Trouble":
        """The same for pushes alone."""
        return replace(self, faults=[_PUSHES | fault for fault in self.faults])


_PUSHES = {"operation": "UpdateEndpointWeightsAndCapacities"}
_MENDED = ({"kind": "become", "status": "InService"},)


def _fault(kind: str, **options: object) -> Trouble:
    return Trouble(faults=[{"kind": kind, **options}])


def _denied(kind: str, said: str) -> Trouble:
    return replace(_fault(kind), rings="credentials", said=said)


def _happening(kind: str, **options: object) -> Trouble:
    return Trouble(begins=[{"kind": kind, **options}])


def _shown(trouble: Trouble, status: str) -> Trouble:
    return replace(trouble, shows=frozenset({status}))


def _broken(trouble: Trouble, status: str) -> Trouble:
    return replace(_shown(trouble, status), ends=_MENDED, rings="endpoint", said=f"the endpoint is {status}")


_THEIRS = _happening("reweigh", weights={"A": 1, "B": 9})

CALLS = {
    "another is a moment earlier": _fault("busy"),
    "AWS has an internal failure": replace(_fault("refuse"), said="InternalFailure"),
    "AWS finds fault with it": replace(
        _fault("refuse", code="ValidationException", message="No.", status=400), said="ValidationException"
    ),
    "the connection breaks before it is done": replace(_fault("drop"), said="Connection"),
    "the connection breaks when it is done": _fault("lose"),
    "it is done and an error is answered": _fault("lose", answer="error"),
    "it is done and nothing is answered": replace(_fault("lose", answer="silence", times=4), patience=0.05),
    "it is done after everybody has hung up": replace(_fault("slow", delay="80ms", times=4), patience=0.05),
    "answers take long": _fault("slow", delay="20ms", times=4),
    "it is throttled": replace(_fault("throttle", rate=0.001), often=9, said="Rate exceeded"),
    "two calls in three fail": _fault("refuse", chance=0.67),
    "access is denied": _denied("deny", "AccessDenied"),
    "credentials have expired": _denied("expire", "ExpiredToken"),
}

READS = {
    "reads are stale": _fault("stale", within="45s"),
    "reads are stale for longer than a push takes": _fault("stale", within="90s"),
}

CHANGES = {
    "changes are rolled back": _shown(_fault("roll_back", lasts="30s"), "RollingBack"),
    "changes fail": _broken(_fault("fail"), "Failed"),
    "not even a rollback succeeds": _broken(_fault("half_roll_back", lasts="15s"), "UpdateRollbackFailed"),
    "changes take twice as long": _shown(_fault("linger", extra="60s"), "Updating"),
}

STATES = {
    "it is Failed": _broken(_happening("become", status="Failed"), "Failed"),
    "it is OutOfService": _broken(_happening("become", status="OutOfService"), "OutOfService"),
    "it is UpdateRollbackFailed": _broken(_happening("become", status="UpdateRollbackFailed"), "UpdateRollbackFailed"),
    "AWS maintains it": _shown(_happening("maintain", lasts="90s"), "SystemUpdating"),
    "autoscaling was first": _shown(_happening("scale", instances={"B": 3}), "Updating"),
    "it is deleted and made anew": Trouble(
        begins=[{"kind": "delete"}],
        made_anew=True,
        shows=frozenset({"Deleting", "missing", "Creating"}),
        rings="endpoint",
        said="the endpoint is missing",
    ),
    "it is deployed with other variants and back again": replace(
        _happening("deploy", config="Others"),
        ends=[{"kind": "deploy", "config": "Split"}],
        theirs=OTHERS,
        rings="endpoint",
        said="the endpoint lacks B and also has C",
    ),
}

FOREIGN = {
    "somebody sets weights": replace(_THEIRS, theirs=THEIRS, said="somebody else moved"),
    "somebody sets weights and reads are stale": replace(
        _THEIRS, faults=[{"kind": "stale", "within": "20s"}], theirs=THEIRS, said="somebody else moved"
    ),
    "somebody sets weights that are rolled back": _shown(
        replace(_THEIRS, faults=[{"kind": "roll_back", "lasts": "30s"}]), "RollingBack"
    ),
    "somebody deploys": replace(
        _happening("deploy", config="Again"), theirs=DEPLOYED, said="somebody else deployed Again"
    ),
    "somebody deploys and keeps the weights": replace(
        _happening("deploy", config="Again", retain=True), said="somebody else deployed Again"
    ),
    "somebody deploys more than the account may have": _shown(
        replace(
            _happening("deploy", config="Again"),
            faults=[{"kind": "quota", "instances": 1, "lasts": "30s"}],
            theirs=DEPLOYED,
        ),
        "RollingBack",
    ),
    "somebody deploys what AWS does not tell": replace(
        _happening("deploy", config="Again"),
        faults=[{"kind": "refuse", "operation": "DescribeEndpointConfig"}],
        theirs=DEPLOYED,
        said="somebody else deployed Again",
    ),
}

TROUBLES = CALLS | READS | CHANGES | STATES | FOREIGN


def world(**spans: object) -> Scenario:
    """`Fares` and its configurations; weights that are all zero would be accepted, and so be seen."""

    def planned(**weights: float) -> dict[str, PlannedVariant]:
        return {name: PlannedVariant(model=f"{name}-1", weight=weight) for name, weight in weights.items()}

    configs = {"Split": planned(A=7500, B=2500), "Again": planned(A=2, B=8), "Others": planned(A=6, C=4)}
    return Scenario(configs=configs, endpoints={"Fares": "Split"}, all_zero="accept", **spans)
