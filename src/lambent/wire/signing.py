"""
Signature version 4, as the receiving end sees it: who claims to ask, and is it they?

Pure: the secret key and the time are given.
"""

import hashlib
import hmac
import re
from calendar import timegm
from dataclasses import dataclass, replace
from functools import lru_cache
from time import gmtime, strftime, strptime
from urllib.parse import quote, unquote

from lambent.core.errors import AccessDenied, ClientError
from lambent.wire.messages import HttpRequest
from lambent.wire.query_values import form_pairs

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
# AWS's tolerance, and the longest life of a presigned URL.
_SKEW = 15 * 60
_LONGEST_LIFE = 7 * 24 * 3600
_SPACES = re.compile(" {2,}")
_HASH = re.compile("[0-9a-f]{64}")
# AWS: the services that began with the query protocol kept its word for a wrong signature.
_OLDER_WORDS = frozenset(
    {
        *("autoscaling", "cloudformation", "ec2", "elasticloadbalancing", "iam", "monitoring"),
        *("rds", "s3", "ses", "sns", "sqs", "sts"),
    }
)


class SignatureDoesNotMatch(ClientError):
    code = "SignatureDoesNotMatch"
    status = 403


class InvalidSignature(ClientError):
    code = "InvalidSignatureException"
    status = 403


class UnrecognizedClient(ClientError):
    code = "UnrecognizedClientException"
    status = 403


class ExpiredToken(ClientError):
    code = "ExpiredTokenException"
    status = 403


class IncompleteSignature(ClientError):
    code = "IncompleteSignature"
    status = 400


class AuthorizationQueryParametersError(ClientError):
    code = "AuthorizationQueryParametersError"
    status = 400


class RequestTimeTooSkewed(ClientError):
    code = "RequestTimeTooSkewed"
    status = 403


class ContentHashMismatch(ClientError):
    code = "XAmzContentSHA256Mismatch"
    status = 400


@dataclass(frozen=True, slots=True)
class Credential:
    """Who a request says it is from, and the scope that it is signed for."""

    access_key_id: str
    date: str
    region: str
    service: str

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


@dataclass(frozen=True, slots=True)
class _Signature:
    credential: Credential
    signed_headers: list[str]
    signature: str
    # As written in the request: YYYYMMDDTHHMMSSZ.
    time: str
    # Seconds that a presigned URL is good for.
    life: int | None = None


def _credential(text: str) -> Credential | None:
    # An access key id may hold slashes; the scope never does.
    parts = text.strip().rsplit("/", 4)
    if len(parts) != 5:
        return None
    return Credential(*parts[:4])


def _authorization_fields(text: str) -> dict[str, str]:
    fields = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        fields[name] = value
    return fields


def parse_credential(request: HttpRequest) -> Credential | None:
    """The credential in the Authorization header or in a presigned URL; None for the anonymous."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        start = authorization.find("Credential=")
        if start < 0:
            return None
        return _credential(authorization[start + 11 :].partition(",")[0])
    if "X-Amz-Credential=" in request.query:
        return _credential(dict(form_pairs(request.query)).get("X-Amz-Credential", ""))
    if "AWSAccessKeyId=" in request.query:
        # Signature version 2, in which boto3 still presigns for S3; it names no region.
        key = dict(form_pairs(request.query)).get("AWSAccessKeyId", "")
        return Credential(key, "", "", "s3")
    return None


def session_token(request: HttpRequest) -> str:
    """The token that belongs to temporary keys; empty where there is none."""
    token = request.headers.get("x-amz-security-token")
    if token is None and "X-Amz-Security-Token=" in request.query:
        token = dict(form_pairs(request.query))["X-Amz-Security-Token"]
    return token or ""


def check_scope(credential: Credential, service: str, region: str) -> None:
    """Raise AWS's error for a signature that is made for another service or region."""
    if credential.service != service:
        raise _does_not_match(
            service, f"Credential should be scoped to correct service: '{service}'."
        )
    if credential.region != region:
        raise _does_not_match(service, "Credential should be scoped to a valid region.")


def check_life(request: HttpRequest, now: float) -> None:
    """Raise AccessDenied where a presigned URL has outlived what it says, whoever signed it."""
    if "X-Amz-Signature=" in request.query:
        signature = _parse_query(request)
        if signature is not None:
            _check_time(signature, now)
    elif "AWSAccessKeyId=" in request.query:
        expires = dict(form_pairs(request.query)).get("Expires", "")
        if expires.isdigit() and now > int(expires):
            raise AccessDenied("Request has expired", code="AccessDenied")


def _parse_header(request: HttpRequest, authorization: str) -> _Signature:
    algorithm, _, rest = authorization.partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{algorithm}'.")
    fields = _authorization_fields(rest)
    credential = _credential(fields.get("Credential", ""))
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not fields.get(name)
    ]
    time = request.headers.get("x-amz-date") or request.headers.get("date", "")
    if not time:
        missing.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if missing or credential is None:
        raise IncompleteSignature(" ".join(missing) or "Credential must have exactly 5 elements")
    return _Signature(credential, fields["SignedHeaders"].split(";"), fields["Signature"], time)


def _parse_query(request: HttpRequest) -> _Signature | None:
    if "X-Amz-Signature=" not in request.query:
        return None
    fields = dict(form_pairs(request.query))
    credential = _credential(fields.get("X-Amz-Credential", ""))
    if credential is None or fields.get("X-Amz-Algorithm") != ALGORITHM:
        raise AuthorizationQueryParametersError(
            'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256" and the credential must be complete'
        )
    try:
        life = int(fields.get("X-Amz-Expires", str(_LONGEST_LIFE)))
    except ValueError:
        raise AuthorizationQueryParametersError("X-Amz-Expires should be a number") from None
    if not 0 <= life <= _LONGEST_LIFE:
        raise AuthorizationQueryParametersError(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given"
            " X-Amz-Expires must be less than 604800 seconds"
        )
    return _Signature(
        credential,
        fields.get("X-Amz-SignedHeaders", "host").split(";"),
        fields["X-Amz-Signature"],
        fields.get("X-Amz-Date", ""),
        life,
    )


@lru_cache(maxsize=1024)
def signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=4096)
def _epoch(text: str) -> int | None:
    for form in ("%Y%m%dT%H%M%SZ", "%a, %d %b %Y %H:%M:%S GMT", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return timegm(strptime(text, form))
        except ValueError:
            continue
    return None


def _without_dots(path: str) -> str:
    """The path with `.` and `..` resolved and empty segments gone, as all but S3 sign it."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment not in {"", "."}:
            kept.append(segment)
    ending = "/" if path.endswith("/") and kept else ""
    return "/" + "/".join(kept) + ending


def _canonical_path(path: str, service: str) -> str:
    if service == "s3" or path in {"", "/"}:
        return path or "/"
    return quote(_without_dots(path), safe="/-_.~")


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if part and name != "X-Amz-Signature":
            pairs.append((quote(unquote(name), safe="-_.~"), quote(unquote(value), safe="-_.~")))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _canonical_header(value: str) -> str:
    value = value.strip()
    return _SPACES.sub(" ", value) if "  " in value else value


def _payload_hash(request: HttpRequest, signature: _Signature) -> str:
    declared = request.headers.get("x-amz-content-sha256")
    is_presigned_s3 = signature.life is not None and signature.credential.service == "s3"
    if is_presigned_s3 and not declared:
        return UNSIGNED
    if declared and (not isinstance(request.body, bytes) or not _HASH.fullmatch(declared)):
        return declared
    actual = hashlib.sha256(request.body).hexdigest()
    if declared and declared != actual:
        raise ContentHashMismatch(
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            members={
                "ClientComputedContentSHA256": declared,
                "S3ComputedContentSHA256": actual,
            },
        )
    return actual


def _expected(request: HttpRequest, secret_key: str, signature: _Signature) -> str:
    headers = request.headers
    credential = signature.credential
    lines = [
        request.method,
        _canonical_path(request.path, credential.service),
        _canonical_query(request.query),
    ]
    lines += [
        f"{name}:{_canonical_header(headers.get(name, ''))}" for name in signature.signed_headers
    ]
    lines += ["", ";".join(signature.signed_headers), _payload_hash(request, signature)]
    hashed = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    to_sign = f"{ALGORITHM}\n{signature.time}\n{credential.scope}\n{hashed}"
    key = signing_key(secret_key, credential.date, credential.region, credential.service)
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Keys:
    access_key_id: str
    secret_key: str
    session_token: str = ""


def signed(request: HttpRequest, keys: Keys, service: str, region: str, now: float) -> HttpRequest:
    """The request with the headers of a signature, which `verify` takes for a while."""
    time = strftime("%Y%m%dT%H%M%SZ", gmtime(now))
    added = {"x-amz-date": time}
    if keys.session_token:
        added["x-amz-security-token"] = keys.session_token
    headers = {**request.headers, **added}
    credential = Credential(keys.access_key_id, time[:8], region, service)
    names = sorted({"host", *added})
    signature = _Signature(credential, names, "", time)
    digest = _expected(replace(request, headers=headers), keys.secret_key, signature)
    headers["authorization"] = (
        f"{ALGORITHM} Credential={keys.access_key_id}/{credential.scope},"
        f" SignedHeaders={';'.join(names)}, Signature={digest}"
    )
    raw = [(name.encode(), headers[name].encode()) for name in (*added, "authorization")]
    return replace(request, headers=headers, raw_headers=[*request.raw_headers, *raw])


def _check_time(signature: _Signature, now: float) -> None:
    service = signature.credential.service
    at = _epoch(signature.time)
    if at is None or (
        signature.time[8:9] == "T" and not signature.time.startswith(signature.credential.date)
    ):
        raise _does_not_match(service, "Date in Credential scope does not match the request's")
    if signature.life is not None:
        if now > at + signature.life:
            raise AccessDenied("Request has expired", code="AccessDenied")
        if at - now > _SKEW:
            raise AccessDenied("Request is not valid yet", code="AccessDenied")
        return
    if abs(now - at) <= _SKEW:
        return
    if service == "s3":
        raise RequestTimeTooSkewed(
            "The difference between the request time and the current time is too large."
        )
    verb = "expired" if now > at else "not yet current"
    relation = "earlier" if now > at else "later"
    raise _does_not_match(
        service, f"Signature {verb}: {signature.time} is now {relation} than 15 min. from now"
    )


def _does_not_match(service: str, message: str) -> ClientError:
    kind = SignatureDoesNotMatch if service in _OLDER_WORDS else InvalidSignature
    return kind(message)


def verify(request: HttpRequest, secret_key: str, now: float) -> None:
    """Raise AWS's error unless the request was signed with `secret_key` at about `now`."""
    authorization = request.headers.get("authorization")
    signature = (
        _parse_query(request) if authorization is None else _parse_header(request, authorization)
    )
    if signature is None:
        raise AccessDenied("Access Denied", code="AccessDenied")
    _check_time(signature, now)
    if not hmac.compare_digest(
        _expected(request, secret_key, signature).encode(), signature.signature.encode()
    ):
        service = signature.credential.service
        advice = (
            "Check your key and signing method."
            if service == "s3"
            else "Check your AWS Secret Access Key and signing method. Consult the service"
            " documentation for details."
        )
        raise _does_not_match(
            service,
            "The request signature we calculated does not match the signature you provided. "
            + advice,
        )
