"""REST APIs as they are configured: what is made, listed, patched and deleted."""

import pytest

from lambent.platform import Context
from tests.services.apigateway.apis import (
    call,
    deploy,
    make_api,
    make_method,
    make_resource,
    refused,
)


async def test_an_api_begins_with_a_root_and_two_models(context: Context) -> None:
    api = await make_api(context, description="Sells things", tags={"team": "shop"})

    assert api["apiKeySource"] == "HEADER"
    assert api["endpointConfiguration"]["types"] == ["EDGE"]
    assert await call(context, "GetRestApi", restApiId=api["id"]) == api
    listed = await call(context, "GetResources", restApiId=api["id"])
    assert listed["items"] == [{"id": api["rootResourceId"], "path": "/"}]
    models = await call(context, "GetModels", restApiId=api["id"])
    assert [model["name"] for model in models["items"]] == ["Empty", "Error"]


async def test_what_is_not_there_is_missed_in_aws_words(context: Context) -> None:
    api = await make_api(context)

    assert await refused(context, "GetRestApi", restApiId="nothing") == (
        "NotFoundException",
        "Invalid API identifier specified 000000000000:nothing",
    )
    assert await refused(context, "GetResource", restApiId=api["id"], resourceId="nothing") == (
        "NotFoundException",
        "Invalid Resource identifier specified",
    )
    named = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    assert await refused(context, "GetMethod", **named) == (
        "NotFoundException",
        "Invalid Method identifier specified",
    )


async def test_lists_come_in_pages(context: Context) -> None:
    ids = [(await make_api(context, name=f"api-{number}"))["id"] for number in range(5)]

    first = await call(context, "GetRestApis", limit=3)
    second = await call(context, "GetRestApis", limit=3, position=first["position"])

    assert sorted(each["id"] for each in first["items"] + second["items"]) == sorted(ids)
    assert "position" not in second
    assert await refused(context, "GetRestApis", position="elsewhere") == (
        "BadRequestException",
        "Invalid position parameter",
    )


async def test_resources_are_a_tree_of_paths(context: Context) -> None:
    api = await make_api(context)
    orders = await make_resource(context, api, "/orders")
    await make_resource(context, api, "/orders/{id}/lines")

    await call(
        context,
        "UpdateResource",
        restApiId=api["id"],
        resourceId=orders,
        patchOperations=[{"op": "replace", "path": "/pathPart", "value": "sales"}],
    )

    listed = await call(context, "GetResources", restApiId=api["id"])
    assert {each["path"] for each in listed["items"]} == {
        "/",
        "/sales",
        "/sales/{id}",
        "/sales/{id}/lines",
    }
    await call(context, "DeleteResource", restApiId=api["id"], resourceId=orders)
    listed = await call(context, "GetResources", restApiId=api["id"])
    assert [each["path"] for each in listed["items"]] == ["/"]


@pytest.mark.parametrize(
    ("part", "code", "words"),
    [
        ("a b", "BadRequestException", "path part only allow"),
        ("{a}{b}", "BadRequestException", "path part only allow"),
        ("orders", "ConflictException", "already has this name: orders"),
        ("{other}", "BadRequestException", "A sibling ({id}) of this resource already has"),
    ],
)
async def test_path_parts_are_checked(context: Context, part: str, code: str, words: str) -> None:
    api = await make_api(context)
    await make_resource(context, api, "/orders")
    await make_resource(context, api, "/{id}")

    refusal = await refused(
        context,
        "CreateResource",
        restApiId=api["id"],
        parentId=api["rootResourceId"],
        pathPart=part,
    )

    assert refusal[0] == code
    assert words in refusal[1]


async def test_a_method_is_patched_by_paths(context: Context) -> None:
    api = await make_api(context)
    named = await make_method(context, api)

    method = await call(
        context,
        "UpdateMethod",
        **named,
        patchOperations=[
            {"op": "replace", "path": "/apiKeyRequired", "value": "true"},
            {
                "op": "add",
                "path": "/requestParameters/method.request.querystring.q",
                "value": "true",
            },
            {"op": "add", "path": "/requestModels/application~1json", "value": "Error"},
        ],
    )

    assert method["apiKeyRequired"] is True
    assert method["requestParameters"] == {"method.request.querystring.q": True}
    assert method["requestModels"] == {"application/json": "Error"}
    assert method["methodIntegration"]["type"] == "MOCK"
    assert (
        await refused(
            context,
            "UpdateMethod",
            **named,
            patchOperations=[{"op": "replace", "path": "/colour", "value": "red"}],
        )
    )[1].startswith("Invalid patch path  '/colour' specified for op 'replace'. Must be one of: [")


async def test_a_method_is_put_once(context: Context) -> None:
    api = await make_api(context)
    named = await make_method(context, api)

    assert await refused(context, "PutMethod", **named, authorizationType="NONE") == (
        "ConflictException",
        "Method already exists for this resource",
    )


@pytest.mark.parametrize(
    ("integration", "words"),
    [
        ({"type": "AWS_PROXY", "uri": "x"}, "Enumeration value for HttpMethod must be non-empty"),
        (
            {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": "lambda"},
            "Invalid ARN specified in the request",
        ),
        (
            {"type": "AWS", "integrationHttpMethod": "POST", "uri": "arn:aws:sqs:us-east-1:0:q"},
            "AWS ARN for integration must contain path or action",
        ),
        (
            {"type": "HTTP", "integrationHttpMethod": "POST", "uri": "nowhere"},
            "Invalid HTTP endpoint specified for URI",
        ),
    ],
)
async def test_integrations_are_checked(
    context: Context, integration: dict[str, str], words: str
) -> None:
    api = await make_api(context)
    named = await make_method(context, api)

    assert await refused(context, "PutIntegration", **named, **integration) == (
        "BadRequestException",
        words,
    )


async def test_stages_show_deployments(context: Context) -> None:
    api = await make_api(context)
    place = {"restApiId": api["id"]}
    assert await refused(context, "CreateDeployment", **place, stageName="live") == (
        "BadRequestException",
        "The REST API doesn't contain any methods",
    )
    await make_method(context, api)
    first = await deploy(context, api, variables={"colour": "red"})
    second = await deploy(context, api, stage="test")

    stage = await call(
        context,
        "UpdateStage",
        **place,
        stageName="live",
        patchOperations=[
            {"op": "replace", "path": "/deploymentId", "value": second},
            {"op": "replace", "path": "/variables/colour", "value": "blue"},
            {"op": "replace", "path": "/orders~1{id}/GET/logging/loglevel", "value": "INFO"},
            {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "5"},
        ],
    )

    assert stage["deploymentId"] == second
    assert stage["variables"] == {"colour": "blue"}
    assert stage["methodSettings"]["orders/{id}/GET"]["loggingLevel"] == "INFO"
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 5.0
    assert await refused(context, "DeleteDeployment", **place, deploymentId=second) == (
        "BadRequestException",
        "Active stages pointing to this deployment must be moved or deleted",
    )
    await call(context, "DeleteDeployment", **place, deploymentId=first)
    stages = await call(context, "GetStages", **place)
    assert {each["stageName"] for each in stages["item"]} == {"live", "test"}
    summary = await call(
        context, "GetDeployment", **place, deploymentId=second, embed=["apisummary"]
    )
    assert summary["apiSummary"] == {
        "/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}
    }


async def test_gateway_responses_have_defaults(context: Context) -> None:
    api = await make_api(context)
    place = {"restApiId": api["id"], "responseType": "THROTTLED"}
    assert (await call(context, "GetGatewayResponse", **place))["defaultResponse"] is True

    await call(context, "PutGatewayResponse", **place, statusCode="420")

    kept = await call(context, "GetGatewayResponse", **place)
    assert (kept["statusCode"], kept["defaultResponse"]) == ("420", False)
    everything = await call(context, "GetGatewayResponses", restApiId=api["id"])
    assert len(everything["items"]) == 21
    await call(context, "DeleteGatewayResponse", **place)
    assert (await call(context, "GetGatewayResponse", **place))["statusCode"] == "429"


async def test_what_is_used_is_not_deleted(context: Context) -> None:
    api = await make_api(context)
    place = {"restApiId": api["id"]}
    validator = await call(
        context, "CreateRequestValidator", **place, name="all", validateRequestBody=True
    )
    authorizer = await call(
        context,
        "CreateAuthorizer",
        **place,
        name="guard",
        type="TOKEN",
        identitySource="method.request.header.Authorization",
        authorizerUri="arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:000000000000:function:guard/invocations",
    )
    await make_method(
        context,
        api,
        authorizationType="CUSTOM",
        authorizerId=authorizer["id"],
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Error"},
    )

    for operation, member in (
        ("DeleteAuthorizer", {"authorizerId": authorizer["id"]}),
        ("DeleteRequestValidator", {"requestValidatorId": validator["id"]}),
        ("DeleteModel", {"modelName": "Error"}),
    ):
        assert (await refused(context, operation, **place, **member))[0] == "ConflictException"


async def test_keys_belong_to_plans_of_stages(context: Context) -> None:
    api = await make_api(context)
    await make_method(context, api)
    await deploy(context, api)
    key = await call(context, "CreateApiKey", name="customer", enabled=True)
    plan = await call(context, "CreateUsagePlan", name="gold", quota={"limit": 10, "period": "DAY"})
    place = {"usagePlanId": plan["id"]}

    await call(
        context,
        "UpdateUsagePlan",
        **place,
        patchOperations=[
            {"op": "add", "path": "/apiStages", "value": f"{api['id']}:live"},
            {"op": "replace", "path": "/throttle/rateLimit", "value": "2"},
            {
                "op": "replace",
                "path": f"/apiStages/{api['id']}:live/throttle/~1/GET/rateLimit",
                "value": "1",
            },
        ],
    )
    await call(context, "CreateUsagePlanKey", **place, keyId=key["id"], keyType="API_KEY")

    shown = await call(context, "GetUsagePlan", **place)
    assert shown["throttle"] == {"rateLimit": 2.0}
    assert shown["apiStages"][0]["throttle"] == {"//GET": {"rateLimit": 1.0}}
    listed = await call(context, "GetUsagePlans", keyId=key["id"])
    assert [each["id"] for each in listed["items"]] == [plan["id"]]
    assert "value" not in await call(context, "GetApiKey", apiKey=key["id"])
    assert (await call(context, "GetApiKey", apiKey=key["id"], includeValue=True))["value"]
    assert (await refused(context, "DeleteUsagePlan", **place))[0] == "BadRequestException"
    await call(context, "DeleteApiKey", apiKey=key["id"])
    assert (await call(context, "GetUsagePlanKeys", **place))["items"] == []


async def test_keys_are_imported_from_a_table(context: Context) -> None:
    plan = await call(context, "CreateUsagePlan", name="gold")
    table = (
        "Name,key,description,Enabled,usageplanIds\n"
        f"first,{'a' * 20},The first,TRUE,{plan['id']}\n"
        f"second,{'b' * 20},,FALSE,\n"
    )

    reply = await call(context, "ImportApiKeys", body=table.encode(), format="csv")

    keys = (await call(context, "GetApiKeys", includeValues=True))["items"]
    assert [key["id"] for key in keys] == sorted(reply["ids"], key=[k["id"] for k in keys].index)
    assert {key["name"]: key["enabled"] for key in keys} == {"first": True, "second": False}
    assert len((await call(context, "GetUsagePlanKeys", usagePlanId=plan["id"]))["items"]) == 1


async def test_a_domain_maps_paths_to_stages(context: Context) -> None:
    api = await make_api(context)
    await make_method(context, api)
    await deploy(context, api)
    await call(context, "CreateDomainName", domainName="api.example.com")
    place = {"domainName": "api.example.com"}

    await call(context, "CreateBasePathMapping", **place, restApiId=api["id"], stage="live")
    await call(
        context,
        "UpdateBasePathMapping",
        **place,
        basePath="(none)",
        patchOperations=[{"op": "replace", "path": "/basePath", "value": "v1"}],
    )

    mappings = await call(context, "GetBasePathMappings", **place)
    assert mappings["items"] == [{"basePath": "v1", "restApiId": api["id"], "stage": "live"}]


async def test_tags_are_kept_by_arn(context: Context) -> None:
    api = await make_api(context, tags={"team": "shop"})
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api['id']}"

    await call(context, "TagResource", resourceArn=arn, tags={"stage": "test"})
    await call(context, "UntagResource", resourceArn=arn, tagKeys=["team"])

    assert await call(context, "GetTags", resourceArn=arn) == {"tags": {"stage": "test"}}


async def test_a_deleted_api_takes_everything_with_it(context: Context) -> None:
    api = await make_api(context)
    await make_method(context, api)
    await deploy(context, api)

    await call(context, "DeleteRestApi", restApiId=api["id"])

    assert (await refused(context, "GetStages", restApiId=api["id"]))[0] == "NotFoundException"


async def test_an_api_can_be_cloned(context: Context) -> None:
    api = await make_api(context)
    await make_method(context, api, "/orders/{id}")

    clone = await make_api(context, cloneFrom=api["id"])

    listed = await call(context, "GetResources", restApiId=clone["id"])
    assert {each["path"] for each in listed["items"]} == {"/", "/orders", "/orders/{id}"}
    assert clone["rootResourceId"] in {each["id"] for each in listed["items"]}
