"""Fixed shares, whatever is believed: a plain A/B test, or a split that somebody else has decided."""

from dataclasses import dataclass, field
from typing import Literal

from banditctl.core.allocation import Allocation
from banditctl.core.belief import Belief
from banditctl.core.policies import Record, Undemanding
from banditctl.core.units import Name, Share

# Shares come from people and from other programs; more than this off one is a mistake, not rounding.
_ROUNDING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Fixed(Undemanding):
    """The same shares at every turn: those given, or all alike."""

    kind: Literal["fixed"] = "fixed"
    shares: dict[Name, Share] = field(default_factory=dict)
    """The share of each variant; left out, all have the same."""

    def contradictions(self, variants: tuple[str, ...]) -> list[tuple[str, str]]:
        missing, unknown = sorted(set(variants) - set(self.shares)), sorted(set(self.shares) - set(variants))
        if not self.shares:
            return []
        if missing or unknown:
            parts = [f"lack {', '.join(missing)}"] * bool(missing) + [f"also have {', '.join(unknown)}"] * bool(unknown)
            return [("shares", f"{' and '.join(parts)}; name each variant, or none for an equal split")]
        whole = sum(self.shares.values())
        return [] if abs(whole - 1) <= _ROUNDING else [("shares", f"must sum to 1, not to {whole:.9g}")]

    def propose(self, belief: Belief, _record: Record, /) -> Allocation:
        variants = belief.variants
        return Allocation({name: self.shares[name] for name in variants}) if self.shares else Allocation.equal(variants)
