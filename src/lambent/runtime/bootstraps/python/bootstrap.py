"""
Runs in the function's process: imports the handler, then answers one invocation after another.

Words and order of what is logged and answered are those of AWS's Python runtime. Messages to and
from the server are frames: a kind (one byte), a number and the length of the body (four bytes
each), then the body.

    server → function   S  the setup, JSON            I  an invocation; the number is the length
                                                         of the JSON in front of the payload
    function → server   W  started by a wrapper script: the setup is wanted once more
                        R  initialised                X  could not initialise; an error, JSON
                        A  the answer                 F  the handler failed; an error, JSON
                        B  a stream begins; its type  P  a part of it
                        E  it has ended; an error, JSON, or nothing
    The number of an R, A or F is the largest memory used so far, in KB.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import resource
import sys
import time
import traceback
import types
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import TracebackType
from typing import Any

from lambent.runtime.bootstraps.python import function_log, snapshot
from lambent.runtime.bootstraps.python.frames import receive, send
from lambent.runtime.bootstraps.python.function_context import LambdaContext

_PRELOADED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
# What a session of boto3 reads when it is made; the zygote made one without them.
_READ_AT_ONCE = frozenset(
    (
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_DATA_PATH",
    )
)
_OURS = os.path.dirname(os.path.abspath(__file__))

_BARE_INTERPRETER = 30 << 10


class _Start:
    memory = 0
    # By a wrapper script, which has the last word on the environment and the handler.
    is_wrapped = False
    # Known ahead: to look at the names of all modules is to copy the pages that they are in. And
    # kept, for to take one apart is to copy those of all that was in it.
    our_modules: Mapping[str, types.ModuleType] = types.MappingProxyType({})


Handler = Callable[[Any, LambdaContext], Any]


class Fault(Exception):
    """A failure of what surrounds the handler, with AWS's type for it."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace


def rehearse() -> None:
    """
    Do once what a start does, so that nothing is left to import, compile or copy for later.

    The zygote does it, and each waiting copy again: the kernel copies a page when it is
    touched first, and this touches the pages that a start will.
    """
    json.loads(_marshalled({"warm": [1.5, None]}))
    source = "import logging\ndef handler(event, context):\n    return {'a': event, **event}\n"
    rehearsed: dict[str, Any] = {}
    exec(compile(source, "rehearsed.py", "exec"), rehearsed)
    rehearsed["handler"]({}, None)
    importlib.util.find_spec("lambent_rehearses")
    os.environ["REHEARSED"] = "1"
    del os.environ["REHEARSED"]
    time.tzset()
    _error("", "", [], "")
    _Start.our_modules = _Start.our_modules or _our_modules()


def run(descriptor: int, *, rehearses: bool = True) -> None:
    """Serve the server at the other end of `descriptor`; does not return."""
    try:
        if rehearses:
            rehearse()
        _serve(descriptor)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(error.code is not None)
        if error.code is not None and not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    else:
        status = 0
    function_log.flush()
    os._exit(status & 0xFF)


def run_wrapped(descriptor: int) -> None:
    """The same in an interpreter that a wrapper script has started; does not return."""
    _Start.is_wrapped = True
    send(descriptor, b"W", 0, b"")
    run(descriptor)


def _serve(descriptor: int) -> None:
    kind, _, body = receive(descriptor)
    if kind != b"S":
        return
    setup = json.loads(body)
    if _Start.is_wrapped:
        _Start.memory = _BARE_INTERPRETER
        setup["handler"] = os.environ.get("_HANDLER", "")
        setup["environment"] = dict(os.environ)
    else:
        _Start.memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    _settle(setup)
    function_log.begin(setup["log_format"])
    try:
        if "debugger" in setup:
            _listen(setup["debugger"])
        handler = _find_handler(setup["handler"])
        if "snapshot" in setup:
            snapshot.run_hooks("before_snapshot")
    except Exception as error:
        result = _init_error(error)
        function_log.error(result)
        send(descriptor, b"X", _memory_used(), result)
        sys.exit(1)
    if "snapshot" in setup:
        descriptor = _restored(descriptor, setup["snapshot"])
    send(descriptor, b"R", _memory_used(), b"")
    while True:
        kind, meta_length, body = receive(descriptor)
        if kind != b"I":
            return
        kind, answer = _answer(handler, json.loads(body[:meta_length]), body[meta_length:])
        function_log.flush()
        send(descriptor, kind, _memory_used(), answer)


def _restored(descriptor: int, setup: dict[str, Any]) -> int:
    """Be the snapshot for as long as it lasts; go on as one of its copies."""
    send(descriptor, b"R", _memory_used(), b"")
    descriptor = snapshot.serve(descriptor, setup)
    # The pages that a start will touch, before it is known for whom.
    rehearse()
    snapshot.restored(descriptor)
    try:
        snapshot.run_hooks("after_restore")
    except Exception as error:
        result = _init_error(error)
        function_log.error(result)
        send(descriptor, b"X", _memory_used(), result)
        sys.exit(1)
    return descriptor


def _settle(setup: dict[str, Any]) -> None:
    """Make this copy of the zygote the interpreter of one function."""
    os.environ.clear()
    os.environ.update(setup["environment"])
    time.tzset()
    os.umask(0o022)
    os.chdir(setup["task_root"])
    if setup["limit_data"]:
        # The server only looks now and then; this stops what grows faster than that.
        limit = (setup["memory_size"] + 512) << 20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    sys.argv = [""]
    ahead = setup["path"]
    sys.path[:0] = ahead
    for name in _Start.our_modules:
        del sys.modules[name]
    sys.modules["__main__"] = types.ModuleType("__main__")
    if "boto3" not in sys.modules:
        return
    if not _READ_AT_ONCE.isdisjoint(os.environ):
        sys.modules["boto3"].DEFAULT_SESSION = None  # type: ignore[attr-defined]
    if any(_brings_its_own_sdk(folder) for folder in ahead):
        # What is imported already would be found first.
        for name in [name for name in sys.modules if name.split(".")[0] in _PRELOADED]:
            del sys.modules[name]


def _our_modules() -> dict[str, types.ModuleType]:
    ours = (name for name in sys.modules if name.split(".")[0] in ("lambent", "__main__"))
    return {name: sys.modules[name] for name in ours}


def _listen(debugger: dict[str, Any]) -> None:
    """Start the debugger of the function's own packages, else the server's."""
    sys.path.append(debugger["path"])
    # It warns of what makes no difference to the function's own code.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    try:
        debugpy = importlib.import_module("debugpy")
    except ImportError as error:
        raise Fault(
            "Lambent.DebuggerNotFound",
            f"There is no debugger for Python ({error}). Install it beside the server,"
            " pip install 'lambent[debug]', or debugpy in the function's package or a layer.",
        ) from None
    debugpy.listen(("127.0.0.1", debugger["port"]))
    if debugger["waits"]:
        print("Waiting for a debugger to attach", flush=True)
        debugpy.wait_for_client()


def _brings_its_own_sdk(folder: str) -> bool:
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return any(name.partition(".")[0] in _PRELOADED for name in names)


def _find_handler(handler: str) -> Handler:
    module_name, dot, function_name = handler.rpartition(".")
    if not dot:
        raise Fault(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{handler}': not enough values to unpack (expected 2, got 1)",
        )
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise Fault(
            "Runtime.BuiltInModuleConflict",
            f"Cannot use built-in module {module_name} as a handler module",
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault(
            "Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}"
        ) from None
    except SyntaxError as error:
        raise Fault(
            "Runtime.UserCodeSyntaxError",
            f"Syntax error in module '{module_name}': {error}",
            [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'],
        ) from None
    try:
        found: Handler = getattr(module, function_name)
    except AttributeError:
        raise Fault(
            "Runtime.HandlerNotFound",
            f"Handler '{function_name}' missing on module '{module_name}'",
        ) from None
    return found


def _answer(handler: Handler, meta: dict[str, Any], payload: bytes) -> tuple[bytes, bytes]:
    request_id = meta["request_id"]
    function_log.request_id = request_id
    if meta["trace_header"]:
        os.environ["_X_AMZN_TRACE_ID"] = meta["trace_header"]
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    try:
        context = LambdaContext(meta)
        event = _unmarshalled(payload)
        return b"A", _marshalled(handler(event, context))
    except Fault as fault:
        result = _error(str(fault), fault.kind, fault.trace or [], request_id)
    except Exception as error:
        frames = _frames(error.__traceback__)
        result = _error(str(error), type(error).__name__, frames, request_id)
    function_log.error(result)
    return b"F", result


def _unmarshalled(payload: bytes) -> Any:
    try:
        return json.loads(payload) if payload else {}
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None


def _marshalled(answer: Any) -> bytes:
    if isinstance(answer, bytes):
        # AWS: bytes pass as they are, marked as unknown content.
        return answer
    try:
        # AWS: characters beyond ASCII are escaped until Python 3.11 and kept from 3.12 on.
        keep = sys.version_info >= (3, 12)
        text = json.dumps(answer, ensure_ascii=not keep, allow_nan=False, default=_plain)
        return text.encode("utf-8", "surrogatepass")
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _frames(trace: TracebackType | None) -> list[str]:
    """The stack as AWS prints it, without the frames that are ours."""
    frames = traceback.extract_tb(trace)
    while frames and frames[0].filename.startswith(_OURS):
        del frames[0]
    return [
        line
        for frame in frames
        for line in traceback.format_list([(frame[0], frame[1], frame[2], frame[3])])
    ]


def _init_error(error: Exception) -> bytes:
    if isinstance(error, Fault):
        return _error(str(error), error.kind, error.trace or [], "")
    frames = _frames(error.__traceback__)
    return _error(str(error), type(error).__name__, frames, "")


def _error(message: str, kind: str, trace: list[str], request_id: str) -> bytes:
    error = {
        "errorMessage": message,
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }
    return json.dumps(error).encode()


def _memory_used() -> int:
    """KB at the most so far; what the zygote had imported ahead counts as a bare interpreter."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return max(0, most - _Start.memory) + _BARE_INTERPRETER
