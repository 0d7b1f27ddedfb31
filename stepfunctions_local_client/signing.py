"""Signs requests that no boto3 client makes: those to an engine's own pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as SigningCredentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stepfunctions_local_client.credentials import Credentials


def signed_headers(
    method: str,
    url: str,
    body: str,
    headers: Mapping[str, str],
    *,
    credentials: Credentials,
    service: str = "engine",
    region: str = "us-east-1",
) -> dict[str, str]:
    """Return the headers of a request and those that sign it (AWS Signature Version 4)."""
    request = AWSRequest(method, url, headers=dict(headers), data=body)
    pair = SigningCredentials(credentials.access_key, credentials.secret_key)
    SigV4Auth(pair, service, region).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}
