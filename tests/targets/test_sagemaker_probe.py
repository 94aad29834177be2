"""A probe of an emulated endpoint: every question has an answer, and however it ends the weights are as they were."""

from contextlib import closing
from datetime import timedelta

import pytest

from banditctl.errors import TargetUnavailable, UsageError
from banditctl.targets.sagemaker.probe import Question, probe, questions
from banditctl.targets.sagemaker.subject import Subject, Time, items

UPDATE = "SageMaker.UpdateEndpointWeightsAndCapacities"
LOOK = "SageMaker.DescribeEndpoint"
MET = [("A", 3.0, 2), ("B", 1.0, 1)]


@pytest.fixture
def time(clock):
    """The emulator's own, which moves when the probe waits."""
    return Time(lambda: clock().timestamp(), lambda seconds: clock.move(timedelta(seconds=seconds)))


@pytest.fixture
def subject(aws, endpoint, time):
    return Subject(endpoint, None, time)


@pytest.fixture
def variants(sagemaker, endpoint, clock):
    """What is in force once everything has settled."""

    def read():
        clock.move(timedelta(minutes=5))
        found = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
        return [(one["VariantName"], one["CurrentWeight"], one["CurrentInstanceCount"]) for one in found]

    return read


def asked(subject, *put):
    with closing(probe(subject, [Question("?", "", one) for one in put])) as answers:
        return [answer for _, answer in answers]


def test_every_question_is_answered_and_the_weights_are_put_back(subject, variants):
    same, echo, unknown, twice, counts, targeted, pace, zero = (
        answer for _, answer in probe(subject, questions(all_zero=True))
    )
    assert same == "taken; InService again after 60 s"
    assert echo.startswith("0.1 came back as 0.1")
    assert echo.endswith("taken; InService again after 60 s; CurrentWeight changed after 60 s")
    assert unknown.startswith("refused: ValidationException: The variant name(s)")
    assert "non-unique" in twice
    assert counts == "taken; InService again after 60 s; weights were kept"
    assert "banditctl-doctor-changes-nothing" in targeted
    assert pace == "all 40 were answered"
    assert zero.startswith("refused: ValidationException: At least one")
    assert variants() == MET


def test_without_being_told_so_nobody_asks_what_may_cost_requests():
    assert [one.does for one in questions(all_zero=True) if "zero" in one.asks] == [
        questions(all_zero=True)[-1].does,
    ]
    assert len(questions(all_zero=False)) == len(questions(all_zero=True)) - 1


def test_no_question_moves_a_share_of_the_traffic(subject, sagemaker, endpoint):
    for _ in probe(subject, questions(all_zero=False)):
        a, b = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
        assert a["CurrentWeight"] == pytest.approx(3 * b["CurrentWeight"])


def push_other_weights(subject):
    subject.push(items({"A": 5.0, "B": 5.0}))
    return "pushed"


def interrupted(subject):
    push_other_weights(subject)
    raise KeyboardInterrupt


def test_an_interrupted_probe_puts_the_weights_back(subject, variants):
    with pytest.raises(KeyboardInterrupt):
        asked(subject, interrupted)
    assert variants() == MET


def test_a_push_that_was_interrupted_on_its_way_is_waited_for_and_put_back(subject, variants, clock, monkeypatch):
    def interrupt(_):
        monkeypatch.undo()
        raise KeyboardInterrupt

    def pushing(subject):
        monkeypatch.setattr(subject, "_watched", lambda *_: interrupt(_))
        return push_other_weights(subject)

    with pytest.raises(KeyboardInterrupt):
        asked(subject, pushing)
    assert variants() == MET


def test_a_reader_who_loses_interest_leaves_the_weights_as_they_were(subject, variants):
    with closing(probe(subject, [Question("?", "", push_other_weights)] * 2)) as answers:
        next(answers)
    assert variants() == MET


def test_a_question_that_finds_no_answer_leaves_the_others_theirs(subject, variants):
    def fails(_):
        raise TargetUnavailable("endpoint Fares is Updating")

    assert asked(subject, fails, push_other_weights) == ["not known: endpoint Fares is Updating", "pushed"]
    assert variants() == MET


def test_weights_that_cannot_be_put_back_come_with_what_to_type(subject, aws, variants):
    def pushes_and_is_locked_out(subject):
        push_other_weights(subject)
        aws.refuse(UPDATE, "AccessDeniedException")
        return "pushed"

    with pytest.raises(TargetUnavailable) as raised:
        asked(subject, pushes_and_is_locked_out)
    assert str(raised.value) == (
        "the weights of Fares do not stay as they were; put the weights back by: aws sagemaker "
        "update-endpoint-weights-and-capacities --endpoint-name Fares --desired-weights-and-capacities "
        "VariantName=A,DesiredWeight=3 VariantName=B,DesiredWeight=1"
    )


def test_asking_too_fast_is_counted(subject, aws):
    aws.refuse(LOOK, "ThrottlingException", "Rate exceeded")
    pace = next(one for one in questions(all_zero=False) if "in a row" in one.asks)
    assert pace.put(subject) == "0 were answered, then ThrottlingException: Rate exceeded"
    assert aws.called[LOOK] == 2


def test_an_endpoint_that_is_not_in_service_is_not_experimented_on(aws, creating_endpoint, time):
    with pytest.raises(TargetUnavailable, match="is Creating; it must be InService"):
        Subject(creating_endpoint, None, time)


def test_a_missing_region_is_said(aws, time, monkeypatch):
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(UsageError, match="region"):
        Subject("Fares", None, time)
