"""asyncio for verbs that await something; whoever asks for --help need not wait until it is imported."""

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `work` comes to."""
    import asyncio

    return asyncio.run(work)
