"""Page tokens and handles that nobody was given."""

import base64
import json


def _token(key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


TOKENS = (
    "abc",
    "",
    " ",
    "====",
    "AAAA",
    "é",
    "1",
    "-1",
    "9" * 400,
    _token([]),
    _token([None]),
    _token(["a"]),
    _token([1]),
    _token([["a"]]),
    _token([{"a": 1}]),
    _token([2**70]),
    _token([-(2**63) - 1]),
    _token([1.5, "a"]),
    _token(["a", "b"]),
    _token(["a", 1]),
    _token([1, "a"]),
    _token([1, 2, 3]),
    _token(["a", "b", "c"]),
    _token(["a", {}, []]),
    _token([1e308, 10**25]),
    _token([True, False]),
    _token(["\x00"]),
    _token("abc"),
    _token({"a": 1}),
    _token(None),
    _token(1),
    base64.b64encode(b"\xff\xfe\x00").decode(),
    base64.b64encode(b'["\\ud800"]').decode(),
    base64.b64encode(b"[" * 50_000).decode(),
    base64.b64encode(b"NaN").decode(),
    base64.b64encode(b"[NaN]").decode(),
    base64.b64encode(b"[1e999]").decode(),
)

HANDLES = (
    "abc",
    *(
        "AQEB" + base64.b64encode(f"1 {number} {count} x".encode()).decode()
        for number, count in ((1, 1), (0, -1), (2**63, 1), (1, 10**30), ("a", "b"))
    ),
)
TASK_TOKENS = (
    "abc",
    *(
        base64.urlsafe_b64encode(json.dumps(["e", "f", number]).encode()).decode()
        for number in (1, -1, 2**63, 1.5, None, "x")
    ),
)
