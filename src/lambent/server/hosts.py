"""
Which path is which door: `/_lambent/…` is ours, everything else speaks AWS.

`/_lambent/health`, `/_lambent/clock` and `/_lambent/reset` belong to the server. A service offers
pages of its own (a download, a confirmation link) as functions of its `doors` module:
`/_lambent/<service>/<door>/<rest>`. Some doors have hosts of their own, too: what comes to
`<url-id>.lambda-url.localhost` goes where `/_lambent/lambda/url/<url-id>` goes.

The APIs of API Gateway are one door, whatever their kind: `<api-id>.execute-api.localhost/<rest>`,
`<api-id>.execute-api.<region>.amazonaws.com/<rest>` and `/_lambent/execute-api/<api-id>/<rest>`.
It belongs to two services. Each is asked, by `execute_api` of its `doors`, and answers None for an
API that is not its own. A domain name that was given to APIs (`CreateDomainName`) is such an
address as well: `/_lambent/execute-api/<domain name>/<rest>`.

Functions reach only the pages that are meant for them: nothing that a function does may move the
clock, empty the store, or show what others have been sent.
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec

import orjson

from lambent import registry
from lambent.core.errors import AccessDenied, AwsError, NotFound
from lambent.platform import Context, Platform
from lambent.server import bodies, browsers, identity
from lambent.storage.database import Tx
from lambent.wire.messages import HttpReply, HttpRequest

OWN = "/_lambent/"
# The second label of a host → the door whose path begins with the first label.
_DOORS_WITH_HOSTS = {"lambda-url": "lambda/url", "execute-api": "execute-api"}
# The doors of several services, in the order in which these are asked.
_SHARED_DOORS = {"execute-api": ("apigateway", "apigatewayv2")}
_FOR_EVERYBODY = tuple(f"{door}/" for door in _DOORS_WITH_HOSTS.values())

# The ends of hosts that nobody can give to APIs.
_NOBODYS = (".localhost", ".amazonaws.com")

# The pages that functions may ask for: health, and the doors of these services.
_FOR_FUNCTIONS = frozenset(("health", "lambda", "sns", "cloudformation", "execute-api"))

Page = Callable[[HttpRequest], Awaitable[HttpReply]]
# A service's door gets the rest of the path as well.
Door = Callable[[Context, HttpRequest, str], Awaitable[HttpReply]]
# One of those that share a door: None for what belongs to another.
SharedDoor = Callable[[Context, HttpRequest, str], Awaitable[HttpReply | None]]


class NoSuchPage(NotFound):
    code = "NoSuchPage"


def own_path(request: HttpRequest) -> str | None:
    """The path below `/_lambent/` of a request that is for one of our pages; None for AWS's."""
    first, _, rest = request.headers.get("host", "").partition(".")
    # Nearly every request is for a host that has no such label.
    if rest and (door := _DOORS_WITH_HOSTS.get(rest.partition(".")[0])) is not None:
        return f"{door}/{first}{request.path}"
    if request.path.startswith(OWN):
        return request.path.removeprefix(OWN)
    return None


async def mapped_path(platform: Platform, request: HttpRequest) -> str | None:
    """The same for a domain name that somebody has given to APIs; None for any other host."""
    host = request.headers.get("host", "").partition(":")[0].lower()
    if "." not in host or host[0].isdigit() or host.endswith(_NOBODYS):
        return None
    given = await platform.database.read(partial(_is_given_to_apis, host=host))
    return f"execute-api/{host}{request.path}" if given else None


def _is_given_to_apis(tx: Tx, host: str) -> bool:
    from lambent.services.apigateway import store
    from lambent.services.apigatewayv2 import domain_store

    return (
        domain_store.find_domain(tx, host) is not None
        or store.find_domain_owner(tx, host) is not None
    )


def json_reply(value: object, status: int = 200) -> HttpReply:
    return HttpReply(status, [("content-type", "application/json")], orjson.dumps(value))


class OwnPages:
    def __init__(self, platform: Platform, pages: Mapping[str, Page]) -> None:
        self._platform = platform
        self._pages = pages

    async def answer(self, request: HttpRequest, path: str, request_id: str) -> HttpReply:
        try:
            await self._keep_functions_out(request, path)
            # What has a host of its own is for everybody's pages.
            if self._platform.settings.auth == "off" and not path.startswith(_FOR_EVERYBODY):
                browsers.check_origin(request)
            request = await bodies.whole(request)
            page = self._pages.get(path)
            if page is not None:
                return await page(request)
            service, _, rest = path.partition("/")
            if service in _SHARED_DOORS:
                context = await identity.context_of(self._platform, request, request_id)
                return await _ask_those_who_share(service, context, request, rest)
            name, _, rest = rest.partition("/")
            door = _find_door(service, name)
            context = await identity.context_of(self._platform, request, request_id)
            return await door(context, request, rest)
        except AwsError as error:
            return json_reply({"code": error.code, "message": error.message}, error.status)

    async def _keep_functions_out(self, request: HttpRequest, path: str) -> None:
        if request.ends is None or path.partition("/")[0] in _FOR_FUNCTIONS:
            return
        peer, own = request.ends
        if await self._platform.runtime.is_inside(peer, own):
            raise AccessDenied(f"/_lambent/{path} is not for functions.")


async def _ask_those_who_share(
    name: str, context: Context, request: HttpRequest, rest: str
) -> HttpReply:
    for door in _shared_doors(name):
        reply = await door(context, request, rest)
        if reply is not None:
            return reply
    # AWS: an API that does not exist is as good as one that may not be called.
    forbidden = json_reply({"message": "Forbidden"}, 403)
    forbidden.headers.append(("x-amzn-errortype", "ForbiddenException"))
    return forbidden


@cache
def _shared_doors(name: str) -> tuple[SharedDoor, ...]:
    known = [service for service in _SHARED_DOORS[name] if service in registry.SERVICES]
    return tuple(_find_door(service, name.replace("-", "_")) for service in known)


def _find_door(service: str, name: str) -> Door:
    folder = registry.SERVICES.get(service, service)
    module = f"lambent.services.{folder}.doors"
    known = folder.isidentifier() and find_spec(f"lambent.services.{folder}") is not None
    if known and not name.startswith("_") and find_spec(module):
        door = getattr(import_module(module), name, None)
        if door is not None:
            return door  # type: ignore[no-any-return]
    raise NoSuchPage(f"There is no page /_lambent/{service}/{name}.")
