"""The recorded flights: when each was asked about, when it landed, and which models were right."""

import csv
import gzip
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

RECORDING = Path(__file__).parent / "data" / "flights_model_variants.csv.gz"
VARIANTS = ("logit-schedule", "gbm-weather", "gbm-weather-cal", "gbm-rush")


@dataclass(frozen=True)
class Flight:
    """One request; `right` says for each variant whether its call came true."""

    id: str
    asked: datetime
    landed: datetime
    right: dict[str, int]


def read_flights() -> list[Flight]:
    """All flights, in the order they were asked about."""
    with gzip.open(RECORDING, "rt", newline="") as lines:
        return [
            Flight(
                row["request_id"],
                datetime.fromisoformat(row["request_time"]),
                datetime.fromisoformat(row["reward_time"]),
                {variant: int(row[f"ok_{variant}"]) for variant in VARIANTS},
            )
            for row in csv.DictReader(lines)
        ]


def equal_split(flights: list[Flight]) -> float:
    """The mean reward of sending each flight to a variant at random, exactly."""
    return sum(sum(flight.right.values()) / len(VARIANTS) for flight in flights) / len(flights)


def best_variant(flights: list[Flight]) -> tuple[str, float]:
    """The one variant that would have been right most often, known only afterwards, and its mean reward."""
    totals = {variant: sum(flight.right[variant] for flight in flights) for variant in VARIANTS}
    best = max(totals, key=lambda variant: totals[variant])
    return best, totals[best] / len(flights)
