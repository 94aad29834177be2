"""The door for events: `POST /v1/events`, answered 202 only once the store has what was accepted."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from http import HTTPStatus

import msgspec
import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from banditctl.errors import StoreUnavailable
from banditctl.intake.admission import Admission, Admissions, Experiments
from banditctl.intake.body import Body
from banditctl.intake.decoding import decoder
from banditctl.intake.faults import RequestError
from banditctl.intake.gathering import Clock, Count, Gathering
from banditctl.intake.pressure import Bounds, Pressure
from banditctl.intake.receipts import Receipt, Told
from banditctl.problems import UNEXPECTED, problem
from banditctl.stores import Store

PATH = "/v1/events"

# In bytes; to read so many takes a third of a millisecond.
_LARGE = 32_768

log = structlog.get_logger("banditctl")


class Intake:
    """An ASGI callable in front of the rest of the web, and `take` for what comes by the fast path."""

    def __init__(
        self,
        rest: ASGIApp,
        experiments: Experiments,
        store: Store,
        clock: Clock,
        count: Count,
        seconds: Callable[[], float],
        bounds: Bounds,
    ) -> None:
        self._rest = rest
        self._experiments = experiments
        self._admissions = Admissions(experiments)
        self._store = store
        self._clock = clock
        self._count = count
        self._bounds = bounds
        self._pressure = Pressure(bounds, seconds)
        self._gatherings: dict[tuple[str, timedelta], Gathering] = {}
        self._large = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") != PATH:
            await self._rest(scope, receive, send)
            return
        try:
            told: bytes | Exception = await self._read(scope, receive)
        except Exception as error:  # noqa: BLE001 - it is answered
            told = error
        await response(told)(scope, receive, send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        """Keep what a request brings whose body may still be on its way; answers what to tell."""
        if scope["method"] != "POST":
            raise RequestError(HTTPStatus.METHOD_NOT_ALLOWED, "events are sent by POST", {"allow": "POST"})
        self._pressure.enter()
        headers = dict(scope["headers"])
        body = Body(headers, receive, self._pressure)
        told: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        try:
            await self._keep_in_turn(headers, await body.read(self._bounds.size), partial(_settle, told))
            return await told
        finally:
            self._pressure.leave(body.held)

    async def _keep_in_turn(self, headers: Mapping[bytes, bytes], body: bytes, told: Told) -> None:
        """As `_keep`, but of large bodies one in each turn of the loop.

        Then the write of one is under way while the next is read, and what is small comes in between: with eight
        connections that send a thousand events at a time an eighth more come through.
        """
        if len(body) < _LARGE:
            self._keep(headers, body, told)
            return
        async with self._large:
            self._keep(headers, body, told)
            await asyncio.sleep(0)

    def take(self, headers: Mapping[bytes, bytes], body: bytes, told: Told) -> bool:
        """Keep what a POST brings whose `body` is here already, within all bounds and without a coding.

        Answers whether there was room to look at it.
        """
        size = len(body)

        def end(outcome: bytes | Exception) -> None:
            self._pressure.leave(size)
            told(outcome)

        try:
            self._pressure.enter(size)
        except RequestError as error:
            told(error)
            return False
        try:
            self._keep(headers, body, end)
        except Exception as error:  # noqa: BLE001 - it is answered
            end(error)
        return True

    def _keep(self, headers: Mapping[bytes, bytes], body: bytes, told: Told) -> None:
        """Hand over to the store what may be kept; `told` hears when it has it. Raises RequestError."""
        decode = decoder(headers.get(b"content-type", b"").decode("latin-1"))
        if not body or body.isspace():
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, "the body is empty")
        decoded = decode(body, self._bounds.events)
        self._pressure.spend(len(decoded))
        admission = self._admissions.admit(decoded, self._clock())
        rejected = msgspec.json.encode(self._rejected(admission)) if admission.faults else b"[]"
        # Nothing may fail once the first events are handed over: it would be told twice.
        gathered = [(self._gathering(name), events) for name, events in admission.admitted.items()]
        receipt = Receipt(len(gathered) or 1, rejected, told)
        for gathering, events in gathered:
            gathering.keep(events, receipt)
        if not gathered:
            receipt.keep(0, 0)

    def _rejected(self, admission: Admission) -> list[dict[str, object]]:
        """What to tell of the events that are refused. Raises RequestError if all are."""
        told: list[dict[str, object]] = []
        for index, fault in admission.faults.items():
            self._count(fault.experiment if fault.experiment in self._experiments else "", "refused", 1)
            told.append({"index": index, "pointer": fault.pointer, "detail": fault.detail})
        if not admission.admitted:
            detail = "no event could be accepted; `rejected` says what to change in each"
            raise RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, rejected=told)
        return told

    def _gathering(self, name: str) -> Gathering:
        key = name, self._experiments[name].memory
        if key not in self._gatherings:
            self._gatherings[key] = Gathering(*key, self._store, self._clock, self._count)
        return self._gatherings[key]


def response(told: bytes | Exception) -> Response:
    """The answer to a request with events, of which this was told; a mistake of ours is logged."""
    if isinstance(told, bytes):
        return Response(told, HTTPStatus.ACCEPTED, media_type="application/json")
    if isinstance(told, RequestError):
        return problem(PATH, told.status, str(told), told.headers, **told.members)
    if isinstance(told, StoreUnavailable):
        return _unacknowledged()
    log.error("request failed unexpectedly", path=PATH, exc_info=told)
    return problem(PATH, HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED)


def _settle(told: asyncio.Future[bytes], outcome: bytes | Exception) -> None:
    # Who sent it may have gone.
    if told.done():
        return
    if isinstance(outcome, bytes):
        told.set_result(outcome)
    else:
        told.set_exception(outcome)


def _unacknowledged() -> Response:
    detail = (
        "the store did not acknowledge the events; send the same request again, "
        "no event is counted twice under the same id"
    )
    return problem(PATH, HTTPStatus.SERVICE_UNAVAILABLE, detail, {"retry-after": "1"})
