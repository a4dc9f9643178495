"""
Objects from forms, as browsers send them (POST Object): which PutObject they mean; pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit
from xml.sax.saxutils import escape

from lambent.services.s3.errors import InvalidArgument, MalformedXml
from lambent.wire.errors import Unreadable
from lambent.wire.messages import HttpReply
from lambent.wire.signing import ALGORITHM, Credential, SignatureDoesNotMatch, signing_key
from lambent.wire.xml_values import DECLARATION, local_name, parse_xml

# Fields that are headers of PutObject by the same name; those of `x-amz-` are as well.
_HEADERS = frozenset(
    {
        *("cache-control", "content-disposition", "content-encoding", "content-type"),
        *("content-md5", "expires"),
    }
)
# What signs a form, in the order in which S3 misses it, as it calls it.
_VERSION_4 = ("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date", "policy")
_VERSION_2 = ("AWSAccessKeyId", "Signature", "policy")
_ABOUT_SIGNATURE = frozenset(name.lower() for name in _VERSION_4)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields before the file, by their names in small letters."""

    fields: Mapping[str, str]
    # None where the file has no name.
    filename: str | None

    @property
    def key(self) -> str:
        return self.fields["key"]


def filled(fields: Mapping[str, str], filename: str | None) -> Form:
    """The form with the file's name in its place. Raises InvalidArgument."""
    if "key" not in fields:
        raise _missing("key")
    if filename is not None:
        # AWS: of a path, as some browsers send it, the last part only.
        name = filename.replace("\\", "/").rpartition("/")[2]
        fields = {field: text.replace("${filename}", name) for field, text in fields.items()}
    if not fields["key"]:
        raise InvalidArgument(
            "User key must have a length greater than 0.",
            members={"ArgumentName": "key", "ArgumentValue": ""},
        )
    return Form(fields, filename)


def credential_of(form: Form) -> Credential | None:
    """Whose key signed the form; None for the anonymous. Raises InvalidArgument."""
    fields = form.fields
    if any(name.lower() in fields for name in _VERSION_4[:-1]):
        _check_has(fields, _VERSION_4)
        parts = fields["x-amz-credential"].rsplit("/", 4)
        if len(parts) != 5 or fields["x-amz-algorithm"] != ALGORITHM:
            raise InvalidArgument("The form's credential or algorithm is invalid.")
        return Credential(*parts[:4])
    if any(name.lower() in fields for name in _VERSION_2[:-1]):
        _check_has(fields, _VERSION_2)
        return Credential(fields["awsaccesskeyid"], "", "us-east-1", "s3")
    return None


def check_signature(form: Form, credential: Credential, secret_key: str) -> None:
    """Raise SignatureDoesNotMatch unless the policy is signed with `secret_key`."""
    policy = form.fields["policy"].encode()
    if credential.date:
        key = signing_key(secret_key, credential.date, credential.region, credential.service)
        expected = hmac.digest(key, policy, "sha256").hex()
        given = form.fields["x-amz-signature"]
    else:
        expected = base64.b64encode(hmac.digest(secret_key.encode(), policy, "sha1")).decode()
        given = form.fields["signature"]
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise SignatureDoesNotMatch(
            "The request signature we calculated does not match the signature you provided."
            " Check your key and signing method.",
            members={
                "AWSAccessKeyId": credential.access_key_id,
                "StringToSign": form.fields["policy"],
                "SignatureProvided": given,
            },
        )


def put_headers(form: Form, credential: Credential | None) -> dict[str, str]:
    """The headers of the PutObject that the form means."""
    headers = {
        name: value
        for name, value in form.fields.items()
        if name in _HEADERS or (name.startswith("x-amz-") and name not in _ABOUT_SIGNATURE)
    }
    if "acl" in form.fields:
        headers["x-amz-acl"] = form.fields["acl"]
    if "tagging" in form.fields:
        headers["x-amz-tagging"] = urlencode(_tags(form.fields["tagging"]))
    if credential is not None:
        scope = f"{credential.access_key_id}/{credential.scope}"
        headers["authorization"] = f"{ALGORITHM} Credential={scope}, SignedHeaders=, Signature="
    return headers


def reply(form: Form, bucket: str, bucket_url: str, put: HttpReply) -> HttpReply:
    """What the browser gets for what PutObject answered, an error as it stands."""
    if put.status != 200:
        return put
    etag = next((value for name, value in put.headers if name.lower() == "etag"), "")
    target = form.fields.get("success_action_redirect", form.fields.get("redirect", ""))
    # AWS: what is no address of the web is as good as none.
    if urlsplit(target).scheme in ("http", "https"):
        told = urlencode({"bucket": bucket, "key": form.key, "etag": etag})
        joined = f"{target}{'&' if '?' in target else '?'}{told}"
        return HttpReply(303, [*put.headers, ("Location", joined)])
    location = f"{bucket_url}/{quote(form.key, safe='')}"
    headers = [*put.headers, ("Location", location)]
    match form.fields.get("success_action_status"):
        case "200":
            return HttpReply(200, headers)
        case "201":
            body = (
                f"{DECLARATION}<PostResponse><Location>{escape(location)}</Location>"
                f"<Bucket>{escape(bucket)}</Bucket><Key>{escape(form.key)}</Key>"
                f"<ETag>{escape(etag)}</ETag></PostResponse>"
            )
            return HttpReply(201, [*headers, ("Content-Type", "application/xml")], body.encode())
    return HttpReply(204, headers)


def _check_has(fields: Mapping[str, str], names: tuple[str, ...]) -> None:
    for name in names:
        if name.lower() not in fields:
            raise _missing(name)


def _missing(name: str) -> InvalidArgument:
    return InvalidArgument(
        # AWS: two spaces.
        f"Bucket POST must contain a field named '{name}'.  If it is specified, please check the"
        " order of the fields.",
        members={"ArgumentName": name, "ArgumentValue": ""},
    )


def _tags(text: str) -> list[tuple[str, str]]:
    try:
        root = parse_xml(text.encode())
    except Unreadable:
        raise MalformedXml() from None
    tags = []
    for tag in root.iter():
        if local_name(tag.tag) == "Tag":
            parts = {local_name(part.tag): part.text or "" for part in tag}
            tags.append((parts.get("Key", ""), parts.get("Value", "")))
    return tags
