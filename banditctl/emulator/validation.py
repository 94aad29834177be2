"""The rules that no single member's type can express, and how a broken one is worded."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from banditctl.emulator.errors import ServiceError, invalid
from banditctl.emulator.shapes import ProductionVariant


def constraint_failure(error: msgspec.ValidationError) -> ServiceError:
    """AWS's sentence for a member that breaks its type, with the path as AWS writes it."""
    constraint, _, path = str(error).partition(" - at `$.")
    if path:
        constraint = f"Value at '{_smithy(path.rstrip('`'))}' failed to satisfy constraint: {constraint}"
    return invalid(f"1 validation error detected: {constraint}")


def _smithy(path: str) -> str:
    """`Variants[0].ModelName` as `variants.1.member.modelName`."""
    counted = re.sub(r"\[(\d+)\]", lambda index: f".{int(index[1]) + 1}.member", path)
    return re.sub(r"(?:^|\.)[A-Z]", lambda initial: initial[0].lower(), counted)


def refuse_repeats(variant_names: Iterable[str]) -> None:
    """Refuse two variants of one name. Moto words it so; AWS's own text is not known."""
    for name, times in Counter(variant_names).items():
        if times > 1:
            raise invalid(f'The variant name "{name}" was non-unique within the request.')


def refuse_company(variants: Sequence[ProductionVariant], shadows: Sequence[ProductionVariant]) -> None:
    """Refuse variants that cannot stand beside each other. AWS documents these rules, but not its own words."""
    if shadows and (len(variants), len(shadows)) != (1, 1):
        raise invalid(
            "With ShadowProductionVariants you can only specify one variant for ProductionVariants and one variant "
            "for ShadowProductionVariants."
        )
    if len(variants) + len(shadows) > 1 and any(variant.serverless_config for variant in (*variants, *shadows)):
        raise invalid("A serverless variant must be the only one of its endpoint configuration.")


def refuse_no_traffic(weights: Iterable[float]) -> None:
    """Refuse weights that are all zero: our choice, for what AWS does with them is not known."""
    if not any(weights):
        raise invalid("At least one production variant must have a weight greater than 0.")
