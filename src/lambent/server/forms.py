"""
Objects that browsers post to a bucket by forms (POST Object).

The fields are read and checked until the file begins; then the form goes on as the PutObject that
it means, with the file as a body that is still to come.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from urllib.parse import quote

from lambent.core.errors import AwsError
from lambent.platform import Platform
from lambent.server import identity
from lambent.services.s3 import post_forms, post_policies
from lambent.services.s3.errors import (
    EntityTooLarge,
    EntityTooSmall,
    FormTooLarge,
    InvalidArgument,
    MalformedForm,
)
from lambent.services.s3.post_forms import Form
from lambent.services.s3.post_policies import Policy
from lambent.wire import multipart_forms
from lambent.wire.codec import error_reply
from lambent.wire.messages import HttpReply, HttpRequest
from lambent.wire.multipart_forms import MultipartForm, PartBegins, PartEnds, Told

# AWS: 20 KB for all that comes before the file.
_MOST_FIELD_BYTES = 20 * 1024

Answer = Callable[[HttpRequest, str], Awaitable[HttpReply]]


async def post(
    platform: Platform, request: HttpRequest, request_id: str, *, bucket: str, put: Answer
) -> HttpReply:
    """The reply to a form; `put` answers the PutObject that it means."""
    told = _told(request)
    try:
        form = await _fields(told)
        policy, headers = await _checked(platform, form, bucket)
    except AwsError as error:
        return error_reply(request, error, request_id)
    host = request.headers.get("host", "")
    folder = request.path.rstrip("/")
    meant = replace(
        request,
        method="PUT",
        path=f"{folder}/{quote(form.key, safe='/~')}",
        # A name that no client can send: what is put was a form.
        headers={"host": host, **headers, "aws:form": "post"},
        body=_file(told, policy),
    )
    reply = await put(meant, request_id)
    return post_forms.reply(form, bucket, f"http://{host}{folder}", reply)


async def _checked(
    platform: Platform, form: Form, bucket: str
) -> tuple[Policy | None, dict[str, str]]:
    """What limits the file, and the headers of its PutObject."""
    credential = post_forms.credential_of(form)
    headers = post_forms.put_headers(form, credential)
    if credential is not None:
        signed = HttpRequest("POST", "/", "", headers)
        secret = await identity.find_secret(platform, signed, credential.access_key_id)
        if secret is not None:
            post_forms.check_signature(form, credential, secret)
    if "policy" not in form.fields:
        return None, headers
    policy = post_policies.parse(form.fields["policy"])
    post_policies.check(policy, form.fields, bucket, identity.client_time(platform))
    return policy, headers


async def _told(request: HttpRequest) -> AsyncIterator[Told]:
    try:
        form = MultipartForm(request.headers["content-type"])
        if isinstance(request.body, bytes):
            for one in form.feed(request.body):
                yield one
        else:
            async for piece in request.body:
                for one in form.feed(piece):
                    yield one
    except multipart_forms.MalformedForm:
        raise MalformedForm() from None
    if not form.is_done:
        raise MalformedForm()


async def _fields(told: AsyncIterator[Told]) -> Form:
    """All that comes before the file. What comes after it is ignored, as AWS has it."""
    fields: dict[str, str] = {}
    name = ""
    value = b""
    size = 0
    async for one in told:
        if isinstance(one, PartBegins):
            name, value = one.name.lower(), b""
            if name == "file":
                return post_forms.filled(fields, one.filename)
            size += len(name)
        elif isinstance(one, PartEnds):
            fields[name] = value.decode("utf-8", "replace")
        else:
            value += one
            size += len(one)
        if size > _MOST_FIELD_BYTES:
            raise FormTooLarge()
    raise InvalidArgument(
        "POST requires exactly one file upload per request.",
        members={"ArgumentName": "file", "ArgumentValue": "0"},
    )


async def _file(told: AsyncIterator[Told], policy: Policy | None) -> AsyncIterator[bytes]:
    """The file's bytes; raises what the policy says of their number."""
    least, most = (None, None) if policy is None else (policy.least, policy.most)
    size = 0
    async for one in told:
        if not isinstance(one, bytes):
            break
        size += len(one)
        # What is too much is counted to its end: a browser that is still sending hears nothing.
        if most is None or size <= most:
            yield one
    if most is not None and size > most:
        raise EntityTooLarge(
            "Your proposed upload exceeds the maximum allowed size",
            members={"ProposedSize": size, "MaxSizeAllowed": most},
        )
    if least is not None and size < least:
        raise EntityTooSmall(
            "Your proposed upload is smaller than the minimum allowed size",
            members={"ProposedSize": size, "MinSizeAllowed": least},
        )
