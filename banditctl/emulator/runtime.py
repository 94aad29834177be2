"""The runtime: each request goes to one variant, at random by the weights now in force."""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from banditctl.emulator.account import Account
from banditctl.emulator.answers import Container
from banditctl.emulator.capacity import PATIENCE, Queues, timed_out
from banditctl.emulator.errors import ModelError, ServiceError
from banditctl.emulator.faults import INVOKE
from banditctl.emulator.state import SILENT, Endpoint
from banditctl.emulator.traffic import Invocation
from banditctl.emulator.variants import Variant
from banditctl.emulator.wire import through

# No header of AWS's: it tells old instances from new ones while a deployment is under way.
MODEL = "x-emulator-model"

INFERENCE_ID = re.compile(r"[!-~][ -~]{0,63}")


class Runtime:
    """The door for requests. `lots` picks the variants, `container` answers for them."""

    def __init__(self, account: Account, lots: random.Random, container: Container) -> None:
        self._account = account
        self._lots = lots
        self._container = container
        self._queues = Queues(account.world.latency, account.world.rate)

    async def invoke_endpoint(self, request: Request) -> Response:
        """Answer as the variant that the request names or the lot picks.

        Raises `ServiceError`: `ValidationError` when there is no such endpoint or variant to ask, or the
        inference id isn't one; `ModelError` when the container has no answer, or none in time.
        """
        body = await request.body()
        name = request.path_params["name"]
        return await through(self._account, INVOKE, name, request, lambda: self._answer(name, request.headers, body))

    def _answer(self, name: str, headers: Mapping[str, str], body: bytes) -> Response:
        _check_inference_id(headers.get("x-amzn-sagemaker-inference-id"))
        endpoint = self._serving(name)
        variant = self._fleet(endpoint, self._route(endpoint, headers.get("x-amzn-sagemaker-target-variant")))
        content_type = headers.get("content-type", "application/octet-stream")
        with self._counted(endpoint, variant):
            answer, content_type = self._container(variant.name, body, content_type)
        invoked = {"content-type": content_type, "x-Amzn-Invoked-Production-Variant": variant.name}
        invoked[MODEL] = variant.configured.model_name
        return Response(answer, headers=invoked)

    @contextmanager
    def _counted(self, endpoint: Endpoint, variant: Variant) -> Iterator[None]:
        """The request's way through the variant, however it ends, as CloudWatch will tell of it."""
        now, instances, status = self._account.clock(), max(variant.current.instance_count, 1), int(HTTPStatus.OK)
        latency = self._queues.latency((endpoint.name, variant.name), instances, now)
        try:
            if latency >= PATIENCE:
                raise timed_out()
            yield
        except ModelError as error:
            status = error.given
            raise
        finally:
            self._account.traffic.record(endpoint.name, variant.name, Invocation.of(status, latency, instances), now)

    def _serving(self, name: str) -> Endpoint:
        endpoint = self._account.endpoints.get(name)
        if endpoint is None or endpoint.name != name or endpoint.status in SILENT:
            raise _invalid(f"Endpoint {name} of account {self._account.number} not found.")
        return endpoint

    def _route(self, endpoint: Endpoint, target: str | None) -> Variant:
        if target is None:
            weights = [variant.current.weight for variant in endpoint.serving]
            if not any(weights):  # a guess: nobody is known to have seen AWS do it
                raise ServiceError("InternalFailure", "No variant has a weight.", HTTPStatus.INTERNAL_SERVER_ERROR)
            return self._lots.choices(endpoint.serving, weights)[0]
        found = next((variant for variant in endpoint.serving if variant.name == target), None)
        if found is None:
            raise _invalid(f"Variant {target} of endpoint {endpoint.name} not found.")
        return found

    def _fleet(self, endpoint: Endpoint, variant: Variant) -> Variant:
        """The variant, or the new one of its name that takes a part of its requests by now."""
        for new in endpoint.deployment.variants if endpoint.deployment else ():
            if new.name == variant.name and new.share and self._lots.random() < new.share:
                return new
        return variant


def _check_inference_id(inference_id: str | None) -> None:
    if inference_id is not None and not INFERENCE_ID.fullmatch(inference_id):
        raise _invalid("InferenceId must be 1 to 64 printable characters and must not start with a space.")


def _invalid(message: str) -> ServiceError:
    """What the control plane calls a `ValidationException`."""
    return ServiceError("ValidationError", message)
