"""Verifies AWS Signature Version 4, as AWS does when a request arrives.

The canonical request, the string to sign and the signature are computed by botocore's own signers from what came over
the wire, and compared in constant time. What is refused is named as AWS names it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html is the algorithm,
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html that of presigned URLs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote_plus

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from stepfunctions_local_client.credentials import Credentials

ALGORITHM: Final = "AWS4-HMAC-SHA256"
_S3: Final = frozenset({"s3", "s3-object-lambda", "s3-outposts", "s3express"})
_LONGEST_EXPIRY: Final = 604_800  # seconds; a week, the maximum of a presigned URL
_UNSIGNED: Final = frozenset({"UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"})
_TIMESTAMP: Final = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)

_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method."
)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it came over the wire.

    Attributes:
        method: Its method.
        path: The path as it was sent, percent signs and all.
        query: The query as it was sent, without the question mark.
        headers: Names in lower case with their values, in the order in which they came.
        body: The whole body; empty as long as it was not read.
    """

    method: str
    path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Return each value of a header; `name` in lower case."""
        return [value for header, value in self.headers if header == name]

    def value(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for header, value in self.headers if header == name), None)


class ErrorCodes(NamedTuple):
    """What one kind of refusal is called, by the protocol of the service that was asked."""

    json: str
    query: str
    s3: str


class Refused(Exception):  # noqa: N818
    """A request is not served; `names` and the message are AWS's where AWS refuses it too."""

    def __init__(self, names: ErrorCodes, message: str, *, status: int = 403, service: str = "") -> None:
        self.names = names
        self.message = message
        self.status = status
        self.service = service
        super().__init__(message)


MISSING: Final = ErrorCodes(
    "MissingAuthenticationTokenException", "MissingAuthenticationToken", "AccessDenied"
)
INCOMPLETE: Final = ErrorCodes(
    "IncompleteSignatureException", "IncompleteSignature", "AuthorizationHeaderMalformed"
)
VERSION_2: Final = ErrorCodes("InvalidRequestException", "InvalidRequest", "InvalidRequest")
UNKNOWN_KEY: Final = ErrorCodes("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId")
MISMATCH: Final = ErrorCodes("InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch")
SKEWED: Final = ErrorCodes("InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed")
EXPIRED: Final = ErrorCodes("InvalidSignatureException", "SignatureDoesNotMatch", "AccessDenied")
BODY: Final = ErrorCodes("InvalidSignatureException", "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch")


@dataclass(frozen=True, slots=True)
class RequestSignature:
    """What a request says of its own signature.

    Attributes:
        access_key: The access key it is said to be made with.
        date: The day of its scope, `YYYYMMDD`.
        region: The region of its scope.
        service: The service of its scope, by its signing name.
        signed_headers: The names of the headers that it covers, in lower case.
        value: The signature, in hexadecimal digits.
        timestamp: When it was made, `YYYYMMDDTHHMMSSZ`.
        expires: For a presigned request, the seconds for which it holds; else None.
    """

    access_key: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    value: str = field(repr=False)
    timestamp: str
    expires: int | None = None

    @property
    def moment(self) -> datetime:
        """When it was made."""
        return datetime.fromisoformat(self.timestamp)


def read_signature(request: SignedRequest) -> RequestSignature:
    """Read the signature of a request, from its header or its query.

    Raises:
        Refused: There is no signature, or it is not a complete one of Signature Version 4.
    """
    authorizations = request.values("authorization")
    query = _parameters(request.query)
    presigned = "x-amz-signature" in query or "x-amz-algorithm" in query
    if any(value.strip().startswith("AWS ") for value in authorizations):
        raise Refused(
            VERSION_2,
            f"The authorization mechanism you have provided is not supported. Please use {ALGORITHM} (in boto3, "
            "Config(signature_version='s3v4')).",
            status=400,
            service="s3",
        )
    if not authorizations and not presigned:
        raise Refused(MISSING, "Request is missing Authentication Token.")
    if len(authorizations) > 1 or (authorizations and presigned):
        raise Refused(INCOMPLETE, "Only one authentication mechanism is allowed", status=400)
    if presigned:
        return _query_signature(query)
    algorithm, _, rest = authorizations[0].strip().partition(" ")
    if algorithm != ALGORITHM:
        raise Refused(INCOMPLETE, f"Unsupported AWS 'algorithm': '{algorithm[:40]}', use {ALGORITHM}")
    fields = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    return _signature(
        credential=fields.get("Credential", ""),
        signed_headers=fields.get("SignedHeaders", ""),
        value=fields.get("Signature", ""),
        timestamp=_timestamp(request),
    )


def _query_signature(query: dict[str, list[str]]) -> RequestSignature:
    if any(len(values) > 1 for name, values in query.items() if name.startswith("x-amz-")):
        raise Refused(INCOMPLETE, "A parameter of the signature is given more than once", status=400)
    fields = {name: values[0] for name, values in query.items()}
    if fields.get("x-amz-algorithm") != ALGORITHM:
        raise Refused(INCOMPLETE, f"X-Amz-Algorithm only supports {ALGORITHM}", status=400)
    expires = fields.get("x-amz-expires", "")
    if not (expires.isascii() and expires.isdigit() and int(expires[:9]) <= _LONGEST_EXPIRY):
        raise Refused(INCOMPLETE, f"X-Amz-Expires must be a number of seconds up to {_LONGEST_EXPIRY}")
    return _signature(
        credential=fields.get("x-amz-credential", ""),
        signed_headers=fields.get("x-amz-signedheaders", ""),
        value=fields.get("x-amz-signature", ""),
        timestamp=fields.get("x-amz-date", ""),
        expires=int(expires),
    )


def _signature(
    *, credential: str, signed_headers: str, value: str, timestamp: str, expires: int | None = None
) -> RequestSignature:
    scope = credential.split("/")
    if len(scope) != 5 or not all(scope) or scope[4] != "aws4_request":
        raise Refused(
            INCOMPLETE, "Credential must have the elements accesskey/date/region/service/aws4_request"
        )
    if not _SHA256.fullmatch(value):
        raise Refused(INCOMPLETE, "The signature is missing, or is not one of 64 hexadecimal digits")
    names = tuple(name for name in signed_headers.lower().split(";") if name)
    if "host" not in names:
        raise Refused(INCOMPLETE, "The header 'host' must be signed")
    if not _TIMESTAMP.fullmatch(timestamp):
        raise Refused(INCOMPLETE, "The request needs X-Amz-Date or Date with the moment of its signature")
    if scope[1] != timestamp[:8]:
        raise Refused(MISMATCH, f"The credential scope is of {scope[1]}, the request of {timestamp[:8]}")
    access_key, date, region, service, _ = scope
    signature = RequestSignature(access_key, date, region, service, names, value, timestamp, expires)
    try:
        _ = signature.moment
    except ValueError:
        raise Refused(INCOMPLETE, f"{timestamp} is not a moment") from None
    return signature


def _timestamp(request: SignedRequest) -> str:
    date = request.value("x-amz-date")
    if date is not None:
        return date.strip()
    try:
        moment = parsedate_to_datetime(request.value("date") or "")
        return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    except (TypeError, ValueError, OverflowError):
        return ""


def check_claims(
    request: SignedRequest, signature: RequestSignature, credentials: Credentials, now: datetime
) -> None:
    """Check what can be checked before the body is read: whose key it is, when it was signed, what it covers.

    Raises:
        Refused: The key is another one, the signature is too old or of the future, or a header that means something
            to AWS is not covered by it.
    """
    service = signature.service
    if not hmac.compare_digest(signature.access_key.encode(), credentials.access_key.encode()):
        raise Refused(UNKNOWN_KEY, "The security token included in the request is invalid.")
    # "5 minutes" is the Signature Version 4 documentation's; S3 documents 15 minutes with RequestTimeTooSkewed.
    window = timedelta(minutes=15 if service in _S3 else 5)
    made = signature.moment
    if signature.expires is not None and now > made + timedelta(seconds=signature.expires):
        raise Refused(EXPIRED, "Request has expired")
    if (signature.expires is None and made < now - window) or made > now + window:
        late = made < now
        edge = (now - window if late else now + window).strftime("%Y%m%dT%H%M%SZ")
        raise Refused(
            SKEWED,
            f"Signature {'expired' if late else 'not yet current'}: {signature.timestamp} is "
            f"{'now earlier' if late else 'still later'} than {edge}",
        )
    covered = set(signature.signed_headers)
    for name, _ in request.headers:
        if name.startswith("x-amz-") and name not in covered and name != "x-amz-content-sha256":
            raise Refused(MISMATCH, f"There were headers present that were not signed: {name}")


def check_signature(request: SignedRequest, signature: RequestSignature, credentials: Credentials) -> None:
    """Compute the signature of a whole request anew and compare.

    Raises:
        Refused: It is another one, or the body is not the one that was signed.
    """
    payload = _payload(request, signature)
    signer = _signer(signature, credentials, payload)
    wire: Any = _SignerRequest(request, signature)
    computed = signer.signature(signer.string_to_sign(wire, signer.canonical_request(wire)), wire)
    if not hmac.compare_digest(computed.encode(), signature.value.encode()):
        raise Refused(MISMATCH, _MISMATCH)


def _payload(request: SignedRequest, signature: RequestSignature) -> str:
    """Return the line of the canonical request that stands for the body; the body is compared with it."""
    said = request.value("x-amz-content-sha256")
    if said is None:
        if signature.expires is not None and signature.service in _S3:
            return "UNSIGNED-PAYLOAD"
        return hashlib.sha256(request.body).hexdigest()
    if said in _UNSIGNED:
        if signature.service not in _S3:
            raise Refused(BODY, f"{said} is S3's; sign the body", status=400)
        return said
    if not _SHA256.fullmatch(said):
        raise Refused(BODY, f"x-amz-content-sha256 is not supported: {said[:60]}", status=400)
    if not hmac.compare_digest(said, hashlib.sha256(request.body).hexdigest()):
        raise Refused(
            BODY,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
            status=400,
        )
    return said


class _SignerRequest:
    """A request as botocore's signers look at one."""

    def __init__(self, request: SignedRequest, signature: RequestSignature) -> None:
        query = request.query
        if signature.expires is not None:
            pairs = query.split("&")
            query = "&".join(pair for pair in pairs if _name(pair) != "x-amz-signature")
        self.method = request.method
        self.url = f"http://signed{request.path}?{query}"
        self.params: dict[str, str] = {}
        self.context = {"timestamp": signature.timestamp}
        self.headers = HTTPHeaders()
        covered = frozenset(signature.signed_headers)
        for name, value in request.headers:
            if name in covered:
                self.headers[name] = value
        for name in covered:
            if name not in self.headers:
                self.headers[name] = ""


def _signer(signature: RequestSignature, credentials: Credentials, payload: str) -> SigV4Auth:
    if signature.service not in _S3:
        kind: Any = SigV4Auth
    else:
        kind = S3SigV4Auth if signature.expires is None else S3SigV4QueryAuth
    signer = kind(credentials, signature.service, signature.region)
    # The signer of a client chooses what it covers; here the request has said it.
    signer.headers_to_sign = lambda wire: wire.headers
    signer.payload = lambda _: payload
    return signer  # type: ignore[no-any-return]


def _parameters(query: str) -> dict[str, list[str]]:
    """Return the parameters by their names in lower case, since AWS reads those of a signature so."""
    found: dict[str, list[str]] = {}
    for pair in filter(None, query.split("&")):
        found.setdefault(_name(pair), []).append(unquote_plus(pair.partition("=")[2]))
    return found


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0]).lower()
