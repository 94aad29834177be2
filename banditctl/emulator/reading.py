"""Scenario files, read and checked."""

from collections.abc import Iterator
from pathlib import Path

from banditctl import documents
from banditctl.config.sentences import Complaint
from banditctl.emulator.forms import SCENARIO, unknown_operations
from banditctl.emulator.scenario import Scenario
from banditctl.errors import PolicyFileError


def read_scenario(file: Path) -> Scenario:
    """The scenario of a YAML file; raises PolicyFileError with everything that is wrong with it."""
    document = documents.read(file)
    scenario, complaints = SCENARIO.fill({} if document.content is None else document.content)
    complaints += [] if scenario is None else _contradictions(scenario)
    problems = [document.problem(trail, detail, key=unknown) for trail, detail, unknown in complaints]
    problems += document.repeated
    if scenario is None or problems:
        raise PolicyFileError(sorted(problems, key=lambda found: (found.line or 0, found.column or 0)))
    return scenario


def _contradictions(scenario: Scenario) -> list[Complaint]:
    """What is wrong though every option for itself is right."""
    return [*_unknown_configs(scenario), *_clashes(scenario), *_idle_configs(scenario), *_faults(scenario)]


def _unknown_configs(scenario: Scenario) -> Iterator[Complaint]:
    for endpoint, config in scenario.endpoints.items():
        if config not in scenario.configs:
            known = f"known are {', '.join(scenario.configs)}" if scenario.configs else "add it to configs"
            yield Complaint(("endpoints", endpoint), f"unknown configuration {config}; {known}")


def _clashes(scenario: Scenario) -> Iterator[Complaint]:
    for section, names in (("configs", scenario.configs), ("endpoints", scenario.endpoints)):
        taken: dict[str, str] = {}
        for name in names:
            first = taken.setdefault(name.lower(), name)
            if first != name:
                detail = f"names are unique whatever their case, and there is {first}"
                yield Complaint((section, name), detail, unknown=True)


def _idle_configs(scenario: Scenario) -> Iterator[Complaint]:
    for name, variants in scenario.configs.items():
        if scenario.all_zero == "refuse" and not any(variant.weight for variant in variants.values()):
            yield Complaint(("configs", name), "at least one variant needs a weight above 0")


def _faults(scenario: Scenario) -> Iterator[Complaint]:
    for number, fault in enumerate(scenario.faults):
        for found in unknown_operations(fault):
            yield found._replace(trail=("faults", number, *found.trail))
