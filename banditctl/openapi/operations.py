"""What can be asked over HTTP: each operation with what it takes and every answer it has, as types."""

from collections.abc import Iterator, Mapping, Sequence
from http import HTTPMethod, HTTPStatus
from typing import Annotated, NamedTuple

from msgspec import Meta, Struct

from banditctl.api import DECISIONS_AT_MOST, DECISIONS_SHOWN
from banditctl.api.answers import (
    ExperimentView,
    ExplanationView,
    History,
    Names,
    OrderKept,
    OrderTaken,
    Problem,
    VerificationView,
    Version,
)
from banditctl.api.order_forms import FORMS
from banditctl.counts.form import WrittenCounts
from banditctl.credentials import Scope
from banditctl.intake.wire import WireEvent

JSON, TEXT, PROBLEM = "application/json", "text/plain", "application/problem+json"

DecisionId = Annotated[str, Meta(pattern="^[0-9]{1,19}-[0-9]{1,19}$", description="As the history names a decision.")]
Limit = Annotated[int, Meta(ge=1, le=DECISIONS_AT_MOST, description=f"How many; {DECISIONS_SHOWN} if left out.")]


class Rejection(Struct, frozen=True):
    """One event that is refused: its place, from 0, where in it, and why."""

    index: int
    pointer: str
    detail: str


class Acknowledgement(Struct, frozen=True):
    """What became of the events: the store has what was accepted."""

    accepted: int
    duplicates: int
    rejected: list[Rejection]


class EventProblem(Problem, frozen=True, kw_only=True):
    """The same for events; `rejected` where each of them was refused."""

    rejected: tuple[Rejection, ...] = ()


class Answer(NamedTuple):
    """What an answer says, and its type: a document, or text where there is none."""

    said: str
    document: object = None
    media: str = JSON


class Operation(NamedTuple):
    """One thing to ask. `takes` is what is sent, by media type; `query` what may stand behind the path."""

    method: HTTPMethod
    path: str
    name: str
    summary: str
    scope: Scope | None
    answers: Mapping[HTTPStatus, Answer]
    takes: Mapping[str, object] = {}
    query: Mapping[str, object] = {}


# What is said in problem details, the same wherever it is.
REFUSALS: Mapping[HTTPStatus, str] = {
    HTTPStatus.BAD_REQUEST: "The connection ended before the body did.",
    HTTPStatus.UNAUTHORIZED: "A key is needed, and none that is known was sent.",
    HTTPStatus.FORBIDDEN: "The key has not the scope; or nobody is asked for one, and the `Host` is a name.",
    HTTPStatus.NOT_FOUND: "Nothing is known by that name.",
    HTTPStatus.REQUEST_TIMEOUT: "The body stopped in the middle; send the same request again.",
    HTTPStatus.CONFLICT: "Another order forbids this one.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is of another type.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "What was sent cannot be; `pointer` says where.",
    HTTPStatus.TOO_MANY_REQUESTS: "The key has sent more than it may; Retry-After says when to go on.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "What the decision saw is not what it was.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The store does not answer, or has no room for another order; send the same again.",
}
_GUARDED = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_BODY = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
_LOST, _MISSING, _INVALID = (
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)

_EXPERIMENT = "/v1/experiments/{name}"
_ORDERS = {
    "pause": "Let traffic stay as it is; learning goes on.",
    "resume": "End a pause, a promotion, a rollback, or a pause after somebody else changed the weights.",
    "promote": "Give one variant everything it may have, a step at a time.",
    "rollback": "Give everything to control, at once and past every limit, until it is resumed.",
    "pin": "Fix the shares, at once and past every limit, until they are unpinned.",
    "unpin": "End a pin.",
}


def operations() -> Iterator[Operation]:
    """All of them, as people meet them: events, what is known of experiments, orders, health."""
    yield _events()
    yield from _reading()
    yield from _ordering()
    yield from _health()


def _events() -> Operation:
    event = WireEvent | list[WireEvent]
    takes = {JSON: event, "application/x-ndjson": None} | dict.fromkeys(_CLOUDEVENTS)
    statuses = (*_GUARDED, *_BODY, HTTPStatus.REQUEST_TIMEOUT)
    refused = {status: refusal._replace(document=EventProblem) for status, refusal in _refused(*statuses)}
    answers = {HTTPStatus.ACCEPTED: Answer("The store has what was accepted.", Acknowledgement), **refused}
    return Operation(
        HTTPMethod.POST, "/v1/events", "report", "Report exposures and rewards.", Scope.INGEST, answers, takes
    )


_CLOUDEVENTS = ("application/cloudevents+json", "application/cloudevents-batch+json")


def _reading() -> Iterator[Operation]:
    named, one = (_MISSING, _LOST), {"decision": DecisionId}
    history = {"limit": Limit, "before": DecisionId}
    yield _get("/v1/experiments", "experiments", "Every experiment.", Names)
    yield _get(_EXPERIMENT, "experiment", "What is believed, live, ordered and waiting.", ExperimentView, named)
    where, told = f"{_EXPERIMENT}/decisions", "What was decided, newest first."
    yield _get(where, "decisions", told, History, (*named, _INVALID), history)
    where, told = f"{_EXPERIMENT}/explanation", "Why, of the latest decision or of another."
    yield _get(where, "explanation", told, ExplanationView, named, one)
    where, told = f"{_EXPERIMENT}/verification", "Whether a decision comes out again."
    yield _get(where, "verification", told, VerificationView, named, one)
    where, told = f"{_EXPERIMENT}/evidence", "The counts that a decision saw, as `banditctl decide` reads them."
    yield _get(where, "evidence", told, WrittenCounts, named, one)


def _get(
    path: str,
    name: str,
    summary: str,
    document: object,
    refused: Sequence[HTTPStatus] = (),
    query: Mapping[str, object] | None = None,
) -> Operation:
    answers = {HTTPStatus.OK: Answer(summary, document), **dict(_refused(*_GUARDED, *refused))}
    return Operation(HTTPMethod.GET, path, name, summary, Scope.READ, answers, query=query or {})


def _ordering() -> Iterator[Operation]:
    answers = {
        HTTPStatus.OK: Answer("The decision that took the order, and what is not carried out yet.", OrderTaken),
        HTTPStatus.ACCEPTED: Answer("The order is kept; whoever controls the experiment takes it.", OrderKept),
        **dict(_refused(*_GUARDED, *_BODY, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, _LOST)),
    }
    for verb, form in FORMS.items():
        path = f"{_EXPERIMENT}/{verb}"
        yield Operation(HTTPMethod.POST, path, verb, _ORDERS[verb], Scope.ADMIN, answers, {JSON: form})


def _health() -> Iterator[Operation]:
    ready = {HTTPStatus.OK: Answer("The store answers.", media=TEXT), **dict(_refused(HTTPStatus.SERVICE_UNAVAILABLE))}
    alive, version = Answer("It does.", media=TEXT), Answer("The version.", Version)
    metrics = {HTTPStatus.OK: Answer("For Prometheus.", media=TEXT), **dict(_refused(*_GUARDED))}
    this = {HTTPStatus.OK: Answer("OpenAPI 3.1.", dict), **dict(_refused(*_GUARDED))}
    yield Operation(HTTPMethod.GET, "/livez", "livez", "Whether the process answers.", None, {HTTPStatus.OK: alive})
    yield Operation(HTTPMethod.GET, "/readyz", "readyz", "Whether the store answers, too.", None, ready)
    yield Operation(HTTPMethod.GET, "/version", "version", "What runs.", None, {HTTPStatus.OK: version})
    yield Operation(HTTPMethod.GET, "/metrics", "metrics", "Metrics.", Scope.READ, metrics)
    yield Operation(HTTPMethod.GET, "/openapi.json", "openapi", "This document.", Scope.READ, this)


def _refused(*statuses: HTTPStatus) -> Iterator[tuple[HTTPStatus, Answer]]:
    return ((status, Answer(REFUSALS[status], Problem, PROBLEM)) for status in sorted(set(statuses)))
