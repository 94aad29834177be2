"""The tutorial is true: a reader plays it from its first block to its last, and sees what it shows."""

import re
from contextlib import chdir, closing

import pytest
from support.daemons import get, view
from support.pages import PAGES, PROJECT
from support.reading import Reader
from support.redis_servers import free_port

PAGE = PAGES["docs/tutorial.md"]
# For a reader who has seconds where the page gives a quarter of an hour.
HURRIED = {
    "--creating 1s --updating 5s": "--creating 1ms --updating 50ms",
    "every: 5s, at_least: 1s": "every: 300ms, at_least: 100ms",
    "sleep(0.01)": "sleep(0.002)",
}
# Other processes may have both cores meanwhile.
pytestmark = pytest.mark.timeout(180)


def hurried(ports):
    page = PAGE
    for slow, quick in (HURRIED | ports).items():
        assert slow in page, slow
        page = page.replace(slow, quick)
    return page


def parts(page):
    """Its headings, and its blocks with their language, in order."""
    return re.findall(r"^```(\w+)\n(.*?)^```$|^#+ ([^\n]*)$", page, re.MULTILINE | re.DOTALL)


class Tutorial:
    """What became of it: what the browser was shown, the decisions, and how everything ended."""

    def __init__(self, folder):
        # Chosen only now: whoever else asks for a free port is not to get the same.
        self._ports = {"4566": str(free_port()), "8080": str(free_port())}
        self._url = f"http://127.0.0.1:{self._ports['8080']}"
        settings = {"BANDITCTL_URL": self._url, "BANDITCTL_PORT": self._ports["8080"]}
        self.reader = Reader(folder, settings, self._after())

    def play(self):
        for language, block, heading in parts(hurried(self._ports)):
            if heading == "Let it act":
                self.shown = get(f"{self._url}/experiments/shop")
            elif heading == "Stop":
                self.decisions = self._view("/decisions?limit=500")["decisions"][::-1]
                self.ended = [self._view()["tally"], self.reader.interrupts_script(), self.reader.interrupts("run")]
            elif language and "pip install" not in block:
                self.reader.meets(language, block)

    def _view(self, of=""):
        return view(self._url, f"shop{of}")

    def _after(self):
        return {
            "python traffic.py": self._would_move,
            "banditctl get shop -w": lambda: self._at_rest(0.95, 1),
            'banditctl resume shop --reason "deployed"': self._at_rest,
            'banditctl rollback shop --reason "latency doubled"': lambda: self._at_rest(0, 0),
            'banditctl resume shop --reason "mended"': lambda: self._at_rest(0.2, 1),
        }

    def _at_rest(self, least=0, most=1):
        """Whether nothing is on its way, and candidate has a share between these."""
        live = self._view()["live"]
        return live["settled"] and least <= live["shares"]["candidate"] <= most

    def _would_move(self):
        decision = self._view()["decision"]
        return decision and "would move candidate" in decision["reason"]


@pytest.fixture(scope="module")
def tutorial(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first")
    played = Tutorial(folder)
    with chdir(folder), closing(played.reader):
        played.play()
        yield played


def test_what_it_shows_is_what_is_answered(tutorial):
    assert tutorial.reader.differs == []
    assert tutorial.reader.compared > 15


def test_what_it_installs_beside_banditctl_is_what_the_tests_run_on():
    (line,) = re.findall(r"pip install (.*)$", PAGE, re.MULTILINE)
    there = {re.match(r"[\w-]+", one)[0] for one in PROJECT["optional-dependencies"]["test"]}
    assert set(line.split()) - there == {"../banditctl"}


def test_nothing_moves_until_the_file_says_act(tutorial):
    (told,) = [one for one in tutorial.decisions if one["file_change"]]
    before = tutorial.decisions[: tutorial.decisions.index(told)]
    assert told["file_change"]["options"] == ["mode"]
    assert {one["verdict"] for one in before} == {"hold"}
    assert {share for one in before for share in one["live"]["shares"].values()} == {0.5}


def test_the_shares_move_towards_the_better_variant_as_far_as_the_floor(tutorial):
    (typed,) = [line for line in tutorial.reader.said if "describe-endpoint" in line]
    weights = dict(line.split() for line in tutorial.reader.said[typed].splitlines())
    assert float(weights["candidate"]) >= 9500
    assert float(weights["current"]) >= 100
    *_, watched = tutorial.reader.said["banditctl get shop -w"].splitlines()
    assert re.search(r"shop: current \S+% candidate \S+%; ", watched)


def test_the_browser_is_shown_the_same(tutorial):
    assert "Observe only: would move candidate from 50.0%" in tutorial.shown
    assert "Does anything look wrong?" in tutorial.shown


def test_each_order_is_in_the_history_with_who_and_why(tutorial):
    reasons = " ".join(one["reason"] for one in tutorial.decisions)
    for order in ("paused", "resumed", "rolled back to current"):
        assert re.search(rf"{order} by local \(\S+\): ", reasons)
    for why in re.findall(r'--reason "(.*)"', PAGE):
        assert why in reasons


def test_every_event_counts_and_ctrl_c_ends_everything_in_order(tutorial):
    tally, *codes = tutorial.ended
    assert set(tally.values()) == {0}
    assert codes == [0, 0]
