"""What every page needs: the experiments, the store, who is looking, what time it is, and which files are refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from banditctl.core.experiment import Experiment
from banditctl.dashboard.pages import page
from banditctl.dashboard.visitors import Visitor, Visitors
from banditctl.stores import Store


@dataclass(frozen=True)
class House:
    """Shared by all pages of one daemon."""

    experiments: Mapping[str, Experiment]
    store: Store
    visitors: Visitors
    clock: Callable[[], datetime]
    refused: Callable[[], Sequence[str]]

    def page(self, template: str, visitor: Visitor, status: HTTPStatus = HTTPStatus.OK, **context: object) -> Response:
        """A page for somebody who may look; on each of them is what keeps policy files from being taken up."""
        return page(template, status, visitor=visitor, refused=self.refused(), **context)

    def find(self, request: Request) -> Experiment:
        """The experiment that the path names; raises HTTPException for one that is not there."""
        name = request.path_params["name"]
        if name not in self.experiments:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no experiment {name}.")
        return self.experiments[name]
