"""Chunks played on several processes; those that are done are kept, so that a run that was ended goes on."""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from simulations.goals import Goal, Rows


class Kept:
    """Rows by chunk of one goal in a file of its own, a line each."""

    def __init__(self, folder: Path, goal: Goal) -> None:
        self._path = folder / f"{goal.name.replace(' ', '-')}.jsonl"
        self._setting = goal.setting

    def read(self) -> dict[int, Rows]:
        """What was played in the same setting; a line that was cut short was not."""
        written = self._path.read_text().splitlines() if self._path.exists() else []
        lines = filter(None, map(_decoded, written))
        return {line["chunk"]: line["rows"] for line in lines if line["setting"] == self._setting}

    def add(self, chunk: int, rows: Rows) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"setting": self._setting, "chunk": chunk, "rows": rows})
        with self._path.open("a") as file:
            # The line before may have been cut short.
            file.write(f"\n{line}\n")


def _decoded(line: str) -> dict | None:
    try:
        return json.loads(line)
    except ValueError:
        return None


def play(goals: Sequence[Goal], folder: Path, jobs: int, done: Callable[[], None]) -> Iterator[tuple[Goal, Rows]]:
    """Each goal with the rows of all its chunks; `done` is called for each chunk, kept or played."""
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            for goal in goals:
                yield goal, _whole(goal, Kept(folder, goal), pool, done)
        finally:
            pool.shutdown(cancel_futures=True)


def _whole(goal: Goal, kept: Kept, pool: ProcessPoolExecutor, done: Callable[[], None]) -> Rows:
    known = {chunk: rows for chunk, rows in kept.read().items() if chunk < goal.chunks}
    for _ in known:
        done()
    missing = [chunk for chunk in range(goal.chunks) if chunk not in known]
    playing = {pool.submit(goal.play, chunk): chunk for chunk in missing}
    for future in as_completed(playing):
        known[playing[future]] = future.result()
        kept.add(playing[future], future.result())
        done()
    return [row for chunk in sorted(known) for row in known[chunk]]
