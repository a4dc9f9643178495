"""Who may invoke, and from where: AWS::Lambda::Permission and AWS::Lambda::Url as tables."""

from lambent.languages.templates.resource_types import Call, ResourceType, Source, Update, alike

PERMISSION = ResourceType(
    name="AWS::Lambda::Permission",
    service="lambda",
    required=("Action", "FunctionName", "Principal"),
    name_limit=100,
    create=Call(
        "AddPermission",
        {
            "FunctionName": "FunctionName",
            "StatementId": "@name",
            **alike(
                "Action",
                "Principal",
                "SourceArn",
                "SourceAccount",
                "EventSourceToken",
                "FunctionUrlAuthType",
                "InvokedViaFunctionUrl",
                "PrincipalOrgID",
            ),
        },
    ),
    attributes={"Id": "@id"},
    delete=Call("RemovePermission", {"FunctionName": "FunctionName", "StatementId": "@id"}),
    always_replaced=True,
)

_URL: dict[str, Source] = {"FunctionName": "TargetFunctionArn", "Qualifier": "Qualifier"}
_URL_SETTINGS = alike("AuthType", "Cors", "InvokeMode")

URL = ResourceType(
    name="AWS::Lambda::Url",
    service="lambda",
    required=("AuthType", "TargetFunctionArn"),
    create=Call("CreateFunctionUrlConfig", {**_URL, **_URL_SETTINGS}),
    identifier="FunctionArn",
    read=Call("GetFunctionUrlConfig", _URL),
    attributes={"FunctionArn": "FunctionArn", "FunctionUrl": "FunctionUrl"},
    updates=(
        Update(
            Call("UpdateFunctionUrlConfig", {**_URL, **_URL_SETTINGS}),
            by=frozenset(_URL_SETTINGS),
        ),
    ),
    delete=Call("DeleteFunctionUrlConfig", _URL),
    replaced_by=frozenset({"TargetFunctionArn", "Qualifier"}),
)
