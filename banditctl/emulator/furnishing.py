"""What is in an account from the start, as a scenario plans it."""

from banditctl.emulator.account import Account
from banditctl.emulator.changes import create
from banditctl.emulator.diary import Diary
from banditctl.emulator.resources import EndpointConfig, Model
from banditctl.emulator.scenario import PlannedVariant, Scenario
from banditctl.emulator.shapes import ProductionVariant


def furnish(account: Account, diary: Diary, scenario: Scenario) -> None:
    """Bring in the scenario's configurations, endpoints, faults, and what is going to happen."""
    for name, planned in scenario.configs.items():
        variants = tuple(_variant(account, variant, plan) for variant, plan in planned.items())
        arn = account.endpoint_configs.arn(name)
        account.endpoint_configs.put(EndpointConfig(name, arn, account.clock(), variants))
    for name, config in scenario.endpoints.items():
        now = account.clock()
        arn = account.endpoints.arn(name)
        account.endpoints.put(create(name, arn, account.endpoint_configs.find(config), now=now, until=now))
    for fault in scenario.faults:
        account.weather.add(fault)
    for happening in scenario.happenings:
        diary.enter(happening)


def _variant(account: Account, name: str, plan: PlannedVariant) -> ProductionVariant:
    model = plan.model or name
    account.models.put(Model(model, account.models.arn(model), account.clock(), {}))
    return ProductionVariant(
        variant_name=name,
        model_name=model,
        instance_type="ml.m5.large",
        initial_instance_count=plan.instances,
        initial_variant_weight=account.rounded(plan.weight),
    )
