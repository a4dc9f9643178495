"""The keys that environments of functions get: sessions of the function's role."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lambent.platform import Context
from lambent.runtime.api import FunctionVersion

# Environments of one version that start so soon after each other have one session.
_SHARED_SECONDS = 1.0

Variables = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Session:
    begun: float  # by the machine's clock
    issued: float  # by the platform's
    variables: "asyncio.Task[Variables]"


class FunctionCredentials:
    """
    Answers with the environment variables that SDKs read.

    A session costs as much as the rest of what the server does for a start, so that many starts at
    once share one.
    """

    def __init__(self, context_of: Callable[[FunctionVersion], Context]) -> None:
        self._context_of = context_of
        self._latest: dict[str, _Session] = {}

    async def __call__(self, version: FunctionVersion) -> Variables:
        context = self._context_of(version)
        begun, issued = asyncio.get_running_loop().time(), context.clock.now()
        latest = self._latest.get(version.key)
        if latest is None or not _is_shared(latest, begun, issued):
            self._forget_old(begun)
            task = asyncio.ensure_future(_assume(context, version))
            latest = self._latest[version.key] = _Session(begun, issued, task)
        return await asyncio.shield(latest.variables)

    def _forget_old(self, now: float) -> None:
        self._latest = {
            key: session
            for key, session in self._latest.items()
            if now - session.begun < _SHARED_SECONDS
        }


def _is_shared(session: _Session, begun: float, issued: float) -> bool:
    if session.variables.done() and session.variables.exception() is not None:
        return False
    near = begun - session.begun < _SHARED_SECONDS
    return near and abs(issued - session.issued) < _SHARED_SECONDS


async def _assume(context: Context, version: FunctionVersion) -> Variables:
    reply = await context.call(
        "sts",
        "AssumeRole",
        {"RoleArn": version.role, "RoleSessionName": version.function_name.ljust(2, "_")},
    )
    keys = reply["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
        "AWS_SESSION_TOKEN": keys["SessionToken"],
    }
