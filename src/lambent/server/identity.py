"""
Who calls: account, region and principal from the request's signature.

While authorization is off, any key is good. A key of twelve digits is the account itself, so that
tests may use several accounts on one server; a key that AssumeRole gave is the role's session;
one that CreateAccessKey gave is its user; any other is the root user of the server's account.
"""

from lambent.platform import Context, Platform, Principal
from lambent.services.sts import sessions
from lambent.wire.messages import HttpRequest
from lambent.wire.signing import check_life, parse_credential

_DEFAULT_REGION = "us-east-1"


async def context_of(platform: Platform, request: HttpRequest, request_id: str) -> Context:
    """The context of a request: what its signature says, the defaults where it says nothing."""
    credential = parse_credential(request)
    if request.query:
        # A client presigns by its own clock, which nobody moves.
        check_life(request, platform.clock.now() - getattr(platform.clock, "moved", 0.0))
    account = platform.settings.account_id
    region = _DEFAULT_REGION
    session = user = None
    if credential is not None:
        region = credential.region or _DEFAULT_REGION
        key = credential.access_key_id
        if len(key) == 12 and key.isdigit():
            account = key
        elif key.startswith("ASIA"):
            session = await sessions.find_session(platform, key)
        elif key.startswith("AKIA"):
            # Few have such keys; a start should not read IAM for them.
            from lambent.services.iam import keys

            user = await keys.find_user(platform, key)
    if session is not None:
        account = session.account
        principal = Principal(session.arn, session.user_id)
    elif user is not None:
        account = user.account
        principal = Principal(user.arn, user.id)
    else:
        principal = Principal(f"arn:aws:iam::{account}:root", account)
    return Context(platform, account, region, principal, request_id, request.headers)
