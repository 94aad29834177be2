"""The pages to look at: all experiments, and one of them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from banditctl.dashboard import facts
from banditctl.dashboard.checks import checks
from banditctl.dashboard.figures.beliefs import beliefs
from banditctl.dashboard.figures.shares import shares
from banditctl.dashboard.house import House
from banditctl.dashboard.orders import VERBS


class Looking:
    """What is shown changes nothing."""

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/", self.overview), Route("/experiments/{name}", self.experiment)]

    async def overview(self, request: Request) -> Response:
        """Every experiment in a few lines."""
        house = self._house
        visitor, now = house.visitors.of(request), house.clock()
        # While one is read, policy files may change which there are.
        found = [await facts.present(one, house.store, now) for one in tuple(house.experiments.values())]
        return house.page("overview", visitor, at=now, experiments=[(one, list(checks(one))) for one in found])

    async def experiment(self, request: Request) -> Response:
        """One experiment in full."""
        house = self._house
        visitor, now, experiment = house.visitors.of(request), house.clock(), house.find(request)
        present, past = await facts.present(experiment, house.store, now), await facts.past(experiment, house.store)
        return house.page(
            "experiment",
            visitor,
            at=now,
            experiment=experiment,
            now=present,
            latest=present.latest,
            checks=list(checks(present)),
            past=past,
            shares=shares(past.course, past.deeds, experiment.variants, present.shares, now),
            beliefs=beliefs(present.latest.quantiles) if present.latest else None,
            verbs=VERBS,
        )
