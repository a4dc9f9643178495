"""What a codec is: the four things that the wire can do for an operation in a protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lambent.core.errors import AwsError
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.validation import checker

if TYPE_CHECKING:
    from lambent.wire.routing import Route

Parser = Callable[[HttpRequest, "Route"], dict[str, Any]]
Writer = Callable[[Mapping[str, Any], str], HttpReply]
ErrorWriter = Callable[[AwsError, str], HttpReply]


@dataclass(frozen=True, slots=True)
class Codec:
    """
    One operation in one protocol.

    `parse(request, route)` gives params, `write(reply, request_id)` and
    `write_error(error, request_id)` give what goes back.
    """

    service: str
    operation: str
    parse: Parser
    write: Writer
    write_error: ErrorWriter

    def check(self, params: Mapping[str, Any]) -> None:
        """Raise AWS's validation error if `params` are not what the model allows."""
        checker(self.service, self.operation)(params)
