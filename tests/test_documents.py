"""YAML as people mean it, and where each word of it stands."""

import pytest

from banditctl import documents
from banditctl.errors import PolicyFileError


@pytest.fixture
def file(tmp_path):
    return tmp_path / "some.yaml"


def read(file, text):
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return documents.read(file)


def refusal(file, text):
    with pytest.raises(PolicyFileError) as refused:
        read(file, text)
    return str(refused.value).replace(str(file), "some.yaml")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("off", "off"),
        ("Yes", "Yes"),
        ("true", True),
        ("FALSE", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("1:30", "1:30"),
        ("010", 10),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("-7", -7),
        ("+1.", 1.0),
        ("9" * 18, 10**18 - 1),
        ("9" * 5000, float("inf")),
        (".inf", ".inf"),
        ("2026-11-20", "2026-11-20"),
        ("=", "="),
        ("'1'", "1"),
        ('"null"', "null"),
        ("|-\n  1", "1"),
        ("1%", "1%"),
        ("[1, a, [true]]", [1, "a", [True]]),
        ("{b: {c: 1}}", {"b": {"c": 1}}),
    ],
)
def test_plain_words_mean_what_they_mean_in_json_and_all_else_is_text(file, written, meant):
    content = read(file, f"a: {written}\n").content
    assert content == {"a": meant}
    assert type(content["a"]) is type(meant)


def test_an_empty_file_says_nothing(file):
    assert read(file, "# only a comment\n").content is None


def test_a_byte_order_mark_and_windows_line_ends_are_no_trouble(file):
    document = read(file, b"\xef\xbb\xbfa: 1\r\nb:\r\n  c: 2\r\n")
    assert document.content == {"a": 1, "b": {"c": 2}}
    assert document.values["b", "c"] == (3, 6)


def test_keys_and_values_know_where_they_stand(file):
    document = read(file, "# a comment\nlimits:\n  floor: 1%\nvariants: [a, bé, c]\n")
    assert document.keys["limits",] == (2, 1)
    assert document.values["limits",] == (3, 3)
    assert document.keys["limits", "floor"] == (3, 3)
    assert document.values["limits", "floor"] == (3, 10)
    assert document.values["variants", 2] == (4, 19)


@pytest.mark.parametrize(
    ("trail", "key", "line"),
    [
        (("limits", "floor"), False, "some.yaml:2:10: limits.floor: bad"),
        (("limits", "floor"), True, "some.yaml:2:3: limits.floor: bad"),
        (("limits", "cap"), False, "some.yaml:1:1: limits.cap: bad"),
        (("reward", "prior", "mean"), False, "some.yaml:1:1: reward.prior.mean: bad"),
        (("variants", 1), False, "some.yaml:3:15: variants.1: bad"),
        ((), False, "some.yaml:1:1: bad"),
    ],
)
def test_a_problem_is_told_where_it_is_or_where_something_is_missing(file, trail, key, line):
    document = read(file, "limits:\n  floor: 1%\nvariants: [a, b]\n")
    assert str(document.problem(trail, "bad", key=key)).replace(str(file), "some.yaml") == line


def test_every_repeated_key_is_told_and_the_first_one_counts(file):
    document = read(file, "a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n'b': 5\n")
    assert document.content == {"a": 1, "b": {"c": 1}}
    assert [str(problem).replace(str(file), "some.yaml") for problem in document.repeated] == [
        "some.yaml:2:11: b.c: repeated; line 2 has it already",
        "some.yaml:3:1: a: repeated; line 1 has it already",
        "some.yaml:4:1: a: repeated; line 1 has it already",
        "some.yaml:5:1: b: repeated; line 2 has it already",
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a:\n\tb: 1\n", "some.yaml:2:1: indent with spaces; YAML takes no tabs"),
        ("a: b: c\n", "some.yaml:1:5: mapping values are not allowed here"),
        (
            "a: [1\n",
            "some.yaml:2:1: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",
        ),
        (
            "a: 1\n---\nb: 2\n",
            "some.yaml:2:1: expected a single document in the stream, but found another document",
        ),
        ("a: &x 1\nb: *x\n", "some.yaml:1:4: write the value out; anchors, aliases and tags are not read"),
        ("a: *x\n", "some.yaml:1:4: write the value out; anchors, aliases and tags are not read"),
        ("a: !!str 1\n", "some.yaml:1:4: write the value out; anchors, aliases and tags are not read"),
        ("[a]: 1\n", "some.yaml:1:1: the name of an option is text, no list and no mapping"),
        ("a: " + "[" * 1000, "some.yaml:1:23: nested more than 20 levels deep"),
        ('a: "\\UFFFFFFFF"\n', "some.yaml:1:7: no such character or number"),
        ('a: "\\ud800"\n', "some.yaml:1:4: half a character; surrogates come in pairs"),
        ("%YAML " + "9" * 5000 + ".1\n--- 1\n", "some.yaml:1:7: no such character or number"),
        ("a: 1\nb: \x07\n", "some.yaml:2:4: a control character; remove it"),
        (b"a: 1\nb: caf\xe9\n", "some.yaml:2:7: not UTF-8, which is what policy files are written in"),
    ],
)
def test_what_is_not_read_is_one_line_with_its_place(file, text, line):
    assert refusal(file, text) == line


def test_a_file_that_cannot_be_opened_has_no_line(file):
    with pytest.raises(PolicyFileError) as refused:
        documents.read(file)
    assert str(refused.value) == f"{file}: cannot be read: No such file or directory"


def test_a_billion_laughs_are_refused_before_the_second_one(file):
    laughs = "a: &a [ha]\n" + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert refusal(file, laughs) == "some.yaml:1:4: write the value out; anchors, aliases and tags are not read"
