"""The pages that steer: each verb asks once more, says what it does, and wants to know why."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from banditctl.core.experiment import Experiment
from banditctl.credentials import Scope
from banditctl.dashboard import facts
from banditctl.dashboard.forms import posted
from banditctl.dashboard.house import House
from banditctl.dashboard.orders import REASON_CHARACTERS, VERBS, Operate, order
from banditctl.dashboard.pages import page
from banditctl.dashboard.visitors import Visitor
from banditctl.errors import BanditctlError


class Steering:
    """A form for each verb, and what becomes of it."""

    def __init__(self, house: House, operate: Operate) -> None:
        self._house = house
        self._operate = operate

    @property
    def routes(self) -> list[BaseRoute]:
        path = "/experiments/{name}/{verb}"
        return [Route(path, self.confirmation, methods=["GET"]), Route(path, self.steer, methods=["POST"])]

    async def confirmation(self, request: Request) -> Response:
        """What the verb does, and the form that asks for it."""
        visitor, experiment, verb = self._of(request)
        return await self._form(visitor, experiment, verb)

    async def steer(self, request: Request) -> Response:
        """Do what a form asks for; the form again, as it was filled in, where that is refused."""
        fields = await posted(request)
        visitor, experiment, verb = self._of(request)
        try:
            await self._operate(experiment.name, verb, order(verb, experiment, fields), visitor.client)
        except BanditctlError as error:
            return await self._form(visitor, experiment, verb, fields, str(error))
        except HTTPException as error:
            return await self._form(visitor, experiment, verb, fields, error.detail)
        return RedirectResponse(f"/experiments/{experiment.name}", HTTPStatus.SEE_OTHER)

    async def _form(
        self,
        visitor: Visitor,
        experiment: Experiment,
        verb: str,
        fields: Mapping[str, str] | None = None,
        refusal: str | None = None,
    ) -> Response:
        standing = await facts.standing(experiment, self._house.store, self._house.clock())
        return page(
            "confirmation",
            HTTPStatus.UNPROCESSABLE_ENTITY if refusal else HTTPStatus.OK,
            visitor=visitor,
            experiment=experiment,
            shares=standing.shares,
            verb=VERBS[verb],
            path=f"/experiments/{experiment.name}/{verb}",
            fields=fields or {},
            refusal=refusal,
            characters=REASON_CHARACTERS,
        )

    def _of(self, request: Request) -> tuple[Visitor, Experiment, str]:
        """Who steers what, and how. Raises HTTPException where there is no such verb, or it is not theirs."""
        visitor, experiment = self._house.visitors.of(request), self._house.find(request)
        verb = request.path_params["verb"]
        if verb not in VERBS:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"One steers by {', '.join(VERBS)}, not by {verb}.")
        if not visitor.may_steer:
            raise HTTPException(HTTPStatus.FORBIDDEN, f"Steering needs a key with the scope {Scope.ADMIN}.")
        return visitor, experiment, verb
