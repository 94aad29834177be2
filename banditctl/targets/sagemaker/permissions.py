"""What an answer says of the permission to ask, and how pushing is tried without pushing anything."""

from collections.abc import Mapping
from typing import Any

from banditctl.diagnosis import Diagnosis, failed, ok, skipped, warning
from banditctl.targets.sagemaker.asking import Answer, ask

# No endpoint has a variant of this name: AWS refuses to move it, after it has looked whether the caller may.
NOBODY = "banditctl-doctor-changes-nothing"

PUSH = "sagemaker:UpdateEndpointWeightsAndCapacities"


async def pushing(client: Any, endpoint: str, resource: str) -> Diagnosis:
    """Try to move a variant that does not exist: the one refusal that is hoped for changes nothing.

    IAM's own simulator needs a permission that controllers rarely have, and knows nothing of an organisation's
    policies.
    """
    weights = [{"VariantName": NOBODY, "DesiredWeight": 0.0}]
    answered = await ask(
        client.update_endpoint_weights_and_capacities, EndpointName=endpoint, DesiredWeightsAndCapacities=weights
    )
    if answered.kind == "done":
        return warning(
            PUSH,
            f"allowed, but AWS took a weight for {NOBODY}, a variant that there is not",
            "look at the endpoint; no weight of its own was sent",
        )
    if answered.kind == "refused" and answered.said.startswith("ValidationException"):
        return ok(PUSH, "allowed; tried on a variant that does not exist, so that nothing changed")
    return permission(PUSH, answered, resource)


def permission(action: str, answered: Answer, resource: str, *, needed: bool = True) -> Diagnosis:
    """Whether `action` may be done on `resource`, an ARN; one that is not `needed` never fails."""
    allowing = f"allow {action} on {resource} (deploy/iam-policy.json)"
    remedies: Mapping[str, str] = {
        "denied": allowing if needed else f"{allowing}; the daemon steers without it",
        "expired": "renew the credentials, and see that this machine's clock is right",
        "throttled": "ask again in a minute; if it stays so, find out who else asks so often",
        "unreachable": "see to the network, a proxy, or AWS_ENDPOINT_URL",
        "refused": "do what AWS says",
    }
    if answered.kind == "done":
        return ok(action, "allowed")
    if answered.kind == "unknown":
        return skipped(action, "what answers in AWS's place does not know it")
    judged = failed if needed and answered.kind != "throttled" else warning
    return judged(action, answered.said, remedies[answered.kind])
