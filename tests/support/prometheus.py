"""What the daemon tells Prometheus, and what an expression asks of it."""

import re

from banditctl.metrics import Metrics

# Prometheus's own, and what it adds to each series.
_OURS_NOT = {"up": {"job", "instance"}}
_ADDED = {"job", "instance"}


def exported() -> dict[str, set[str]]:
    """The labels of every metric by its name, as it stands on the page that Prometheus reads."""
    metrics = Metrics()
    found = {}
    for one in (*metrics._counters, *metrics._gauges):
        (family,) = one.describe()
        found[family.name + "_total" * (family.type == "counter")] = {*one._labelnames, *_ADDED}
    return {**found, "banditctl_build_info": {"version", *_ADDED}, **_OURS_NOT}


def selected(expression: str) -> list[tuple[str, set[str]]]:
    """The metrics that a PromQL expression selects, each with the labels that it matches or groups by."""
    grouped = {
        name.strip() for names in re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", expression) for name in names.split(",")
    }
    found = re.findall(r"\b(up|banditctl[a-z_0-9:]+)\s*(?:\{([^}]*)\})?", expression)
    return [(metric, {*re.findall(r"(\w+)\s*[=!]~?", matched), *(grouped - {""})}) for metric, matched in found]
