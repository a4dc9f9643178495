"""Makes HTTP APIs for tests, and asks them."""

from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context
from lambent.wire.messages import HttpReply, HttpRequest
from tests.conftest import World

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:orders"
ROLE = "arn:aws:iam::000000000000:role/api"
PROXY = {
    "IntegrationType": "AWS_PROXY",
    "IntegrationUri": FUNCTION,
    "PayloadFormatVersion": "2.0",
}


async def call(context: Context, operation: str, **params: Any) -> Any:
    return await context.call("apigatewayv2", operation, params)


async def refused(context: Context, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as refusal:
        await context.call("apigatewayv2", operation, params)
    return refusal.value.code, refusal.value.message


async def make_api(context: Context, **params: Any) -> str:
    made = await call(context, "CreateApi", **{"Name": "shop", "ProtocolType": "HTTP", **params})
    return str(made["ApiId"])


async def make_integration(context: Context, api_id: str, **params: Any) -> str:
    made = await call(context, "CreateIntegration", ApiId=api_id, **{**PROXY, **params})
    return str(made["IntegrationId"])


async def make_route(
    context: Context, api_id: str, key: str, integration_id: str, **params: Any
) -> str:
    target = f"integrations/{integration_id}"
    made = await call(context, "CreateRoute", ApiId=api_id, RouteKey=key, Target=target, **params)
    return str(made["RouteId"])


@dataclass(frozen=True)
class Client:
    """Asks an API as a browser would."""

    world: World
    api_id: str

    @property
    def host(self) -> str:
        return f"{self.api_id}.execute-api.localhost:4566"

    async def ask(
        self, target: str = "/", method: str = "GET", body: bytes = b"", **headers: str
    ) -> HttpReply:
        path, _, query = target.partition("?")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        request = HttpRequest(method, path, query, {"host": self.host, **sent}, body)
        return await self.world.app.http.answer(request)

    async def json(self, *args: Any, **kwargs: Any) -> Any:
        reply = await self.ask(*args, **kwargs)
        return orjson.loads(reply.body)  # type: ignore[arg-type]


def header(reply: HttpReply, name: str) -> str | None:
    return next((value for known, value in reply.headers if known == name), None)
