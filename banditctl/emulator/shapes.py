"""The shapes that SageMaker's requests are made of, with the limits its service model sets."""

import struct
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

FLOAT32_MAX = 3.4028234663852886e38

Name = Annotated[str, Meta(max_length=63, pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9])*\Z")]

# boto3 sends nan and inf as the strings "NaN" and "Infinity"; being strings, they are no weights.
Weight = Annotated[float, Meta(ge=0, le=FLOAT32_MAX)]

# The service model allows 0, but AWS scales to zero only with inference components, which have no weights.
InstanceCount = Annotated[int, Meta(ge=1)]

# Accepted because every deployment tool sends them, and kept nowhere: no operation here reads them back.
Tags = list[dict[str, str]]

Document = dict[str, Any]


def float32(weight: float) -> float:
    """The weight as SageMaker's service model keeps it."""
    (rounded,) = struct.unpack("f", struct.pack("f", weight))
    return float(rounded)


class Shape(Struct, rename="pascal", forbid_unknown_fields=True):
    """A value on the wire, under AWS's own member names; an unknown member is refused."""


class ServerlessConfig(Shape, omit_defaults=True):
    """What a variant has in place of instances."""

    memory_size_in_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = msgspec.field(name="MemorySizeInMB")
    max_concurrency: Annotated[int, Meta(ge=1, le=200)]
    provisioned_concurrency: Annotated[int, Meta(ge=1, le=200)] | None = None


class ProductionVariant(Shape):
    """A variant as an endpoint configuration describes it: on instances, or serverless."""

    variant_name: Name
    model_name: Name
    instance_type: str | None = None
    initial_instance_count: InstanceCount | None = None
    initial_variant_weight: Weight = 1.0
    serverless_config: ServerlessConfig | None = None

    def __post_init__(self) -> None:
        asked = (self.instance_type is not None, self.initial_instance_count is not None, not self.serverless_config)
        if len(set(asked)) > 1:
            raise ValueError("a variant has InstanceType and InitialInstanceCount, or else ServerlessConfig")


class DesiredWeightAndCapacity(Shape):
    """What one variant is to have; what is left out stays as it is."""

    variant_name: Name
    desired_weight: Weight | None = None
    desired_instance_count: InstanceCount | None = None
