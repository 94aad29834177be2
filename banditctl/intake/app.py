"""The door for events: `POST /v1/events`, answered 202 only once the store has what was accepted."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from banditctl.errors import StoreUnavailable
from banditctl.intake.admission import Admission, Experiments, admit
from banditctl.intake.body import Bounds, read
from banditctl.intake.decoding import decoder
from banditctl.intake.faults import RequestError
from banditctl.problems import problem
from banditctl.stores import Store

Clock = Callable[[], datetime]
# (experiment, or "" if unknown; accepted, duplicate or refused; how many)
Count = Callable[[str, str, int], None]
Tally = Counter[tuple[str, str]]

_BOUNDS = Bounds()


def routes(experiments: Experiments, store: Store, clock: Clock, count: Count, bounds: Bounds = _BOUNDS) -> list[Route]:
    """Where events come in; `experiments` is looked at anew for every request."""
    return [Route("/v1/events", Intake(experiments, store, clock, count, bounds))]


class Intake:
    """An ASGI callable: measured, it serves a fifth more single events than a Starlette function does."""

    def __init__(self, experiments: Experiments, store: Store, clock: Clock, count: Count, bounds: Bounds) -> None:
        self._experiments = experiments
        self._store = store
        self._clock = clock
        self._count = count
        self._bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive))
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.scope["path"]
        try:
            return await self._take(request)
        except RequestError as error:
            return problem(path, error.status, str(error), error.headers)
        except StoreUnavailable:
            return problem(
                path,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the store did not acknowledge the events; send the same request again, "
                "no event is counted twice under the same id",
                {"retry-after": "1"},
            )

    async def _take(self, request: Request) -> Response:
        if request.method != "POST":
            raise RequestError(HTTPStatus.METHOD_NOT_ALLOWED, "events are sent by POST", {"allow": "POST"})
        decode = decoder(request.headers.get("content-type", ""))
        decoded = decode(await read(request, self._bounds), self._bounds.events)
        received = self._clock()
        admission = admit(decoded, self._experiments, received)
        tally = await self._keep(admission, received)
        for (experiment, outcome), n in tally.items():
            self._count(experiment, outcome, n)
        return _told(request.scope["path"], admission, tally)

    async def _keep(self, admission: Admission, received: datetime) -> Tally:
        """Store what was admitted; answers what became of all events, by experiment and outcome."""
        named = (fault.experiment for fault in admission.faults.values())
        tally = Tally((name if name in self._experiments else "", "refused") for name in named)
        for experiment, events in admission.admitted:
            memory = experiment.memory
            new = sum(await self._store.append(experiment.name, events, at=received, memory=memory))
            tally[experiment.name, "accepted"] = new
            tally[experiment.name, "duplicate"] = len(events) - new
        return +tally  # without the zeros


def _told(path: str, admission: Admission, tally: Tally) -> Response:
    rejected = [
        {"index": index, "pointer": fault.pointer, "detail": fault.detail} for index, fault in admission.faults.items()
    ]
    if rejected and not admission.admitted:
        detail = "no event could be accepted; `rejected` says what to change in each"
        return problem(path, HTTPStatus.UNPROCESSABLE_ENTITY, detail, rejected=rejected)
    outcomes = Counter[str]()
    for (_, outcome), n in tally.items():
        outcomes[outcome] += n
    answer = {"accepted": outcomes["accepted"], "duplicates": outcomes["duplicate"], "rejected": rejected}
    return Response(msgspec.json.encode(answer), HTTPStatus.ACCEPTED, media_type="application/json")
