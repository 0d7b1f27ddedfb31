"""Signature Version 4 as it is verified: AWS's published examples, and what is refused, under AWS's names."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials
from hypothesis import given
from hypothesis import strategies as st

from stepfunctions_local_client.credentials import Credentials
from stepfunctions_local_client.signatures import (
    Refused,
    SignedRequest,
    check_claims,
    check_signature,
    read_signature,
)

PAIR = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
S3_PAIR = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
EMPTY = hashlib.sha256(b"").hexdigest()


def verify(request: SignedRequest, pair: Credentials, now: datetime) -> None:
    signature = read_signature(request)
    check_claims(request, signature, pair, now)
    check_signature(request, signature, pair)


def authorization(pair: Credentials, scope: str, signed: str, signature: str) -> tuple[str, str]:
    value = f"AWS4-HMAC-SHA256 Credential={pair.access_key}/{scope}, SignedHeaders={signed}, Signature={signature}"
    return ("authorization", value)


IAM_EXAMPLE = SignedRequest(
    "GET",
    "/",
    "Action=ListUsers&Version=2010-05-08",
    (
        ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
        ("host", "iam.amazonaws.com"),
        ("x-amz-date", "20150830T123600Z"),
        authorization(
            PAIR,
            "20150830/us-east-1/iam/aws4_request",
            "content-type;host;x-amz-date",
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        ),
    ),
)
"""General Reference, "Examples of the complete Signature Version 4 signing process"."""

S3_EXAMPLE = SignedRequest(
    "GET",
    "/test.txt",
    "",
    (
        ("host", "examplebucket.s3.amazonaws.com"),
        ("range", "bytes=0-9"),
        ("x-amz-content-sha256", EMPTY),
        ("x-amz-date", "20130524T000000Z"),
        authorization(
            S3_PAIR,
            "20130524/us-east-1/s3/aws4_request",
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
    ),
)
"""S3 API Reference, "Signature Calculations for the Authorization Header", example "GET Object"."""

PRESIGNED_EXAMPLE = SignedRequest(
    "GET",
    "/test.txt",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256"
    "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
    "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
    "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    (("host", "examplebucket.s3.amazonaws.com"),),
)
"""S3 API Reference, "Authenticating Requests: Using Query Parameters"."""


@pytest.mark.parametrize(
    ("request_", "pair", "when"),
    [
        (IAM_EXAMPLE, PAIR, "20150830T123600Z"),
        (S3_EXAMPLE, S3_PAIR, "20130524T000000Z"),
        (PRESIGNED_EXAMPLE, S3_PAIR, "20130524T000000Z"),
        (PRESIGNED_EXAMPLE, S3_PAIR, "20130524T235959Z"),
    ],
    ids=["iam", "s3", "presigned", "presigned, a day later"],
)
def test_the_examples_of_the_documentation_verify(
    request_: SignedRequest, pair: Credentials, when: str
) -> None:
    verify(request_, pair, moment(when))


NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def signed(
    service: str = "dynamodb",
    *,
    method: str = "POST",
    url: str = "http://127.0.0.1:4566/",
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    pair: Credentials = PAIR,
    kind: Any = None,
    at: datetime = NOW,
    **options: Any,
) -> SignedRequest:
    """Return what botocore sends, signed at a moment of the past or the future."""
    wire = AWSRequest(method, url, headers={"Host": "127.0.0.1:4566", **(headers or {})}, data=body)
    kind = kind or (S3SigV4Auth if service == "s3" else SigV4Auth)
    signer = kind(SigningCredentials(pair.access_key, pair.secret_key), service, "us-east-1", **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.auth.get_current_datetime", lambda: at)
        signer.add_auth(wire)
    path, _, query = str(wire.url).removeprefix("http://127.0.0.1:4566").partition("?")
    kept = tuple((name.lower(), str(value)) for name, value in wire.headers.items())
    return SignedRequest(method, path, query, kept, body)


def refusal(request: SignedRequest, *, pair: Credentials = PAIR, now: datetime = NOW) -> Refused:
    with pytest.raises(Refused) as refused:
        verify(request, pair, now)
    return refused.value


paths = st.text(st.characters(codec="ascii", exclude_characters="?#%\\", min_codepoint=33, max_codepoint=126))


@given(
    path=paths,
    body=st.binary(max_size=40),
    service=st.sampled_from(["dynamodb", "lambda", "s3"]),
    query=st.dictionaries(st.sampled_from(["a", "list-type", "A"]), st.sampled_from(["", "1", "b%20c"])),
)
def test_whatever_botocore_signs_verifies_and_nothing_else_of_the_same_signature(
    path: str, body: bytes, service: str, query: dict[str, str]
) -> None:
    url = f"http://127.0.0.1:4566/x{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}"
    request = signed(service, url=url, body=body)
    verify(request, PAIR, NOW)
    for other in (
        replace(request, method="PUT"),
        replace(request, path=request.path + "a"),
        replace(request, query=request.query + "&b=1"),
        replace(request, body=request.body + b"."),
    ):
        assert refusal(other).names.query == "SignatureDoesNotMatch"


def changed(request: SignedRequest, name: str, value: str | None) -> SignedRequest:
    kept = tuple(pair for pair in request.headers if pair[0] != name)
    return replace(request, headers=kept if value is None else (*kept, (name, value)))


@pytest.mark.parametrize(
    ("name", "value", "json", "said"),
    [
        ("authorization", None, "MissingAuthenticationTokenException", "missing Authentication Token"),
        ("authorization", "Bearer abc", "IncompleteSignatureException", "Unsupported AWS 'algorithm'"),
        ("authorization", "AWS4-HMAC-SHA256 Credential=a", "IncompleteSignatureException", "Credential must"),
        ("authorization", "AWS AKID:signature", "InvalidRequestException", "Please use AWS4-HMAC-SHA256"),
        ("authorization", "AWS4-ECDSA-P256-SHA256 x", "IncompleteSignatureException", "Unsupported AWS"),
        ("x-amz-date", None, "IncompleteSignatureException", "X-Amz-Date or Date"),
        ("x-amz-date", "20261128T120001Z", "InvalidSignatureException", "does not match"),
        ("x-amz-date", "20261129T000000Z", "InvalidSignatureException", "scope is of 20261128"),
        ("host", "127.0.0.1:4567", "InvalidSignatureException", "does not match"),
        ("x-amz-target", "DynamoDB_20120810.DeleteTable", "InvalidSignatureException", "does not match"),
        ("x-amz-extra", "1", "InvalidSignatureException", "not signed: x-amz-extra"),
        ("x-amz-content-sha256", "UNSIGNED-PAYLOAD", "InvalidSignatureException", "is S3's"),
        ("x-amz-content-sha256", EMPTY, "InvalidSignatureException", "does not match what was computed"),
    ],
)
def test_a_header_that_was_left_out_changed_or_added_is_refused(
    name: str, value: str | None, json: str, said: str
) -> None:
    request = signed(headers={"X-Amz-Target": "DynamoDB_20120810.ListTables"})
    verify(request, PAIR, NOW)
    refused = refusal(changed(request, name, value))
    assert refused.names.json == json
    assert said in refused.message


@pytest.mark.parametrize("said", ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"])
def test_a_body_may_be_left_unsigned_for_s3_alone(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S3SigV4Auth, "payload", lambda *_: said)
    request = signed("s3", method="PUT", url="http://127.0.0.1:4566/b/k", body=b"4\r\ntext\r\n0\r\n\r\n")
    assert request.value("x-amz-content-sha256") == said
    verify(request, PAIR, NOW)
    verify(replace(request, body=b"another"), PAIR, NOW)
    assert refusal(replace(request, path="/b/another")).names.s3 == "SignatureDoesNotMatch"


def test_a_body_that_is_signed_chunk_by_chunk_is_not_supported() -> None:
    request = changed(signed("s3"), "x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
    refused = refusal(request)
    assert (refused.status, refused.message) == (
        400,
        "x-amz-content-sha256 is not supported: STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    )


def test_another_key_and_another_secret_are_told_apart() -> None:
    other_key = refusal(signed(pair=Credentials("AKIAOTHER", PAIR.secret_key)))
    assert other_key.names == ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId")
    other_secret = refusal(signed(pair=Credentials(PAIR.access_key, "another")))
    assert other_secret.names.query == "SignatureDoesNotMatch"
    assert PAIR.secret_key not in other_secret.message


@pytest.mark.parametrize(
    ("service", "minutes", "taken"),
    [("dynamodb", 4.9, True), ("dynamodb", 5.1, False), ("s3", 14.9, True), ("s3", 15.1, False)],
)
@pytest.mark.parametrize("direction", [1, -1], ids=["too old", "of the future"])
def test_a_signature_holds_for_minutes_around_its_moment(
    service: str, minutes: float, taken: bool, direction: int
) -> None:
    request = signed(service)
    now = NOW + direction * timedelta(minutes=minutes)
    if taken:
        verify(request, PAIR, now)
    else:
        refused = refusal(request, now=now)
        assert ("expired" if direction > 0 else "not yet current") in refused.message
        assert refused.names.s3 == "RequestTimeTooSkewed"


@pytest.mark.parametrize(("service", "kind"), [("s3", S3SigV4QueryAuth), ("sts", SigV4QueryAuth)])
def test_a_presigned_url_holds_until_it_expires(service: str, kind: Any) -> None:
    request = signed(service, method="GET", body=b"", kind=kind, expires=600)
    verify(request, PAIR, NOW + timedelta(seconds=600))
    assert refusal(request, now=NOW + timedelta(seconds=601)).message == "Request has expired"
    longer = replace(request, query=request.query.replace("X-Amz-Expires=600", "X-Amz-Expires=900"))
    assert refusal(longer, now=NOW).names.query == "SignatureDoesNotMatch"
    for expires in ("604801", "-1", "1e3", ""):
        query = request.query.replace("X-Amz-Expires=600", f"X-Amz-Expires={expires}")
        assert "X-Amz-Expires must be" in refusal(replace(request, query=query)).message
    twice = replace(request, query=f"{request.query}&X-Amz-Expires=900")
    assert "more than once" in refusal(twice).message
    both = changed(request, "authorization", "AWS4-HMAC-SHA256 Credential=a")
    assert "Only one authentication" in refusal(both).message


def test_the_date_may_be_in_the_date_header() -> None:
    request = signed(headers={"Date": "Sat, 28 Nov 2026 12:00:00 GMT"})
    assert request.value("x-amz-date") is None
    verify(request, PAIR, NOW)


def test_a_scope_that_is_none_is_refused() -> None:
    value = signed().value("authorization") or ""
    for wrong in (
        value.replace("aws4_request", "aws4"),
        value.replace("/dynamodb/", "//"),
        value.replace("/", ""),
    ):
        assert "Credential must" in refusal(changed(signed(), "authorization", wrong)).message
    assert "must be signed" in refusal(changed(signed(), "authorization", value.replace("host;", ""))).message
