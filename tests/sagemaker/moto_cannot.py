"""The expectations that moto 5.2 does not meet, and what it does instead; one that it learns to meet is noticed."""

AT_ONCE = "makes, changes and scales an endpoint within the call: it is never seen busy"
FORGETS = "forgets the weights of a variant that is sent a count, and its count where it is sent a weight"
UNCHECKED = "takes members as they come, without the bounds and patterns of AWS's service model"
OVERWRITES = "puts what is created in the place of what has that name"
OLD_TYPES = "knows the instance types of 2020"
NO_WEIGHT = "tells no weight of a variant that was made with zero or without one"
NO_DEPLOYING = "has no UpdateEndpoint: it answers with status 500"
NO_SHADOWS = "drops shadow variants in silence"
CANNED = "answers every request alike, whatever endpoint and variant it names"
NO_PERCENTILES = "breaks over percentiles: it answers with status 500"
UNASKED = "does not check what it is asked"
ALOOF = "scales nothing, and does not look whether there is anything to scale"
NO_ACTIVITIES = "has no DescribeScalingActivities: it answers with status 500"
ONE_ERROR = "says ValidationException where AWS's service model has ObjectNotFoundException"

_REFUSES = "test_the_control_plane_refuses"

MOTO_CANNOT = {
    "test_a_weight_that_is_left_out_is_one": NO_WEIGHT,
    "test_a_weight_of_zero_is_told_as_zero": NO_WEIGHT,
    "test_an_instance_type_is_taken[ml.g5.xlarge]": OLD_TYPES,
    "test_an_instance_type_is_taken[ml.m7i.large]": OLD_TYPES,
    "test_a_new_endpoint_is_creating_for_a_while": AT_ONCE,
    "test_an_arn_is_in_lower_case": "leaves names in ARNs in their case",
    "test_a_list_begins_with_the_newest": "lists in the order of creation",
    "test_weights_keep_counts": FORGETS,
    "test_counts_keep_weights": FORGETS,
    "test_a_weight_is_desired_at_once_and_current_when_the_endpoint_is_in_service_again": AT_ONCE,
    "test_a_count_is_desired_at_once_and_current_later": AT_ONCE,
    "test_a_change_of_weights_is_no_deployment": AT_ONCE,
    "test_a_change_moves_the_time_of_the_last_one": "keeps LastModifiedTime as it was at creation",
    "test_a_change_is_refused_while_another_is_under_way": AT_ONCE,
    "test_a_change_is_refused_while_the_endpoint_is_being_made": AT_ONCE,
    "test_an_endpoint_is_not_deleted_while_a_change_is_under_way": AT_ONCE,
    "test_of_changes_that_come_at_once_no_two_are_taken": AT_ONCE,
    f"{_REFUSES}[a model of a name that is taken]": OVERWRITES,
    f"{_REFUSES}[a configuration of a name that is taken]": OVERWRITES,
    f"{_REFUSES}[an endpoint of a name that is taken]": OVERWRITES,
    f"{_REFUSES}[an endpoint of a name that is taken in another case]": "tells names apart by their case",
    f"{_REFUSES}[no changes]": UNCHECKED,
    f"{_REFUSES}[a negative weight]": UNCHECKED,
    f"{_REFUSES}[a weight that is no number]": UNCHECKED,
    f"{_REFUSES}[an infinite weight]": UNCHECKED,
    f"{_REFUSES}[a configuration without variants]": UNCHECKED,
    f"{_REFUSES}[eleven variants]": UNCHECKED,
    f"{_REFUSES}[two variants of one name]": UNCHECKED,
    f"{_REFUSES}[a new variant of negative weight]": UNCHECKED,
    f"{_REFUSES}[a new variant without instances]": UNCHECKED,
    f"{_REFUSES}[a name with a blank]": UNCHECKED,
    f"{_REFUSES}[a name that ends with a hyphen]": UNCHECKED,
    f"{_REFUSES}[a name of 64 letters]": UNCHECKED,
    f"{_REFUSES}[a page of 101]": UNCHECKED,
    "test_a_deployment_ends_with_the_new_configuration": NO_DEPLOYING,
    "test_the_old_variants_are_told_until_the_new_ones_are_there": NO_DEPLOYING,
    "test_weights_and_counts_are_those_of_the_new_configuration": NO_DEPLOYING,
    "test_a_variant_that_stays_may_keep_its_weight_and_count": NO_DEPLOYING,
    "test_a_deployment_is_refused_while_a_change_is_under_way": NO_DEPLOYING,
    "test_a_deployment_of_a_missing_configuration_is_refused": NO_DEPLOYING,
    "test_a_canary_ends_with_the_new_configuration": NO_DEPLOYING,
    "test_weights_are_not_changed_while_a_canary_is_under_way": NO_DEPLOYING,
    "test_a_deployment_configuration_is_refused[a wait of more than an hour]": NO_DEPLOYING,
    "test_a_deployment_configuration_is_refused[a routing of another type]": NO_DEPLOYING,
    "test_a_deployment_configuration_is_refused[eleven alarms]": NO_DEPLOYING,
    "test_a_deployment_configuration_is_refused[a canary of more than half]": NO_DEPLOYING,
    "test_a_deployment_configuration_is_refused[variants of other names]": NO_DEPLOYING,
    "test_a_shadow_variant_is_told_apart_from_the_one_that_serves": NO_SHADOWS,
    "test_a_shadow_variant_is_refused_beside_several": NO_SHADOWS,
    "test_what_answers_is_a_variant_of_the_endpoint": CANNED,
    "test_requests_are_split_by_the_weights": CANNED,
    "test_new_weights_split_the_requests_once_the_change_is_over": CANNED,
    "test_a_target_variant_answers_whatever_its_weight[A]": CANNED,
    "test_a_target_variant_answers_whatever_its_weight[B]": CANNED,
    "test_a_request_is_refused[a missing endpoint]": CANNED,
    "test_a_request_is_refused[an endpoint in another case]": CANNED,
    "test_a_request_is_refused[an unknown target variant]": CANNED,
    "test_a_request_is_refused[an inference id of 65 letters]": CANNED,
    "test_requests_are_known_to_cloudwatch_by_themselves": "knows only metrics that somebody puts",
    "test_latency_is_told_in_microseconds[p99]": NO_PERCENTILES,
    "test_latency_is_told_in_microseconds[p99.9]": NO_PERCENTILES,
    "test_nothing_is_known_of[another namespace]": "does not look at the namespace of a metric that has dimensions",
    "test_what_does_not_fit_on_a_page_is_on_the_next": "answers with everything at once, whatever MaxDatapoints is",
    "test_a_question_is_refused[an id that starts in upper case]": UNASKED,
    "test_a_question_is_refused[two queries of one id]": UNASKED,
    "test_a_question_is_refused[a period of 45 seconds]": UNASKED,
    "test_a_question_is_refused[501 queries]": UNASKED,
    "test_policies_go_with_their_target": "keeps the policies of a target that is gone",
    "test_a_count_outside_the_bounds_is_moved_into_them": ALOOF,
    "test_a_scaling_activity_keeps_the_endpoint_busy_and_is_told": ALOOF,
    "test_no_activities_are_told_where_nothing_was_scaled": NO_ACTIVITIES,
    "test_autoscaling_refuses[a target of a missing endpoint]": ALOOF,
    "test_autoscaling_refuses[a target of an unknown variant]": ALOOF,
    "test_autoscaling_refuses[a least beyond the most]": UNASKED,
    "test_autoscaling_refuses[a new target without bounds]": UNASKED,
    "test_autoscaling_does_not_find[a target to deregister]": ONE_ERROR,
    "test_autoscaling_does_not_find[a policy to delete]": ONE_ERROR,
    "test_autoscaling_does_not_find[a policy's target]": "puts policies on targets that are not there",
    "test_the_target_leaves_instance_counts_alone": FORGETS,
    "test_the_target_tells_a_push_that_is_under_way_from_one_that_is_over": AT_ONCE,
}
