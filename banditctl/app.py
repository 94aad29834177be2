"""The composition root: the only place that joins policy files, store, target, schedule and HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from socket import gethostname
from time import monotonic

import structlog
from starlette.applications import Starlette

from banditctl import api
from banditctl.config import Configured, load_all
from banditctl.controller import check_terms
from banditctl.errors import StoreUnavailable, UsageError
from banditctl.intake.app import Intake
from banditctl.intake.pressure import Bounds
from banditctl.metrics import Metrics
from banditctl.schedule import Schedule
from banditctl.serving import address, listen, serving, stop_signal
from banditctl.stores import Store
from banditctl.stores.redis import open_store

log = structlog.get_logger("banditctl")


@dataclass(frozen=True)
class Settings:
    """What `banditctl run` is told."""

    policies: Sequence[Path]
    store: str
    host: str
    port: int
    insecure: bool
    capacity: int | None


async def run(settings: Settings, ready: Callable[[str], None]) -> None:
    """Run until SIGTERM or SIGINT; calls `ready` with the address once it listens.

    Raises PolicyFileError, TermsChanged and UsageError before anything is started.
    """
    _refuse_strangers(settings)
    configured = load_all(settings.policies)
    store, metrics = open_store(settings.store), Metrics()
    schedule = Schedule(store, _now, metrics, f"{gethostname()}:{settings.port}")
    await _check_terms(configured, store)
    for one in configured:
        schedule.add(one.experiment, one.target.connect(one.experiment.limits.grid))
    experiments = {one.experiment.name: one.experiment for one in configured}
    rest = Starlette(routes=api.routes(experiments, store, _now, metrics), exception_handlers=api.FAILURES)
    web = Intake(rest, experiments, store, _now, metrics.events, monotonic, Bounds(capacity=settings.capacity))
    listener = listen(settings.host, settings.port)
    async with serving(web, listener):
        schedule.start()
        ready(address(listener))
        await stop_signal()
        log.info("stopping: finishing what is being done")
    await schedule.stop()
    await store.close()


async def _check_terms(configured: Sequence[Configured], store: Store) -> None:
    """Say at once what every turn would say; without Redis there is time until it is back."""
    try:
        for one in configured:
            check_terms(one.experiment, await store.ledger(one.experiment.name))
    except StoreUnavailable as error:
        log.warning("starting without the store", error=str(error))


def _refuse_strangers(settings: Settings) -> None:
    """Anyone who can post events moves traffic: without keys only this machine may."""
    if not settings.insecure and not _is_this_machine(settings.host):
        raise UsageError(
            f"{settings.host} is open to other machines, and events are not authenticated: listen on 127.0.0.1, "
            "or say --insecure where a gateway in front decides who may post"
        )


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _now() -> datetime:
    return datetime.now(UTC)
