"""HTTP out: what the controller believes, what is live, what it did and why; health and metrics."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ExceptionHandler

from banditctl import __version__, counts
from banditctl.api.answers import History, Names, Version
from banditctl.api.views import experiment_view, explanation_view, recorded_view, verification_view
from banditctl.core.experiment import Experiment
from banditctl.core.turn import Turn
from banditctl.errors import EvidenceLost, NotFound, OrderInvalid, OrderRefused, StoreUnavailable
from banditctl.metrics import Metrics
from banditctl.problems import UNEXPECTED, problem
from banditctl.stores import Recorded, Store

DECISIONS_SHOWN = 20
DECISIONS_AT_MOST = 500

# How the history names a decision.
_NAME = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")


def routes(experiments: Mapping[str, Experiment], store: Store, clock: Callable[[], datetime]) -> list[Route]:
    """What is believed and was done, of each experiment."""
    api = _Experiments(experiments, store, clock)
    return [
        Route("/v1/experiments", api.names),
        Route("/v1/experiments/{name}", api.experiment),
        Route("/v1/experiments/{name}/decisions", api.decisions),
        Route("/v1/experiments/{name}/explanation", api.explanation),
        Route("/v1/experiments/{name}/verification", api.verification),
        Route("/v1/experiments/{name}/evidence", api.evidence),
    ]


def health_routes(store: Store, metrics: Metrics) -> list[Route]:
    """How the process itself is doing."""
    health = _Health(store, metrics)
    return [
        Route("/livez", health.livez),
        Route("/readyz", health.readyz),
        Route("/metrics", health.prometheus),
        Route("/version", health.version),
    ]


async def _unavailable(request: Request, error: Exception) -> Response:
    return problem(request.url.path, 503, str(error), headers={"Retry-After": "1"})


async def _lost(request: Request, error: Exception) -> Response:
    return problem(request.url.path, 500, str(error))


async def _missing(request: Request, error: Exception) -> Response:
    return problem(request.url.path, 404, str(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, OrderInvalid)  # noqa: S101 - registered for nothing else
    return problem(request.url.path, 422, str(error), pointer=error.pointer)


async def _forbidden(request: Request, error: Exception) -> Response:
    """An order that another one forbids."""
    return problem(request.url.path, 409, str(error))


async def _gone(request: Request, _: Exception) -> Response:
    """Nobody hears this any more."""
    return problem(request.url.path, 400, "the connection ended before the body did")


async def _unexpected(request: Request, _: Exception) -> Response:
    """A mistake of ours, which the server logs once this is answered."""
    return problem(request.url.path, 500, UNEXPECTED)


async def _refused(request: Request, error: Exception) -> Response:
    """A path, method, name or number that nobody answers."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for nothing else
    return problem(request.url.path, error.status_code, error.detail, headers=error.headers)


# What goes wrong in any handler, in the words of HTTP.
FAILURES: Mapping[Any, ExceptionHandler] = {
    StoreUnavailable: _unavailable,
    EvidenceLost: _lost,
    NotFound: _missing,
    OrderInvalid: _invalid,
    OrderRefused: _forbidden,
    ClientDisconnect: _gone,
    HTTPException: _refused,
    Exception: _unexpected,
}


class _Experiments:
    def __init__(self, experiments: Mapping[str, Experiment], store: Store, clock: Callable[[], datetime]) -> None:
        self._experiments = experiments
        self._store = store
        self._clock = clock

    async def names(self, _: Request) -> Response:
        return _json(Names(list(self._experiments)))

    async def experiment(self, request: Request) -> Response:
        experiment = self._find(request)
        ledger = await self._store.ledger(experiment.name)
        received = await self._store.received(experiment.name)
        latest = await self._store.history(experiment.name, 1)
        return _json(experiment_view(experiment, ledger, received, next(iter(latest), None), self._clock()))

    async def decisions(self, request: Request) -> Response:
        experiment = self._find(request)
        limit = request.query_params.get("limit", str(DECISIONS_SHOWN))
        if not re.fullmatch(r"[0-9]{1,4}", limit) or not 1 <= int(limit) <= DECISIONS_AT_MOST:
            raise HTTPException(422, f"limit is a whole number from 1 to {DECISIONS_AT_MOST}, not {limit}")
        before = request.query_params.get("before")
        if before is not None and not _NAME.fullmatch(before):
            raise HTTPException(422, f"before is the id of a decision, as the history has it, not {before}")
        found = await self._store.history(experiment.name, int(limit), before)
        return _json(History([recorded_view(experiment, one) for one in found]))

    async def explanation(self, request: Request) -> Response:
        experiment, recorded = await self._recorded(request)
        return _json(explanation_view(experiment, recorded, await self._after(experiment, recorded)))

    async def verification(self, request: Request) -> Response:
        experiment, recorded = await self._recorded(request)
        return _json(verification_view(experiment, recorded))

    async def evidence(self, request: Request) -> Response:
        experiment, recorded = await self._recorded(request)
        return _json(counts.write(experiment, recorded.decision.seen))

    async def _recorded(self, request: Request) -> tuple[Experiment, Recorded]:
        """The decision that is asked for; the latest, if none is."""
        experiment, name = self._find(request), request.query_params.get("decision")
        if name is None:
            found = next(iter(await self._store.history(experiment.name, 1)), None)
        else:
            found = await self._store.recorded(experiment.name, name) if _NAME.fullmatch(name) else None
        if found is None:
            missing = f"no decision {name}; its history has the ids" if name else "no decision yet"
            raise HTTPException(404, f"{experiment.name} has {missing}")
        return experiment, found

    async def _after(self, experiment: Experiment, recorded: Recorded) -> Turn | None:
        """What was known of its turn when the next one was taken, or is by now; None of one that is long past."""
        ledger = await self._store.ledger(experiment.name)
        latest = await self._store.history(experiment.name, DECISIONS_SHOWN)
        turns = [ledger.last, *(one.decision.seen.last for one in latest)]
        return next((turn for turn in turns if turn and turn.at == recorded.decision.seen.at), None)

    def _find(self, request: Request) -> Experiment:
        name = request.path_params["name"]
        if name not in self._experiments:
            raise HTTPException(404, f"unknown experiment {name}; known are {', '.join(self._experiments) or 'none'}")
        return self._experiments[name]


class _Health:
    def __init__(self, store: Store, metrics: Metrics) -> None:
        self._store = store
        self._metrics = metrics

    async def livez(self, _: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(self, _: Request) -> Response:
        await self._store.ping()
        return PlainTextResponse("ok\n")

    async def prometheus(self, _: Request) -> Response:
        return Response(self._metrics.text(), media_type="text/plain; version=1.0.0; charset=utf-8")

    async def version(self, _: Request) -> Response:
        return _json(Version(__version__))


def _json(document: object) -> Response:
    return Response(msgspec.json.encode(document), media_type="application/json")
