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
from banditctl.dashboard.pages import page


class Looking:
    """What is shown changes nothing; `steered`: whether there are verbs to lead to."""

    def __init__(self, house: House, *, steered: bool) -> None:
        self._house = house
        self._verbs = VERBS if steered else {}

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route("/", self.overview), Route("/experiments/{name}", self.experiment)]

    async def overview(self, request: Request) -> Response:
        """Every experiment in a few lines."""
        house = self._house
        visitor, now = house.visitors.of(request), house.clock()
        standings = [await facts.standing(one, house.store, now) for one in house.experiments.values()]
        return page("overview", visitor=visitor, at=now, standings=[(one, list(checks(one))) for one in standings])

    async def experiment(self, request: Request) -> Response:
        """One experiment in full."""
        house = self._house
        visitor, now, experiment = house.visitors.of(request), house.clock(), house.find(request)
        standing, past = await facts.standing(experiment, house.store, now), await facts.past(experiment, house.store)
        return page(
            "experiment",
            visitor=visitor,
            at=now,
            experiment=experiment,
            now=standing,
            latest=standing.latest,
            checks=list(checks(standing)),
            past=past,
            shares=shares(past.course, past.moves, experiment.variants, standing.shares, now),
            beliefs=beliefs(standing.latest.quantiles) if standing.latest else None,
            verbs=self._verbs,
        )
