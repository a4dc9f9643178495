"""
The child process of the SAM transform: JSON in, JSON out.

In: `{"document", "parameters", "region", "account"}`. Out: `{"template"}` or `{"error"}`.
"""

import json
import os
import sys
from typing import Any


class ManagedPolicies(dict[str, str]):
    """The ARNs of AWS's managed policies, by name. Every name has one, as far as SAM can tell."""

    _PATHS = (
        ("service-role/", ("AWSLambda", "AWSCodeDeployRole", "AmazonAPIGatewayPush")),
        ("", ("",)),
    )
    # Policies that begin like one in a folder and are not in it.
    _PLAIN = (
        "AWSLambda_FullAccess",
        "AWSLambda_ReadOnlyAccess",
        "AWSLambdaExecute",
        "AWSLambdaFullAccess",
        "AWSLambdaInvocation-DynamoDB",
    )

    def __missing__(self, name: str) -> str:
        for folder, beginnings in self._PATHS:
            if name not in self._PLAIN and name.startswith(beginnings):
                return f"arn:aws:iam::aws:policy/{folder}{name}"
        return f"arn:aws:iam::aws:policy/{name}"

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if _is_policy_name(name) else default

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _is_policy_name(name)


def _is_policy_name(name: Any) -> bool:
    # Whatever AWS names begins so; SAM's own policy templates end in Policy and come first.
    return isinstance(name, str) and name.startswith(("AWS", "Amazon", "CloudWatch", "IAM", "Read"))


def transform(asked: dict[str, Any]) -> dict[str, Any]:
    # The translator asks boto3 for the region, and boto3 must not look for credentials.
    os.environ["AWS_DEFAULT_REGION"] = asked["region"]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    import boto3
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    session = boto3.Session(region_name=asked["region"])
    translator = Translator(ManagedPolicies(), Parser(), None, boto_session=session)
    values = {**asked["parameters"]}
    values |= {
        "AWS::Region": asked["region"],
        "AWS::Partition": "aws",
        "AWS::AccountId": asked["account"],
    }
    try:
        template = translator.translate(asked["document"], values)
    except InvalidDocumentException as error:
        return {"error": _words(error)}
    template.pop("Transform", None)
    return {"template": template}


def _words(error: Any) -> str:
    causes = " ".join(str(cause.message) for cause in error.causes)
    return f"{error.message} {causes}".strip()


if __name__ == "__main__":
    json.dump(transform(json.load(sys.stdin)), sys.stdout)
