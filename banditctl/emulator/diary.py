"""What others do to an account: when each thing is due, and what came of it."""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from banditctl.emulator.account import Account
from banditctl.emulator.errors import ServiceError
from banditctl.emulator.happenings import Happening
from banditctl.emulator.shapes import Document

# Something every second fills it in a quarter of an hour.
_KEPT = 1000


class Diary:
    """Has happenings happen when they are due, and notes those that have."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._notes: deque[Document] = deque(maxlen=_KEPT)

    def enter(self, happening: Happening) -> None:
        """Have it happen at its time from now; with none, at once."""
        agenda = self._account.agenda
        agenda.enter(self._account.clock() + happening.at, partial(self._happen, happening))
        agenda.catch_up()

    def told(self) -> Sequence[Document]:
        """The latest thousand: `at`, `kind`, `endpoint`, and why it was `refused`, None if it was not."""
        self._account.agenda.catch_up()
        return list(self._notes)

    def _happen(self, happening: Happening) -> datetime | None:
        endpoint = self._account.endpoints.get(happening.endpoint)
        if happening.waits and endpoint is not None and endpoint.busy_until is not None:
            return endpoint.busy_until
        now = self._account.clock()
        self._note(now, happening, self._refusal(happening))
        return None if happening.every is None else now + happening.every

    def _refusal(self, happening: Happening) -> str | None:
        try:
            happening.happen(self._account)
        except ServiceError as error:
            return error.message
        return None

    def _note(self, now: datetime, happening: Happening, refused: str | None) -> None:
        kind = type(happening).__module__.rpartition(".")[2]
        self._notes.append({"at": now, "kind": kind, "endpoint": happening.endpoint, "refused": refused})
