"""Verifies presigned URLs of S3 of Signature Version 2, which boto3 makes by default.

The signature is computed by botocore's own signer from what came over the wire, and compared in constant time. It
covers the method, the path, the moment at which it expires and the headers of S3's own, but no body.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
"""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus, urlsplit

from botocore.auth import HmacV1QueryAuth
from botocore.compat import HTTPHeaders

from stepfunctions_local_client.signatures import EXPIRED, INCOMPLETE, MISMATCH, UNKNOWN_KEY, Refused

if TYPE_CHECKING:
    from stepfunctions_local_client.credentials import Credentials
    from stepfunctions_local_client.signatures import SignedRequest

SERVICE: Final = "s3"
"""The one service that takes such URLs."""

_FIELDS: Final = ("AWSAccessKeyId", "Signature", "Expires")
_SIGNED_HEADERS: Final = ("content-md5", "content-type")
_MISMATCH: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)


def is_presigned(request: SignedRequest) -> bool:
    """Whether a request comes by a presigned URL of Version 2, and says nothing else of who sends it."""
    return "AWSAccessKeyId=" in request.query and request.value("authorization") is None


def check_presigned(request: SignedRequest, credentials: Credentials, now: datetime) -> None:
    """Check whose key a presigned URL is made with, that it has not expired, and its signature.

    Raises:
        Refused: It does not hold.
    """
    pairs = [pair.partition("=")[::2] for pair in request.query.split("&")]
    fields = {name: [unquote_plus(value) for found, value in pairs if found == name] for name in _FIELDS}
    if any(len(values) != 1 for values in fields.values()):
        raise Refused(INCOMPLETE, f"A presigned URL has {', '.join(_FIELDS)}, each of them once", status=400)
    access_key, signature, expires = (values[0] for values in fields.values())
    if not hmac.compare_digest(access_key.encode(), credentials.access_key.encode()):
        raise Refused(UNKNOWN_KEY, "The AWS Access Key Id you provided does not exist in our records.")
    if not (expires.isascii() and expires.isdigit() and len(expires) <= 10):
        raise Refused(INCOMPLETE, "Expires must be the second at which the URL expires", status=400)
    if now > datetime.fromtimestamp(int(expires), UTC):
        raise Refused(EXPIRED, "Request has expired")
    pair: Any = credentials
    signer: Any = HmacV1QueryAuth(pair)
    signer._get_date = lambda: expires  # what it signs in the place of a date
    wire = urlsplit(f"http://signed{request.path}?{request.query}")
    computed = signer.get_signature(request.method, wire, _headers(request, pairs))
    if not hmac.compare_digest(computed.encode(), signature.encode()):
        raise Refused(MISMATCH, _MISMATCH)


def _headers(request: SignedRequest, pairs: list[tuple[str, str]]) -> HTTPHeaders:
    """Return the headers that are signed: as they were sent, or else as the URL has them."""
    headers = HTTPHeaders()
    for name, value in request.headers:
        if name in _SIGNED_HEADERS or name.startswith("x-amz-"):
            headers[name] = value
    for name, value in pairs:
        if (name in _SIGNED_HEADERS or name.startswith("x-amz-")) and name not in headers:
            headers[name] = unquote_plus(value)
    return headers
