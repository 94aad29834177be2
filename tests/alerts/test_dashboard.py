"""The Grafana dashboard: complete, consistent, and of metrics that exist."""

import json
import re

import yaml
from support.pages import ROOT
from support.prometheus import exported, selected

BOARD = json.loads((ROOT / "deploy/grafana/banditctl.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
EXPRESSIONS = [target["expr"] for panel in PANELS for target in panel["targets"]]
EXPRESSIONS += [annotation["expr"] for annotation in BOARD["annotations"]["list"]]


def test_all_that_it_selects_is_exported_under_those_labels():
    known = exported()
    for expression in EXPRESSIONS:
        for metric, labels in selected(expression):
            assert labels <= known[metric], expression


def test_every_metric_is_to_be_seen_but_those_that_only_rules_need():
    seen = {metric for expression in EXPRESSIONS for metric, _ in selected(expression)}
    rules = {"banditctl_events_refused_limit_ratio", "banditctl_lead_e_value", "banditctl_build_info", "up"}
    assert set(exported()) - seen == rules


def test_legends_name_labels_that_the_expression_leaves():
    for panel in PANELS:
        for target in panel["targets"]:
            ((_, labels),) = selected(target["expr"])
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels, panel["title"]


def test_panels_and_their_targets_have_each_an_id_of_its_own():
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))
    for panel in PANELS:
        references = [target["refId"] for target in panel["targets"]]
        assert len(references) == len(set(references))
        assert panel["title"]
        assert panel["description"]


def test_panels_do_not_overlap_and_fit_the_grid():
    taken = set()
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not taken & cells, panel["title"]
        assert place["x"] + place["w"] <= 24
        taken |= cells


def test_it_asks_whichever_prometheus_is_chosen():
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    asked = [panel["datasource"] for panel in PANELS]
    asked += [target["datasource"] for panel in PANELS for target in panel["targets"]]
    asked += [one["datasource"] for one in (*BOARD["annotations"]["list"], BOARD["templating"]["list"][1])]
    assert all(source == chosen for source in asked)
    assert [variable["name"] for variable in BOARD["templating"]["list"]] == ["datasource", "experiment"]
    assert set(re.findall(r"\$\{?(\w+)", json.dumps(BOARD))) == {"datasource", "experiment"}


def test_prometheus_understands_what_it_asks(promtool, tmp_path):
    rules = [{"record": f"panel:{number}", "expr": expression} for number, expression in enumerate(EXPRESSIONS)]
    written = tmp_path / "rules.yaml"
    written.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", written)
