"""
Who calls: account, region and principal from the request's signature.

While authorization is off, any key is good. A key of twelve digits is the account itself, so that
tests may use several accounts on one server; a key that AssumeRole gave is the role's session;
one that CreateAccessKey gave is its user; any other is the root user of the server's account.
"""

from lambent.platform import Context, Platform, Principal
from lambent.services.sts import sessions
from lambent.wire.messages import HttpRequest
from lambent.wire.signing import (
    ExpiredToken,
    UnrecognizedClient,
    check_life,
    parse_credential,
    session_token,
    verify,
)

_DEFAULT_REGION = "us-east-1"


async def context_of(platform: Platform, request: HttpRequest, request_id: str) -> Context:
    """The context of a request: what its signature says, the defaults where it says nothing."""
    credential = parse_credential(request)
    if request.query:
        check_life(request, client_time(platform))
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
    source_ip = request.ends[0][0] if request.ends else ""
    return Context(platform, account, region, principal, request_id, request.headers, source_ip)


async def check_signature(platform: Platform, request: HttpRequest) -> None:
    """
    Raise AWS's error unless the request is signed with the secret of its access key.

    While authorization is off, a key that is none of ours, whose secret nobody here knows, will do.
    """
    credential = parse_credential(request)
    key = "" if credential is None else credential.access_key_id
    secret = await find_secret(platform, request, key)
    if secret is not None:
        verify(request, secret, client_time(platform))


def client_time(platform: Platform) -> float:
    """When a client says that it is: it signs by its own clock, which nobody moves."""
    return platform.clock.now() - getattr(platform.clock, "moved", 0.0)


async def find_secret(platform: Platform, request: HttpRequest, key: str) -> str | None:
    """
    The secret that a request must be signed with; None where any will do.

    Raises AWS's error for a key that is good no longer.
    """
    secret = await _secret_of(platform, request, key)
    if secret is None and platform.settings.auth != "off":
        raise _invalid_token()
    return secret


async def _secret_of(platform: Platform, request: HttpRequest, key: str) -> str | None:
    if key.startswith("ASIA"):
        session = await sessions.find_session(platform, key)
        if session is None:
            return None
        if session_token(request) != session.session_token:
            raise _invalid_token()
        if session.expires_at <= platform.clock.now():
            raise ExpiredToken("The security token included in the request is expired")
        return session.secret_access_key
    if key.startswith("AKIA"):
        from lambent.services.iam import keys

        found = await keys.find_key(platform, key)
        if found is not None and found.status != "Active":
            raise _invalid_token()
        return None if found is None else found.secret
    return None


def _invalid_token() -> UnrecognizedClient:
    return UnrecognizedClient("The security token included in the request is invalid.")
