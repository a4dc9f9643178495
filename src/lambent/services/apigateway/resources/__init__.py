"""AWS::ApiGateway::* for CloudFormation, as tables; a file a subject."""

from lambent.services.apigateway.resources.access import (
    ACCOUNT,
    API_KEY,
    AUTHORIZER,
    BASE_PATH_MAPPING,
    DOMAIN_NAME,
    USAGE_PLAN,
    USAGE_PLAN_KEY,
)
from lambent.services.apigateway.resources.apis import (
    GATEWAY_RESPONSE,
    METHOD,
    MODEL,
    REQUEST_VALIDATOR,
    RESOURCE,
    REST_API,
)
from lambent.services.apigateway.resources.stages import DEPLOYMENT, STAGE

RESOURCE_TYPES = (
    REST_API,
    RESOURCE,
    METHOD,
    MODEL,
    REQUEST_VALIDATOR,
    GATEWAY_RESPONSE,
    DEPLOYMENT,
    STAGE,
    AUTHORIZER,
    API_KEY,
    USAGE_PLAN,
    USAGE_PLAN_KEY,
    ACCOUNT,
    DOMAIN_NAME,
    BASE_PATH_MAPPING,
)
