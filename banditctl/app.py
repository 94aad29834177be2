"""The composition root: the only place that joins policy files, store, target, schedule and HTTP."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from socket import gethostname
from typing import NamedTuple

import structlog

from banditctl.access import Access
from banditctl.api.orders import Orders
from banditctl.config import Configured, load_all
from banditctl.controller import check_terms
from banditctl.core.experiment import Experiment
from banditctl.errors import StoreUnavailable, UsageError
from banditctl.intake.pressure import Bounds
from banditctl.metrics import Metrics
from banditctl.notify.noticing import Noticing
from banditctl.notify.posting import Post, posting
from banditctl.notify.receivers import Receiver, receivers
from banditctl.notify.sending import Sender
from banditctl.quota import UNLIMITED, Quota
from banditctl.reloading import Reloading
from banditctl.running import Running
from banditctl.schedule import Schedule
from banditctl.serving import address, is_this_machine, listen, serving, stop_signal
from banditctl.stores import Store
from banditctl.stores.redis import RedisStore
from banditctl.stores.redis.opening import opened
from banditctl.targets import MeteredTarget
from banditctl.vetting import obstacle, vet
from banditctl.web import Web

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
    schedule = _schedule(telling, store, metrics, address(listener))
    schedule.keep_fresh("keys", access.refresh)
    running = Running(schedule, metrics)
    for one, target in begun:
        running.begin(one, target)
    vetted = partial(vet, store=store, control=settings.control)
    reloading = Reloading(settings.policies, running, vetted, metrics, _now)
    schedule.keep_fresh("policies", reloading.look, _LOOK_EVERY)
    orders = Orders(running.experiments, store, _now, schedule.wake)
    web = Web(running.experiments, store, metrics, access, orders, _now, lambda: reloading.refused)
    bounds = Bounds(capacity=settings.capacity) if settings.intake else None
    served = web.app(bounds, control=settings.control, insecure=settings.insecure)
    async with serving(served.app, listener, served.takers):
        schedule.start()
        ready(address(listener))
        await stop_signal()
        log.info("stopping: finishing what is being done")
    await schedule.stop()


def _schedule(telling: _Telling, store: RedisStore, metrics: Metrics, where: str) -> Schedule:
    """Every job that is not of one experiment begins here, but those that read keys and policy files."""
    metrics.begin("")
    noticing = Noticing(store) if telling.receivers else None
    schedule = Schedule(store, _now, metrics, f"{gethostname()} {where}", noticing)
    if telling.receivers:
        sender = Sender(store, telling.receivers, telling.post, metrics, _now, schedule.held, schedule.left)
        schedule.keep_fresh("notices", sender.send)
    return schedule


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
