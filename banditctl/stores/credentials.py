"""The contract of where keys are kept: by what is kept of them, never as they are shown."""

from typing import Protocol

from banditctl.credentials import Credential

# Two, so that a new key can be handed out before the old one is revoked.
KEYS_A_CLIENT = 2


class Credentials(Protocol):
    """Who may come in: what is known of each key, by its digest."""

    async def read(self) -> dict[str, Credential]:
        """Every key there is."""
        ...

    async def grant(self, digest: str, credential: Credential) -> None:
        """Keep a key. Raises TooManyKeys, having done nothing, if the client has KEYS_A_CLIENT others."""
        ...

    async def revoke(self, digest: str) -> None:
        """Forget a key; one that is not there is forgotten already."""
        ...
