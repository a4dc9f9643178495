"""The operations of HTTP APIs: what can be configured, and how it comes back."""

from typing import Any

import pytest

from lambent.core.errors import NotSupported
from lambent.platform import Context
from tests.services.apigatewayv2.http_apis import (
    FUNCTION,
    PROXY,
    ROLE,
    call,
    make_api,
    make_integration,
    make_route,
    refused,
)


async def test_an_api_is_made_changed_listed_and_deleted(context: Context) -> None:
    made = await call(
        context,
        "CreateApi",
        Name="shop",
        ProtocolType="HTTP",
        CorsConfiguration={"AllowOrigins": ["https://example.com"]},
        Tags={"team": "one"},
    )
    assert made["ApiEndpoint"] == f"http://{made['ApiId']}.execute-api.us-east-1.localhost:4566"
    assert made["RouteSelectionExpression"] == "$request.method $request.path"
    assert made["Tags"] == {"team": "one"}

    await call(context, "UpdateApi", ApiId=made["ApiId"], Name="store", Description="ours")
    await call(context, "UpdateApi", ApiId=made["ApiId"], Description="")
    known = await call(context, "GetApi", ApiId=made["ApiId"])
    assert known["Name"] == "store"
    assert "Description" not in known
    assert known["CorsConfiguration"] == {"AllowOrigins": ["https://example.com"]}

    await call(context, "DeleteCorsConfiguration", ApiId=made["ApiId"])
    [listed] = (await call(context, "GetApis"))["Items"]
    assert "CorsConfiguration" not in listed

    await call(context, "DeleteApi", ApiId=made["ApiId"])
    assert await refused(context, "GetApi", ApiId=made["ApiId"]) == (
        "NotFoundException",
        f"Invalid API identifier specified 000000000000:{made['ApiId']}",
    )


async def test_origins_are_web_addresses(context: Context) -> None:
    cors = {"AllowOrigins": ["capacitor://localhost"]}

    refusal = await refused(
        context, "CreateApi", Name="shop", ProtocolType="HTTP", CorsConfiguration=cors
    )

    assert refusal == ("BadRequestException", "Invalid format for origin capacitor://localhost")


async def test_an_api_belongs_to_its_account_and_region(context: Context) -> None:
    api_id = await make_api(context)

    elsewhere = await refused(context.at("000000000000", "eu-west-1"), "GetApi", ApiId=api_id)

    assert elsewhere[0] == "NotFoundException"


async def test_websocket_apis_are_refused_plainly(context: Context) -> None:
    with pytest.raises(NotSupported):
        await call(context, "CreateApi", Name="chat", ProtocolType="WEBSOCKET")


async def test_a_target_makes_an_integration_a_route_and_a_stage(context: Context) -> None:
    api_id = await make_api(context, Target=FUNCTION)

    [integration] = (await call(context, "GetIntegrations", ApiId=api_id))["Items"]
    [route] = (await call(context, "GetRoutes", ApiId=api_id))["Items"]
    [stage] = (await call(context, "GetStages", ApiId=api_id))["Items"]

    assert integration["PayloadFormatVersion"] == "2.0"
    assert route["RouteKey"] == "$default"
    assert route["Target"] == f"integrations/{integration['IntegrationId']}"
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)
    assert stage["DeploymentId"]
    assert integration["ApiGatewayManaged"] and route["ApiGatewayManaged"]

    await call(context, "UpdateApi", ApiId=api_id, Target="https://example.com")
    [integration] = (await call(context, "GetIntegrations", ApiId=api_id))["Items"]
    assert integration["IntegrationType"] == "HTTP_PROXY"
    await make_route(context, api_id, "GET /pets", integration["IntegrationId"])
    assert (await refused(context, "UpdateApi", ApiId=api_id, RouteKey="GET /pets"))[0] == (
        "ConflictException"
    )


async def test_lists_come_in_pages(context: Context) -> None:
    api_id = await make_api(context)
    integration = await make_integration(context, api_id)
    for number in range(5):
        await make_route(context, api_id, f"GET /{number}", integration)

    keys: list[str] = []
    token: dict[str, Any] = {}
    while True:
        page = await call(context, "GetRoutes", ApiId=api_id, MaxResults="2", **token)
        keys += [route["RouteKey"] for route in page["Items"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}

    assert sorted(keys) == [f"GET /{number}" for number in range(5)]
    assert (await refused(context, "GetRoutes", ApiId=api_id, NextToken="?"))[0] == (
        "BadRequestException"
    )


async def test_a_route_key_is_there_once(context: Context) -> None:
    api_id = await make_api(context)
    integration = await make_integration(context, api_id)
    await make_route(context, api_id, "GET /pets", integration)

    assert await refused(context, "CreateRoute", ApiId=api_id, RouteKey="GET /pets") == (
        "ConflictException",
        "Route with key GET /pets already exists for this API",
    )


@pytest.mark.parametrize(
    "key",
    ["pets", "get /pets", "TRACE /pets", "$connect", "GET /{a}{b}", "GET /{a+}/b", "GET pets"],
)
async def test_what_is_no_route_key_is_refused(context: Context, key: str) -> None:
    api_id = await make_api(context)

    assert (await refused(context, "CreateRoute", ApiId=api_id, RouteKey=key))[0] == (
        "BadRequestException"
    )


async def test_a_route_needs_the_authorizer_that_it_names(context: Context) -> None:
    api_id = await make_api(context)
    authorizer = await call(
        context,
        "CreateAuthorizer",
        ApiId=api_id,
        AuthorizerType="JWT",
        Name="tokens",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": "https://issuer.example.com", "Audience": ["shop"]},
    )
    asked = {"ApiId": api_id, "RouteKey": "GET /", "AuthorizationType": "JWT"}

    assert (await refused(context, "CreateRoute", **asked))[0] == "BadRequestException"
    assert (await refused(context, "CreateRoute", **asked, AuthorizerId="none"))[0] == (
        "BadRequestException"
    )
    route = await call(
        context,
        "CreateRoute",
        **asked,
        AuthorizerId=authorizer["AuthorizerId"],
        AuthorizationScopes=["read"],
    )
    assert route["AuthorizationScopes"] == ["read"]
    assert (
        await refused(
            context, "DeleteAuthorizer", ApiId=api_id, AuthorizerId=authorizer["AuthorizerId"]
        )
    )[0] == "ConflictException"
    freed = await call(
        context,
        "UpdateRoute",
        ApiId=api_id,
        RouteId=route["RouteId"],
        AuthorizationType="NONE",
        AuthorizationScopes=[],
    )
    assert "AuthorizerId" not in freed
    await call(context, "DeleteAuthorizer", ApiId=api_id, AuthorizerId=authorizer["AuthorizerId"])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"IntegrationUri": "elsewhere"}, "Invalid integration URI specified"),
        ({"IntegrationType": "MOCK"}, "Invalid integration type."),
        ({"TimeoutInMillis": 30_001}, "1 validation error detected: Value '30001'"),
        ({"PayloadFormatVersion": "3.0"}, "PayloadFormatVersion 3.0 is not supported."),
        ({"IntegrationType": "HTTP_PROXY"}, "HttpMethod must be set"),
        ({"RequestParameters": {"append:header.host.x": "$nothing.x"}}, "Invalid mapping"),
        ({"RequestParameters": {"overwrite:header.Via": "me"}}, "Operations on header Via"),
        ({"ResponseParameters": {"200": {"overwrite:path": "/"}}}, "Invalid mapping"),
        ({"IntegrationSubtype": "SQS-Nothing"}, "Unsupported integration subtype"),
    ],
)
async def test_what_is_no_integration_is_refused(
    context: Context, params: dict[str, Any], words: str
) -> None:
    api_id = await make_api(context)

    code, message = await refused(context, "CreateIntegration", ApiId=api_id, **{**PROXY, **params})

    assert code == "BadRequestException"
    assert message.startswith(words)


async def test_a_service_integration_needs_its_parameters_and_a_role(context: Context) -> None:
    api_id = await make_api(context)
    asked = {
        "ApiId": api_id,
        "IntegrationType": "AWS_PROXY",
        "IntegrationSubtype": "SQS-SendMessage",
        "PayloadFormatVersion": "1.0",
        "RequestParameters": {"QueueUrl": "http://queue", "MessageBody": "$request.body"},
    }
    assert (await refused(context, "CreateIntegration", **asked))[1].startswith("Credentials")
    missing = {**asked, "CredentialsArn": ROLE, "RequestParameters": {"QueueUrl": "x"}}
    assert (await refused(context, "CreateIntegration", **missing))[1] == (
        "Required parameter(s) missing: MessageBody"
    )
    made = await call(context, "CreateIntegration", **asked, CredentialsArn=ROLE)
    assert made["IntegrationSubtype"] == "SQS-SendMessage"


async def test_an_empty_text_takes_a_mapping_away(context: Context) -> None:
    api_id = await make_api(context)
    integration = await make_integration(
        context,
        api_id,
        RequestParameters={"append:header.one": "1", "append:header.two": "2"},
        ResponseParameters={"200": {"append:header.three": "3"}},
    )

    changed = await call(
        context,
        "UpdateIntegration",
        ApiId=api_id,
        IntegrationId=integration,
        RequestParameters={"append:header.one": ""},
        ResponseParameters={"200": {}},
    )

    assert changed["RequestParameters"] == {"append:header.two": "2"}
    assert changed["ResponseParameters"] == {}


async def test_an_integration_that_a_route_names_stays(context: Context) -> None:
    api_id = await make_api(context)
    integration = await make_integration(context, api_id)
    route = await make_route(context, api_id, "GET /", integration)
    named = {"ApiId": api_id, "IntegrationId": integration}

    assert (await refused(context, "DeleteIntegration", **named))[0] == "ConflictException"

    await call(context, "DeleteRoute", ApiId=api_id, RouteId=route)
    await call(context, "DeleteIntegration", **named)
    assert await refused(context, "GetIntegration", **named) == (
        "NotFoundException",
        "Invalid Integration identifier specified",
    )


async def test_a_stage_that_deploys_by_itself_follows_every_change(context: Context) -> None:
    api_id = await make_api(context)
    stage = {"ApiId": api_id, "StageName": "$default"}
    await call(context, "CreateStage", **stage, AutoDeploy=True)
    integration = await make_integration(context, api_id)
    await call(context, "CreateRoute", ApiId=api_id, RouteKey="GET /nowhere")
    known = await call(context, "GetStage", **stage)
    assert "DeploymentId" not in known
    assert known["LastDeploymentStatusMessage"] == (
        "Deployment attempt failed: Unable to deploy API because no valid routes exist in this API"
    )

    await make_route(context, api_id, "GET /one", integration)
    first = (await call(context, "GetStage", **stage))["DeploymentId"]
    await make_route(context, api_id, "GET /two", integration)
    second = (await call(context, "GetStage", **stage))["DeploymentId"]

    assert first != second
    [deployment] = (await call(context, "GetDeployments", ApiId=api_id))["Items"]
    assert (deployment["DeploymentId"], deployment["AutoDeployed"]) == (second, True)
    assert deployment["DeploymentStatus"] == "DEPLOYED"
    refusal = await refused(context, "UpdateStage", **stage, DeploymentId=second)
    assert refusal[0] == "BadRequestException"


async def test_a_deployment_that_is_live_stays(context: Context) -> None:
    api_id = await make_api(context)
    await call(context, "CreateStage", ApiId=api_id, StageName="live")
    assert await refused(context, "CreateDeployment", ApiId=api_id, StageName="live") == (
        "BadRequestException",
        "Unable to deploy API because no valid routes exist in this API",
    )
    await make_route(context, api_id, "GET /", await make_integration(context, api_id))
    made = await call(context, "CreateDeployment", ApiId=api_id, StageName="live")
    named = {"ApiId": api_id, "DeploymentId": made["DeploymentId"]}

    assert (await refused(context, "DeleteDeployment", **named))[0] == "BadRequestException"
    await call(context, "UpdateDeployment", **named, Description="the first")
    assert (await call(context, "GetDeployment", **named))["Description"] == "the first"

    await call(context, "DeleteStage", ApiId=api_id, StageName="live")
    await call(context, "DeleteDeployment", **named)
    assert (await refused(context, "GetDeployment", **named))[0] == "NotFoundException"


async def test_settings_of_a_stage_are_added_to_and_taken_away(context: Context) -> None:
    api_id = await make_api(context)
    stage = {"ApiId": api_id, "StageName": "live"}
    log = {"DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:api", "Format": "x"}
    await call(
        context,
        "CreateStage",
        **stage,
        AccessLogSettings=log,
        StageVariables={"one": "1", "two": "2"},
        RouteSettings={"GET /": {"ThrottlingRateLimit": 1.0}},
    )

    changed = await call(context, "UpdateStage", **stage, StageVariables={"one": "", "three": "3"})
    assert changed["StageVariables"] == {"two": "2", "three": "3"}
    await call(context, "DeleteAccessLogSettings", **stage)
    await call(context, "DeleteRouteSettings", **stage, RouteKey="GET /")
    known = await call(context, "GetStage", **stage)
    assert "AccessLogSettings" not in known
    assert known["RouteSettings"] == {}
    assert (await refused(context, "CreateStage", **stage)) == (
        "ConflictException",
        "Stage already exists",
    )


@pytest.mark.parametrize(
    "params",
    [
        {"StageName": "a stage"},
        {"AccessLogSettings": {"DestinationArn": "elsewhere", "Format": "x"}},
        {"StageVariables": {"a name": "x"}},
        {"DeploymentId": "none"},
        {"DefaultRouteSettings": {"LoggingLevel": "INFO"}},
    ],
)
async def test_what_is_no_stage_is_refused(context: Context, params: dict[str, Any]) -> None:
    api_id = await make_api(context)

    code, _ = await refused(
        context, "CreateStage", **{"ApiId": api_id, "StageName": "live", **params}
    )

    assert code in ("BadRequestException", "NotFoundException")


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "AuthorizerPayloadFormatVersion is a required parameter"),
        ({"AuthorizerPayloadFormatVersion": "3.0"}, "AuthorizerPayloadFormatVersion 3.0"),
        (
            {"AuthorizerPayloadFormatVersion": "1.0", "EnableSimpleResponses": True},
            "EnableSimpleResponses can only be set",
        ),
        (
            {"AuthorizerPayloadFormatVersion": "2.0", "AuthorizerResultTtlInSeconds": 3_601},
            "1 validation error detected: Value '3601'",
        ),
        (
            {"AuthorizerPayloadFormatVersion": "2.0", "IdentitySource": ["header"]},
            "Invalid identity source expression",
        ),
        (
            {
                "AuthorizerPayloadFormatVersion": "2.0",
                "AuthorizerResultTtlInSeconds": 5,
                "IdentitySource": [],
            },
            "Identity source must be set",
        ),
    ],
)
async def test_what_is_no_authorizer_is_refused(
    context: Context, params: dict[str, Any], words: str
) -> None:
    api_id = await make_api(context)
    asked = {
        "ApiId": api_id,
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": FUNCTION,
        "Name": "lock",
        "IdentitySource": ["$request.header.Authorization"],
    }

    code, message = await refused(context, "CreateAuthorizer", **{**asked, **params})

    assert code == "BadRequestException"
    assert message.startswith(words)


async def test_apis_stages_and_domain_names_have_tags(context: Context) -> None:
    api_id = await make_api(context)
    await call(context, "CreateStage", ApiId=api_id, StageName="live", Tags={"a": "1"})
    await call(
        context,
        "CreateDomainName",
        DomainName="api.example.com",
        DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:0:certificate/x"}],
    )
    for resource in (
        f"/apis/{api_id}",
        f"/apis/{api_id}/stages/live",
        "/domainnames/api.example.com",
    ):
        arn = f"arn:aws:apigateway:us-east-1::{resource}"
        await call(context, "TagResource", ResourceArn=arn, Tags={"b": "2", "c": "3"})
        await call(context, "UntagResource", ResourceArn=arn, TagKeys=["a", "c"])
        assert (await call(context, "GetTags", ResourceArn=arn))["Tags"] == {"b": "2"}


async def test_a_domain_name_leads_to_stages(context: Context) -> None:
    api_id = await make_api(context)
    await call(context, "CreateStage", ApiId=api_id, StageName="live")
    made = await call(
        context,
        "CreateDomainName",
        DomainName="api.example.com",
        DomainNameConfigurations=[{"CertificateArn": "arn:aws:acm:us-east-1:0:certificate/x"}],
    )
    [configuration] = made["DomainNameConfigurations"]
    assert configuration["DomainNameStatus"] == "AVAILABLE"
    asked = {"DomainName": "api.example.com", "ApiId": api_id, "Stage": "live"}

    mapping = await call(context, "CreateApiMapping", **asked, ApiMappingKey="v1")

    assert (await refused(context, "CreateApiMapping", **asked, ApiMappingKey="v1"))[0] == (
        "ConflictException"
    )
    assert (await refused(context, "DeleteApi", ApiId=api_id))[0] == "BadRequestException"
    named = {"DomainName": "api.example.com", "ApiMappingId": mapping["ApiMappingId"]}
    await call(context, "UpdateApiMapping", **named, ApiId=api_id, ApiMappingKey="v2")
    [listed] = (await call(context, "GetApiMappings", DomainName="api.example.com"))["Items"]
    assert (listed["ApiMappingKey"], listed["Stage"]) == ("v2", "live")
    await call(context, "DeleteApiMapping", **named)
    await call(context, "DeleteApi", ApiId=api_id)
    await call(context, "DeleteDomainName", DomainName="api.example.com")
    assert (await call(context, "GetDomainNames"))["Items"] == []


async def test_what_only_websocket_apis_have_cannot_be_made(context: Context) -> None:
    api_id = await make_api(context)
    named = {"ApiId": api_id}

    refusal = await refused(context, "CreateModel", **named, Name="Pet", Schema="{}")

    assert refusal == (
        "BadRequestException",
        "Models are not supported for HTTP protocol Apis",
    )
    assert (await call(context, "GetModels", **named))["Items"] == []
    assert (await refused(context, "GetModel", **named, ModelId="x"))[0] == "NotFoundException"
