"""The operation that tells what Application Auto Scaling did, or tried to do, to the variants it counts."""

from uuid import NAMESPACE_URL, uuid5

from banditctl.emulator.account import Account
from banditctl.emulator.autoscaler import conclude
from banditctl.emulator.listing import page_of
from banditctl.emulator.scalable_targets import Described, scaled
from banditctl.emulator.scaling import Activity
from banditctl.emulator.shapes import Document


class DescribeScalingActivities(Described):
    """The newest first. Activities that did not scale for want of a reason are not kept, so none can be included."""

    resource_id: str | None = None
    include_not_scaled_activities: bool = False

    def perform(self, account: Account) -> Document:
        account.agenda.catch_up()
        conclude(account)
        activities = [*account.autoscaling.ended, *account.autoscaling.under_way.values()]
        activities.sort(key=lambda activity: activity.started_at, reverse=True)
        found = [activity for activity in activities if self.resource_id in {None, activity.target.resource_id}]
        return page_of("ScalingActivities", found, _activity_summary, size=self.max_results, token=self.next_token)


def _activity_summary(activity: Activity) -> Document:
    summary = scaled(activity.target) | {
        "ActivityId": str(uuid5(NAMESPACE_URL, f"{activity.target.resource_id} {activity.started_at.isoformat()}")),
        "Description": f"Setting desired instance count to {activity.wanted}.",
        "Cause": activity.cause,
        "StartTime": activity.started_at.timestamp(),
        "StatusCode": activity.outcome,
        "StatusMessage": activity.message,
    }
    return summary if activity.ended_at is None else summary | {"EndTime": activity.ended_at.timestamp()}
