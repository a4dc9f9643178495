"""CORS as browsers meet it: preflights, the headers of replies, and pages from elsewhere."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.wire.messages import HttpReply, HttpRequest
from tests.conftest import World

SHOP = "https://shop.example"
VARY = "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"


async def make_bucket(context: Context, *rules: dict[str, Any]) -> None:
    await context.call("s3", "CreateBucket", {"Bucket": "bkt"})
    await context.call("s3", "PutObject", {"Bucket": "bkt", "Key": "k", "Body": b"hello"})
    if rules:
        await put_rules(context, *rules)


async def put_rules(context: Context, *rules: dict[str, Any]) -> None:
    params = {"Bucket": "bkt", "CORSConfiguration": {"CORSRules": list(rules)}}
    await context.call("s3", "PutBucketCors", params)


async def asked(world: World, method: str, path: str = "/bkt/k", **headers: str) -> HttpReply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = HttpRequest(method, path, "", {"host": "127.0.0.1:4566", **named}, b"")
    return await world.app.http.answer(request)


def cors_of(reply: HttpReply) -> dict[str, str]:
    return {
        name: value
        for name, value in reply.headers
        if name.startswith("Access-Control") or name == "Vary"
    }


async def test_a_preflight_tells_what_the_first_rule_that_fits_allows(
    world: World, context: Context
) -> None:
    await make_bucket(
        context,
        {"AllowedMethods": ["DELETE"], "AllowedOrigins": ["*"]},
        {
            "AllowedMethods": ["GET", "PUT"],
            "AllowedOrigins": [SHOP],
            "AllowedHeaders": ["Content-Type", "x-amz-*"],
            "ExposeHeaders": ["ETag", "x-amz-version-id"],
            "MaxAgeSeconds": 3000,
        },
        {"AllowedMethods": ["PUT"], "AllowedOrigins": ["*"]},
    )
    reply = await asked(
        world,
        "OPTIONS",
        origin=SHOP,
        access_control_request_method="PUT",
        access_control_request_headers="content-type,X-Amz-Date",
    )

    assert (reply.status, reply.body) == (200, b"")
    assert cors_of(reply) == {
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Methods": "GET, PUT",
        "Access-Control-Allow-Headers": "content-type, x-amz-date",
        "Access-Control-Expose-Headers": "ETag, x-amz-version-id",
        "Access-Control-Max-Age": "3000",
        "Access-Control-Allow-Credentials": "true",
        "Vary": VARY,
    }


async def test_anybody_is_allowed_without_credentials(world: World, context: Context) -> None:
    await make_bucket(context, {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]})
    reply = await asked(world, "OPTIONS", origin="null", access_control_request_method="GET")

    assert cors_of(reply) == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET",
        "Vary": VARY,
    }


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://a.example.com", True),
        ("http://.example.com", True),
        ("http://example.com", False),
        ("https://a.example.com", False),
        ("http://a.example.com/", False),
    ],
)
async def test_an_origin_may_have_one_wildcard(
    world: World, context: Context, origin: str, allowed: bool
) -> None:
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["http://*.example.com"]}
    await make_bucket(context, rule)
    reply = await asked(world, "OPTIONS", origin=origin, access_control_request_method="GET")

    assert reply.status == (200 if allowed else 403)


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({}, 400, "Insufficient information. Origin request header needed."),
        ({"origin": SHOP}, 400, "Invalid Access-Control-Request-Method: null"),
        (
            {"origin": SHOP, "access_control_request_method": "PUT"},
            403,
            "<Method>PUT</Method><ResourceType>OBJECT</ResourceType>",
        ),
        (
            {
                "origin": SHOP,
                "access_control_request_method": "GET",
                "access_control_request_headers": "x-amz-date",
            },
            403,
            "CORSResponse: This CORS request is not allowed.",
        ),
    ],
)
async def test_a_preflight_that_no_rule_fits_is_refused(
    world: World, context: Context, headers: dict[str, str], status: int, said: str
) -> None:
    await make_bucket(context, {"AllowedMethods": ["GET"], "AllowedOrigins": [SHOP]})
    reply = await asked(world, "OPTIONS", **headers)

    assert reply.status == status
    assert isinstance(reply.body, bytes)
    assert said in reply.body.decode()
    assert cors_of(reply) == {}


async def test_a_bucket_without_rules_says_so(world: World, context: Context) -> None:
    await make_bucket(context)
    plain = await asked(world, "OPTIONS", origin=SHOP, access_control_request_method="PUT")
    nowhere = await asked(world, "OPTIONS", "/none/k", origin=SHOP)

    assert plain.status == nowhere.status == 403
    assert b"CORS is not enabled for this bucket.</Message><Method>PUT</Method>" in plain.body
    assert b"CORSResponse: Bucket not found" in nowhere.body


async def test_replies_to_pages_that_may_ask_say_that_they_may(
    world: World, context: Context
) -> None:
    await make_bucket(context, {"AllowedMethods": ["GET"], "AllowedOrigins": [SHOP]})
    found = await asked(world, "GET", origin=SHOP)
    missing = await asked(world, "GET", "/bkt/none", origin=SHOP)
    by_program = await asked(world, "GET")

    assert (found.status, found.body) == (200, b"hello")
    assert cors_of(found)["Access-Control-Allow-Origin"] == SHOP
    assert missing.status == 404
    assert cors_of(missing)["Access-Control-Allow-Origin"] == SHOP
    assert cors_of(by_program) == {}


async def test_a_page_of_this_machine_is_answered_whatever_the_rules(
    world: World, context: Context
) -> None:
    """
    AWS: a request that no rule fits is answered; its page alone may not see the answer.
    """
    await make_bucket(context)
    reply = await asked(world, "GET", origin="http://localhost:3000")

    assert reply.status == 200
    assert cors_of(reply) == {}


async def test_a_page_from_elsewhere_needs_a_rule(world: World, context: Context) -> None:
    await make_bucket(context, {"AllowedMethods": ["GET"], "AllowedOrigins": [SHOP]})
    other = await asked(world, "GET", origin="https://other.example")
    writing = await asked(world, "PUT", origin=SHOP)
    listing = await asked(world, "GET", "/", origin=SHOP)

    assert [other.status, writing.status, listing.status] == [403, 403, 403]


async def test_rules_let_no_page_from_elsewhere_reach_beyond_the_objects(
    world: World, context: Context
) -> None:
    """
    Nobody is asked who they are here: a copy could read any bucket, a deletion end this one.
    """
    methods = ["GET", "PUT", "POST", "DELETE", "HEAD"]
    rule = {"AllowedMethods": methods, "AllowedOrigins": ["*"], "AllowedHeaders": ["*"]}
    await make_bucket(context, rule)
    copied = await asked(world, "PUT", "/bkt/copy", origin=SHOP, x_amz_copy_source="/bkt/k")
    deleted = await asked(world, "DELETE", "/bkt", origin=SHOP)
    here = "http://localhost:3000"
    by_own_page = await asked(world, "PUT", "/bkt/copy", origin=here, x_amz_copy_source="/bkt/k")

    assert [copied.status, deleted.status, by_own_page.status] == [403, 403, 200]
    assert cors_of(by_own_page)["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([], "not well-formed"),
        ([{"AllowedMethods": [], "AllowedOrigins": ["*"]}], "not well-formed"),
        (
            [{"AllowedMethods": ["OPTIONS"], "AllowedOrigins": ["*"]}],
            "Found unsupported HTTP method in CORS config. Unsupported method is OPTIONS",
        ),
        (
            [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*a*"]}],
            'AllowedOrigin "\\*a\\*" can not have more than one wildcard.',
        ),
    ],
)
async def test_rules_that_cannot_be_are_refused(
    context: Context, rules: list[dict[str, Any]], said: str
) -> None:
    await make_bucket(context)
    with pytest.raises(AwsError, match=said):
        await put_rules(context, *rules)
