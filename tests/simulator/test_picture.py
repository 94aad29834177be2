"""The picture says what it shows, to readers of any kind."""

from xml.etree import ElementTree as ET

import pytest
from simulator.scenarios import world

from banditctl.simulator.picture import picture
from banditctl.simulator.running import play

SVG = "{http://www.w3.org/2000/svg}"


def drawn(scenario, runs=2):
    return ET.fromstring(picture(scenario, [play(scenario, number) for number in range(runs)]))  # noqa: S314 - ours


def test_it_has_a_title_and_says_in_words_how_it_ended():
    root = drawn(world(hours=5))
    ids = root.get("aria-labelledby").split()
    title, words = (next(one for one in root if one.get("id") == name).text for name in ids)
    assert title == "fares in the world stationary: 2 runs of 5h"
    assert words.startswith("Mean shares over time, at the end a ")
    assert "12.5 by an equal split" in words


def test_every_variant_has_an_area_and_a_place_in_the_legend():
    names = [f"v{number}" for number in range(10)]
    root = drawn(world(hours=2, traffic=100, variants=f"[{', '.join(names)}]"), runs=1)
    titles = [path.find(f"{SVG}title").text for path in root.iter(f"{SVG}path")]
    assert titles[:10] == names
    assert len({path.get("fill") for path in root.iter(f"{SVG}path") if path.get("fill")}) == 10
    assert set(names) < {text.text for text in root.iter(f"{SVG}text")}


def test_nothing_of_it_leaves_the_page():
    root = drawn(world(hours=3))
    _, _, width, height = map(float, root.get("viewBox").split())
    for path in root.iter(f"{SVG}path"):
        points = path.get("d").strip("MZ").split(" L")
        for x, y in (map(float, point.split()) for point in points):
            assert 0 <= x <= width
            assert 0 <= y <= height


@pytest.mark.parametrize("kind", ["aa", "day"])
def test_it_can_be_drawn_where_nothing_is_missed(kind):
    assert drawn(world(kind, hours=1, traffic=1), runs=1) is not None
