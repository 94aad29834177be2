"""What Application Auto Scaling does by itself: every minute it may change a count, as anybody would."""

from datetime import datetime

from banditctl.emulator.account import Account
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.scaling import IN_AFTER, Activity, Outcome, Policy, ScalableTarget
from banditctl.emulator.shapes import DesiredWeightAndCapacity
from banditctl.emulator.traffic import MINUTE, whole_minute
from banditctl.emulator.variants import Variant


def every_minute(account: Account) -> datetime:
    """Act on every target, and tell when the next minute begins."""
    for target in tuple(account.autoscaling.targets.values()):
        act(account, target)
    return whole_minute(account.clock()) + MINUTE


def act(account: Account, target: ScalableTarget) -> None:
    """Move the target's count to where its bounds and policies want it now, unless a former move is under way."""
    conclude(account)
    scaling = account.autoscaling
    variant = variant_of(account, target.endpoint, target.variant)
    if variant is None:
        del scaling.targets[target.resource_id]
    elif target.resource_id not in scaling.under_way:
        count = variant.desired.instance_count
        wanted, cause = _wanted(account, target, count)
        if wanted != count:
            _attempt(account, target, count, wanted, cause)


def variant_of(account: Account, endpoint: str, name: str) -> Variant | None:
    """The endpoint's variant of that name, if there is such an endpoint, in that case, and such a variant."""
    found = account.endpoints.get(endpoint)
    return None if found is None or found.name != endpoint else found.variant(name)


def _wanted(account: Account, target: ScalableTarget, count: int) -> tuple[int, str]:
    """The count that is wanted, and why. Of several policies the one that wants most has its way."""
    if count < target.minimum:
        return target.minimum, f"minimum capacity was set to {target.minimum}"
    if count > target.maximum:
        return target.maximum, f"maximum capacity was set to {target.maximum}"
    wishes = [(target.clamp(_wish(account, target, policy, count)), policy.name) for policy in target.policies]
    wanted, name = max(wishes, default=(count, ""))
    side = "High" if wanted > count else "Low"
    alarm = f"TargetTracking-{target.resource_id}-Alarm{side}"
    return wanted, f"monitor alarm {alarm} in state ALARM triggered policy {name}"


def _wish(account: Account, target: ScalableTarget, policy: Policy, count: int) -> int:
    """What the policy wants; the present count while it is suspended, cooling down, or too young to scale in."""
    now, tracking = account.clock(), policy.tracking
    wanted = tracking.wanted(count, _loads(account, target))
    out = wanted > count
    suspended = target.suspended
    if suspended.dynamic_scaling_out_suspended if out else suspended.dynamic_scaling_in_suspended:
        return count
    if not out and now < policy.created_at + IN_AFTER * MINUTE:
        return count
    cooldown = tracking.scale_out_cooldown if out else tracking.scale_in_cooldown
    earlier = (activity for activity in account.autoscaling.ended if activity.target.resource_id == target.resource_id)
    cooling = any(activity.cools(out=out, cooldown=cooldown, now=now) for activity in earlier)
    return count if cooling else wanted


def _loads(account: Account, target: ScalableTarget) -> list[float]:
    """Invocations per instance in the last `IN_AFTER` minutes of which all is published; 0 where there were none."""
    now = account.clock()
    until = account.traffic.settled(now)
    since = until - IN_AFTER * MINUTE
    loads = dict.fromkeys((since + elapsed * MINUTE for elapsed in range(IN_AFTER)), 0.0)
    for minute, invocations in account.traffic.published(target.endpoint, target.variant, since, until, now):
        loads[minute] = sum(times / invocation.instance_count for invocation, times in invocations.items())
    return list(loads.values())


def _attempt(account: Account, target: ScalableTarget, count: int, wanted: int, cause: str) -> None:
    """Ask for the count as everybody does, so that a busy endpoint refuses it too."""
    now = account.clock()
    change = DesiredWeightAndCapacity(target.variant, desired_instance_count=wanted)
    asked = f"Successfully set desired instance count to {wanted}. Waiting for change to be fulfilled by sagemaker."
    activity = Activity(target, count, wanted, cause, now, Outcome.IN_PROGRESS, asked)
    try:
        account.reweigh(target.endpoint, [change])
    except ServiceError as error:
        account.autoscaling.ended.append(_failed(activity, error.message, now))
    else:
        account.autoscaling.under_way[target.resource_id] = activity


def conclude(account: Account) -> None:
    """End the activities whose endpoints are no longer busy."""
    scaling = account.autoscaling
    for resource_id, activity in tuple(scaling.under_way.items()):
        endpoint = account.endpoints.get(activity.target.endpoint)
        if endpoint is None or endpoint.busy_until is None:
            del scaling.under_way[resource_id]
            scaling.ended.append(_concluded(account, activity, endpoint.modified_at if endpoint else account.clock()))


def _concluded(account: Account, activity: Activity, at: datetime) -> Activity:
    variant = variant_of(account, activity.target.endpoint, activity.target.variant)
    if variant is None or variant.current.instance_count != activity.wanted:
        return _failed(activity, "The endpoint did not take the change over.", at)
    done = f"Successfully set desired instance count to {activity.wanted}. Change successfully fulfilled by sagemaker."
    return activity.end(Outcome.SUCCESSFUL, done, at)


def _failed(activity: Activity, reason: str, at: datetime) -> Activity:
    message = f"Failed to set desired instance count to {activity.wanted}. Reason: {reason}"
    return activity.end(Outcome.FAILED, message, at)
