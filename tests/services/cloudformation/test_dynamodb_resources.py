"""AWS::DynamoDB::Table in stacks."""

from typing import Any

from tests.conftest import World
from tests.services.cloudformation.stacks import create, delete, outputs, status, update

Json = dict[str, Any]

TABLE = """
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      AttributeDefinitions:
        - {AttributeName: customer, AttributeType: S}
        - {AttributeName: number, AttributeType: N}
        - {AttributeName: state, AttributeType: S}
      KeySchema:
        - {AttributeName: customer, KeyType: HASH}
        - {AttributeName: number, KeyType: RANGE}
      BillingMode: PAY_PER_REQUEST
      GlobalSecondaryIndexes:
        - IndexName: by_state
          KeySchema: [{AttributeName: state, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
          ContributorInsightsSpecification: {Enabled: false}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
      SSESpecification: {SSEEnabled: true}
      TimeToLiveSpecification: {AttributeName: until, Enabled: true}
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: "true"}
      ContributorInsightsSpecification: {Enabled: true}
      Tags: [{Key: team, Value: shop}]
Outputs:
  Name: {Value: !Ref Orders}
  Arn: {Value: !GetAtt Orders.Arn}
  Stream: {Value: !GetAtt Orders.StreamArn}
"""

CHANGED = """
Resources:
  Orders:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: orders
      AttributeDefinitions:
        - {AttributeName: customer, AttributeType: S}
        - {AttributeName: number, AttributeType: N}
        - {AttributeName: day, AttributeType: S}
        - {AttributeName: state, AttributeType: S}
      KeySchema:
        - {AttributeName: customer, KeyType: HASH}
        - {AttributeName: number, KeyType: RANGE}
      ProvisionedThroughput: {ReadCapacityUnits: "5", WriteCapacityUnits: "6"}
      GlobalSecondaryIndexes:
        - IndexName: by_state
          KeySchema: [{AttributeName: state, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
          ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
        - IndexName: by_day
          KeySchema: [{AttributeName: day, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
          ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
      TableClass: STANDARD_INFREQUENT_ACCESS
      Tags: [{Key: team, Value: other}]
"""

SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Things:
    Type: AWS::Serverless::SimpleTable
    Properties:
      PrimaryKey: {Name: id, Type: String}
      Tags: {team: shop}
Outputs:
  Name: {Value: !Ref Things}
"""


async def ask(world: World, operation: str, **params: Any) -> Any:
    return await world.context.call("dynamodb", operation, params)


async def table(world: World, name: str = "orders") -> Json:
    found: Json = (await ask(world, "DescribeTable", TableName=name))["Table"]
    return found


async def test_a_table_comes_changes_and_goes_with_its_stack(world: World) -> None:
    await create(world, "shop", TABLE)
    assert await status(world, "shop") == "CREATE_COMPLETE"
    made = await table(world)
    assert await outputs(world, "shop") == {
        "Name": "orders",
        "Arn": made["TableArn"],
        "Stream": made["LatestStreamArn"],
    }
    assert made["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert made["SSEDescription"]["Status"] == "ENABLED"
    expiry = await ask(world, "DescribeTimeToLive", TableName="orders")
    assert expiry["TimeToLiveDescription"]["AttributeName"] == "until"
    backups = await ask(world, "DescribeContinuousBackups", TableName="orders")
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    item = {"customer": {"S": "a"}, "number": {"N": "1"}, "day": {"S": "monday"}}
    await ask(world, "PutItem", TableName="orders", Item=item)

    await update(world, "shop", CHANGED)
    assert await status(world, "shop") == "UPDATE_COMPLETE"
    changed = await table(world)
    assert changed["TableId"] == made["TableId"]
    assert changed["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
    assert [
        (index["IndexName"], index["ItemCount"]) for index in changed["GlobalSecondaryIndexes"]
    ] == [("by_state", 0), ("by_day", 1)]
    assert changed["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert changed["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert "SSEDescription" not in changed
    expiry = await ask(world, "DescribeTimeToLive", TableName="orders")
    assert expiry["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    tags = await ask(world, "ListTagsOfResource", ResourceArn=changed["TableArn"])
    assert {tag["Key"]: tag["Value"] for tag in tags["Tags"]}["team"] == "other"

    await delete(world, "shop")
    assert (await ask(world, "ListTables"))["TableNames"] == []


async def test_another_key_is_another_table(world: World) -> None:
    await create(world, "shop", TABLE.replace("      TableName: orders\n", ""))
    before = (await outputs(world, "shop"))["Name"]
    other = TABLE.replace("number", "position").replace("      TableName: orders\n", "")
    await update(world, "shop", other)
    assert await status(world, "shop") == "UPDATE_COMPLETE"
    after = (await outputs(world, "shop"))["Name"]
    assert after != before
    assert (await ask(world, "ListTables"))["TableNames"] == [after]


async def test_sams_simple_table_is_a_table(world: World) -> None:
    await create(world, "simple", SAM)
    name = (await outputs(world, "simple"))["Name"]
    made = await table(world, name)
    assert made["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    assert made["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


async def expiry(world: World) -> str:
    reply = await ask(world, "DescribeTimeToLive", TableName="orders")
    return str(reply["TimeToLiveDescription"]["TimeToLiveStatus"])


async def test_what_a_table_refuses_is_taken_back(world: World) -> None:
    await create(world, "shop", TABLE)
    # AWS: expiry goes by another attribute only once it was disabled.
    await update(world, "shop", TABLE.replace("until", "later").replace("NEW_IMAGE", "OLD_IMAGE"))
    assert await status(world, "shop") == "UPDATE_ROLLBACK_COMPLETE"
    assert (await table(world))["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert await expiry(world) == "ENABLED"
    # AWS: one index comes or goes in an update of a stack.
    renamed = TABLE.replace("IndexName: by_state", "IndexName: by_what")
    await update(world, "shop", renamed)
    assert await status(world, "shop") == "UPDATE_ROLLBACK_COMPLETE"
    [index] = (await table(world))["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "by_state"


async def test_expiry_that_is_not_enabled_is_none(world: World) -> None:
    without = TABLE.replace("until, Enabled: true", "until, Enabled: false")
    await create(world, "shop", without)
    assert await expiry(world) == "DISABLED"
    await update(world, "shop", TABLE)
    assert await expiry(world) == "ENABLED"
    await update(world, "shop", without)
    assert await expiry(world) == "DISABLED"
    assert await status(world, "shop") == "UPDATE_COMPLETE"


TRIGGERED = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      BillingMode: PAY_PER_REQUEST
      StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
  Heard:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: heard
      Runtime: python3.11
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            for record in event["Records"]:
                print("HEARD", record["eventName"], record["dynamodb"]["Keys"]["id"]["S"])
      Policies:
        - DynamoDBCrudPolicy: {TableName: !Ref Things}
      Events:
        Changes:
          Type: DynamoDB
          Properties:
            Stream: !GetAtt Things.StreamArn
            StartingPosition: LATEST
            BatchSize: 10
            BisectBatchOnFunctionError: true
            MaximumRetryAttempts: 3
Outputs:
  Name: {Value: !Ref Things}
"""


async def test_a_function_of_sam_hears_of_changes(world: World) -> None:
    await create(world, "heard", TRIGGERED)
    assert await status(world, "heard") == "CREATE_COMPLETE"
    name = (await outputs(world, "heard"))["Name"]
    await ask(world, "PutItem", TableName=name, Item={"id": {"S": "a"}})
    await world.settle()
    await world.app.runtime._shipper.flush()
    reply = await world.context.call(
        "logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/heard", "filterPattern": "HEARD"}
    )
    assert [event["message"].strip() for event in reply["events"]] == ["HEARD INSERT a"]
    await delete(world, "heard")
    assert (await ask(world, "ListTables"))["TableNames"] == []


# As the CDK's TableV2 writes it.
GLOBAL = """
Resources:
  Orders:
    Type: AWS::DynamoDB::GlobalTable
    Properties:
      AttributeDefinitions:
        - {AttributeName: pk, AttributeType: S}
        - {AttributeName: sk, AttributeType: N}
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: by_number
          KeySchema: [{AttributeName: sk, KeyType: HASH}]
          Projection: {ProjectionType: ALL}
      Replicas:
        - Region: !Ref AWS::Region
          GlobalSecondaryIndexes: [{IndexName: by_number}]
          DeletionProtectionEnabled: false
          PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
          Tags: [{Key: team, Value: shop}]
      StreamSpecification: {StreamViewType: KEYS_ONLY}
      TimeToLiveSpecification: {AttributeName: until, Enabled: true}
Outputs:
  Name: {Value: !Ref Orders}
  Stream: {Value: !GetAtt Orders.StreamArn}
  Id: {Value: !GetAtt Orders.TableId}
"""


async def test_a_global_table_of_one_region_is_a_table(world: World) -> None:
    await create(world, "global", GLOBAL)
    assert await status(world, "global") == "CREATE_COMPLETE"
    told = await outputs(world, "global")
    found = await table(world, told["Name"])
    assert (found["TableId"], found["LatestStreamArn"]) == (told["Id"], told["Stream"])
    assert [one["IndexName"] for one in found["GlobalSecondaryIndexes"]] == ["by_number"]
    changed = GLOBAL.replace("Value: shop", "Value: other").replace(
        "DeletionProtectionEnabled: false", "TableClass: STANDARD_INFREQUENT_ACCESS"
    )
    await update(world, "global", changed)
    assert await status(world, "global") == "UPDATE_COMPLETE"
    found = await table(world, told["Name"])
    assert found["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    tags = await ask(world, "ListTagsOfResource", ResourceArn=found["TableArn"])
    assert tags["Tags"] == [{"Key": "team", "Value": "other"}]
    await delete(world, "global")
    assert (await ask(world, "ListTables"))["TableNames"] == []


async def test_a_global_table_of_other_regions_is_refused(world: World) -> None:
    await create(world, "global", GLOBAL.replace("!Ref AWS::Region", "eu-west-1"))
    assert await status(world, "global") == "ROLLBACK_COMPLETE"
