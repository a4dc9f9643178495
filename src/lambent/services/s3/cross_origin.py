"""
CORS: what a bucket's rules let the pages of other origins do; pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/cors.html says which rule counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lambent.core import errors
from lambent.services.s3.errors import InvalidRequest, MalformedXml

Rule = Mapping[str, Any]

_METHODS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})
_MOST_RULES = 100


class AccessForbidden(errors.AccessDenied):
    code = "AccessForbidden"


class BadRequest(errors.ClientError):
    code = "BadRequest"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser says of a page's request, in the preflight or in the request itself."""

    origin: str
    method: str
    # Names in small letters; the headers of a request that is no preflight are not checked.
    headers: Sequence[str] = ()


def check(configuration: Mapping[str, Any]) -> None:
    """Raise what PutBucketCors answers to rules that cannot be."""
    rules = configuration["CORSRules"]
    if not 1 <= len(rules) <= _MOST_RULES:
        raise MalformedXml()
    for rule in rules:
        if not rule["AllowedMethods"] or not rule["AllowedOrigins"]:
            raise MalformedXml()
        for method in rule["AllowedMethods"]:
            if method not in _METHODS:
                raise InvalidRequest(
                    f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                )
        for member, called in (
            ("AllowedOrigins", "AllowedOrigin"),
            ("AllowedHeaders", "AllowedHeader"),
        ):
            for pattern in rule.get(member, ()):
                if pattern.count("*") > 1:
                    raise InvalidRequest(
                        f'{called} "{pattern}" can not have more than one wildcard.'
                    )


def asked_by(method: str, headers: Mapping[str, str]) -> Asked | None:
    """None for what no page asks."""
    origin = headers.get("origin")
    if origin is None:
        return None
    names = headers.get("access-control-request-headers", "").split(",")
    return Asked(
        origin,
        # AWS: this header counts in requests that are no preflights, too.
        headers.get("access-control-request-method", method),
        tuple(name.strip().lower() for name in names if name.strip()),
    )


def find_rule(rules: Sequence[Rule], asked: Asked) -> Rule | None:
    """The first that allows all of it."""
    return next((rule for rule in rules if _allows(rule, asked)), None)


def reply_headers(rule: Rule, asked: Asked) -> list[tuple[str, str]]:
    """What tells the browser that its page may."""
    origin = _matching(rule["AllowedOrigins"], asked.origin)
    is_anybody = origin == "*"
    headers = [
        ("Access-Control-Allow-Origin", "*" if is_anybody else asked.origin),
        ("Access-Control-Allow-Methods", ", ".join(rule["AllowedMethods"])),
    ]
    if asked.headers:
        headers.append(("Access-Control-Allow-Headers", ", ".join(asked.headers)))
    if rule.get("ExposeHeaders"):
        headers.append(("Access-Control-Expose-Headers", ", ".join(rule["ExposeHeaders"])))
    if rule.get("MaxAgeSeconds") is not None:
        headers.append(("Access-Control-Max-Age", str(rule["MaxAgeSeconds"])))
    if not is_anybody:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    vary = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"
    return [*headers, ("Vary", vary)]


def preflight(
    is_there: bool, rules: Sequence[Rule], asked: Asked | None, key: str
) -> list[tuple[str, str]]:
    """The headers of the answer to an OPTIONS request. Raises what AWS answers to the others."""
    if asked is None:
        raise BadRequest("Insufficient information. Origin request header needed.")
    if not is_there:
        raise _forbidden("CORSResponse: Bucket not found", asked, "BUCKET")
    if not rules:
        raise _forbidden("CORSResponse: CORS is not enabled for this bucket.", asked, "BUCKET")
    if asked.method == "OPTIONS":
        raise BadRequest("Invalid Access-Control-Request-Method: null")
    rule = find_rule(rules, asked)
    if rule is None:
        raise _forbidden(
            # AWS: spelt so.
            "CORSResponse: This CORS request is not allowed. This is usually because the"
            " evalution of Origin, request method / Access-Control-Request-Method or"
            " Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
            asked,
            "OBJECT" if key else "BUCKET",
        )
    return reply_headers(rule, asked)


def _forbidden(message: str, asked: Asked, resource_type: str) -> AccessForbidden:
    return AccessForbidden(message, members={"Method": asked.method, "ResourceType": resource_type})


def _allows(rule: Rule, asked: Asked) -> bool:
    return (
        asked.method in rule["AllowedMethods"]
        and _matching(rule["AllowedOrigins"], asked.origin) is not None
        and all(
            _matching([one.lower() for one in rule.get("AllowedHeaders", ())], name) is not None
            for name in asked.headers
        )
    )


def _matching(patterns: Sequence[str], text: str) -> str | None:
    return next((one for one in patterns if _fits(one, text)), None)


def _fits(pattern: str, text: str) -> bool:
    before, star, after = pattern.partition("*")
    if not star:
        return pattern == text
    return (
        len(text) >= len(before) + len(after) and text.startswith(before) and text.endswith(after)
    )
