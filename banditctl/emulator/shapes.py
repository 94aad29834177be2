"""The shapes that SageMaker's requests are made of, with the limits its service model sets."""

import struct
from typing import Annotated, Any

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


class ProductionVariant(Shape):
    """A variant as an endpoint configuration describes it."""

    variant_name: Name
    model_name: Name
    instance_type: str
    initial_instance_count: InstanceCount
    initial_variant_weight: Weight = 1.0


class DesiredWeightAndCapacity(Shape):
    """What one variant is to have; what is left out stays as it is."""

    variant_name: Name
    desired_weight: Weight | None = None
    desired_instance_count: InstanceCount | None = None
