"""
SnapStart: published versions whose environments are copies of one that has been initialised. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html
"""

import re

from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.records import Configuration, Version

ON = "PublishedVersions"
# AWS: the first version of each language that has it.
_FIRST = {"python": (3, 12), "java": (11, 0), "dotnet": (8, 0)}
_RUNTIME = re.compile(r"([a-z]+)(\d+)(?:\.(\d+))?$")
_MOST_STORAGE = 512


def check_configuration(configuration: Configuration) -> None:
    if configuration.snap_start != ON:
        return
    if not _has_it(configuration.runtime):
        raise InvalidParameterValue(
            f"{configuration.runtime} is not supported for SnapStart enabled functions."
        )
    if configuration.ephemeral_storage > _MOST_STORAGE:
        raise InvalidParameterValue(
            f"SnapStart enabled functions cannot have more than {_MOST_STORAGE} MB of ephemeral"
            " storage."
        )


def is_on(version: Version, configuration: Configuration) -> bool:
    """AWS: never for `$LATEST`."""
    return configuration.snap_start == ON and not version.is_latest


def _has_it(runtime: str) -> bool:
    matched = _RUNTIME.match(runtime)
    if matched is None:
        return False
    language, major, minor = matched.groups()
    first = _FIRST.get(language)
    return first is not None and (int(major), int(minor or 0)) >= first
