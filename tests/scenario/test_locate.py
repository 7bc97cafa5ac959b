"""The locator finds every key of any TOML text that tomllib accepts, at the place it stands."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gpusim.scenario.reading.toml.locate import locate
from gpusim.scenario.reading.tree import paths_of

TEXT = """\
title = "a # no comment" # a comment
dotted.key."quoted key".last = 1
'literal.key' = 2
multi = \"\"\"
[not_a_table]
x = 1 \\"\"\" \"\"\"
raw = '''
y = [ 1, '''
list = [
  1, # one
  [2, 3],
  { a = 4, b.c = 5 },
]

[ table . inner ]
z = 2026-01-01T00:00:00

[[array]]
n = 1
  [array.sub]
  m = 2
[[array]]
n = 3
[[array.deep]]
k = 4
[[array.deep]]
k = 5
"""


@pytest.mark.parametrize(
    ("path", "position"),
    [
        (("title",), (1, 1)),
        (("dotted", "key", "quoted key", "last"), (2, 1)),
        (("literal.key",), (3, 1)),
        (("multi",), (4, 1)),
        (("raw",), (7, 1)),
        (("list",), (9, 1)),
        (("list", 0), (10, 3)),
        (("list", 1, 1), (11, 7)),
        (("list", 2, "a"), (12, 5)),
        (("list", 2, "b", "c"), (12, 12)),
        (("table", "inner"), (15, 1)),
        (("table", "inner", "z"), (16, 1)),
        (("array", 0, "n"), (19, 1)),
        (("array", 0, "sub", "m"), (21, 3)),
        (("array", 1, "n"), (23, 1)),
        (("array", 1, "deep", 0, "k"), (25, 1)),
        (("array", 1, "deep", 1, "k"), (27, 1)),
    ],
)
def test_each_kind_of_key_is_found_where_it_stands(path, position):
    assert locate(TEXT)[path] == position


def test_text_inside_strings_and_comments_is_no_key():
    found = locate(TEXT)
    assert ("not_a_table",) not in found
    assert ("y",) not in found


keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=5)
scalars = st.one_of(
    st.integers(-9, 9).map(str),
    st.sampled_from(['"a]b"', "'}'", '"\\""', "true", "1e3", '"""\n[x]\n"""', "'''a\n'b'''", '""']),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda vs: "[\n" + ", # c ]\n".join(vs) + "\n]"),
        st.dictionaries(keys, inner, max_size=3).map(
            lambda d: "{ " + ", ".join(f"{quote(k)} = {v}" for k, v in d.items()) + " }"
        ),
    ),
    max_leaves=8,
)


def quote(key):
    return '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(keys, st.dictionaries(keys, values, max_size=3), max_size=3))
def test_every_value_that_tomllib_sees_has_a_place_and_no_other(tables):
    text = "".join(
        f"[{quote(name)}] # [c]\n" + "".join(f"{quote(k)} = {v}\n" for k, v in table.items())
        for name, table in tables.items()
    )
    assert set(locate(text)) == set(paths_of(tomllib.loads(text))) - {()}


@pytest.mark.parametrize("path", sorted(Path("models").rglob("*.toml")), ids=str)
def test_every_value_of_a_bundled_file_has_a_place(path):
    text = path.read_text()
    assert set(paths_of(tomllib.loads(text))) - {()} <= set(locate(text))
