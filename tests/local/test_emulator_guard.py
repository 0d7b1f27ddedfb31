"""An emulator that runs, seen by other programs, other users and web pages: nobody but its owner drives it."""

from __future__ import annotations

import http.client
import io
import json
import socket
import subprocess
import sys
import textwrap
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from local.deployer.clients import Clients
from local.stacks.emulator import HOST, Emulator, EmulatorError
from stepfunctions_local_client import Credentials, local_session, processes
from stepfunctions_local_client.mocking import request
from stepfunctions_local_client.signing import signed_headers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORM = "application/x-www-form-urlencoded"


def raw(emulator: Emulator, text: str) -> http.client.HTTPResponse:
    """Return what is answered to the very bytes of a request."""
    with socket.create_connection((HOST, emulator.port), timeout=30) as connection:
        connection.sendall(text.replace("\n", "\r\n").encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read()
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]
        return answer


def headers(emulator: Emulator, operation: str, body: str, **more: str) -> dict[str, str]:
    said = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{operation}", **more}
    return signed_headers(
        "POST", f"{emulator.endpoint}/", body, said, credentials=emulator.credentials, service="sqs"
    )


def message(emulator: Emulator, names: Mapping[str, str], body: str, *, version: str = "1.1") -> str:
    lines = [f"POST / HTTP/{version}", *(f"{name}: {value}" for name, value in names.items()), "", ""]
    return "\n".join(lines) + body


def queues(emulator: Emulator) -> list[str]:
    return Clients(emulator.endpoint).sqs.list_queues().get("QueueUrls", [])


CREATE = '{"QueueName": "strangers"}'
HOSTED = f"Host: {HOST}:PORT"
UNSIGNED = {
    "a form to the emulator's own page": f"POST /_ministack/reset HTTP/1.1\n{HOSTED}\nContent-Type: {FORM}\n"
    "Content-Length: 0\n\n",
    "the emulator's own page": f"GET /_ministack/health HTTP/1.1\n{HOSTED}\n\n",
    "its configuration": f"POST /_ministack/config HTTP/1.1\n{HOSTED}\nContent-Length: 2\n\n{{}}",
    "LocalStack's page": f"GET /_localstack/health HTTP/1.1\n{HOSTED}\n\n",
    "a form of the query protocol": f"POST / HTTP/1.1\n{HOSTED}\nContent-Type: {FORM}\nContent-Length: 65\n\n"
    "Action=CreateQueue&Version=2012-11-05&QueueName=strangers&Padding",
    "the same as an address": f"GET /?Action=CreateQueue&Version=2012-11-05&QueueName=strangers HTTP/1.1\n{HOSTED}\n\n",
    "a preflight": f"OPTIONS / HTTP/1.1\n{HOSTED}\nOrigin: http://evil.example\nAccess-Control-Request-Method: PUT\n\n",
    "a WebSocket": f"GET / HTTP/1.1\n{HOSTED}\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\n\n",
    "an old request without a host": "GET /2015-03-31/functions HTTP/1.0\n\n",
    "the target of a proxy": f"GET http://evil.example/ HTTP/1.1\n{HOSTED}\n\n",
}


@pytest.mark.parametrize("what", UNSIGNED)
def test_what_nobody_signed_is_refused_and_changes_nothing(emulator: Emulator, what: str) -> None:
    Clients(emulator.endpoint).sqs.create_queue(QueueName="mine")
    answer = raw(emulator, UNSIGNED[what].replace("PORT", str(emulator.port)))
    assert answer.status in (400, 403)
    assert [url.rpartition("/")[2] for url in queues(emulator)] == ["mine"]


def test_a_signed_request_of_the_same_form_is_served(emulator: Emulator) -> None:
    names = headers(emulator, "CreateQueue", CREATE)
    answer = raw(
        emulator,
        message(
            emulator, {**names, "Host": f"{HOST}:{emulator.port}", "Content-Length": str(len(CREATE))}, CREATE
        ),
    )
    assert answer.status == 200
    assert queues(emulator)


@pytest.mark.parametrize(
    "more",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-origin"},
        {"host": "evil.example"},
    ],
    ids=str,
)
def test_a_signed_request_of_a_web_page_or_with_a_second_host_is_refused(
    emulator: Emulator, more: dict[str, str]
) -> None:
    names = headers(emulator, "CreateQueue", CREATE)
    all_of_them = {**names, "Host": f"{HOST}:{emulator.port}", "Content-Length": str(len(CREATE)), **more}
    answer = raw(emulator, message(emulator, all_of_them, CREATE))
    assert answer.status in (400, 403)
    assert not queues(emulator)


def test_a_body_in_chunks_is_verified_as_a_whole(emulator: Emulator) -> None:
    names = {**headers(emulator, "CreateQueue", CREATE), "Host": f"{HOST}:{emulator.port}"}
    chunks = f"{4:x}\n{CREATE[:4]}\n{len(CREATE) - 4:x}\n{CREATE[4:]}\n0\n\n"
    answer = raw(emulator, message(emulator, {**names, "Transfer-Encoding": "chunked"}, chunks))
    assert answer.status == 200
    other = chunks.replace("strangers", "stranger2")
    refused = raw(emulator, message(emulator, {**names, "Transfer-Encoding": "chunked"}, other))
    assert refused.status == 403


def test_each_emulator_has_a_key_pair_of_its_own(emulator: Emulator, tmp_path: Path) -> None:
    with Emulator.start(data_dir=tmp_path) as other:
        assert other.credentials.access_key != emulator.credentials.access_key
        session = local_session(emulator.endpoint)
        lost: Any = session.client("sqs", endpoint_url=other.endpoint)
        with pytest.raises(Exception, match="security token included in the request is invalid") as refused:
            lost.list_queues()
        assert "UnrecognizedClientException" in str(refused.value)
        assert other.credentials.secret_key not in repr(other.credentials)
        status, page = request(other.endpoint, "GET", "/_ministack/health")
        assert (status, "services" in page) == (200, True)


@pytest.mark.parametrize(
    ("service", "call", "code"),
    [
        ("iam", "list_roles", "InvalidClientTokenId"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("stepfunctions", "list_state_machines", "UnrecognizedClientException"),
    ],
)
def test_boto3_reads_a_refusal_as_aws_says_it(
    shared_emulator: Emulator, service: str, call: str, code: str
) -> None:
    client: Any = local_session().client(service, endpoint_url=shared_emulator.endpoint)  # type: ignore[call-overload]
    with pytest.raises(client.exceptions.ClientError) as refused:
        getattr(client, call)()
    assert refused.value.response["Error"]["Code"] == code
    assert "espresso env" in refused.value.response["Error"]["Message"] or service == "s3"


ASKS = textwrap.dedent(
    """
    import json, os, urllib.error, urllib.request
    import boto3
    def handler(event, context):
        named = boto3.client("sqs").list_queues().get("QueueUrls", [])
        try:
            urllib.request.urlopen(os.environ["AWS_ENDPOINT_URL"] + "/?Action=ListQueues")
        except urllib.error.HTTPError as error:
            return {"queues": named, "unsigned": error.code, "key": os.environ["AWS_ACCESS_KEY_ID"]}
    """
)


def test_functions_sign_with_the_emulators_key_pair_by_themselves(emulator: Emulator) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.py", ASKS)
    clients = Clients(emulator.endpoint)
    clients.sqs.create_queue(QueueName="q")
    clients.lambda_.create_function(
        FunctionName="asks",
        Runtime="python3.12",
        Handler="index.handler",
        Timeout=60,
        Role="arn:aws:iam::000000000000:role/r",
        Code={"ZipFile": packed.getvalue()},
    )
    answer = json.loads(clients.lambda_.invoke(FunctionName="asks")["Payload"].read())
    assert [url.rpartition("/")[2] for url in answer["queues"]] == ["q"]
    assert answer["unsigned"] == 403
    assert answer["key"] == emulator.credentials.access_key


def test_any_key_pair_is_taken_where_that_was_asked_for_but_no_page(tmp_path: Path) -> None:
    with Emulator.start(data_dir=tmp_path, any_credentials=True) as emulator:
        assert Emulator.attach(tmp_path).any_credentials
        client: Any = local_session().client("sqs", endpoint_url=emulator.endpoint)
        client.create_queue(QueueName="q")
        for text in UNSIGNED.values():
            assert raw(emulator, text.replace("PORT", str(emulator.port))).status in (400, 403)
        assert len(client.list_queues()["QueueUrls"]) == 1


class TestListening:
    """What the kernel says of where an engine listens."""

    def test_an_emulator_listens_on_loopback_alone(self, shared_emulator: Emulator) -> None:
        assert (HOST, shared_emulator.port) in processes.listening(shared_emulator.pid)
        assert processes.exposed(shared_emulator.pid) == []

    @pytest.mark.parametrize(
        ("family", "address", "found"),
        [
            ("AF_INET", "127.0.0.1", []),
            ("AF_INET", "127.0.0.2", []),
            ("AF_INET6", "::1", []),
            ("AF_INET", "0.0.0.0", ["0.0.0.0"]),
            ("AF_INET6", "::", ["::"]),
        ],
    )
    def test_every_listener_of_a_process_group_is_found(
        self, family: str, address: str, found: list[str]
    ) -> None:
        listens = (
            f"import socket; s = socket.socket(socket.{family}); s.bind(({address!r}, 0)); s.listen(); "
            "print(s.getsockname()[1], flush=True); input()"
        )
        # The one that listens is a child of the group's first process.
        program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {listens!r}], check=True)"
        with subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            assert process.stdout is not None
            said = process.stdout.readline()
            if not said:
                pytest.skip("there is no IPv6 here")
            assert processes.exposed(process.pid) == [f"{address}:{int(said)}" for address in found]
            process.communicate(b"\n")

    def test_an_engine_that_is_open_to_other_machines_is_stopped(self, tmp_path: Path) -> None:
        """Something in its environment opens one more port, as an engine's settings might."""
        (tmp_path / "more").mkdir()
        (tmp_path / "more" / "sitecustomize.py").write_text(
            "import socket\nkept = socket.socket()\nkept.bind(('0.0.0.0', 0))\nkept.listen()\n"
        )
        with pytest.raises(EmulatorError, match=r"listens on 0\.0\.0\.0:\d+, where other machines reach it"):
            Emulator.start(data_dir=tmp_path / "data", environment={"PYTHONPATH": str(tmp_path / "more")})
        assert not (tmp_path / "data" / "emulator.json").exists()


def test_a_pair_is_random_and_long_enough() -> None:
    pairs = [Credentials.generate() for _ in range(100)]
    assert len({pair.access_key for pair in pairs} | {pair.secret_key for pair in pairs}) == 200
    assert {len(pair.access_key) for pair in pairs} == {20}
    assert {len(pair.secret_key) for pair in pairs} == {40}
