"""What DescribeEndpoint and DescribeEndpointConfig tell, as what is live; any member may be absent."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from banditctl.core.allocation import Allocation, Live

Document = Mapping[str, Any]

# In these the endpoint will come back by itself; in every status not named here only a person can help.
_PASSING = {"Creating", "Updating", "SystemUpdating", "RollingBack"}

_SERVERLESS = {"CurrentServerlessConfig", "DesiredServerlessConfig", "ServerlessConfig"}


class Obstacle(NamedTuple):
    """Why the traffic of an endpoint cannot be steered at all, as its predicate, and what is to be changed."""

    said: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.said}; {self.remedy}"


def reading(endpoint: Document, config: Document) -> Live:
    """What is live; `config` is empty where nobody can tell it any more."""
    status, variants = str(endpoint["EndpointStatus"]), _variants(endpoint)
    obstacle = kind_obstacle(endpoint, config) or weight_obstacle(endpoint)
    modified = endpoint.get("LastModifiedTime")
    return Live(
        status,
        state(status),
        shares(variants),
        desired=shares(variants, "DesiredWeight"),
        config=str(endpoint.get("EndpointConfigName", "")),
        models={_name(one): str(one["ModelName"]) for one in _variants(config) if one.get("ModelName")},
        instances=_counts(variants, "CurrentInstanceCount"),
        desired_instances=_counts(variants, "DesiredInstanceCount"),
        modified=modified.astimezone(UTC) if isinstance(modified, datetime) else None,
        problem=str(obstacle) if obstacle else None,
    )


def _counts(variants: Sequence[Document], member: str) -> dict[str, int]:
    return {_name(one): int(one[member]) for one in variants if member in one}


def missing(name: str, region: str) -> Obstacle:
    """That there is no such endpoint."""
    said = f"is missing: there is no {name} in {region}"
    return Obstacle(said, "deploy it, or correct target.endpoint or target.region")


def state(status: str) -> Literal["ready", "busy", "broken"]:
    """What an EndpointStatus means for a turn."""
    if status == "InService":
        return "ready"
    return "busy" if status in _PASSING else "broken"


def shares(variants: Sequence[Document], member: str = "CurrentWeight") -> Allocation | None:
    """Weights as shares; None where any is missing (serverless, being made) or all are zero."""
    weights = {_name(variant): variant.get(member) for variant in variants}
    known = {name: float(weight) for name, weight in weights.items() if weight is not None}
    if len(known) < len(weights) or sum(known.values()) <= 0:
        return None
    return Allocation.proportional(known)


def kind_obstacle(endpoint: Document, config: Document) -> Obstacle | None:
    """The obstacle that lies in what kind of endpoint it is."""
    serving, configured = _variants(endpoint), _variants(config)
    if shadows := endpoint.get("ShadowProductionVariants") or config.get("ShadowProductionVariants"):
        return Obstacle(
            f"has shadow variants ({_names(shadows)}), beside which one variant alone may serve", "remove them"
        )
    if serverless := [one for one in (*serving, *configured) if _SERVERLESS & one.keys()]:
        said = f"has serverless variants ({_names(serverless)}), which have no weights"
        return Obstacle(said, "give each variant instances")
    if bare := [one for one in configured if not one.get("ModelName")]:
        return Obstacle(
            f"has variants without a model ({_names(bare)}), whose inference components callers choose by name",
            "name an endpoint whose variants each have a model",
        )
    return None


def weight_obstacle(endpoint: Document) -> Obstacle | None:
    """The obstacle that lies in its weights: where all are zero, nobody is served."""
    serving = _variants(endpoint)
    if serving and all(one.get("CurrentWeight") == 0 for one in serving):
        return Obstacle("has no weight above zero", "give one of its variants a weight")
    return None


def _variants(document: Document) -> Sequence[Document]:
    return document.get("ProductionVariants") or []


def _name(variant: Document) -> str:
    return str(variant["VariantName"])


def _names(variants: Sequence[Document]) -> str:
    return ", ".join(sorted({_name(one) for one in variants}))
