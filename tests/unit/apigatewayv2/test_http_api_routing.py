"""Which route a request takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambent.services.apigatewayv2.routing import RouteTable

SEGMENTS = st.sampled_from(["a", "b", "{x}", "{y}", "{rest+}"])
METHODS = st.sampled_from(["ANY", "GET", "POST"])


def taken(keys: list[str], asked: str) -> tuple[str, dict[str, str]] | None:
    method, _, path = asked.partition(" ")
    match = RouteTable((key, key) for key in keys).find(method, path)
    return None if match is None else (match.route, dict(match.path_parameters))


@pytest.mark.parametrize(
    ("keys", "asked", "route", "parameters"),
    [
        (["GET /a", "ANY /a"], "GET /a", "GET /a", {}),
        (["GET /a", "ANY /a"], "PUT /a", "ANY /a", {}),
        (["ANY /a/b", "GET /a/{x}"], "GET /a/b", "ANY /a/b", {}),
        # The literal does not take the method, so that the variable does.
        (["POST /a/b", "GET /a/{x}"], "GET /a/b", "GET /a/{x}", {"x": "b"}),
        (["GET /a/b/c", "GET /{x}/b/d"], "GET /a/b/d", "GET /{x}/b/d", {"x": "a"}),
        # A full match comes before a greedy one, however much of it is variable.
        (["GET /a/{rest+}", "GET /{x}/{y}"], "GET /a/b", "GET /{x}/{y}", {"x": "a", "y": "b"}),
        (["GET /{rest+}", "GET /a/{rest+}"], "GET /a/b/c", "GET /a/{rest+}", {"rest": "b/c"}),
        (["GET /a/{rest+}", "$default"], "GET /a", "$default", {}),
        (["GET /{rest+}"], "GET /a%2Fb/c%20d", "GET /{rest+}", {"rest": "a/b/c d"}),
        (["GET /{x}"], "GET /a%20b", "GET /{x}", {"x": "a b"}),
        (["GET /{x}/one", "GET /{y}/two"], "GET /a/two", "GET /{y}/two", {"y": "a"}),
        (["GET /", "GET /{rest+}"], "GET /", "GET /", {}),
        (["GET /{rest+}"], "GET /", "GET /{rest+}", {"rest": ""}),
        (["GET /a/{rest+}"], "GET /a/", "GET /a/{rest+}", {"rest": ""}),
    ],
)
def test_the_best_match_is_taken(
    keys: list[str], asked: str, route: str, parameters: dict[str, str]
) -> None:
    assert taken(keys, asked) == (route, parameters)
    assert taken(keys[::-1], asked) == (route, parameters)


@pytest.mark.parametrize(
    ("keys", "asked"),
    [
        (["GET /a"], "GET /a/"),
        (["GET /a/"], "GET /a"),
        (["GET /{x}"], "GET /"),
        (["GET /a/{rest+}"], "GET /a"),
        (["GET /a"], "HEAD /a"),
        ([], "GET /"),
    ],
)
def test_what_fits_no_route_is_none(keys: list[str], asked: str) -> None:
    assert taken(keys, asked) is None


@given(
    st.lists(st.tuples(METHODS, st.lists(SEGMENTS, min_size=1, max_size=4)), max_size=8),
    st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=5),
)
def test_a_route_that_is_taken_fits_the_path(
    routes: list[tuple[str, list[str]]], path: list[str]
) -> None:
    keys = []
    for method, segments in routes:
        inner = [one for one in segments[:-1] if one != "{rest+}"]
        whole = [*inner, segments[-1]]
        # A route has no variable twice.
        if all(whole.count(one) == 1 for one in whole if one.startswith("{")):
            keys.append(f"{method} /{'/'.join(whole)}")

    found = taken(keys, f"GET /{'/'.join(path)}")

    if found is not None:
        route, parameters = found
        method, _, template = route.partition(" ")
        assert method in ("ANY", "GET")
        for name, value in parameters.items():
            template = template.replace(f"{{{name}+}}", value).replace(f"{{{name}}}", value)
        assert template == "/" + "/".join(path)
