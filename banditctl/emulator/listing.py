"""What the three List operations have in common: the newest first, ten to a page."""

from collections.abc import Callable, Iterable
from typing import Annotated, Literal, TypeVar

from msgspec import Meta

from banditctl.emulator.resources import Resource
from banditctl.emulator.shapes import Document, Shape

R = TypeVar("R", bound=Resource)


class Listing(Shape):
    """The members that every List request may have; the next token is where the next page starts."""

    sort_by: Literal["Name", "CreationTime"] = "CreationTime"
    sort_order: Literal["Ascending", "Descending"] = "Descending"
    name_contains: str = ""
    max_results: Annotated[int, Meta(ge=1, le=100)] = 10
    next_token: Annotated[str, Meta(pattern=r"^[0-9]{1,9}\Z")] | None = None

    def page(self, member: str, resources: Iterable[R], summary: Callable[[R], Document]) -> Document:
        """The asked-for page of summaries under `member`, and the token of the next if there is one."""
        found = self._sorted([resource for resource in resources if self.name_contains in resource.name])
        start = int(self.next_token or 0)
        end = start + self.max_results
        page: Document = {member: [summary(resource) for resource in found[start:end]]}
        return page | {"NextToken": str(end)} if end < len(found) else page

    def _sorted(self, resources: list[R]) -> list[R]:
        descending = self.sort_order == "Descending"
        if self.sort_by == "Name":
            return sorted(resources, key=lambda resource: resource.name, reverse=descending)
        return sorted(resources, key=lambda resource: resource.created_at, reverse=descending)
