"""What Chalice deploys: a REST API from a document of its own, an authorizer, changes, removal."""

from pathlib import Path

import httpx
import pytest

from tests.clients.environments import python_environment
from tests.clients.programs import Program, variables
from tests.processes import ServerProcess

APP = """
from chalice import AuthResponse, Chalice, NotFoundError, Response

app = Chalice(app_name="shop")


@app.authorizer(ttl_seconds=30)
def guard(request):
    return AuthResponse(routes=["/secret"] if request.token == "yes" else [], principal_id="me")


@app.route("/pets/{name}", methods=["PUT"], cors=True)
def pet(name):
    if name == "none":
        raise NotFoundError("no such pet")
    return {"name": name, "body": app.current_request.json_body}


@app.route("/secret", authorizer=guard)
def secret():
    return {"who": app.current_request.context["authorizer"]["principalId"]}


@app.route("/turned", methods=["POST"], content_types=["application/octet-stream"])
def turned():
    kind = {"Content-Type": "application/octet-stream"}
    return Response(app.current_request.raw_body[::-1], headers=kind)
"""


@pytest.mark.xdist_group("chalice")
def test_an_app_of_chalice_is_deployed_changed_and_deleted(
    server: ServerProcess, tmp_path: Path
) -> None:
    account = "333333333009"
    (tmp_path / ".chalice").mkdir()
    (tmp_path / ".chalice" / "config.json").write_text(
        '{"version": "2.0", "app_name": "shop", "stages": {"dev": {"api_gateway_stage": "api"}}}'
    )
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "app.py").write_text(APP)
    programs = python_environment("chalice")
    chalice = Program((programs / "chalice",), tmp_path, variables(server.url, account))

    chalice.text("deploy")

    client = server.client("apigateway", account=account)
    [api] = client.get_rest_apis()["items"]
    url = f"{server.url}/_lambent/execute-api/{api['id']}/api"
    reply = httpx.put(f"{url}/pets/Ann", json={"age": 7})
    assert reply.json() == {"name": "Ann", "body": {"age": 7}}
    assert reply.headers["access-control-allow-origin"] == "*"
    assert httpx.put(f"{url}/pets/none").status_code == 404
    assert "PUT" in httpx.options(f"{url}/pets/Ann").headers["access-control-allow-methods"]
    said = [httpx.get(f"{url}/secret", headers={"authorization": word}) for word in ("yes", "no")]
    assert [one.status_code for one in said] == [200, 403]
    assert said[0].json() == {"who": "me"}
    kind = {"content-type": "application/octet-stream", "accept": "application/octet-stream"}
    assert httpx.post(f"{url}/turned", content=b"\x00\xff", headers=kind).content == b"\xff\x00"

    (tmp_path / "app.py").write_text(APP.replace('"who"', '"caller"'))
    chalice.text("deploy")

    again = httpx.get(f"{url}/secret", headers={"authorization": "yes"})
    assert again.json() == {"caller": "me"}
    chalice.text("delete")
    assert client.get_rest_apis()["items"] == []
    assert server.client("lambda", account=account).list_functions()["Functions"] == []
