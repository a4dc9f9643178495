"""The files that a template includes, fetched from S3 and put where they belong."""

import re
from collections.abc import Mapping
from typing import Any

from lambent.languages.templates import includes
from lambent.languages.templates.document import Template
from lambent.languages.templates.functions import evaluate
from lambent.languages.templates.includes import IncludeFailed
from lambent.languages.templates.scope import Scope
from lambent.platform import Context
from lambent.services.cloudformation.errors import TransformFailed, ValidationError
from lambent.services.cloudformation.objects import object_text

_S3_URI = re.compile(r"s3://[^/]+/.")
_NOTHING = Template(None, {}, {}, {}, {}, {}, {}, {}, ())


async def with_embedded(
    context: Context, document: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """The document with what `Fn::Transform` includes; `values` are the parameters'."""
    given = list(includes.embedded_includes(document))
    if not given:
        return dict(document)
    snippets = [await snippet(context, parameters, values) for parameters in given]
    return includes.with_embedded(document, iter(snippets))


async def snippet(
    context: Context, parameters: Mapping[str, Any], values: Mapping[str, Any]
) -> dict[str, Any]:
    """What the file says that an include's Location names."""
    try:
        return includes.snippet_of(await _fetched(context, _location(context, parameters, values)))
    except IncludeFailed as failed:
        raise TransformFailed(f"Transform {includes.INCLUDE} failed with: {failed}") from None


def _location(context: Context, parameters: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    pseudo = {
        "AWS::AccountId": context.account,
        "AWS::Partition": "aws",
        "AWS::Region": context.region,
        "AWS::URLSuffix": "amazonaws.com",
    }
    return evaluate(Scope(_NOTHING, values, pseudo), parameters.get("Location"))


async def _fetched(context: Context, location: Any) -> str:
    if not isinstance(location, str) or not _S3_URI.match(location):
        raise IncludeFailed("The location parameter is not a valid S3 uri.")
    try:
        return await object_text(context, location)
    except ValidationError as error:
        raise IncludeFailed(error.message) from None
