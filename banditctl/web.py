"""All that one daemon answers over HTTP, in the order in which a request passes it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from time import monotonic
from typing import NamedTuple

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from banditctl import api, openapi
from banditctl.access import Access, Guard
from banditctl.api.order_routes import order_routes
from banditctl.api.orders import Orders
from banditctl.core.experiment import Experiment
from banditctl.dashboard import Dashboard
from banditctl.fastpath import FastPath
from banditctl.hosts import Hosts
from banditctl.intake.app import PATH, Intake
from banditctl.intake.pressure import Bounds
from banditctl.metrics import Metrics
from banditctl.request_ids import RequestIds
from banditctl.serving.protocol import Take
from banditctl.stores import Store


class Served(NamedTuple):
    """What answers all requests, and what takes some of them before, by their paths."""

    app: ASGIApp
    takers: Mapping[bytes, Take]


@dataclass(frozen=True)
class Web:
    """What its rooms are told, and are told by; `refused` is what keeps policy files from being taken up."""

    experiments: Mapping[str, Experiment]
    store: Store
    metrics: Metrics
    access: Access
    orders: Orders
    clock: Callable[[], datetime]
    refused: Callable[[], Sequence[str]]

    def app(self, bounds: Bounds | None, *, control: bool, insecure: bool) -> "Served":
        """The whole: request ids, names, pages, keys, events, API. Without `bounds` events are taken in elsewhere.

        Without `control` what is believed and done is told elsewhere; `insecure` answers to every name.
        """
        routes = self.routes(intake=bounds is not None, control=control)
        web: ASGIApp = Starlette(routes=routes, exception_handlers=api.FAILURES)
        intake = hosts = None
        if bounds:
            count = self.metrics.events
            web = intake = Intake(web, self.experiments, self.store, self.clock, count, monotonic, bounds)
        web = Guard(web, self.access)
        if control:
            web = Dashboard(web, self.experiments, self.store, self.access, self.clock, self.orders, self.refused)
        if not insecure:
            web = hosts = Hosts(web, self.access)
        ids = RequestIds(web, token_hex(6))
        takers = {PATH.encode(): FastPath(ids, hosts, self.access, intake)} if intake else {}
        return Served(ids, takers)

    def routes(self, *, intake: bool, control: bool) -> list[Route]:
        """All paths but those of events and pages."""
        taking = [] if intake else [_NO_INTAKE]
        telling = api.routes(self.experiments, self.store, self.clock) if control else [_NO_CONTROL]
        # Whoever can reach the store can give orders; whoever controls the experiment carries them out.
        return [_OPENAPI, *taking, *order_routes(self.orders), *telling, *api.health_routes(self.store, self.metrics)]


async def _document(_: Request) -> Response:
    return Response(msgspec.json.encode(openapi.document()), media_type="application/json")


_OPENAPI = Route("/openapi.json", _document)


def _elsewhere(path: str, detail: str) -> Route:
    """A path that another process serves: the answer says which."""

    async def absent(_: Request) -> None:
        raise HTTPException(404, detail)

    return Route(path, absent, methods=["GET", "POST"])


_NO_INTAKE = _elsewhere(PATH, "this process runs with --only control: send events to one that takes them")
_NO_CONTROL = _elsewhere(
    "/v1/experiments{rest:path}", "this process runs with --only intake: ask one that learns and steers"
)
