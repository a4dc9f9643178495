"""
The command line is a client like any other: botocore for AWS's operations, HTTP for our own pages.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from typing import Any, ParamSpec

import click

_DEFAULT_ENDPOINT = "http://127.0.0.1:4566"

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Server:
    """The server that the commands talk to. `json` asks for JSON instead of text for people."""

    endpoint_url: str
    region: str
    json: bool

    def client(self, service: str) -> Any:
        """A client as boto3 gives it; botocore's own, which is there in half the time."""
        from botocore.config import Config

        config = Config(
            retries={"total_max_attempts": 2},
            read_timeout=910,
            inject_host_prefix=False,
            s3={"addressing_style": "path"},
        )
        return _session().create_client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint_url,
            aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "lambent"),
            aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "lambent"),
            aws_session_token=os.environ.get("AWS_SESSION_TOKEN"),
            config=config,
        )

    def get(self, page: str) -> Any:
        """One of the server's own pages, as JSON: `health`, `mail/messages`."""
        return self._ask("GET", page)

    def post(self, page: str, body: dict[str, Any]) -> Any:
        return self._ask("POST", page, body)

    def delete(self, page: str, body: dict[str, Any]) -> Any:
        return self._ask("DELETE", page, body)

    def _ask(self, method: str, page: str, body: dict[str, Any] | None = None) -> Any:
        import httpx

        url = f"{self.endpoint_url}/_lambent/{page}"
        try:
            reply = httpx.request(method, url, json=body, timeout=600.0)
        except httpx.TransportError as error:
            raise cannot_reach(self.endpoint_url) from error
        if reply.status_code == 204:
            return None
        try:
            answer = reply.json()
        except ValueError:
            raise Refused(
                "NotLambent", f"What answers on {self.endpoint_url} is not a Lambent server."
            ) from None
        if reply.status_code >= 400:
            raise Refused(answer.get("code", "Refused"), answer.get("message", reply.text))
        return answer


class Refused(click.ClickException):
    """What was not done. `code` is for programs; `spoken` says that people know it as well."""

    def __init__(self, code: str, message: str, *, spoken: bool = False) -> None:
        super().__init__(f"{code}: {message}" if spoken else message)
        self.code = code
        self.reason = message


@cache
def _session() -> Any:
    """One for all clients: it keeps the service models that it has read."""
    import botocore.session

    return botocore.session.get_session()


def cannot_reach(endpoint_url: str) -> click.ClickException:
    return Refused(
        "CannotReach",
        f"There is no server on {endpoint_url}. Start one with `lambent serve`, or name another"
        " with --endpoint-url or AWS_ENDPOINT_URL.",
    )


def server_options(command: Callable[P, None]) -> Callable[..., None]:
    """Give a command the options of every client; it gets a Server as its first argument."""

    @click.option(
        "--endpoint-url",
        envvar="AWS_ENDPOINT_URL",
        default=_DEFAULT_ENDPOINT,
        metavar="URL",
        help=f"The server; else AWS_ENDPOINT_URL, else {_DEFAULT_ENDPOINT}.",
    )
    @click.option(
        "--region",
        envvar=["AWS_REGION", "AWS_DEFAULT_REGION"],
        default="us-east-1",
        metavar="REGION",
        help="The region; else AWS_REGION, else us-east-1.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON, and errors too.")
    @wraps(command)
    def with_server(
        *args: Any, endpoint_url: str, region: str, as_json: bool, **options: Any
    ) -> None:
        if not endpoint_url.startswith(("http://", "https://")):
            raise click.UsageError(
                f"--endpoint-url is like {_DEFAULT_ENDPOINT}, not {endpoint_url}."
            )
        server = Server(endpoint_url.rstrip("/"), region, as_json)
        _say_what_to_do(server, lambda: command(server, *args, **options))  # type: ignore[arg-type]

    return with_server


def _say_what_to_do(server: Server, run: Callable[[], None]) -> None:
    """Turn what a client library raises into a sentence and exit status 1."""
    from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

    try:
        run()
    except EndpointConnectionError as error:
        raise cannot_reach(server.endpoint_url) from error
    except ClientError as error:
        details = error.response["Error"]
        raise Refused(details["Code"], details["Message"], spoken=True) from error
    except BotoCoreError as error:
        raise click.ClickException(str(error)) from error
