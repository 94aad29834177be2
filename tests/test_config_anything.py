"""Whatever stands in a policy file, it is loaded or refused, and never anything else."""

import json
from dataclasses import fields

from hypothesis import given, strategies as st
from support.policy_files import LEAST

from banditctl.config import load
from banditctl.core.experiment import Experiment
from banditctl.errors import PolicyFileError


def refusal(path):
    """The lines that a file is refused with; none if it is sound."""
    try:
        load(path)
    except PolicyFileError as refused:
        return str(refused).splitlines()
    return []


WORDS = st.sampled_from(
    [
        *LEAST.split(),
        "\n",
        "\n  ",
        "\t",
        "limits:",
        "floor:",
        "1%",
        "1e999",
        "9" * 400 + "d",
        "every:",
        "null",
        "-",
        "[",
        "}",
        "&a",
        "*a",
        "!!int",
        "\\",
        '"',
        "%",
        "?",
    ]
)


@given(st.binary() | st.lists(WORDS).map(lambda words: " ".join(words).encode()) | st.text().map(str.encode))
def test_any_bytes_are_loaded_or_refused_and_never_anything_else(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_bytes(raw)
    assert all(line.startswith(f"{path}:") for line in refusal(path))


@given(
    st.dictionaries(
        st.sampled_from([option.name for option in fields(Experiment)] + ["target", "version", "else"]),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text()
            | st.sampled_from(["1%", "a", "thompson"]),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(st.sampled_from(["kind", "floor", "prior", "every", "window"]) | st.text(), inner)
            ),
        ),
    )
)
def test_any_values_are_loaded_or_refused_and_never_anything_else(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "any.yaml"
    path.write_text(json.dumps(content))
    assert all(line.startswith(f"{path}:") for line in refusal(path))
