"""Application Auto Scaling as users tell it what to scale: variants of `Fares`, by the requests of each instance."""

_LOAD = {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}


def named(variant="A", endpoint="Fares"):
    """How a variant's instances are named there."""
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{variant}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }


def register(autoscaling, variant="A", endpoint="Fares", *, least=1, most=8):
    """Leaves the instances of a variant to autoscaling."""
    return autoscaling.register_scalable_target(**named(variant, endpoint), MinCapacity=least, MaxCapacity=most)


def track(autoscaling, variant, target, name="load", **more):
    """Has as many instances wanted as bring the requests a minute of each to `target`."""
    tracking = {"TargetValue": target, "PredefinedMetricSpecification": _LOAD}
    return autoscaling.put_scaling_policy(
        **named(variant),
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking | more,
    )
