"""What sentences about an experiment have in common, whoever tells them."""


def begun(clause: str) -> str:
    """A clause as the beginning of a sentence."""
    return clause[:1].upper() + clause[1:]


def more(number: float) -> str:
    """Which way a difference goes."""
    return "more" if number > 0 else "less"


def apart(part: float) -> str:
    """A difference as a percentage, and which way it goes."""
    return f"{abs(part):.1%} {more(part)}"
