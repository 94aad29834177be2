"""The page that compares has the figures of the pages that measured them."""

import re

from support.pages import PAGES, rows

PAGE = " ".join(PAGES["docs/comparison.md"].split())


def regret(policy, whose):
    """The mean regret of a policy in the worlds I1 and I3."""
    (found,) = [
        cells
        for name, *cells in rows(PAGES["docs/regret.md"], "## Every policy, beside other libraries")
        if name == policy and cells[0] == whose
    ]
    return [float(found[world].split(" ± ")[0]) for world in (1, 3)]


def test_what_an_equal_split_and_the_default_give_up_was_measured():
    split, default = regret("fixed", "banditctl"), regret("thompson", "banditctl by default")
    assert f"Of ten, an equal split gave up {split[1]:,.0f} rewards in 100,000 requests" in PAGE
    assert f"and banditctl by default {default[1]:,.0f}" in PAGE
    assert f"it was {split[0]:.0f} and {default[0]:.0f} (I1)" in PAGE


def test_what_a_floor_costs_follows_from_the_world_it_was_measured_in():
    (rates,) = [cells[0] for name, *cells in rows(PAGES["docs/regret.md"], "## The worlds") if name == "I3"]
    means = [float(rate) for rate in rates.split(", ")]
    worse = sum(max(means) - mean for mean in means)
    default, alone = regret("thompson", "banditctl by default")[1], regret("thompson", "banditctl")[1]
    assert f"{0.01 * 100_000 * worse:.0f} of the {default:.0f} (1% of 100,000" in PAGE
    assert f"{worse:.2f} in all" in PAGE
    assert f"without floor and step gave up {alone:.0f}" in PAGE


def test_what_was_simulated_is_what_the_statistics_say():
    statistics = PAGES["docs/statistics.md"]
    (swapped,) = re.findall(r"^\| swapped at half time.*the default \| 200 \| (\d+) ", statistics, re.MULTILINE)
    assert f"gave up {swapped} rewards in {14 * 24 * 1000:,} requests" in PAGE
    assert f"would give up {14 * 24 * 1000 * 0.01 / 2:,.0f}," in PAGE
    _, _, late = statistics.partition("| delays | regret |")
    late = dict(re.findall(r"^\| ([^|]+) \| (\d+) ± ", late, re.MULTILINE))
    assert f"from {late['none']} to {late['6 h, estimated']}" in PAGE


def test_how_often_equal_variants_are_told_apart_is_what_the_statistics_say():
    table = rows(PAGES["docs/statistics.md"], "### How that was tested")
    fixed = [float(cells[2]) for cells in table if cells[0].startswith("fixed")]
    assert f"in at most {max(fixed):.1%} of 2,000 runs" in PAGE
    found = r"by the mixture and (\d+)\s+by the safe e-process; 10% more in 77% and (\d+%)"
    ((looks, power),) = re.findall(found, PAGES["docs/statistics.md"])
    assert f"in the median after {int(looks) * 1000:,} requests; 10% more was proved within 100,000 in {power}" in PAGE


def test_the_demo_earned_what_the_readme_says():
    readme = " ".join(PAGES["README.md"].split())
    told = r"mean reward was (.+?) to (.+?) in .* against (.+?) for an equal split and (.+?) for the best"
    ((low, high, split, best),) = re.findall(told, readme)
    assert f"an equal split earned {split} and banditctl {low} to {high}" in PAGE
    assert f"the best model would have earned {best}" in PAGE
