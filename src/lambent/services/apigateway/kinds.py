"""What kinds of parts there are, as a table: how each is named, missed and patched."""

from dataclasses import dataclass

from lambent.services.apigateway import changeable
from lambent.services.apigateway.patches import Places


@dataclass(frozen=True, slots=True)
class Kind:
    """`missing` are AWS's words for what is not there, in which `{id}` is what was asked for."""

    name: str
    id_param: str
    missing: str
    places: Places
    # Whether it belongs to an API; else to the account.
    of_api: bool = True


REST_API = Kind(
    "rest_api",
    "restApiId",
    "Invalid API identifier specified {account}:{id}",
    changeable.REST_API,
    of_api=False,
)
RESOURCE = Kind(
    "resource", "resourceId", "Invalid Resource identifier specified", changeable.RESOURCE
)
MODEL = Kind("model", "modelName", "Invalid model name specified: {id}", changeable.MODEL)
REQUEST_VALIDATOR = Kind(
    "request_validator",
    "requestValidatorId",
    "Invalid Request Validator identifier specified",
    changeable.REQUEST_VALIDATOR,
)
AUTHORIZER = Kind(
    "authorizer", "authorizerId", "Invalid Authorizer identifier specified", changeable.AUTHORIZER
)
GATEWAY_RESPONSE = Kind(
    "gateway_response",
    "responseType",
    "Invalid Gateway response type specified",
    changeable.GATEWAY_RESPONSE,
)
DEPLOYMENT = Kind(
    "deployment", "deploymentId", "Invalid Deployment identifier specified", changeable.DEPLOYMENT
)
STAGE = Kind("stage", "stageName", "Invalid stage identifier specified", changeable.STAGE)
ACCOUNT = Kind("account", "", "", changeable.ACCOUNT, of_api=False)
API_KEY = Kind(
    "api_key", "apiKey", "Invalid API Key identifier specified", changeable.API_KEY, of_api=False
)
USAGE_PLAN = Kind(
    "usage_plan",
    "usagePlanId",
    "Invalid Usage Plan ID specified",
    changeable.USAGE_PLAN,
    of_api=False,
)
USAGE_PLAN_KEY = Kind(
    "usage_plan_key", "keyId", "Invalid API Key identifier specified", {}, of_api=False
)
DOMAIN_NAME = Kind(
    "domain_name",
    "domainName",
    "Invalid domain name identifier specified",
    changeable.DOMAIN_NAME,
    of_api=False,
)
BASE_PATH_MAPPING = Kind(
    "base_path_mapping",
    "basePath",
    "Invalid base path mapping identifier specified",
    changeable.BASE_PATH_MAPPING,
    of_api=False,
)

# What a deployment takes a snapshot of.
DEPLOYED = (RESOURCE, MODEL, REQUEST_VALIDATOR, AUTHORIZER, GATEWAY_RESPONSE)
