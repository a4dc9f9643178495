"""AWS::Lambda::LayerVersion and AWS::Lambda::LayerVersionPermission as tables."""

from lambent.languages.templates.resource_types import Call, ResourceType, Source, alike

LAYER_VERSION = ResourceType(
    name="AWS::Lambda::LayerVersion",
    service="lambda",
    required=("Content",),
    named_by="LayerName",
    name_limit=140,
    create=Call(
        "PublishLayerVersion",
        {
            "LayerName": "@name",
            **alike(
                "Description",
                "Content",
                "CompatibleRuntimes",
                "CompatibleArchitectures",
                "LicenseInfo",
            ),
        },
    ),
    identifier="LayerVersionArn",
    attributes={"LayerVersionArn": "@id"},
    delete=Call(
        "DeleteLayerVersion",
        {
            "LayerName": lambda asked: asked.physical_id.rsplit(":", 1)[0],
            "VersionNumber": lambda asked: asked.physical_id.rsplit(":", 1)[-1],
        },
    ),
    always_replaced=True,
)

_LAYER: dict[str, Source] = {
    "LayerName": lambda asked: asked.properties["LayerVersionArn"].rsplit(":", 1)[0],
    "VersionNumber": lambda asked: asked.properties["LayerVersionArn"].rsplit(":", 1)[-1],
}

LAYER_VERSION_PERMISSION = ResourceType(
    name="AWS::Lambda::LayerVersionPermission",
    service="lambda",
    required=("Action", "LayerVersionArn", "Principal"),
    name_limit=100,
    create=Call(
        "AddLayerVersionPermission",
        {
            **_LAYER,
            "StatementId": "@name",
            **alike("Action", "Principal", "OrganizationId"),
        },
    ),
    delete=Call(
        "RemoveLayerVersionPermission",
        {**_LAYER, "StatementId": "@id"},
    ),
    always_replaced=True,
)
