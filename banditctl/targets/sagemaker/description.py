"""What DescribeEndpoint and DescribeEndpointConfig tell, held against what can be steered and a policy file."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from banditctl.diagnosis import Diagnosis, failed, ok, warning
from banditctl.targets.sagemaker.reading import state

_Document = Mapping[str, Any]

_MENDING = {
    "Failed": "delete it and make it again: AWS lets nothing else be done with it",
    "UpdateRollbackFailed": "it serves a mix of two configurations: update it to one of them",
    "OutOfService": "update or replace it, so that it serves again",
    "Deleting": "name an endpoint that is to stay",
}


def told(endpoint: _Document, config: _Document | None, variants: Collection[str]) -> Iterator[Diagnosis]:
    """Each thing that the two documents tell; `config` is None where it could not be read."""
    serving: Sequence[_Document] = endpoint.get("ProductionVariants") or []
    yield _status(endpoint)
    yield _kind(endpoint, serving, config or {})
    yield _variants({str(one["VariantName"]) for one in serving}, variants)
    yield _weights(serving)
    if config is not None:
        yield _models(config.get("ProductionVariants") or [])


def _status(endpoint: _Document) -> Diagnosis:
    status = str(endpoint["EndpointStatus"])
    reason = f"{status}: {endpoint['FailureReason']}" if endpoint.get("FailureReason") else status
    match state(status):
        case "ready":
            return ok("status", reason)
        case "busy":
            return warning("status", reason, "wait until it is InService: until then nothing is pushed")
        case _:
            return failed("status", reason, _MENDING.get(status, "mend it: nothing is pushed while it is so"))


def _kind(endpoint: _Document, serving: Sequence[_Document], config: _Document) -> Diagnosis:
    configured: Sequence[_Document] = config.get("ProductionVariants") or []
    serverless = [one for one in (*serving, *configured) if _SERVERLESS & one.keys()]
    bare = [one for one in configured if not one.get("ModelName")]
    if endpoint.get("ShadowProductionVariants") or config.get("ShadowProductionVariants"):
        return failed("kind", "it has a shadow variant", "remove it: AWS lets one variant alone serve beside a shadow")
    if serverless:
        return failed("kind", f"{_names(serverless)} serverless", "give each variant instances: they have weights")
    if bare:
        return failed(
            "kind",
            f"{_names(bare)} without a model of its own: inference components, which callers choose by name",
            "name an endpoint whose variants each have a model",
        )
    if endpoint.get("AsyncInferenceConfig") or config.get("AsyncInferenceConfig"):
        return warning(
            "kind",
            "it answers later, into S3, and never says which variant did",
            "report rewards by variant, as your models tell theirs apart",
        )
    return ok("kind", "variants on instances, each with a model" if configured else "variants on instances")


_SERVERLESS = {"CurrentServerlessConfig", "DesiredServerlessConfig", "ServerlessConfig"}


def _names(variants: Sequence[_Document]) -> str:
    names = sorted({str(one["VariantName"]) for one in variants})
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _variants(serving: Collection[str], wanted: Collection[str]) -> Diagnosis:
    missing, strange = sorted(set(wanted) - set(serving)), sorted(set(serving) - set(wanted))
    if not missing and not strange:
        return ok("variants", f"those of the policy file: {', '.join(wanted)}")
    parts = [
        f"the endpoint has no {', '.join(missing)}" if missing else "",
        f"the policy file has no {', '.join(strange)}" if strange else "",
    ]
    remedy = "write under variants in the policy file what the endpoint has, or deploy what is missing"
    return failed("variants", "; ".join(filter(None, parts)), remedy)


def _weights(serving: Sequence[_Document]) -> Diagnosis:
    weights = {str(one["VariantName"]): one.get("CurrentWeight") for one in serving}
    untold = [name for name, weight in weights.items() if weight is None]
    idle = [name for name, weight in weights.items() if weight == 0]
    if untold or not weights:
        return failed("weights", f"AWS tells none for {', '.join(untold) or 'any variant'}", "see status and kind")
    if len(idle) == len(weights):
        return failed("weights", "all are zero", "give one variant a weight; what AWS does meanwhile is not known")
    detail = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
    if idle:
        remedy = "nothing, if limits.floor is above zero: the first push gives it its floor"
        return warning("weights", f"{detail}: {', '.join(idle)} serves nobody and teaches nothing", remedy)
    return ok("weights", detail)


def _models(configured: Sequence[_Document]) -> Diagnosis:
    models = {str(one["VariantName"]): str(one.get("ModelName")) for one in configured}
    detail = ", ".join(f"{variant} serves {model}" for variant, model in models.items())
    again = sorted(model for model, times in Counter(models.values()).items() if times > 1)
    if again:
        return warning("models", f"{detail}: {', '.join(again)} more than once", "nothing, if that is meant as a trial")
    return ok("models", detail)
