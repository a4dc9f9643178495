"""Capacity providers over the wire, as boto3 sees them."""

import io
import json
import zipfile

from tests.processes import ServerProcess
from tests.trust import TRUST

ACCOUNT = "777777777702"
SOURCE = "def handler(event, context):\n    return context.function_version\n"


def test_a_function_on_a_capacity_provider_runs_what_it_published(server: ServerProcess) -> None:
    role = server.client("iam", account=ACCOUNT).create_role(
        RoleName="operator", AssumeRolePolicyDocument=json.dumps(TRUST)
    )["Role"]["Arn"]
    functions = server.client("lambda", account=ACCOUNT)
    created = functions.create_capacity_provider(
        CapacityProviderName="large",
        VpcConfig={"SubnetIds": ["subnet-1"], "SecurityGroupIds": []},
        PermissionsConfig={"CapacityProviderOperatorRoleArn": role},
    )
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 202
    arn = created["CapacityProvider"]["CapacityProviderArn"]
    while (
        functions.get_capacity_provider(CapacityProviderName="large")["CapacityProvider"]["State"]
        != "Active"
    ):
        pass
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("main.py", SOURCE)
    published = functions.create_function(
        FunctionName="managed",
        Runtime="python3.11",
        Role=role,
        Handler="main.handler",
        Code={"ZipFile": package.getvalue()},
        CapacityProviderConfig={
            "LambdaManagedInstancesCapacityProviderConfig": {"CapacityProviderArn": arn}
        },
        Publish=True,
        PublishTo="LATEST_PUBLISHED",
    )
    assert published["FunctionArn"].endswith(":function:managed:$LATEST.PUBLISHED")
    functions.get_waiter("function_active_v2").wait(
        FunctionName="managed", Qualifier="$LATEST.PUBLISHED", WaiterConfig={"Delay": 1}
    )
    qualified = {"FunctionName": "managed", "Qualifier": "$LATEST.PUBLISHED"}
    put = functions.put_function_scaling_config(
        **qualified, FunctionScalingConfig={"MinExecutionEnvironments": 1}
    )
    assert put["FunctionState"] == "Active"
    assert json.load(functions.invoke(FunctionName="managed")["Payload"]) == "$LATEST.PUBLISHED"
    assert json.load(functions.invoke(**qualified)["Payload"]) == "$LATEST.PUBLISHED"
    scaling = functions.get_function_scaling_config(**qualified)
    assert scaling["AppliedFunctionScalingConfig"] == {
        "MinExecutionEnvironments": 1,
        "MaxExecutionEnvironments": 3,
    }
    listed = functions.list_function_versions_by_capacity_provider(CapacityProviderName="large")
    assert [one["FunctionArn"].partition(":managed")[2] for one in listed["FunctionVersions"]] == [
        ":$LATEST",
        ":$LATEST.PUBLISHED",
    ]
    functions.delete_function(FunctionName="managed")
    gone = functions.delete_capacity_provider(CapacityProviderName="large")
    assert gone["CapacityProvider"]["State"] == "Deleting"
