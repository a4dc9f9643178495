"""
The syntax of a policy document, and what AWS says of one that is wrong.

What a policy means is `languages/policies`' subject; here it is only let in or not.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from lambent.services.iam.errors import MalformedPolicyDocument

_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_MEMBERS = {"Version", "Id", "Statement"}
_STATEMENT_MEMBERS = {
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
}
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
_SID = re.compile(r"[A-Za-z0-9]*")
_TRUST_ACTIONS = re.compile(
    r"sts:(\*|AssumeRole\*?|AssumeRoleWith(SAML|WebIdentity|\*)|TagSession|SetSourceIdentity"
    r"|SetContext|[A-Za-z]+)",
    re.IGNORECASE,
)
_SYNTAX = "Syntax errors in policy."


def check_permissions(text: str) -> None:
    """Raise MalformedPolicyDocument where `text` is no policy that grants or denies actions."""
    for statement in _statements(text):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise MalformedPolicyDocument("Policy document should not specify a principal.")
        _check_actions(statement)
        resources = _one_of(statement, "Resource", "NotResource")
        if not resources:
            raise MalformedPolicyDocument("Policy statement must contain resources.")
        for resource in resources:
            _check_resource(resource)


def check_trust(text: str) -> None:
    """Raise MalformedPolicyDocument where `text` does not say who may assume a role."""
    for statement in _statements(text):
        if "Resource" in statement or "NotResource" in statement:
            raise MalformedPolicyDocument("Has prohibited field Resource")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise MalformedPolicyDocument("Missing required field Principal")
        for action in _check_actions(statement):
            if not _TRUST_ACTIONS.fullmatch(action):
                raise MalformedPolicyDocument(
                    "AssumeRole policy may only specify STS AssumeRole actions."
                )
        _check_principal(statement.get("Principal", statement.get("NotPrincipal")))


def _statements(text: str) -> list[dict[str, Any]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPolicyDocument("This policy contains invalid Json") from None
    if not isinstance(document, dict) or not document.keys() <= _DOCUMENT_MEMBERS:
        raise MalformedPolicyDocument(_SYNTAX)
    if document.get("Version", _VERSIONS[1]) not in _VERSIONS:
        raise MalformedPolicyDocument("The policy must contain a valid version string.")
    statements = document.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise MalformedPolicyDocument(_SYNTAX)
    for statement in statements:
        _check_statement(statement)
    sids = [statement["Sid"] for statement in statements if statement.get("Sid")]
    if len(sids) != len(set(sids)):
        raise MalformedPolicyDocument("Statement IDs (SID) in a single policy must be unique.")
    return statements


def _check_statement(statement: Any) -> None:
    if not isinstance(statement, dict) or not statement.keys() <= _STATEMENT_MEMBERS:
        raise MalformedPolicyDocument(_SYNTAX)
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicyDocument(_SYNTAX)
    sid = statement.get("Sid", "")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise MalformedPolicyDocument(
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the"
            " regular expression [0-9A-Za-z]*"
        )
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict) or not all(
        isinstance(tested, dict) for tested in conditions.values()
    ):
        raise MalformedPolicyDocument(_SYNTAX)


def _check_actions(statement: dict[str, Any]) -> list[str]:
    actions = _one_of(statement, "Action", "NotAction")
    if not actions:
        raise MalformedPolicyDocument("Policy statement must contain actions.")
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise MalformedPolicyDocument(
                "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
            )
    return actions


def _check_resource(resource: str) -> None:
    if resource != "*" and not resource.startswith(("arn:", "*:", "${")):
        raise MalformedPolicyDocument(f'Resource {resource} must be in ARN format or "*".')


def _check_principal(principal: Any) -> None:
    if principal == "*":
        return
    kinds = {"AWS", "Service", "Federated", "CanonicalUser"}
    if not isinstance(principal, dict) or not principal or not principal.keys() <= kinds:
        raise MalformedPolicyDocument(_SYNTAX)
    for kind, named in principal.items():
        for name in _texts(named):
            if kind == "AWS" and not re.fullmatch(r"\*|\d{12}|arn:aws[\w-]*:(iam|sts)::.+", name):
                raise MalformedPolicyDocument(f'Invalid principal in policy: "{kind}":"{name}"')


def _one_of(statement: dict[str, Any], one: str, other: str) -> list[str]:
    """The texts under either member; both at once are wrong."""
    if one in statement and other in statement:
        raise MalformedPolicyDocument(_SYNTAX)
    return list(_texts(statement.get(one, statement.get(other, []))))


def _texts(value: Any) -> Iterable[str]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(text, str) for text in values):
        raise MalformedPolicyDocument(_SYNTAX)
    return values
