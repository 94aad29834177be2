"""The operations on models: kept and told as they were given, never looked into."""

import msgspec

from banditctl.emulator.account import Account
from banditctl.emulator.listing import Listing
from banditctl.emulator.resources import Model
from banditctl.emulator.shapes import Document, Name, Shape, Tags


class CreateModel(Shape, omit_defaults=True):
    model_name: Name
    primary_container: Document | None = None
    containers: list[Document] | None = None
    execution_role_arn: str | None = None
    vpc_config: Document | None = None
    enable_network_isolation: bool = False
    tags: Tags | None = None

    def perform(self, account: Account) -> Document:
        arn = account.models.arn(self.model_name)
        definition = msgspec.to_builtins(msgspec.structs.replace(self, tags=None))
        account.models.add(Model(self.model_name, arn, account.clock(), definition))
        return {"ModelArn": arn}


class DescribeModel(Shape):
    model_name: Name

    def perform(self, account: Account) -> Document:
        model = account.models.find(self.model_name)
        return model.definition | _summary(model)


class ListModels(Listing):
    def perform(self, account: Account) -> Document:
        return self.page("Models", account.models, _summary)


class DeleteModel(Shape):
    model_name: Name

    def perform(self, account: Account) -> Document:
        account.models.remove(self.model_name)
        return {}


def _summary(model: Model) -> Document:
    return {
        "ModelName": model.name,
        "ModelArn": model.arn,
        "CreationTime": model.created_at.timestamp(),
    }
