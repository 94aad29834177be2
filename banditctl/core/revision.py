"""Versions of a policy file: what each option was, and which are others now."""

from msgspec import Struct

# How many options that changed a sentence names.
_LISTED = 5


class FileChange(Struct, frozen=True):
    """That a policy file is not the one the last turn went by: its digest `before`, and which options are others."""

    before: str
    options: tuple[str, ...]

    @property
    def named(self) -> str:
        """A few of the options, and how many there are beyond them."""
        rest = len(self.options) - _LISTED
        return " and ".join([", ".join(self.options[:_LISTED]), *[f"{rest} more"] * (rest > 0)])

    @property
    def elsewhere(self) -> bool:
        """Whether another target is steered now."""
        return any(option.startswith("target.") for option in self.options)


class Revision(Struct, frozen=True):
    """One version of a policy file: every option by its path, as JSON, and the digest of them all."""

    digest: str
    options: dict[str, str]

    def since(self, before: "Revision | None") -> FileChange | None:
        """What is other than `before`; None if nothing is, or nothing was."""
        if before is None or before.digest == self.digest:
            return None
        names = before.options.keys() | self.options.keys()
        others = (name for name in names if before.options.get(name) != self.options.get(name))
        return FileChange(before.digest, tuple(sorted(others)))
