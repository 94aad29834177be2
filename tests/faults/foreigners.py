"""Others who change an endpoint at the same time as the daemon and as each other: people, deployments, autoscaling."""

import asyncio
import random
from collections.abc import Iterator, Mapping, Sequence

from botocore.exceptions import ClientError

from banditctl.core.allocation import Allocation
from banditctl.demo.flights import VARIANTS
from banditctl.demo.stage import ENDPOINT, client

# The configurations that others deploy: relative weights, and the model of the last variant.
_CONFIGS = {"flights-even": ((1, 1, 1, 1), VARIANTS[-1]), "flights-odd": ((4, 3, 2, 1), "gbm-rush-2")}

_PAUSE_SECONDS = 0.02
_MOST_INSTANCES = 5


_ROLE = "arn:aws:iam::123456789012:role/demo"


class Foreigners:
    """Each knocks again until AWS lets it in; `wanted` are the splits that they asked for."""

    def __init__(self, lots: random.Random, emulator: str) -> None:
        self.wanted = [Allocation.equal(VARIANTS)]
        self.accepted = self.refused = 0
        self._lots = lots
        self._sagemaker = client("sagemaker", emulator)
        self._sagemaker.create_model(
            ModelName="gbm-rush-2", ExecutionRoleArn=_ROLE, PrimaryContainer={"Image": "recorded"}
        )
        for name, (weights, model) in _CONFIGS.items():
            self._configure(name, weights, (*VARIANTS[:-1], model))

    async def come(self, number: int) -> None:
        """So many changes, all at once; returns when each was accepted."""
        drawn = [self._drawn() for _ in range(number)]
        await asyncio.gather(*(self._insist(operation, parameters) for operation, parameters in drawn))

    def close(self) -> None:
        self._sagemaker.close()

    async def _insist(self, operation: str, parameters: Mapping[str, object]) -> None:
        while not await asyncio.to_thread(self._let_in, operation, parameters):
            self.refused += 1
            await asyncio.sleep(_PAUSE_SECONDS)
        self.accepted += 1

    def _let_in(self, operation: str, parameters: Mapping[str, object]) -> bool:
        try:
            getattr(self._sagemaker, operation)(EndpointName=ENDPOINT, **parameters)
        except ClientError as error:
            if not error.response["Error"]["Message"].startswith("Cannot update in-progress endpoint"):
                raise
            return False
        return True

    def _drawn(self) -> tuple[str, Mapping[str, object]]:
        """One change: of weights, of the configuration, or of instance counts."""
        kind = self._lots.choice(["weights", "weights", "deployment", "instances"])
        if kind == "deployment":
            config, retain = self._lots.choice(list(_CONFIGS)), self._lots.random() < 1 / 2
            return "update_endpoint", {"EndpointConfigName": config, "RetainAllVariantProperties": retain}
        return "update_endpoint_weights_and_capacities", {"DesiredWeightsAndCapacities": list(self._changes(kind))}

    def _changes(self, kind: str) -> Iterator[Mapping[str, object]]:
        if kind == "instances":
            count = self._lots.randint(1, _MOST_INSTANCES)
            yield {"VariantName": self._lots.choice(VARIANTS), "DesiredInstanceCount": count}
            return
        weights = {name: self._lots.randint(1, 100) for name in VARIANTS}
        self.wanted.append(Allocation.proportional(weights))
        yield from ({"VariantName": name, "DesiredWeight": weight} for name, weight in weights.items())

    def _configure(self, name: str, weights: Sequence[int], models: Sequence[str]) -> None:
        self.wanted.append(Allocation.proportional(dict(zip(VARIANTS, weights, strict=True))))
        self._sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[
                {
                    "VariantName": variant,
                    "ModelName": model,
                    "InstanceType": "ml.m5.large",
                    "InitialInstanceCount": 1,
                    "InitialVariantWeight": weight,
                }
                for variant, model, weight in zip(VARIANTS, models, weights, strict=True)
            ],
        )
