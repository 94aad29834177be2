"""What the List operations have in common: pages, and SageMaker's own order, the newest first."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Literal, TypeVar

from msgspec import Meta

from banditctl.emulator.resources import Resource
from banditctl.emulator.shapes import Document, Shape

R = TypeVar("R", bound=Resource)
T = TypeVar("T")

Token = Annotated[str, Meta(pattern=r"^[0-9]{1,9}\Z")]


class Listing(Shape):
    """The members that every List request may have; the next token is where the next page starts."""

    sort_by: Literal["Name", "CreationTime"] = "CreationTime"
    sort_order: Literal["Ascending", "Descending"] = "Descending"
    name_contains: str = ""
    max_results: Annotated[int, Meta(ge=1, le=100)] = 10
    next_token: Token | None = None

    def page(self, member: str, resources: Iterable[R], summary: Callable[[R], Document]) -> Document:
        """The asked-for page of summaries under `member`, and the token of the next if there is one."""
        found = self._sorted([resource for resource in resources if self.name_contains in resource.name])
        return page_of(member, found, summary, size=self.max_results, token=self.next_token)

    def _sorted(self, resources: list[R]) -> list[R]:
        descending = self.sort_order == "Descending"
        if self.sort_by == "Name":
            return sorted(resources, key=lambda resource: resource.name, reverse=descending)
        return sorted(resources, key=lambda resource: resource.created_at, reverse=descending)


def page_of(
    member: str, found: Sequence[T], summary: Callable[[T], Document], *, size: int, token: str | None
) -> Document:
    """The summaries of one page under `member`, and the token of the next page if there is one."""
    start = int(token or 0)
    page: Document = {member: [summary(each) for each in found[start : start + size]]}
    return page | {"NextToken": str(start + size)} if start + size < len(found) else page
