"""The roles that AWS services make for themselves: how they are called and whom they trust."""

import json

from lambent.services.iam.errors import InvalidInput
from lambent.services.iam.records import ROLE, Identity

# The words in a role's name, where they are not the service's with a capital.
_NAMES = {
    "apigateway.amazonaws.com": "APIGateway",
    "autoscaling.amazonaws.com": "AutoScaling",
    "dynamodb.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_DynamoDBTable",
    "ecs.amazonaws.com": "ECS",
    "elasticloadbalancing.amazonaws.com": "ElasticLoadBalancing",
    "events.amazonaws.com": "CloudWatchEvents",
    "lambda.application-autoscaling.amazonaws.com": "ApplicationAutoScaling_LambdaConcurrency",
    "lambda.amazonaws.com": "Lambda",
    "ops.apigateway.amazonaws.com": "APIGateway",
    "replicator.lambda.amazonaws.com": "LambdaReplicator",
    "sso.amazonaws.com": "SSO",
    "xray.amazonaws.com": "XRay",
}


def role_for(service: str, suffix: str, description: str) -> Identity:
    """The role of `service`, but for its account, its id and when it was made."""
    if not service.endswith(".amazonaws.com"):
        raise InvalidInput(f"Service principal '{service}' is not valid.")
    words = _NAMES.get(service) or service.split(".", maxsplit=1)[0].capitalize()
    trust_policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    return Identity(
        id="",
        account="",
        kind=ROLE.name,
        name=f"AWSServiceRoleFor{words}" + (f"_{suffix}" if suffix else ""),
        path=f"/aws-service-role/{service}/",
        created_at=0.0,
        trust_policy=json.dumps(trust_policy),
        description=description,
        max_session_seconds=3_600,
    )
