"""The door for events: `POST /v1/events`, answered 202 only once the store has what was accepted."""

from collections.abc import Callable
from datetime import timedelta
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
from banditctl.problems import UNEXPECTED, problem
from banditctl.stores import Store

PATH = "/v1/events"

log = structlog.get_logger("banditctl")


class Intake:
    """An ASGI callable in front of the rest of the web; behind a router it takes half as many single events."""

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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("path") != PATH:
            await self._rest(scope, receive, send)
            return
        try:
            body = await self._take(scope, receive)
        except RequestError as error:
            await problem(PATH, error.status, str(error), error.headers, **error.members)(scope, receive, send)
        except StoreUnavailable:
            await _unacknowledged()(scope, receive, send)
        except Exception:
            log.exception("request failed unexpectedly", path=PATH)
            await _unexpected()(scope, receive, send)
        else:
            # Without Starlette's Response, whose making takes as long as reading an event.
            headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
            await send({"type": "http.response.start", "status": 202, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    async def _take(self, scope: Scope, receive: Receive) -> bytes:
        """Keep what a request brings; answers what to tell."""
        if scope["method"] != "POST":
            raise RequestError(HTTPStatus.METHOD_NOT_ALLOWED, "events are sent by POST", {"allow": "POST"})
        self._pressure.enter()
        headers = dict(scope["headers"])
        body = Body(headers, receive, self._pressure)
        try:
            decode = decoder(headers.get(b"content-type", b"").decode("latin-1"))
            decoded = decode(await body.read(self._bounds.size), self._bounds.events)
            self._pressure.spend(len(decoded))
            admission = self._admissions.admit(decoded, self._clock())
            # The store may be waited for, and what was sent takes more memory than what is to be kept of it.
            del decoded
            return await self._keep(admission)
        finally:
            self._pressure.leave(body.held)

    async def _keep(self, admission: Admission) -> bytes:
        rejected = self._rejected(admission) if admission.faults else []
        accepted = duplicates = 0
        # While one experiment's events are kept, the next may come to its end.
        gathered = [(self._gathering(name), events) for name, events in admission.admitted.items()]
        for gathering, events in gathered:
            repeated = await gathering.keep(events)
            accepted += len(events) - repeated
            duplicates += repeated
        told = msgspec.json.encode(rejected)
        return b'{"accepted":%d,"duplicates":%d,"rejected":%s}' % (accepted, duplicates, told)

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


def _unacknowledged() -> Response:
    detail = (
        "the store did not acknowledge the events; send the same request again, "
        "no event is counted twice under the same id"
    )
    return problem(PATH, HTTPStatus.SERVICE_UNAVAILABLE, detail, {"retry-after": "1"})


def _unexpected() -> Response:
    return problem(PATH, HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED)
