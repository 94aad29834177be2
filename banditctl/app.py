"""The composition root: the only place that joins policy files, store, target, schedule and HTTP."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from socket import gethostname
from time import monotonic
from typing import NamedTuple

import msgspec
import structlog
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
from banditctl.config import Configured, load_all
from banditctl.controller import check_terms
from banditctl.core.experiment import Experiment
from banditctl.dashboard import Dashboard
from banditctl.errors import StoreUnavailable, UsageError
from banditctl.intake.app import PATH, Intake
from banditctl.intake.pressure import Bounds
from banditctl.metrics import Metrics
from banditctl.notify.noticing import Noticing
from banditctl.notify.posting import Post, posting
from banditctl.notify.receivers import Receiver, receivers
from banditctl.notify.sending import Sender
from banditctl.quota import UNLIMITED, Quota
from banditctl.reloading import Reloading
from banditctl.request_ids import RequestIds
from banditctl.running import Running
from banditctl.schedule import Schedule
from banditctl.serving import address, is_this_machine, listen, serving, stop_signal
from banditctl.stores import Store
from banditctl.stores.redis import RedisStore
from banditctl.stores.redis.opening import opened
from banditctl.targets import MeteredTarget
from banditctl.vetting import obstacle, vet

# A change counts once it is seen twice.
_LOOK_EVERY = timedelta(seconds=1)

log = structlog.get_logger("banditctl")


@dataclass(frozen=True)
class Settings:
    """What `banditctl run` is told; `intake` takes events in, `control` learns, steers, tells of it and notifies."""

    policies: Sequence[Path]
    store: str
    host: str
    port: int
    insecure: bool
    capacity: int | None
    intake: bool
    control: bool
    quota: Quota = UNLIMITED
    notify: Sequence[str] = ()
    notify_secret: str | None = None

    @property
    def open_to_strangers(self) -> bool:
        """Whether other machines reach it with nobody in front who asks for their key."""
        return not self.insecure and not is_this_machine(self.host)


class _Telling(NamedTuple):
    """Who is told what people are to be told, and how."""

    receivers: Sequence[Receiver]
    post: Post


async def run(settings: Settings, ready: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT; calls `ready` with the address once it listens.

    Raises PolicyFileError, TermsChanged, UsageError and StoreUnavailable before it does, a UsageError also for an
    endpoint that cannot be steered as it is.
    """
    configured = load_all(settings.policies)
    told = receivers(settings.notify, settings.notify_secret) if settings.control else []
    async with opened(settings.store) as store, posting() as post:
        await _serve(settings, configured, store, _Telling(told, post), ready)


async def _serve(
    settings: Settings,
    configured: Sequence[Configured],
    store: RedisStore,
    telling: _Telling,
    ready: Callable[[str], None],
) -> None:
    metrics, access = Metrics(), Access(store.credentials, always=settings.open_to_strangers, quota=settings.quota)
    await _check(settings, configured, store, access)
    targets = [one.target.connect(one.experiment.limits.grid) if settings.control else None for one in configured]
    begun = list(zip(configured, targets, strict=True))
    await _check_endpoints([(one.experiment, target) for one, target in begun if target])
    listener = listen(settings.host, settings.port)
    noticing = Noticing(store) if telling.receivers else None
    schedule = Schedule(store, _now, metrics, f"{gethostname()} {address(listener)}", noticing)
    schedule.keep_fresh("keys", access.refresh)
    if telling.receivers:
        sender = Sender(store, telling.receivers, telling.post, metrics, _now, schedule.held)
        schedule.keep_fresh("notices", sender.send)
    running = Running(schedule, metrics)
    for one, target in begun:
        running.begin(one, target)
    vetted = partial(vet, store=store, control=settings.control)
    schedule.keep_fresh("policies", Reloading(settings.policies, running, vetted, metrics, _now).look, _LOOK_EVERY)
    metrics.begin("")
    orders = Orders(running.experiments, store, _now, schedule.wake)
    web: ASGIApp = Guard(_web(settings, running.experiments, store, metrics, orders), access)
    if settings.control:
        web = Dashboard(web, running.experiments, store, access, _now, orders)
    async with serving(RequestIds(web, token_hex(6)), listener):
        schedule.start()
        ready(address(listener))
        await stop_signal()
        log.info("stopping: finishing what is being done")
    await schedule.stop()


def _web(
    settings: Settings, experiments: Mapping[str, Experiment], store: Store, metrics: Metrics, orders: Orders
) -> ASGIApp:
    rest = Starlette(routes=_routes(settings, experiments, store, metrics, orders), exception_handlers=api.FAILURES)
    if not settings.intake:
        return rest
    return Intake(rest, experiments, store, _now, metrics.events, monotonic, Bounds(capacity=settings.capacity))


def _routes(
    settings: Settings, experiments: Mapping[str, Experiment], store: Store, metrics: Metrics, orders: Orders
) -> list[Route]:
    """All paths but that of events."""
    taking = [] if settings.intake else [_NO_INTAKE]
    telling = api.routes(experiments, store, _now) if settings.control else [_NO_CONTROL]
    # Whoever can reach the store can give orders; whoever controls the experiment carries them out.
    return [_OPENAPI, *taking, *order_routes(orders), *telling, *api.health_routes(store, metrics)]


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


async def _check(settings: Settings, configured: Sequence[Configured], store: Store, access: Access) -> None:
    """Say at once what would be wrong at every turn; without Redis there is time until it is back."""
    try:
        if not await access.refresh() and settings.open_to_strangers:
            raise UsageError(
                f"{settings.host} is open to other machines, and nobody has a key yet: make one with `banditctl keys "
                "new`, listen on 127.0.0.1, or say --insecure where a gateway in front decides who may post"
            )
        for one in configured if settings.control else ():
            check_terms(one.experiment, await store.ledger(one.experiment.name))
    except StoreUnavailable as error:
        log.warning("starting without the store", error=str(error))


async def _check_endpoints(steered: Sequence[tuple[Experiment, MeteredTarget]]) -> None:
    """Say at once which endpoints cannot be steered, and what to change; those that do not answer have time."""
    problems = await asyncio.gather(*(obstacle(experiment, target) for experiment, target in steered))
    if told := [problem for problem in problems if problem]:
        raise UsageError("\n".join(told))


def _now() -> datetime:
    return datetime.now(UTC)
