"""The operator's verbs: an order is kept, whoever controls the experiment takes it, and its decision is answered."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from banditctl.api.answers import OrderKept, OrderTaken
from banditctl.api.views import order_taken
from banditctl.core.decision import Decision
from banditctl.core.experiment import Experiment
from banditctl.core.standing import Given, Order, Verb
from banditctl.errors import NotFound, OrderInvalid, OrderRefused
from banditctl.stores import Ledger, Store

# Who controls the experiment elsewhere may look only in a while: nobody is kept waiting for that.
_PATIENCE = timedelta(seconds=5)
_ASKING_EVERY = timedelta(milliseconds=50)

# An order that is asked about again may have been taken long ago.
_DECISIONS_SEARCHED = 50


class Orders:
    """Gives orders to whoever controls an experiment; `wake` makes this process look at once, if it does."""

    def __init__(
        self,
        experiments: Mapping[str, Experiment],
        store: Store,
        clock: Callable[[], datetime],
        wake: Callable[[str], None],
        patience: timedelta = _PATIENCE,
    ) -> None:
        self._experiments = experiments
        self._store = store
        self._clock = clock
        self._wake = wake
        self._patience = patience

    async def give(
        self,
        name: str,
        verb: Verb,
        who: str,
        why: str,
        *,
        variant: str | None = None,
        shares: Mapping[str, float] | None = None,
        id: str | None = None,  # noqa: A002 - what it is called where it is sent
    ) -> OrderTaken | OrderKept:
        """Keep an order for the experiment `name`; answers the decision that took it, or that it waits.

        With the decision goes what has become of its push, as soon as the endpoint has answered that.

        The same `id` is one order, however often it is given. Raises NotFound, OrderInvalid where it cannot be as it
        is, OrderRefused where another order forbids it, OrdersWaiting where there is no room for it, and
        StoreUnavailable: then it may have been kept.
        """
        experiment = self._experiment(name)
        order = Order(
            id or uuid4().hex, verb, who, why, self._clock(), variant, None if shares is None else dict(shares)
        )
        if fault := order.fault(experiment.variants):
            raise OrderInvalid(fault.pointer, fault.detail)
        given = await self._store.give(name, order)
        if not given.order.same(order):
            raise OrderInvalid("/id", f"the id was given to an order to {given.order.verb} already; choose another")
        self._wake(name)
        tries = iter(range(int(self._patience / _ASKING_EVERY)))
        if await self._taken(name, given, tries):
            return await self._answer(experiment, given, tries)
        return OrderKept(given.order, _waiting(experiment))

    def _experiment(self, name: str) -> Experiment:
        if name not in self._experiments:
            raise NotFound(f"unknown experiment {name}; known are {', '.join(self._experiments) or 'none'}")
        return self._experiments[name]

    async def _taken(self, name: str, given: Given, tries: Iterator[int]) -> bool:
        """Whether it is taken before patience has run out."""
        for _ in tries:
            if given.taken((await self._store.ledger(name)).ordered):
                return True
            # The store may be another process's too, which tells nobody.
            await asyncio.sleep(_ASKING_EVERY.total_seconds())
        return False

    async def _pushed(self, name: str, decision: Decision, tries: Iterator[int]) -> Ledger:
        """What is kept once the push of `decision` was answered, if it has one, or patience has run out."""
        ledger = await self._store.ledger(name)
        while decision.verdict == "move" and ledger.last and ledger.last.at == decision.seen.at:
            if ledger.last.answered or next(tries, None) is None:
                break
            await asyncio.sleep(_ASKING_EVERY.total_seconds())
            ledger = await self._store.ledger(name)
        return ledger

    async def _answer(self, experiment: Experiment, given: Given, tries: Iterator[int]) -> OrderTaken | OrderKept:
        latest = await self._store.history(experiment.name, _DECISIONS_SEARCHED)
        found = [one for one in latest if one.decision.order and one.decision.order.id == given.order.id]
        if not found:
            return OrderKept(given.order, "it was taken long ago, and is no longer among the latest decisions")
        if refusal := found[0].decision.refusal:
            raise OrderRefused(refusal)
        ledger = await self._pushed(experiment.name, found[0].decision, tries)
        return order_taken(experiment, found[0], ledger, latest[0])


def _waiting(experiment: Experiment) -> str:
    observed = " nothing is pushed, since the policy file says mode: observe;" if experiment.mode == "observe" else ""
    return (
        f"it is kept, and taken at the next look of the daemon that controls {experiment.name};{observed} "
        "the history will have its decision"
    )
