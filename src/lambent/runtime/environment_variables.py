"""
The environment variables that a function sees: AWS's reserved ones, its own, and no others.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from collections.abc import Mapping

from lambent.runtime.api import FunctionVersion
from lambent.runtime.runtimes import Interpreter

# AWS: an environment gets these from its role; the platform's own must never reach it.
_LIBRARIES = "/lib64:/usr/lib64:{runtime}:{runtime}/lib:{task}:{task}/lib:/opt/lib"


def environment_variables(
    version: FunctionVersion,
    interpreter: Interpreter,
    credentials: Mapping[str, str],
    *,
    endpoint_url: str,
    log_stream: str,
    initialization_type: str,
    task_root: str,
    layers_roots: tuple[str, ...],
    runtime_folder: str,
    runtime_api: str,
    xray_daemon: str,
) -> dict[str, str]:
    bin_folder = interpreter.executable.rsplit("/", 1)[0]
    if interpreter.language == "provided":
        bin_folder = "/usr/local/bin"
    path = list(dict.fromkeys([bin_folder, "/usr/local/bin", "/usr/bin", "/bin", "/opt/bin"]))
    variables = {
        "PATH": ":".join(path),
        "LD_LIBRARY_PATH": _LIBRARIES.format(runtime=runtime_folder, task=task_root),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": task_root,
        "LAMBDA_RUNTIME_DIR": runtime_folder,
        "_HANDLER": version.handler,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_REGION": version.region,
        "AWS_DEFAULT_REGION": version.region,
        "AWS_LAMBDA_FUNCTION_NAME": version.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": version.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": version.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": initialization_type,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": xray_daemon,
        "_AWS_XRAY_DAEMON_ADDRESS": xray_daemon.partition(":")[0],
        "_AWS_XRAY_DAEMON_PORT": xray_daemon.partition(":")[2],
        "AWS_ENDPOINT_URL": endpoint_url,
        # One host serves every service; `sync-…` and the like would not resolve.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        **_language_variables(interpreter, runtime_folder),
        **_ruby_variables(version, interpreter, task_root, layers_roots),
        **version.environment,
        **credentials,
    }
    if interpreter.language != "provided":
        # AWS: custom runtimes do not have it.
        variables["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{version.runtime}"
    if version.log_format != "Text":
        variables["AWS_LAMBDA_LOG_FORMAT"] = version.log_format
        # AWS: JSON logs have a level even where none is configured.
        variables["AWS_LAMBDA_LOG_LEVEL"] = version.log_level or "INFO"
    return variables


def _language_variables(interpreter: Interpreter, runtime_folder: str) -> dict[str, str]:
    if interpreter.language not in ("python", "nodejs"):
        return {}
    if interpreter.language == "python":
        return {"PYTHONPATH": runtime_folder}
    modules = f"/opt/nodejs/node{interpreter.version}/node_modules:/opt/nodejs/node_modules"
    return {"NODE_PATH": f"{modules}:{runtime_folder}/node_modules"}


def _ruby_variables(
    version: FunctionVersion,
    interpreter: Interpreter,
    task_root: str,
    layers_roots: tuple[str, ...],
) -> dict[str, str]:
    """
    Where Ruby looks for gems and files.

    https://docs.aws.amazon.com/lambda/latest/dg/ruby-layers.html
    """
    if interpreter.language != "ruby":
        return {}
    # Gems lie in a folder of the version that they were installed for; plain ones run on others.
    asked = version.runtime.removeprefix("ruby")
    versions = dict.fromkeys((f"{asked}.0", f"{interpreter.version}.0"))
    gems = [f"{task_root}/vendor/bundle/ruby/{each}" for each in versions]
    gems += [f"{root}/ruby/gems/{each}" for root in layers_roots for each in versions]
    files = [task_root, *(f"{root}/ruby/lib" for root in layers_roots)]
    return {"GEM_PATH": ":".join(gems), "RUBYLIB": ":".join(files)}
