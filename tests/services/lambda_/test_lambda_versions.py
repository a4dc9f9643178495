"""Versions, aliases, qualifiers, preconditions."""

from collections import Counter

from lambent.core.errors import AwsError
from lambent.platform import Context
from tests.conftest import World
from tests.services.lambda_.functions import (
    ARN,
    ECHO,
    answering,
    call,
    create,
    invoke,
    refused,
    zipped,
)


async def publish_two(world: World) -> None:
    """Version 1 answers one, version 2 answers two, `$LATEST` three."""
    context = world.context
    await create(context, Code={"ZipFile": answering("one")})
    for answer in ("two", "three"):
        await world.settle()
        await call(context, "PublishVersion", FunctionName="orders")
        await world.settle()
        await call(context, "UpdateFunctionCode", FunctionName="orders", ZipFile=answering(answer))
    await world.settle()


async def test_a_version_keeps_what_latest_was(world: World) -> None:
    await publish_two(world)

    assert await invoke(world.context) == "three"
    assert await invoke(world.context, Qualifier="1") == "one"
    assert await invoke(world.context, f"{ARN}orders:2") == "two"
    assert await invoke(world.context, "orders:$LATEST") == "three"


async def test_a_published_version_is_pending_and_then_active(world: World) -> None:
    context = world.context
    await create(context)
    await world.settle()
    published = await call(
        context, "PublishVersion", FunctionName="orders", Description="the first"
    )

    assert published["FunctionArn"] == f"{ARN}orders:1"
    assert (published["Version"], published["State"]) == ("1", "Pending")
    assert published["Description"] == "the first"
    await world.settle()
    reply = await call(context, "GetFunctionConfiguration", FunctionName="orders", Qualifier="1")
    assert (reply["State"], reply["LastUpdateStatus"]) == ("Active", "Successful")


async def test_publishing_what_has_not_changed_publishes_nothing(world: World) -> None:
    context = world.context
    await create(context)
    await world.settle()
    await call(context, "PublishVersion", FunctionName="orders")
    again = await call(context, "PublishVersion", FunctionName="orders", Description="again")

    assert again["Version"] == "1"
    await call(context, "UpdateFunctionConfiguration", FunctionName="orders", Timeout=9)
    await world.settle()
    assert (await call(context, "PublishVersion", FunctionName="orders"))["Version"] == "2"


async def test_versions_are_listed_after_latest(world: World) -> None:
    await publish_two(world)
    reply = await call(world.context, "ListVersionsByFunction", FunctionName="orders")

    assert [one["FunctionArn"] for one in reply["Versions"]] == [
        f"{ARN}orders:$LATEST",
        f"{ARN}orders:1",
        f"{ARN}orders:2",
    ]
    page = await call(world.context, "ListVersionsByFunction", FunctionName="orders", MaxItems=2)
    rest = await call(
        world.context,
        "ListVersionsByFunction",
        FunctionName="orders",
        Marker=page["NextMarker"],
    )
    assert [one["Version"] for one in rest["Versions"]] == ["2"]


async def test_code_can_be_published_as_it_is_put(world: World) -> None:
    context = world.context
    created = await create(context, Publish=True, Code={"ZipFile": answering("one")})
    assert (created["Version"], created["FunctionArn"]) == ("1", f"{ARN}orders:1")
    await world.settle()
    updated = await call(
        context,
        "UpdateFunctionCode",
        FunctionName="orders",
        ZipFile=answering("two"),
        Publish=True,
    )
    assert updated["Version"] == "2"
    await world.settle()
    assert await invoke(context, Qualifier="1") == "one"
    assert await invoke(context, Qualifier="2") == "two"


async def test_a_dry_run_of_an_update_changes_nothing(world: World) -> None:
    context = world.context
    await create(context)
    await world.settle()
    before = await call(context, "GetFunctionConfiguration", FunctionName="orders")
    other = answering("other")
    shown = await call(
        context, "UpdateFunctionCode", FunctionName="orders", ZipFile=other, DryRun=True
    )

    assert shown["CodeSize"] == len(other)
    assert await call(context, "GetFunctionConfiguration", FunctionName="orders") == before


async def test_an_update_can_insist_on_a_revision(world: World) -> None:
    context = world.context
    await create(context)
    await world.settle()
    revision = (await call(context, "GetFunctionConfiguration", FunctionName="orders"))[
        "RevisionId"
    ]
    await call(
        context,
        "UpdateFunctionConfiguration",
        FunctionName="orders",
        Timeout=9,
        RevisionId=revision,
    )
    await world.settle()
    code, message = await refused(
        context,
        "UpdateFunctionCode",
        FunctionName="orders",
        ZipFile=zipped(ECHO),
        RevisionId=revision,
    )
    assert code == "PreconditionFailedException"
    assert message.startswith("The Revision Id provided does not match the latest Revision Id.")


async def test_publishing_can_insist_on_a_code(world: World) -> None:
    context = world.context
    await create(context)
    await world.settle()
    code, message = await refused(
        context, "PublishVersion", FunctionName="orders", CodeSha256="other"
    )

    assert code == "InvalidParameterValueException"
    assert message.startswith("CodeSHA256 (other) is different from current CodeSHA256 in $LATEST")


async def test_an_alias_leads_to_its_version(world: World) -> None:
    context = world.context
    await publish_two(world)
    alias = await call(
        context, "CreateAlias", FunctionName="orders", Name="live", FunctionVersion="1"
    )

    assert alias["AliasArn"] == f"{ARN}orders:live"
    assert alias == await call(context, "GetAlias", FunctionName="orders", Name="live")
    assert await invoke(context, Qualifier="live") == "one"
    reply = await call(context, "GetFunction", FunctionName="orders:live")
    assert reply["Configuration"]["FunctionArn"] == f"{ARN}orders:live"
    assert reply["Configuration"]["Version"] == "1"

    await call(context, "UpdateAlias", FunctionName="orders", Name="live", FunctionVersion="2")
    assert await invoke(context, Qualifier="live") == "two"
    await call(context, "DeleteAlias", FunctionName="orders", Name="live")
    assert await refused(context, "GetAlias", FunctionName="orders", Name="live") == (
        "ResourceNotFoundException",
        f"Cannot find alias arn: {ARN}orders:live",
    )
    assert (await refused(context, "Invoke", FunctionName="orders", Qualifier="live"))[0] == (
        "ResourceNotFoundException"
    )


async def test_a_weighted_alias_shares_the_invokes(world: World) -> None:
    await publish_two(world)
    await call(
        world.context,
        "CreateAlias",
        FunctionName="orders",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    answers = Counter([await invoke(world.context, Qualifier="live") for _ in range(100)])

    assert set(answers) == {"one", "two"}
    assert 20 < answers["one"] < 80


async def test_an_alias_must_make_sense(world: World) -> None:
    context = world.context
    await publish_two(world)

    async def tried(version: str, weights: dict[str, float] | None = None) -> str:
        routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
        return (
            await refused(
                context,
                "CreateAlias",
                FunctionName="orders",
                Name="live",
                FunctionVersion=version,
                **routing,
            )
        )[1]

    assert await tried("9") == f"Function not found: {ARN}orders:9"
    assert await tried("1", {"9": 0.1}) == f"Function not found: {ARN}orders:9"
    assert "$LATEST is not supported for an alias" in await tried("$LATEST", {"1": 0.1})
    assert "already included in routing configuration" in await tried("1", {"1": 0.1})
    await call(context, "CreateAlias", FunctionName="orders", Name="live", FunctionVersion="1")
    assert await tried("1") == f"Alias already exists: {ARN}orders:live"


async def test_aliases_are_listed_by_version(world: World) -> None:
    context = world.context
    await publish_two(world)
    for name, version in (("blue", "1"), ("green", "2")):
        await call(
            context, "CreateAlias", FunctionName="orders", Name=name, FunctionVersion=version
        )
    every = await call(context, "ListAliases", FunctionName="orders")
    of_two = await call(context, "ListAliases", FunctionName="orders", FunctionVersion="2")

    assert [alias["Name"] for alias in every["Aliases"]] == ["blue", "green"]
    assert [alias["Name"] for alias in of_two["Aliases"]] == ["green"]


async def test_a_version_is_deleted_unless_an_alias_needs_it(world: World) -> None:
    context = world.context
    await publish_two(world)
    await call(context, "CreateAlias", FunctionName="orders", Name="live", FunctionVersion="1")

    assert await refused(context, "DeleteFunction", FunctionName="orders", Qualifier="1") == (
        "ResourceConflictException",
        "Unable to delete version because the following aliases reference it: [live]",
    )
    await call(context, "DeleteFunction", FunctionName="orders", Qualifier="2")
    assert (await refused(context, "GetFunction", FunctionName="orders:2"))[0] == (
        "ResourceNotFoundException"
    )
    assert (await refused(context, "DeleteFunction", FunctionName="orders", Qualifier="$LATEST"))[
        0
    ] == "InvalidParameterValueException"
    assert await invoke(context, Qualifier="live") == "one"


async def test_permissions_are_statements_of_a_policy(world: World) -> None:
    context = world.context
    await create(context)
    added = await call(
        context,
        "AddPermission",
        FunctionName="orders",
        StatementId="bucket",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::uploads",
        SourceAccount="000000000000",
    )
    assert added["Statement"] == (
        '{"Sid":"bucket","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},'
        f'"Action":"lambda:InvokeFunction","Resource":"{ARN}orders",'
        '"Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:s3:::uploads"},'
        '"StringEquals":{"AWS:SourceAccount":"000000000000"}}}'
    )
    policy = await call(context, "GetPolicy", FunctionName="orders")
    assert policy["Policy"] == (
        '{"Version":"2012-10-17","Id":"default","Statement":[' + added["Statement"] + "]}"
    )


async def test_a_statement_id_is_given_once_and_removed_once(context: Context) -> None:
    await create(context)

    async def add() -> None:
        await call(
            context,
            "AddPermission",
            FunctionName="orders",
            StatementId="one",
            Action="lambda:InvokeFunction",
            Principal="111111111111",
        )

    assert await refused(context, "GetPolicy", FunctionName="orders") == (
        "ResourceNotFoundException",
        "The resource you requested does not exist.",
    )
    await add()
    try:
        await add()
    except AwsError as error:
        assert error.code == "ResourceConflictException"
        assert error.message.startswith("The statement id (one) provided already exists.")
    await call(context, "RemovePermission", FunctionName="orders", StatementId="one")
    assert (await refused(context, "RemovePermission", FunctionName="orders", StatementId="one"))[
        0
    ] == "ResourceNotFoundException"
