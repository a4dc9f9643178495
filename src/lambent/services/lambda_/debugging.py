"""
Functions under a debugger: while a session lasts, invokes of the version run in its environment.

Who may call the server may begin one, so it is for servers that only this machine reaches.
"""

import socket
from dataclasses import dataclass, replace

from lambent.core.errors import Impossible
from lambent.core.settings import LOOPBACK
from lambent.platform import Context
from lambent.runtime.api import Debugger, FunctionVersion
from lambent.services.lambda_ import hot_reload, invokables
from lambent.services.lambda_.errors import AccessDenied, InvalidParameterValue, ResourceConflict
from lambent.services.lambda_.invokables import Invokable

_CACHE = "lambda.debugging"
# Whoever looks at variables needs time: a week.
_TIMEOUT_SECONDS = 604_800
_LANGUAGES = ("python", "nodejs")


@dataclass(frozen=True, slots=True)
class Session:
    """Where an editor attaches. `task_root` is where the code is, as the debugger sees it."""

    function_arn: str
    language: str
    port: int
    task_root: str
    folder: str | None


def attached(context: Context, invokable: Invokable) -> Invokable:
    """The version as it runs now: under a debugger, while it has one."""
    debugger = _debuggers(context).get(invokable.version.id)
    if debugger is None or invokable.runs is None:
        return invokable
    return _under(debugger, invokable)


async def begin(
    context: Context, function: str, qualifier: str | None, *, port: int, waits: bool
) -> Session:
    """
    Start an environment under a debugger; `port` 0 takes a free one.

    With `waits`, the function does not begin before somebody has attached. A session that there is
    for the version already is ended.
    """
    _check_may(context)
    target = await invokables.get_target(context, function, qualifier)
    invokable = target.invokables[target.version]
    version = invokable.version
    runtime = version.running.configuration.runtime
    language = next((name for name in _LANGUAGES if runtime.startswith(name)), None)
    if language is None:
        raise InvalidParameterValue(
            f"{runtime} has no debugger that Lambent knows; Python and Node.js have."
        )
    if invokable.runs is None:
        raise ResourceConflict(f"{version.name} is {version.life.state}; it can be debugged later.")
    debugger = Debugger(version.id, _free_port(), waits)
    runs = await hot_reload.up_to_date(context, _under(debugger, invokable))
    assert runs is not None
    try:
        bound = await context.platform.runtime.debug(runs, port)
    except OSError as error:
        raise InvalidParameterValue(
            f"The port {port} cannot be opened: {error.strerror}."
        ) from None
    _debuggers(context)[version.id] = debugger
    folder = version.running.code.folder
    return Session(target.arn, language, bound, _task_root(context, runs), folder)


async def end(context: Context, function: str, qualifier: str | None) -> None:
    """End the session of a version; none is fine."""
    _check_may(context)
    target = await invokables.get_target(context, function, qualifier)
    version = target.invokables[target.version].version
    if _debuggers(context).pop(version.id, None) is not None:
        await context.platform.runtime.end_debugging(version.id)


def _under(debugger: Debugger, invokable: Invokable) -> Invokable:
    runs = invokable.runs
    assert runs is not None
    debugged = replace(
        runs,
        key=f"{runs.key}/{debugger.port}",
        timeout=_TIMEOUT_SECONDS,
        snap_start=False,
        debugger=debugger,
    )
    return replace(invokable, runs=debugged)


def _task_root(context: Context, runs: FunctionVersion) -> str:
    return "/var/task" if context.platform.runtime.contained else str(runs.code)


def _check_may(context: Context) -> None:
    settings = context.settings
    if settings.host not in LOOPBACK or settings.auth != "off":
        raise AccessDenied("Functions are debugged only on a server that this machine alone uses.")


def _free_port() -> int:
    # Functions may share the machine's network.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def _debuggers(context: Context) -> dict[str, Debugger]:
    """The versions that are under a debugger, by their ids."""
    debuggers = context.platform.caches.setdefault(_CACHE, {})
    if not isinstance(debuggers, dict):
        raise Impossible("the cache of debugging belongs to somebody else")
    return debuggers
