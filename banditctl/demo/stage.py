"""The stage: an emulator and a real daemon as child processes, and an endpoint with four variants."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from banditctl.demo.children import NO_AWS, child
from banditctl.demo.flights import RECORDING, VARIANTS
from banditctl.stores.redis.opening import opened

ENDPOINT = "flights-demo"
POLICY = Path(__file__).parent / "flights.yaml"


@dataclass(frozen=True)
class Stage:
    """Where the demo's servers listen."""

    emulator: str
    daemon: str


@contextmanager
def stage(out: Path) -> Iterator[Stage]:
    """Both servers, up inside the block and ended with it; their logs, the policy file and the store are in `out`."""
    policy = out / "flights.yaml"
    policy.write_text(POLICY.read_text())
    emulating = ["emulator", "--port", "0", "--creating", "200ms", "--updating", "500ms", "--answers", str(RECORDING)]
    with child(emulating, out / "emulator.log") as emulator:
        create_endpoint(client("sagemaker", emulator.address))
        steering = ["run", str(policy), "--store", _fresh_store(out / "store"), "--port", "0"]
        with child(steering, out / "daemon.log", AWS_ENDPOINT_URL=emulator.address) as daemon:
            yield Stage(emulator.address, daemon.address)


def _fresh_store(folder: Path) -> str:
    """An empty store: what an earlier run counted is forgotten, and if it was killed, its server is ended."""
    store = f"embedded:{folder}"
    if folder.exists():
        asyncio.run(_end(store))
        shutil.rmtree(folder)
    return store


async def _end(store: str) -> None:
    async with opened(store):
        pass


def client(service: str, emulator: str) -> Any:
    """An unmodified boto3 client that talks to the emulator."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=NO_AWS["AWS_DEFAULT_REGION"],
        endpoint_url=emulator,
        aws_access_key_id=NO_AWS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=NO_AWS["AWS_SECRET_ACCESS_KEY"],
    )


def create_endpoint(sagemaker: Any) -> None:
    """What a team does once: a model for each variant, a config that splits evenly, an endpoint."""
    role = "arn:aws:iam::123456789012:role/demo"
    for variant in VARIANTS:
        sagemaker.create_model(ModelName=variant, ExecutionRoleArn=role, PrimaryContainer={"Image": "recorded"})
    sagemaker.create_endpoint_config(
        EndpointConfigName=ENDPOINT,
        ProductionVariants=[
            {
                "VariantName": variant,
                "ModelName": variant,
                "InstanceType": "ml.m5.large",
                "InitialInstanceCount": 1,
                "InitialVariantWeight": 1,
            }
            for variant in VARIANTS
        ],
    )
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName=ENDPOINT)
