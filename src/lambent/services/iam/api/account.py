"""The account itself: its alias and its numbers."""

from lambent.platform import Context, Params, Reply
from lambent.services.iam import policy_store, replies, store
from lambent.services.iam.errors import EntityAlreadyExists, NoSuchEntity
from lambent.services.iam.records import GROUP, INSTANCE_PROFILE, ROLE, USER
from lambent.storage.database import Tx


async def create_account_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html"""
    alias = params["AccountAlias"]

    def write(tx: Tx) -> None:
        # AWS: an account has one alias; another one takes its place.
        for earlier in store.list_account_aliases(tx, context.account):
            store.remove_account_alias(tx, context.account, earlier)
        if not store.add_account_alias(tx, context.account, alias):
            raise EntityAlreadyExists(f"The account alias {alias} already exists.")

    await context.db.write(write)
    return {}


async def delete_account_alias(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccountAlias.html"""
    alias = params["AccountAlias"]

    def write(tx: Tx) -> None:
        if not store.remove_account_alias(tx, context.account, alias):
            raise NoSuchEntity(f"The account alias with name {alias} cannot be found.")

    await context.db.write(write)
    return {}


async def list_account_aliases(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html"""
    aliases = await context.db.read(lambda tx: store.list_account_aliases(tx, context.account))
    return replies.page("AccountAliases", aliases, None)  # type: ignore[arg-type]


async def get_account_summary(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html"""

    def read(tx: Tx) -> Reply:
        counts = {
            "Roles": store.count_identities(tx, context.account, ROLE),
            "Users": store.count_identities(tx, context.account, USER),
            "Groups": store.count_identities(tx, context.account, GROUP),
            "InstanceProfiles": store.count_identities(tx, context.account, INSTANCE_PROFILE),
            "Policies": len(policy_store.list_policies(tx, context.account)),
        }
        return {"SummaryMap": {**counts, "RolesQuota": 1_000, "PoliciesQuota": 1_500}}

    return await context.db.read(read)
