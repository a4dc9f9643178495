"""What the dialect finds, and what it refuses."""

from typing import Any

import pytest

from lambent.languages.jsonpath import MISSING, InvalidPath, compile_path

_DOCUMENT: dict[str, Any] = {
    "a": {"b": [1, 2, {"c": 3}], "d e": 4},
    "s": "text",
    "l": [{"n": 1, "p": "u"}, {"n": 5, "p": "v"}, {"n": 9}],
    "z": None,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", _DOCUMENT),
        ("$.a.b[2].c", 3),
        ("$.a.b[-1].c", 3),
        ("$['a']['d e']", 4),
        ('$["a"]["b"][0]', 1),
        ("$.z", None),
        ("$.z.y", MISSING),
        ("$.nope", MISSING),
        ("$.s.nope", MISSING),
        ("$.a.b[7]", None),
        ("$.a.b.length()", 3),
        ("$.l[(@.length-1)].n", 9),
        ("$.l[*].n", [1, 5, 9]),
        ("$.l[0,2].n", [1, 9]),
        ("$.l[1:].n", [5, 9]),
        ("$.l[:-1].n", [1, 5]),
        ("$.l[::2].n", [1, 9]),
        ("$..n", [1, 5, 9]),
        ("$.a.*", [[1, 2, {"c": 3}], 4]),
        ("$.l[?(@.n > 1)].n", [5, 9]),
        ("$.l[?(@.p)].p", ["u", "v"]),
        ("$.l[?(!@.p)].n", [9]),
        ("$.l[?(@.p == 'u' || @.n == 9)].n", [1, 9]),
        ("$.l[?(@.p == 'u' && @.n == 9)].n", []),
        ("$.l[?(@.n in [1, 9])].n", [1, 9]),
        ("$.l[?(@.n nin [1, 9])].n", [5]),
        ("$.l[?(@.p =~ /U/i)].n", [1]),
        ("$.l[?(@['n'] == 5)].p", ["v"]),
        ("$.l[*].n.sum()", 15.0),
        ("$.nope[*].x", []),
        ("$.['a'].['b'].[0]", 1),
        ("$.l.[?(@.n > 1)].n", [5, 9]),
        ("$..[?(@.n > 1)].n", [5, 9]),
        ("$.l[?(@.n == $.a.b[0])].p", ["u"]),
        ("$.l[?($.s == 'text' && @.n > $.a['d e'])].n", [5, 9]),
        ("$.l[?(@.n in $.l[*].n)].n", [1, 5, 9]),
        ("$.a[?(@.b[?(@.c == $.a.b[2].c)])]['d e']", [4]),
        ("$.l[?(@.n == $.nope)]", []),
    ],
)
def test_a_path_finds_what_it_names(path: str, found: Any) -> None:
    assert compile_path(path).find(_DOCUMENT) == found


@pytest.mark.parametrize(
    "path",
    ["", "a", "$.", "$[", "$['a", "$.a[?(]", "$.a[", "$.x y", "$.a()", "$..", "$[?(@.a ==)]",
     "$[x]", "$[::0]", "$[?(@.a == $$.b)]", "$[?(" + "(" * 100 + "@.a"],
)  # fmt: skip
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidPath):
        compile_path(path)


@pytest.mark.parametrize(
    ("path", "is_reference"),
    [("$.a.b[0]", True), ("$", True), ("$..a", False), ("$.a[*]", False), ("$.a.length()", False)],
)
def test_a_reference_path_names_one_place(path: str, is_reference: bool) -> None:
    assert compile_path(path).is_reference is is_reference


def test_the_root_says_where_to_look() -> None:
    assert [compile_path(path).root for path in ("$.a", "$$.a", "$name.a")] == ["$", "$$", "$name"]


def test_deeply_nested_data_is_searched_without_end_of_stack() -> None:
    deep: Any = {"n": 1}
    for _ in range(5_000):
        deep = {"k": deep}

    assert compile_path("$..n").find(deep) == [1]
