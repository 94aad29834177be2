"""The application's own sagemaker-runtime client, with every exposure reported."""

from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from uuid import uuid4

from .clients import Reporter
from .complaints import Complaints

Runtime = TypeVar("Runtime")

# The calls that are answered with the variant that served them.
_REPORTED = {"invoke_endpoint", "invoke_endpoint_with_response_stream"}


def wrap(runtime: Runtime, client: Reporter, experiment: str) -> Runtime:
    """A client to be used in place of `runtime`, boto3's for `sagemaker-runtime`, for the endpoint of `experiment`.

    Its `invoke_endpoint` and `invoke_endpoint_with_response_stream` report which variant served the request, and answer
    what they always did with one key more: `InferenceId`, which the reward names. One is made up if the caller gave
    none. Everything else is the client's own. Nothing that goes wrong in reporting reaches the caller.
    """
    return cast("Runtime", _Wrapped(runtime, client, experiment))


class _Wrapped:
    def __init__(self, runtime: Any, client: Reporter, experiment: str) -> None:
        self._runtime = runtime
        self._client = client
        self._experiment = experiment
        self._complaints = Complaints()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Who copies or pickles asks before there is anything here to look into.
            raise AttributeError(name)
        found = getattr(self._runtime, name)
        if name not in _REPORTED:
            return found

        def invoke(**request: Any) -> Any:
            request["InferenceId"] = request.get("InferenceId") or str(uuid4())
            # The split that picked the variant was in force now, not when a slow model has answered.
            at = datetime.now(UTC)
            answer = found(**request)
            self._report(request, answer, at)
            return answer

        return invoke

    def _report(self, request: dict[str, Any], answer: Any, at: datetime) -> None:
        try:
            answer["InferenceId"] = request["InferenceId"]
            self._client.expose(
                self._experiment,
                answer["InvokedProductionVariant"],
                request["InferenceId"],
                targeted="TargetVariant" in request,
                time=at,
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, there is an answer to give
            self._complaints.warn("exposure", f"an exposure could not be reported: {error!r}")
