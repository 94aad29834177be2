"""The pages that steer: each verb asks once more, says what it does, and wants to know why."""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import uuid4

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from banditctl.api.answers import OrderKept
from banditctl.api.order_forms import REASON_CHARACTERS
from banditctl.api.order_routes import caller
from banditctl.api.orders import Orders
from banditctl.core.experiment import Experiment
from banditctl.core.standing import Verb
from banditctl.credentials import Scope
from banditctl.dashboard.forms import posted
from banditctl.dashboard.house import House
from banditctl.dashboard.orders import VERBS, asks, following, order
from banditctl.dashboard.visitors import Visitor
from banditctl.errors import BanditctlError, OrdersWaiting, StoreUnavailable


class Steering:
    """A form for each verb, and what becomes of it."""

    def __init__(self, house: House, orders: Orders) -> None:
        self._house = house
        self._orders = orders

    @property
    def routes(self) -> list[BaseRoute]:
        path = "/experiments/{name}/{verb}"
        return [Route(path, self.confirmation, methods=["GET"]), Route(path, self.steer, methods=["POST"])]

    async def confirmation(self, request: Request) -> Response:
        """What the verb does, and the form that asks for it."""
        visitor, experiment, verb = self._of(request)
        glance = await self._house.store.glance(experiment.name)
        shares = glance.open.shares if glance.open else {}
        live = {f"share-{name}": f"{100 * share:.6g}" for name, share in shares.items()}
        return self._form(visitor, experiment, verb, live, then=following(verb, experiment, glance.standing))

    async def steer(self, request: Request) -> Response:
        """Give the order that a form makes; the form again, as it was filled in, where that is refused."""
        fields = await posted(request)
        visitor, experiment, verb = self._of(request)
        try:
            told = await self._give(experiment, verb, visitor.client or caller(request), fields)
        except OrdersWaiting as error:
            return self._form(visitor, experiment, verb, fields, f"Not done: {error}", HTTPStatus.SERVICE_UNAVAILABLE)
        except StoreUnavailable as error:
            # It may have been kept all the same: sent again under the same id it is one order.
            doubt = f"{error}. Whether the order was kept is not known: send it once more, and it is still one order."
            return self._form(visitor, experiment, verb, fields, doubt, HTTPStatus.SERVICE_UNAVAILABLE)
        except BanditctlError as error:
            written = {name: value for name, value in fields.items() if name != "id"}
            return self._form(visitor, experiment, verb, written, f"Not done: {error}", HTTPStatus.UNPROCESSABLE_ENTITY)
        if isinstance(told, OrderKept):
            return self._house.page("kept", visitor, HTTPStatus.ACCEPTED, experiment=experiment, kept=told)
        return RedirectResponse(f"/experiments/{experiment.name}", HTTPStatus.SEE_OTHER)

    async def _give(self, experiment: Experiment, verb: Verb, who: str, fields: Mapping[str, str]) -> object:
        form = order(verb, experiment, fields)
        variant, shares = getattr(form, "variant", None), getattr(form, "shares", None)
        return await self._orders.give(
            experiment.name, verb, who, form.reason, variant=variant, shares=shares, id=form.id
        )

    def _form(
        self,
        visitor: Visitor,
        experiment: Experiment,
        verb: Verb,
        fields: Mapping[str, str],
        refusal: str | None = None,
        status: HTTPStatus = HTTPStatus.OK,
        then: str = "",
    ) -> Response:
        return self._house.page(
            "confirmation",
            visitor,
            status,
            experiment=experiment,
            verb=VERBS[verb],
            asks=asks(verb),
            path=f"/experiments/{experiment.name}/{verb}",
            fields={"id": uuid4().hex, **fields},
            refusal=refusal,
            then=then,
            characters=REASON_CHARACTERS,
        )

    def _of(self, request: Request) -> tuple[Visitor, Experiment, Verb]:
        """Who steers what, and how. Raises HTTPException where there is no such verb, or it is not theirs."""
        visitor, experiment = self._house.visitors.of(request), self._house.find(request)
        wanted = request.path_params["verb"]
        verb = next((known for known in VERBS if known == wanted), None)
        if verb is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"One steers by {', '.join(VERBS)}, not by {wanted}.")
        if not visitor.may_steer:
            raise HTTPException(HTTPStatus.FORBIDDEN, f"Steering needs a key with the scope {Scope.ADMIN}.")
        return visitor, experiment, verb
