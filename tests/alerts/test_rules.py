"""The Prometheus rules: promtool tests them, and all that they name exists."""

import re
from pathlib import Path

import pytest
import yaml
from support.pages import OPERATIONS, ROOT
from support.prometheus import exported, selected

PROMETHEUS = ROOT / "deploy/prometheus"
(GROUP,) = yaml.safe_load((PROMETHEUS / "rules.yaml").read_text())["groups"]
ALERTS = {rule["alert"]: rule for rule in GROUP["rules"] if "alert" in rule}
RECORDED = {rule["record"] for rule in GROUP["rules"] if "record" in rule}
TESTS = Path(__file__).with_name("rules_test.yaml")


def test_prometheus_takes_the_configuration_and_its_rules(promtool):
    promtool("check", "config", PROMETHEUS / "prometheus.yaml")


def test_each_alert_rings_when_it_must_and_only_then(promtool):
    promtool("test", "rules", TESTS)


def test_each_alert_is_seen_to_ring_and_to_be_silent():
    cases = [case for test in yaml.safe_load(TESTS.read_text())["tests"] for case in test.get("alert_rule_test", [])]
    rang = {case["alertname"] for case in cases if case["exp_alerts"]}
    silent = {case["alertname"] for case in cases if not case["exp_alerts"]}
    assert rang == silent == set(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_says_how_bad_it_is_and_where_to_read_what_to_do(name):
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert re.fullmatch(r"[1-9]\d*[mh]", rule["for"])
    assert rule["annotations"].keys() == {"summary", "description", "runbook"}
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
    assert f"\n### {name}\n" in OPERATIONS


def test_each_alert_of_the_page_exists_and_is_as_bad_as_it_says():
    told = re.findall(r"^### (Banditctl\w+)\n\n\*(\w+)[,.]", OPERATIONS, re.MULTILINE)
    assert told == [(name, rule["labels"]["severity"]) for name, rule in ALERTS.items()]


def test_all_that_the_rules_select_is_exported_under_those_labels():
    known = exported()
    for rule in GROUP["rules"]:
        for metric, labels in selected(rule["expr"]):
            if metric not in RECORDED:
                assert labels <= known[metric], (metric, rule)


def test_no_rule_compares_with_a_number_of_its_own():
    compared = {number for rule in ALERTS.values() for number in re.findall(r"[<>=]=?\s*([\d.]+)", rule["expr"])}
    assert compared == {"0"}
