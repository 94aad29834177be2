"""What ends a deployment before its end: an alarm it watches, or its time limit."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial

from banditctl.emulator.agenda import Agenda
from banditctl.emulator.clock import Clock
from banditctl.emulator.deploying import retreat
from banditctl.emulator.registry import Endpoints
from banditctl.emulator.state import Endpoint, Status
from banditctl.emulator.variants import Deployment


class Rollbacks:
    """Knows the alarms that have gone off, and has the deployments that watch them rolled back while they bake."""

    def __init__(self, endpoints: Endpoints, agenda: Agenda, clock: Clock) -> None:
        self._endpoints = endpoints
        self._agenda = agenda
        self._clock = clock
        self._ringing: defaultdict[str, set[str]] = defaultdict(set)

    def ring(self, endpoint: str, alarm: str, *, on: bool) -> None:
        """An endpoint's alarm goes off, or is quiet again."""
        ringing = self._ringing[endpoint.lower()]
        (ringing.add if on else ringing.discard)(alarm)
        self._heed(endpoint)

    def watch(self, endpoint: Endpoint) -> None:
        """Look after the endpoint's deployment: whenever it begins to bake, and when its time is up."""
        deployment = endpoint.deployment
        if deployment is None:
            return
        for part in endpoint.course:
            if part.deployment and part.deployment.alarms:
                self._agenda.enter(part.since, partial(self._heed, endpoint.name))
        if limit := deployment.config.timeout:
            self._agenda.enter(deployment.since + limit, partial(self._time_out, endpoint.name, deployment.since))

    def _heed(self, name: str) -> None:
        self._end(name, lambda deployment: bool(deployment.alarms & self._ringing[name.lower()]))

    def _time_out(self, name: str, since: datetime) -> None:
        self._end(name, lambda deployment: deployment.since == since)

    def _end(self, name: str, due: Callable[[Deployment], bool]) -> None:
        endpoint = self._endpoints.get(name)
        if endpoint and endpoint.status is Status.UPDATING and endpoint.deployment and due(endpoint.deployment):
            self._endpoints.put(retreat(endpoint, now=self._clock()))
