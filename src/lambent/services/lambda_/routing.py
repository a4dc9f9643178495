"""Aliases that share invokes between two versions: the checks, and which version is next. Pure."""

from collections.abc import Mapping

from lambent.services.lambda_.errors import InvalidParameterValue
from lambent.services.lambda_.names import LATEST


def check_weights(version: str, weights: Mapping[str, float]) -> None:
    if len(weights) > 1:
        raise InvalidParameterValue(
            "Number of items in AdditionalVersionWeights cannot be greater than 1"
        )
    for other in weights:
        if LATEST in (other, version):
            raise InvalidParameterValue(
                "$LATEST is not supported for an alias pointing to more than 1 version"
            )
        if other == version:
            raise InvalidParameterValue(
                f"Invalid function version {other}."
                f" Function version {other} is already included in routing configuration."
            )


def version_for(version: str, weights: Mapping[str, float], chance: float) -> str:
    """The version that an invoke goes to; `chance` is evenly spread over 0 ≤ chance < 1."""
    for other, weight in weights.items():
        if chance < weight:
            return other
        chance -= weight
    return version
