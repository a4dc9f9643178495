"""Makes APIs for tests: a call or two, and requests to what was deployed."""

from typing import Any

import orjson
import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.wire.messages import HttpReply, HttpRequest
from tests.conftest import World


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("apigateway", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("apigateway", operation, params)
    return refusal.value.code, refusal.value.message


async def make_api(context: Context, **params: Any) -> dict[str, Any]:
    """An API; its root is `rootResourceId`."""
    api: dict[str, Any] = await call(context, "CreateRestApi", **{"name": "shop", **params})
    return api


async def make_resource(context: Context, api: dict[str, Any], path: str) -> str:
    """The id of the resource at `path`, made with all above it."""
    parent = api["rootResourceId"]
    listed = await call(context, "GetResources", restApiId=api["id"], limit=500)
    known = {each["path"]: each["id"] for each in listed["items"]}
    at = ""
    for part in path.strip("/").split("/") if path != "/" else ():
        at = f"{at}/{part}"
        if at not in known:
            made = await call(
                context, "CreateResource", restApiId=api["id"], parentId=parent, pathPart=part
            )
            known[at] = made["id"]
        parent = known[at]
    return str(parent)


async def make_method(
    context: Context,
    api: dict[str, Any],
    path: str = "/",
    http_method: str = "GET",
    integration: dict[str, Any] | None = None,
    **params: Any,
) -> dict[str, Any]:
    """A method with its integration (a mock unless given); what names it in further calls."""
    resource = await make_resource(context, api, path)
    named = {"restApiId": api["id"], "resourceId": resource, "httpMethod": http_method}
    await call(context, "PutMethod", **{"authorizationType": "NONE", **named, **params})
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    await call(context, "PutIntegration", **named, **(integration or mock))
    return named


async def answers(
    context: Context, named: dict[str, Any], status: str = "200", **params: Any
) -> None:
    """A method response and an integration response; members of both are told by their name."""
    of_method = {name: params.pop(name) for name in ("responseModels",) if name in params}
    parameters = params.get("responseParameters", {})
    await call(
        context,
        "PutMethodResponse",
        **named,
        statusCode=status,
        responseParameters=dict.fromkeys(parameters, False),
        **of_method,
    )
    await call(context, "PutIntegrationResponse", **named, statusCode=status, **params)


async def deploy(context: Context, api: dict[str, Any], stage: str = "live", **more: Any) -> str:
    made = await call(context, "CreateDeployment", restApiId=api["id"], stageName=stage, **more)
    return str(made["id"])


async def ask(
    world: World,
    api: dict[str, Any],
    target: str = "/live/",
    method: str = "GET",
    body: bytes = b"",
    **headers: str,
) -> HttpReply:
    path, _, query = target.partition("?")
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    host = f"{api['id']}.execute-api.us-east-1.localhost:4566"
    raw = [("Host", host), *((name.title(), value) for name, value in sent.items())]
    request = HttpRequest(
        method,
        path,
        query,
        {"host": host, **sent},
        body,
        raw_headers=[(name.encode(), value.encode()) for name, value in raw],
    )
    return await world.app.http.answer(request)


def told(reply: HttpReply) -> Any:
    return orjson.loads(reply.body)  # type: ignore[arg-type]


def header(reply: HttpReply, name: str) -> str | None:
    return next((value for known, value in reply.headers if known.lower() == name), None)
