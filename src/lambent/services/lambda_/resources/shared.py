"""What several of Lambda's tables have."""

from lambent.languages.templates.resource_types import Call, Settling

STATE = Settling(
    "State",
    waiting=frozenset({"Pending"}),
    failed=frozenset({"Failed"}),
    reason="StateReason",
)


def tagging(attribute: str) -> Call:
    """Lambda's call that tags the resource whose ARN is that attribute."""
    return Call("TagResource", {"Resource": f"@attribute.{attribute}", "Tags": "@tags"})


def untagging(attribute: str) -> Call:
    return Call("UntagResource", {"Resource": f"@attribute.{attribute}", "TagKeys": "@tag_keys"})
