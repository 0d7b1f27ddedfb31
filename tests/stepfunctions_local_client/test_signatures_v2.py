"""Presigned URLs of S3 as boto3 makes them by default, by Signature Version 2: what holds, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest

from stepfunctions_local_client.credentials import Credentials
from stepfunctions_local_client.signatures import Refused, SignedRequest, read_signature
from stepfunctions_local_client.signatures_v2 import check_presigned, is_presigned

if TYPE_CHECKING:
    from collections.abc import Mapping

PAIR = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
HOST = "127.0.0.1:4566"


@cache
def client(pair: Credentials) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=f"http://{HOST}",
        region_name="us-east-1",
        aws_access_key_id=pair.access_key,
        aws_secret_access_key=pair.secret_key,
    )


def presigned(
    operation: str = "get_object",
    *,
    pair: Credentials = PAIR,
    headers: Mapping[str, str] | None = None,
    **more: str,
) -> SignedRequest:
    """Return the request that somebody makes with a URL that is good for ten minutes."""
    parameters = {"Bucket": "beans", "Key": "a b/ü+c.png", **more}
    url = urlsplit(client(pair).generate_presigned_url(operation, Params=parameters, ExpiresIn=600))
    sent = {"host": HOST, **(headers or {})}
    method = {"get_object": "GET", "put_object": "PUT", "head_object": "HEAD"}[operation]
    return SignedRequest(method, url.path, url.query, tuple(sent.items()))


def refusal(request: SignedRequest, now: datetime | None = None) -> Refused:
    with pytest.raises(Refused) as refused:
        check_presigned(request, PAIR, now or datetime.now(UTC))
    return refused.value


@pytest.mark.parametrize(
    ("operation", "headers", "more"),
    [
        ("get_object", {}, {}),
        ("head_object", {}, {}),
        ("get_object", {}, {"ResponseContentType": "image/png", "VersionId": "v/1 2"}),
        ("put_object", {"content-type": "image/png"}, {"ContentType": "image/png"}),
        ("put_object", {}, {"ContentType": "image/png"}),
        ("put_object", {"x-amz-server-side-encryption": "AES256"}, {"ServerSideEncryption": "AES256"}),
    ],
)
def test_what_boto3_presigns_is_served(operation: str, headers: dict[str, str], more: dict[str, str]) -> None:
    request_ = presigned(operation, pair=PAIR, headers=headers, **more)
    assert is_presigned(request_)
    check_presigned(request_, PAIR, datetime.now(UTC))


def test_a_url_holds_until_it_expires() -> None:
    request = presigned()
    check_presigned(request, PAIR, datetime.now(UTC) + timedelta(minutes=9))
    late = datetime.now(UTC) + timedelta(minutes=11)
    assert refusal(request, late).message == "Request has expired"
    longer = replace(request, query=request.query.replace("Expires=1", "Expires=2"))
    assert refusal(longer).names.s3 == "SignatureDoesNotMatch"


def test_a_url_is_good_for_what_it_was_made_for_alone() -> None:
    request = presigned()
    for other in (
        replace(request, method="PUT"),
        replace(request, path="/beans/other"),
        replace(request, query=f"{request.query}&versionId=1"),
        replace(request, headers=(*request.headers, ("x-amz-acl", "public-read"))),
        replace(request, headers=(*request.headers, ("content-type", "image/png"))),
    ):
        assert refusal(other).names.s3 == "SignatureDoesNotMatch"


def test_a_url_that_another_key_pair_made_is_refused() -> None:
    assert refusal(presigned(pair=Credentials("test", "test"))).names.s3 == "InvalidAccessKeyId"
    assert refusal(presigned(pair=Credentials(PAIR.access_key, "test"))).names.s3 == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("instead_of", "query"),
    [
        ("&Expires=", "&Ends="),
        ("&Signature=", "&Sign="),
        ("&Expires=", "&Expires=1&Expires="),
        ("&Expires=", "&Expires=-"),
    ],
)
def test_a_url_that_is_not_whole_is_refused_in_words(instead_of: str, query: str) -> None:
    request = presigned()
    refused = refusal(replace(request, query=f"a&{request.query}".replace(instead_of, query)))
    assert refused.status == 400
    assert "Expires" in refused.message


def test_the_header_of_version_2_is_refused_with_the_way_out() -> None:
    request = SignedRequest("GET", "/beans", "", (("host", HOST), ("authorization", "AWS AKIDEXAMPLE:abc=")))
    assert not is_presigned(request)
    with pytest.raises(Refused, match="signature_version='s3v4'"):
        read_signature(request)
