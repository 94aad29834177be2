"""Policy files as they stand on disk, and what may run when they change."""

import os

import pytest
from support.policy_files import LEAST, write

from banditctl.config import examine, gather, gone, read, settle
from banditctl.errors import Problem


def named(name, endpoint=None, step="20%"):
    """A policy file of this name, for an endpoint of the same name unless another is told."""
    return f"name: {name}\nlimits: {{step: {step}}}\n{LEAST.replace('flights-prod', endpoint or name)}"


def files(folder):
    """What stands in the folder and can be read, by the name of the file."""
    return {file.name: source for file, source in gather([folder]).items() if isinstance(source, bytes)}


def test_what_is_in_the_files_is_what_is_compared(folder):
    path = write(folder, LEAST)
    before = gather([folder])
    path.touch()
    write(folder, "not a policy file", "README.md")
    assert gather([folder]) == before
    write(folder, LEAST + "# something\n")
    assert gather([folder]) != before


def test_hidden_files_are_not_read(folder):
    for name in ("flights.yaml", ".flights.yaml", "..data.yaml"):
        write(folder, LEAST, name)
    (folder / ".#flights.yaml").symlink_to("somebody@somewhere.4711")
    assert files(folder) == {"flights.yaml": LEAST.encode()}


def test_a_file_that_is_too_long_is_not_read_to_its_end(folder):
    path = write(folder, "#" * 256 * 1024, "short.yaml")
    assert files(folder).keys() == {"short.yaml"}
    path = write(folder, "#" * 256 * 1024 + "#", "long.yaml")
    assert str(gather([path])[path]) == "policies/long.yaml: longer than 256 KiB; no policy file is"


def test_what_only_looks_like_a_file_is_not_opened(folder):
    pipe = folder / "flights.yaml"
    os.mkfifo(pipe)
    write(folder, LEAST, "rides.yaml")
    assert files(folder).keys() == {"rides.yaml"}
    assert str(gather([folder])[pipe]) == "policies/flights.yaml: cannot be read: not a file"


def test_a_file_is_gone_only_where_its_folder_says_so(folder):
    path = write(folder, LEAST)
    other = write(folder, LEAST, "other.yaml")
    assert not gone(path, gather([folder]))
    path.unlink()
    assert gone(path, gather([folder]))
    assert gone(path, gather([path]))
    assert not gone(other, gather([path, folder]))
    other.unlink()
    assert gone(path, gather([folder]))
    folder.rmdir()
    assert not gone(path, gather([folder]))
    assert not gone(path, gather([path]))


def test_a_link_that_leads_nowhere_is_not_gone(folder):
    path = folder / "flights.yaml"
    path.symlink_to("..data/flights.yaml")
    for paths in ([folder], [path]):
        assert str(gather(paths)[path]) == "policies/flights.yaml: cannot be read: No such file or directory"
        assert not gone(path, gather(paths))


def test_a_folder_that_cannot_be_listed_is_told_and_takes_nothing_away(folder):
    (folder / "loop").symlink_to("loop")
    path = folder / "loop"
    told = "policies/loop: cannot be read: Too many levels of symbolic links"
    assert [str(problem) for problem in examine([path])[1]] == [told]
    assert not gone(path / "flights.yaml", gather([path]))


@pytest.fixture
def running(folder):
    """What runs: the experiments a and b, in files of the same name."""
    for name in "ab":
        write(folder, named(name), f"{name}.yaml")
    return read(gather([folder]))[0]


def settled(running, folder, **changed):
    """Name, endpoint and step of what may run by file once files say otherwise, and what clashes."""
    for name, text in changed.items():
        write(folder, text, f"{name}.yaml")
    agreed, problems = settle(running, read(gather([folder]))[0])
    assert all(isinstance(problem, Problem) for problem in problems)
    may = {one.path.stem: (one.experiment.name, one.target.endpoint, one.experiment.limits.step) for one in agreed}
    return may, [str(problem).removeprefix("policies/") for problem in problems]


A, B = ("a", "a", 0.2), ("b", "b", 0.2)


def test_what_runs_is_first_to_its_name_and_its_target(running, folder):
    may, told = settled(running, folder, Newer=named("a", "free"), an=named("free", "b"))
    assert may == {"a": A, "b": B}
    assert told == [
        "Newer.yaml:1:7: name: already taken by policies/a.yaml",
        "an.yaml:3:9: target: already taken by policies/b.yaml",
    ]


def test_a_file_that_takes_what_another_has_stays_as_it_was(running, folder):
    assert settled(running, folder, a=named("a", "b", "10%")) == (
        {"a": A, "b": B},
        ["a.yaml:3:9: target: already taken by policies/b.yaml"],
    )


def test_files_may_exchange_what_they_have(running, folder):
    assert settled(running, folder, a=named("a", "b"), b=named("b", "a")) == (
        {"a": ("a", "b", 0.2), "b": ("b", "a", 0.2)},
        [],
    )


def test_what_a_file_gives_up_is_free_but_not_if_it_is_refused(running, folder):
    assert settled(running, folder, a=named("a", "c"), d=named("d", "a"))[0] == {
        "a": ("a", "c", 0.2),
        "b": B,
        "d": ("d", "a", 0.2),
    }
    may, told = settled(running, folder, a=named("a", "b"), d=named("d", "a"))
    assert may == {"a": A, "b": B}
    assert told == [
        "a.yaml:3:9: target: already taken by policies/b.yaml",
        "d.yaml:3:9: target: already taken by policies/a.yaml",
    ]


def test_of_new_files_the_first_has_it(folder):
    may, told = settled([], folder, c=named("c"), d=named("d", "c"))
    assert may == {"c": ("c", "c", 0.2)}
    assert told == ["d.yaml:3:9: target: already taken by policies/c.yaml"]
