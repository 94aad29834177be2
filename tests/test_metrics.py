"""What Prometheus is told of a decision."""

from core.builders import HOUR, NOON, counted, experiment, live, shares, stratum, told as reading
from msgspec.structs import replace

from banditctl.core.decision import decide
from banditctl.core.evidence import Evidence
from banditctl.core.experiment import Schedule
from banditctl.core.snapshot import Snapshot
from banditctl.core.turn import Claim, Turn
from banditctl.metrics import Metrics
from banditctl.stores import Ledger, Received


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


def page(metrics):
    """The value of each series."""
    lines = metrics.text().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def decided(*variants):
    even = dict.fromkeys(variants, 1 / len(variants))
    seen = Snapshot(NOON + HOUR, counted(**dict.fromkeys(variants, (9, 1))), live(**even))
    return decide(experiment(variants=variants, control=variants[0]), seen)


def test_shares_and_means_are_told_with_their_interval():
    metrics = Metrics()
    decision = decided("A", "B")
    metrics.decision(decision)
    told, believed = page(metrics), decision.belief["A"]
    of = 'experiment="fares",variant="A"'
    assert told[f"banditctl_live_share{{{of}}}"] == told[f"banditctl_proposed_share{{{of}}}"] == 0.5
    assert told[f"banditctl_reward_mean{{{of}}}"] == believed.mean
    bounds = tuple(told[f'banditctl_reward_mean_bound{{bound="{bound}",{of}}}'] for bound in ("lower", "upper"))
    assert bounds == believed.interval


def test_a_variant_that_is_gone_is_told_of_no_more():
    metrics = Metrics()
    metrics.decision(decided("A", "B", "C"))
    assert 'variant="C"' in metrics.text().decode()
    metrics.decision(decided("A", "B"))
    assert 'variant="C"' not in metrics.text().decode()


def everything(metrics, name):
    metrics.begin(name)
    metrics.decision(replace(decided("A", "B"), experiment=name))
    metrics.learned(name, Ledger(), Received(), NOON)
    metrics.events(name, "unacknowledged", 1)
    metrics.push(name, "accepted", NOON)
    metrics.notice(name, "sent")
    metrics.notices_waiting(name, 1, HOUR)
    for turn in ("learn", "steer"):
        metrics.turn(name, turn, "done", NOON)


def test_an_experiment_that_is_gone_leaves_no_series():
    metrics, alone = Metrics(), Metrics()
    everything(alone, "fares")
    everything(metrics, "fares")
    everything(metrics, "rides")
    metrics.forget("rides")
    assert page(metrics) == page(alone)


def test_a_daemon_that_stands_by_leaves_it_to_the_other_to_tell_how_things_stand():
    metrics = Metrics()
    everything(metrics, "fares")
    metrics.turn("fares", "steer", "standby", NOON)
    kinds = {name.split("{")[0] for name in page(metrics)}
    counts = {name for name in kinds if name.endswith("_total")}
    assert len(counts) == 6
    assert kinds - counts == {"banditctl_events_refused_limit_ratio", "banditctl_build_info"}


def test_a_turn_that_never_succeeded_is_overdue_as_well():
    metrics = Metrics()
    for turn, limit in (("learn", 30), ("steer", 120), ("keys", 30)):
        metrics.turn("fares", turn, "failed", NOON)
        of = f'{{experiment="fares",turn="{turn}"}}'
        assert page(metrics)[f"banditctl_turn_done_timestamp_seconds{of}"] == 0
        assert page(metrics)[f"banditctl_turn_age_limit_seconds{of}"] == limit
        metrics.turn("fares", turn, "done", NOON)
        metrics.turn("fares", turn, "failed", NOON + HOUR)
        assert page(metrics)[f"banditctl_turn_done_timestamp_seconds{of}"] == NOON.timestamp()


def test_events_pushes_and_notices_are_counted_from_zero():
    metrics = Metrics()
    metrics.begin("fares")
    counts = {name: value for name, value in page(metrics).items() if "_total{" in name}
    assert set(counts.values()) == {0}
    assert sum("banditctl_events_total" in name for name in counts) == 4
    assert sum("banditctl_pushes_total" in name for name in counts) == 3
    assert sum("banditctl_notices_total" in name for name in counts) == 3
