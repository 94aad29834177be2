"""What an account holds besides endpoints: models and endpoint configurations, which never change."""

from dataclasses import dataclass
from datetime import datetime

from banditctl.emulator.shapes import Document, ProductionVariant


@dataclass(frozen=True)
class Resource:
    """Anything with a name and an ARN; the name keeps its case, the ARN is lower-cased."""

    name: str
    arn: str
    created_at: datetime


@dataclass(frozen=True)
class Model(Resource):
    """A model; what is inside its containers is no concern of the emulator."""

    definition: Document


@dataclass(frozen=True)
class EndpointConfig(Resource):
    """The variants an endpoint starts with; as at AWS, it may go while an endpoint uses it."""

    variants: tuple[ProductionVariant, ...]
    shadows: tuple[ProductionVariant, ...] = ()
