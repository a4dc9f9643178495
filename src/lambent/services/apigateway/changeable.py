"""
What of each kind of part may be patched, as tables.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

import json

from lambent.services.apigateway.patches import ADD_REMOVE, ALL, REPLACE, Place, Places, truth

_TEXT = Place()
_TRUTH = Place(REPLACE, truth)
_WHOLE = Place(REPLACE, int)
# A member that may also go.
_OPTIONAL = Place(ALL)
_ENTRY = Place(ALL)
_FLAG_ENTRY = Place(ALL, truth)


def _list(text: str) -> list[str]:
    found = json.loads(text)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise ValueError(text)
    return found


def _whole_or_none(text: str) -> int | None:
    return int(text) if text else None


REST_API: Places = {
    "/name": _TEXT,
    "/description": _TEXT,
    "/version": _TEXT,
    "/apiKeySource": _TEXT,
    "/minimumCompressionSize": Place(ALL, _whole_or_none),
    "/binaryMediaTypes/{mediaType}": Place(ALL, listed="path"),
    # Ours, for CloudFormation, which says all types and not which of them are gone.
    "/binaryMediaTypes": Place(REPLACE, _list),
    "/endpointConfiguration/types/{type}": Place(REPLACE, listed="path"),
    "/endpointConfiguration/ipAddressType": _TEXT,
    "/endpointConfiguration/vpcEndpointIds": Place(ADD_REMOVE, listed="value"),
    "/policy": Place(ALL),
    "/disableExecuteApiEndpoint": _TRUTH,
    "/securityPolicy": _TEXT,
    "/endpointAccessMode": _TEXT,
}

RESOURCE: Places = {"/parentId": _TEXT, "/pathPart": _TEXT}

METHOD: Places = {
    "/authorizationType": _TEXT,
    "/authorizerId": _OPTIONAL,
    "/authorizationScopes": Place(ALL, listed="value"),
    "/apiKeyRequired": _TRUTH,
    "/operationName": _OPTIONAL,
    "/requestValidatorId": _OPTIONAL,
    "/requestParameters/{parameter}": _FLAG_ENTRY,
    "/requestModels/{contentType}": _ENTRY,
}

METHOD_RESPONSE: Places = {
    "/statusCode": _TEXT,
    "/responseParameters/{parameter}": _FLAG_ENTRY,
    "/responseModels/{contentType}": _ENTRY,
}

INTEGRATION: Places = {
    "/type": _TEXT,
    "/httpMethod": _TEXT,
    "/uri": _TEXT,
    "/connectionType": _TEXT,
    "/connectionId": _TEXT,
    "/credentials": _OPTIONAL,
    "/passthroughBehavior": _TEXT,
    "/contentHandling": _OPTIONAL,
    "/timeoutInMillis": _WHOLE,
    "/responseTransferMode": _TEXT,
    "/cacheNamespace": _TEXT,
    "/cacheKeyParameters/{parameter}": Place(ADD_REMOVE, listed="path"),
    "/requestParameters/{parameter}": _ENTRY,
    "/requestTemplates/{contentType}": _ENTRY,
    "/tlsConfig/insecureSkipVerification": _TRUTH,
}

INTEGRATION_RESPONSE: Places = {
    "/statusCode": _TEXT,
    "/selectionPattern": _OPTIONAL,
    "/contentHandling": _OPTIONAL,
    "/responseParameters/{parameter}": _ENTRY,
    "/responseTemplates/{contentType}": _ENTRY,
}

MODEL: Places = {"/description": _TEXT, "/schema": _TEXT}

REQUEST_VALIDATOR: Places = {
    "/name": _TEXT,
    "/validateRequestBody": _TRUTH,
    "/validateRequestParameters": _TRUTH,
}

AUTHORIZER: Places = {
    "/name": _TEXT,
    "/type": _TEXT,
    "/authType": _OPTIONAL,
    "/authorizerUri": _TEXT,
    "/authorizerCredentials": _OPTIONAL,
    "/identitySource": _OPTIONAL,
    "/identityValidationExpression": _OPTIONAL,
    "/authorizerResultTtlInSeconds": _WHOLE,
    "/providerARNs": Place(ADD_REMOVE, listed="value"),
}

GATEWAY_RESPONSE: Places = {
    "/statusCode": _OPTIONAL,
    "/responseParameters/{parameter}": _ENTRY,
    "/responseTemplates/{contentType}": _ENTRY,
}

DEPLOYMENT: Places = {"/description": _TEXT}

_SETTING = ("methodSettings", "{0}/{1}")

STAGE: Places = {
    "/deploymentId": Place(frozenset({"replace", "copy"})),
    "/description": _TEXT,
    "/clientCertificateId": _OPTIONAL,
    "/cacheClusterEnabled": _TRUTH,
    "/cacheClusterSize": _TEXT,
    "/tracingEnabled": _TRUTH,
    "/webAclArn": _OPTIONAL,
    "/variables": Place(frozenset({"remove", "copy"})),
    "/variables/{name}": Place(ALL | {"copy"}),
    "/accessLogSettings": Place(frozenset({"remove"})),
    "/accessLogSettings/destinationArn": Place(frozenset({"add", "replace"})),
    "/accessLogSettings/format": Place(frozenset({"add", "replace"})),
    "/canarySettings": Place(frozenset({"remove"})),
    "/canarySettings/deploymentId": Place(REPLACE),
    "/canarySettings/percentTraffic": Place(REPLACE, float),
    "/canarySettings/useStageCache": _TRUTH,
    "/canarySettings/stageVariableOverrides/{name}": Place(ALL),
    # Ours, for CloudFormation, which says all settings and not which of them are gone.
    "/methodSettings": Place(frozenset({"remove"})),
    "/{resourcePath}/{httpMethod}": Place(frozenset({"remove"}), at=_SETTING),
    **{
        f"/{{resourcePath}}/{{httpMethod}}/{words}": Place(REPLACE, value, at=(*_SETTING, member))
        for words, value, member in (
            ("metrics/enabled", truth, "metricsEnabled"),
            ("logging/dataTrace", truth, "dataTraceEnabled"),
            ("logging/loglevel", str, "loggingLevel"),
            ("throttling/burstLimit", int, "throttlingBurstLimit"),
            ("throttling/rateLimit", float, "throttlingRateLimit"),
            ("caching/enabled", truth, "cachingEnabled"),
            ("caching/ttlInSeconds", int, "cacheTtlInSeconds"),
            ("caching/dataEncrypted", truth, "cacheDataEncrypted"),
            (
                "caching/requireAuthorizationForCacheControl",
                truth,
                "requireAuthorizationForCacheControl",
            ),
            (
                "caching/unauthorizedCacheControlHeaderStrategy",
                str,
                "unauthorizedCacheControlHeaderStrategy",
            ),
        )
    },
}

ACCOUNT: Places = {
    "/cloudwatchRoleArn": _OPTIONAL,
    "/features": Place(ADD_REMOVE, listed="value"),
}

API_KEY: Places = {
    "/name": _TEXT,
    "/description": _TEXT,
    "/enabled": _TRUTH,
    "/customerId": _TEXT,
    "/stages": Place(ADD_REMOVE, at=("stageKeys",), listed="value"),
}

USAGE_PLAN: Places = {
    "/name": _TEXT,
    "/description": _TEXT,
    "/productCode": _TEXT,
    "/quota": Place(frozenset({"remove"})),
    "/quota/limit": Place(frozenset({"add", "replace"}), int),
    "/quota/offset": Place(frozenset({"add", "replace"}), int),
    "/quota/period": Place(frozenset({"add", "replace"})),
    "/throttle": Place(frozenset({"remove"})),
    "/throttle/burstLimit": Place(frozenset({"add", "replace"}), int),
    "/throttle/rateLimit": Place(frozenset({"add", "replace"}), float),
}

DOMAIN_NAME: Places = {
    "/certificateArn": _OPTIONAL,
    "/certificateName": _OPTIONAL,
    "/regionalCertificateArn": _OPTIONAL,
    "/regionalCertificateName": _OPTIONAL,
    "/securityPolicy": _TEXT,
    "/endpointAccessMode": _TEXT,
    "/ownershipVerificationCertificateArn": _OPTIONAL,
    "/policy": _OPTIONAL,
    "/routingMode": _TEXT,
    "/mutualTlsAuthentication/truststoreUri": _OPTIONAL,
    "/mutualTlsAuthentication/truststoreVersion": _OPTIONAL,
    "/endpointConfiguration/types/{type}": Place(ALL, listed="path"),
}

BASE_PATH_MAPPING: Places = {
    "/basePath": _TEXT,
    "/restApiId": Place(at=("restApiId",)),
    "/restapiId": Place(at=("restApiId",)),
    "/stage": _TEXT,
}
