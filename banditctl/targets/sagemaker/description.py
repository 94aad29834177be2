"""What DescribeEndpoint and DescribeEndpointConfig tell, held against what can be steered and a policy file."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from banditctl.diagnosis import Diagnosis, failed, ok, warning
from banditctl.targets.sagemaker.reading import Document, kind_obstacle, state, weight_obstacle

_MENDING = {
    "Failed": "delete it and make it again: AWS lets nothing else be done with it",
    "UpdateRollbackFailed": "it serves a mix of two configurations: update it to one of them",
    "OutOfService": "update or replace it, so that it serves again",
    "Deleting": "name an endpoint that is to stay",
}


def told(endpoint: Document, config: Document | None, variants: Collection[str]) -> Iterator[Diagnosis]:
    """Each thing that the two documents tell; `config` is None where it could not be read."""
    serving: Sequence[Document] = endpoint.get("ProductionVariants") or []
    yield _status(endpoint)
    yield _kind(endpoint, config or {})
    yield _variants({str(one["VariantName"]) for one in serving}, variants)
    yield _weights(endpoint, serving)
    if config is not None:
        yield _models(config.get("ProductionVariants") or [])


def _status(endpoint: Document) -> Diagnosis:
    status = str(endpoint["EndpointStatus"])
    reason = f"{status}: {endpoint['FailureReason']}" if endpoint.get("FailureReason") else status
    match state(status):
        case "ready":
            return ok("status", reason)
        case "busy":
            return warning("status", reason, "wait until it is InService: until then nothing is pushed")
        case _:
            return failed("status", reason, _MENDING.get(status, "mend it: nothing is pushed while it is so"))


def _kind(endpoint: Document, config: Document) -> Diagnosis:
    if obstacle := kind_obstacle(endpoint, config):
        return failed("kind", *obstacle)
    if endpoint.get("AsyncInferenceConfig") or config.get("AsyncInferenceConfig"):
        return warning(
            "kind",
            "it answers later, into S3, and never says which variant did",
            "report rewards by variant, as your models tell theirs apart",
        )
    return ok("kind", "variants on instances, each with a model" if config else "variants on instances")


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


def _weights(endpoint: Document, serving: Sequence[Document]) -> Diagnosis:
    weights = {str(one["VariantName"]): one.get("CurrentWeight") for one in serving}
    untold = [name for name, weight in weights.items() if weight is None]
    idle = [name for name, weight in weights.items() if weight == 0]
    if untold or not weights:
        return failed("weights", f"AWS tells none for {', '.join(untold) or 'any variant'}", "see status and kind")
    if obstacle := weight_obstacle(endpoint):
        return failed("weights", *obstacle)
    detail = ", ".join(f"{name} {weight:g}" for name, weight in weights.items())
    if idle:
        remedy = "nothing, if limits.floor is above zero: the first push gives it its floor"
        return warning("weights", f"{detail}: {', '.join(idle)} serves nobody and teaches nothing", remedy)
    return ok("weights", detail)


def _models(configured: Sequence[Document]) -> Diagnosis:
    models = {str(one["VariantName"]): str(one.get("ModelName")) for one in configured}
    detail = ", ".join(f"{variant} serves {model}" for variant, model in models.items())
    again = sorted(model for model, times in Counter(models.values()).items() if times > 1)
    if again:
        return warning("models", f"{detail}: {', '.join(again)} more than once", "nothing, if that is meant as a trial")
    return ok("models", detail)
