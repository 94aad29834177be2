"""What every page needs: the experiments, the store, who is looking, and what time it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request

from banditctl.core.experiment import Experiment
from banditctl.dashboard.visitors import Visitors
from banditctl.stores import Store


@dataclass(frozen=True)
class House:
    """Shared by all pages of one daemon."""

    experiments: Mapping[str, Experiment]
    store: Store
    visitors: Visitors
    clock: Callable[[], datetime]

    def find(self, request: Request) -> Experiment:
        """The experiment that the path names; raises HTTPException for one that is not there."""
        name = request.path_params["name"]
        if name not in self.experiments:
            raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no experiment {name}.")
        return self.experiments[name]
