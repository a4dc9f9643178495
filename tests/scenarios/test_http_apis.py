"""An HTTP API outlives a power cut, and its Lambda functions may be behind it by their versions."""

from pathlib import Path

import httpx

from tests.processes import ServerProcess
from tests.scenarios.functions import make_function, make_role

CODE = """
import json, os
def handler(event, context):
    return {"release": os.environ["RELEASE"], "id": event["pathParameters"]["id"],
            "qualifier": context.invoked_function_arn.rpartition(":")[2]}
"""


def test_an_api_answers_after_a_power_cut_and_follows_its_alias(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    make_role(server)
    release = {"Variables": {"RELEASE": "one"}}
    function = make_function(server, CODE, "orders", Environment=release, Publish=True)
    functions, apis = server.client("lambda"), server.client("apigatewayv2")
    functions.create_alias(FunctionName="orders", Name="live", FunctionVersion="1")
    alias = f"{function.removesuffix(':1')}:live"
    api = apis.create_api(
        Name="shop", ProtocolType="HTTP", RouteKey="GET /orders/{id}", Target=alias
    )["ApiId"]

    def asked() -> dict[str, str]:
        reply = httpx.get(f"{server.url}/_lambent/execute-api/{api}/orders/7", timeout=30)
        answer: dict[str, str] = reply.raise_for_status().json()
        return answer

    assert asked() == {"release": "one", "id": "7", "qualifier": "live"}
    server.kill()
    server.start()
    assert asked() == {"release": "one", "id": "7", "qualifier": "live"}

    functions = server.client("lambda")
    functions.update_function_configuration(
        FunctionName="orders", Environment={"Variables": {"RELEASE": "two"}}
    )
    functions.get_waiter("function_updated_v2").wait(
        FunctionName="orders", WaiterConfig={"Delay": 1}
    )
    functions.publish_version(FunctionName="orders")
    functions.get_waiter("published_version_active").wait(
        FunctionName="orders", Qualifier="2", WaiterConfig={"Delay": 1}
    )
    assert asked()["release"] == "one"
    functions.update_alias(FunctionName="orders", Name="live", FunctionVersion="2")
    assert asked()["release"] == "two"
    assert server.stop() == 0
