"""The operations of STS."""

from functools import partial
from typing import Any

from lambent.core import access_keys
from lambent.core.errors import AwsError
from lambent.core.ids import new_unique_id
from lambent.platform import Context, Params, Reply
from lambent.services.sts import rules, store
from lambent.services.sts.errors import AccessDenied, ValidationError
from lambent.services.sts.records import Session
from lambent.storage.database import Tx

# How long a session that has ended is still known, so that it can be told that it has.
_KEPT_SECONDS = 86_400.0
# As long as AWS's are, so that whoever stores one finds out here if it does not fit.
_TOKEN_LENGTH = 340

PARTLY = {
    "AssumeRole": "trust and session policies are kept, not acted on; MFA",
    "GetSessionToken": "MFA",
}


async def get_caller_identity(context: Context, params: Params) -> Reply:
    """
    Who the caller is.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """
    principal = context.principal
    return {
        "UserId": principal.user_id or context.account,
        "Account": context.account,
        "Arn": principal.arn,
    }


async def assume_role(context: Context, params: Params) -> Reply:
    """
    Give keys for a session of a role.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
    """
    caller = context.principal.arn
    arn = rules.role_named_by(params["RoleArn"])
    role = await _role(context, params["RoleArn"], arn.account, rules.role_name(arn))
    seconds = rules.role_session_seconds(
        params.get("DurationSeconds"), role.get("MaxSessionDuration", 3_600), caller
    )
    if "Policy" in params:
        rules.check_session_policy(params["Policy"])
    user_id = f"{role['RoleId']}:{params['RoleSessionName']}"
    session = _new_session(
        context,
        params,
        account=arn.account,
        arn=rules.session_arn(arn.account, role["RoleName"], params["RoleSessionName"]),
        user_id=user_id,
        seconds=seconds,
    )
    await context.db.write(partial(_add, session=session))
    reply: dict[str, Any] = {
        "Credentials": _credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": user_id, "Arn": session.arn},
    }
    if session.source_identity:
        reply["SourceIdentity"] = session.source_identity
    if session.policy or session.policy_arns:
        reply["PackedPolicySize"] = _packed_percent(session)
    return reply


async def get_session_token(context: Context, params: Params) -> Reply:
    """
    Give temporary keys for the caller itself.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
    """
    principal = context.principal
    if ":assumed-role/" in principal.arn:
        raise AccessDenied("Cannot call GetSessionToken with session credentials")
    session = _new_session(
        context,
        {},
        account=context.account,
        arn=principal.arn,
        user_id=principal.user_id or context.account,
        seconds=rules.token_seconds(params.get("DurationSeconds"), principal.arn),
    )
    await context.db.write(partial(_add, session=session))
    return {"Credentials": _credentials(session)}


async def get_access_key_info(context: Context, params: Params) -> Reply:
    """
    The account of an access key.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
    """
    account = access_keys.account_of(params["AccessKeyId"])
    if account is None:
        raise ValidationError(f"Invalid Access Key ID: {params['AccessKeyId']}")
    return {"Account": account}


async def _role(context: Context, role_arn: str, account: str, name: str) -> Reply:
    """The role as IAM shows it; whoever asks for one that is not there is not authorized."""
    there = context.at(account, context.region)
    try:
        role: Reply = (await there.call("iam", "GetRole", {"RoleName": name}))["Role"]
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
        raise rules.not_authorized(context.principal.arn, role_arn) from None
    if role["Arn"] != role_arn:
        raise rules.not_authorized(context.principal.arn, role_arn)
    return role


def _new_session(
    context: Context, params: Params, *, account: str, arn: str, user_id: str, seconds: int
) -> Session:
    now = context.clock.now()
    return Session(
        access_key_id=access_keys.new_access_key_id("ASIA", account),
        secret_access_key=access_keys.new_secret_access_key(),
        session_token=new_unique_id("", _TOKEN_LENGTH),
        account=account,
        arn=arn,
        user_id=user_id,
        role_arn=params.get("RoleArn", ""),
        policy=params.get("Policy", ""),
        policy_arns=tuple(policy["arn"] for policy in params.get("PolicyArns", ())),
        tags={tag["Key"]: tag["Value"] for tag in params.get("Tags", ())},
        source_identity=params.get("SourceIdentity", ""),
        issued_at=now,
        expires_at=now + seconds,
    )


def _add(tx: Tx, session: Session) -> None:
    store.add_session(tx, session)
    store.remove_sessions_ended_before(tx, session.issued_at - _KEPT_SECONDS)


def _credentials(session: Session) -> dict[str, Any]:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": session.expires_at,
    }


def _packed_percent(session: Session) -> int:
    # 2,048 characters is what AWS documents for plain session policies.
    size = len(session.policy) + sum(map(len, session.policy_arns))
    return max(1, size * 100 // 2_048)
