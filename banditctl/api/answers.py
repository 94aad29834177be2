"""What is answered about experiments and their decisions, as types: answers are made and documented by them."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from banditctl.core.attribution import Tally
from banditctl.core.certainty import Comparison
from banditctl.core.change import Change
from banditctl.core.decision import VariantBelief
from banditctl.core.evidence import Cell, Metered, Model
from banditctl.core.gain import Gain
from banditctl.core.judgement import Verdict
from banditctl.core.mismatch import Mismatch
from banditctl.core.outstanding import Outstanding
from banditctl.core.revision import FileChange
from banditctl.core.standing import Order
from banditctl.core.stopping import Conclusion
from banditctl.core.turn import Departure, Turn
from banditctl.explanation import Explanation
from banditctl.explanation.verification import Verification
from banditctl.provenance import Provenance


class Names(Struct, frozen=True):
    """Every experiment there is."""

    experiments: list[str]


class Version(Struct, frozen=True):
    """What runs."""

    version: str


class Endpoint(Struct, frozen=True):
    """What the endpoint told when it was decided."""

    status: str
    shares: dict[str, float] | None
    config: str | None
    instances: dict[str, int] | None
    traffic: float | None


class InForce(Struct, frozen=True):
    """The shares that are served; while not settled, those asked for or last seen."""

    shares: dict[str, float] | None
    settled: bool | None


class ReceivedEvents(Struct, frozen=True):
    """What intake has let in since the experiment began."""

    accepted: int
    duplicates: int


class Waiting(Struct, frozen=True):
    """Events that are not learned yet, and for how long the oldest of them has waited."""

    events: int
    seconds: float


class Told(Struct, frozen=True, kw_only=True):
    """What is believed at an instant, how sure the lead is, what looks wrong, and what the policy asks for."""

    experiment: str
    at: datetime
    belief: dict[str, VariantBelief]
    value_remaining: float | None
    stop: Conclusion | None
    leader: str | None
    rivals: dict[str, Comparison]
    mismatch: Mismatch | None
    change: Change | None
    gain: Gain | None
    proposal: dict[str, float]


class DecisionView(Told, frozen=True, kw_only=True):
    """One decision: what was believed, asked for and done, without the evidence it rests on.

    `order` is the one that was taken with it, unless `refusal` says why not. `file_change` is what the policy file has
    said otherwise since the turn before.
    """

    verdict: Verdict
    reason: str
    live: Endpoint
    departure: Departure | None
    allocation: dict[str, float] | None
    weights: dict[str, int] | None
    instances: dict[str, int] | None
    order: Order | None
    refusal: str | None
    digest: str
    file_change: FileChange | None


class RecordedView(DecisionView, frozen=True, kw_only=True):
    """The same of one in the history, by its name there."""

    id: str


class OrderTaken(RecordedView, frozen=True, kw_only=True):
    """The decision that took an order, and what is not carried out yet by now, if anything is."""

    outstanding: Outstanding | None


class History(Struct, frozen=True):
    """Decisions, newest first."""

    decisions: list[RecordedView]


class ExperimentView(Told, frozen=True, kw_only=True):
    """What is believed now, what is live, what waits, the orders that hold, and the latest decision.

    `outstanding` is what was decided or ordered and is not carried out yet. `orders` are in the order in which they
    were taken; the last is heeded. `counts` is all that was ever credited, nothing discounted and nothing by default.
    `pending` are exposures that are no trials: their window is open, or there is no default and no reward came.
    """

    variants: tuple[str, ...]
    control: str
    mode: Literal["observe", "act"]
    live: InForce
    counts: dict[str, Cell]
    pending: dict[str, float]
    models: dict[str, Model]
    metrics: dict[str, dict[str, Cell]]
    received: ReceivedEvents
    waiting: Waiting
    metered: Metered | None
    tally: Tally
    turn: Turn | None
    orders: tuple[Order, ...]
    outstanding: Outstanding | None
    decision: RecordedView | None


class ExplanationView(Explanation, frozen=True, kw_only=True):
    """One decision, told in sentences and in numbers, and what it was computed with."""

    id: str
    made: Provenance | None


class VerificationView(Verification, frozen=True, kw_only=True):
    """Whether one decision comes out again from what it saw."""

    id: str
    experiment: str
    at: datetime
    digest: str
    digest_now: str


class OrderKept(Struct, frozen=True):
    """An order that is kept and was not taken yet, and when it will be."""

    order: Order
    detail: str


class Problem(Struct, frozen=True, kw_only=True):
    """Problem details, RFC 9457: what went wrong and what to do, and where in what was sent."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    pointer: str = ""
