"""Requests about no stack and no template."""

from typing import Any

import pytest

from lambent.core.errors import AwsError
from lambent.platform import Context


@pytest.mark.parametrize(
    ("operation", "params", "words"),
    [
        (
            "GetTemplate",
            {"ChangeSetName": "change"},
            "StackName must be specified if ChangeSetName is not specified as an ARN.",
        ),
        (
            "GetTemplateSummary",
            {"TemplateURL": "http://[::1"},
            "TemplateURL must be a supported URL.",
        ),
    ],
)
async def test_what_is_asked_about_must_be_named(
    context: Context, operation: str, params: dict[str, Any], words: str
) -> None:
    with pytest.raises(AwsError) as refusal:
        await context.call("cloudformation", operation, params)

    assert (refusal.value.code, refusal.value.message) == ("ValidationError", words)
