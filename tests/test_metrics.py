"""What Prometheus is told of a decision."""

from core.builders import HOUR, NOON, counted, experiment, live, shares, stratum, told as reading
from msgspec.structs import replace

from banditctl.core.decision import Snapshot, decide
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Schedule
from banditctl.core.turn import Claim, Turn
from banditctl.metrics import Metrics


def told(*cells):
    """The lines on a decision after hours of (exposed, rewarded, successes) of A and B."""
    hours = [NOON + number * HOUR for number in range(len(cells) + 1)]
    closed = [stratum(at, at + HOUR, A=a, B=b) for at, (a, b) in zip(hours, cells, strict=False)]
    evidence = Evidence((*closed, stratum(hours[-1])))
    metrics = Metrics()
    metrics.decision(
        decide(experiment(schedule=Schedule(burn_in=0)), Snapshot(hours[-1] + 99 * HOUR, evidence, live(A=0.5, B=0.5)))
    )
    return metrics.text().decode().splitlines()


def test_a_winner_and_requests_that_go_astray_are_told():
    lines = told(*[((1100, 1100, 100), (900, 900, 300))] * 6)
    assert 'banditctl_stop{conclusion="winner",experiment="fares"} 1.0' in lines
    assert 'banditctl_stop{conclusion="low value remaining",experiment="fares"} 0.0' in lines
    assert 'banditctl_alarm{alarm="mismatch",experiment="fares"} 1.0' in lines
    assert 'banditctl_alarm{alarm="change",experiment="fares"} 0.0' in lines
    values = {line.split("{")[0]: float(line.split()[-1]) for line in lines if "_e_value{" in line}
    assert values.pop("banditctl_mismatch_limit_e_value") == 1000
    assert values.keys() == {"banditctl_lead_e_value", "banditctl_mismatch_e_value"}
    assert min(values.values()) > 1000


def test_where_nothing_was_compared_no_evidence_is_told():
    assert not any("_e_value{" in line for line in told())


def ringing(now):
    """The alarms that ring after a push from an even split to A at 30%."""
    last = Turn(NOON, 0.0, claim=Claim(shares(A=0.3, B=0.7), "split", shares(A=0.5, B=0.5)))
    metrics = Metrics()
    metrics.decision(decide(experiment(), Snapshot(NOON + HOUR, counted(A=(9, 1), B=(9, 1)), now, last=last)))
    lines = metrics.text().decode().splitlines()
    return [line.split('"')[1] for line in lines if line.startswith("banditctl_alarm{") and line.endswith(" 1.0")]


def test_what_others_do_to_the_endpoint_rings():
    assert ringing(reading(A=0.3, B=0.7)) == []
    assert ringing(reading(A=0.5, B=0.5)) == ["undone"]
    assert ringing(reading(A=0.9, B=0.1)) == ["foreign"]
    assert ringing(reading("split-2", A=0.3, B=0.7)) == ["foreign"]
    assert sorted(ringing(reading(A=1.0))) == ["endpoint", "foreign"]
    assert ringing(live("broken", "Failed", A=0.3, B=0.7)) == ["endpoint"]
    assert ringing(live("busy", "Updating", A=0.5, B=0.5)) == []


def test_instances_and_traffic_are_told_as_far_as_they_are_known():
    measured = replace(reading(A=0.3, B=0.7), instances={"A": 2, "B": 1}, traffic=12.5)
    metrics = Metrics()
    metrics.decision(decide(experiment(), Snapshot(NOON + HOUR, counted(A=(9, 1), B=(9, 1)), measured)))
    lines = metrics.text().decode().splitlines()
    assert 'banditctl_instances{experiment="fares",variant="A"} 2.0' in lines
    assert 'banditctl_requests_per_second{experiment="fares"} 12.5' in lines
    assert not any("requests_per_second{" in line for line in told())
