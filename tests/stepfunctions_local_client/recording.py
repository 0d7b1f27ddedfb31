"""Records what AWS's tools send, for the tests of the guard.

    python -m tests.stepfunctions_local_client.recording AWS_COMMAND

writes `recorded_requests.json`: requests of the AWS CLI (`AWS_COMMAND`, from `pip install awscli` in an environment of
its own) and of boto3, with the key pair below, as they arrived. No service answers them; each is told that it went
well.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE = Path(__file__).with_name("recorded_requests.json")
ACCESS_KEY, SECRET_KEY, REGION = "AKIARECORDEDREQUESTS", "recorded" * 5, "us-east-1"
LEFT_OUT = ("user-agent",)  # it names the machine, and is never signed

COMMANDS = (
    "sts get-caller-identity",
    "dynamodb list-tables",
    'dynamodb get-item --table-name orders --key {"PK":{"S":"orders"},"SK":{"S":"ä/2"}}',
    "iam list-roles --path-prefix /a/",
    "sqs send-message --queue-url URL/000000000000/q --message-body hello",
    'events put-events --entries [{"Source":"a","DetailType":"b","Detail":"{}"}]',
    "stepfunctions list-state-machines",
    "lambda list-functions --max-items 5",
    "lambda invoke --function-name f:1 --payload e30= OUTPUT",
    "logs describe-log-groups --log-group-name-prefix /aws/lambda/",
    "cloudwatch list-metrics --namespace AWS/States",
    "s3api list-objects-v2 --bucket b --prefix a/b+c --delimiter /",
    "s3 cp FILE s3://b/a/key.txt",
)
CALLS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("sts", "get_caller_identity", {}),
    ("dynamodb", "put_item", {"TableName": "t", "Item": {"PK": {"S": "ä ☕"}}}),
    ("iam", "get_role", {"RoleName": "r+1"}),
    ("sqs", "list_queues", {"QueueNamePrefix": "a b"}),
    ("events", "list_rules", {"EventBusName": "b"}),
    ("stepfunctions", "start_execution", {"stateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:m"}),
    ("lambda", "get_function", {"FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:f"}),
    ("lambda", "invoke", {"FunctionName": "f", "Payload": b'{"a": 1}'}),
    ("logs", "describe_log_groups", {}),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["a"]}),
    (
        "cloudwatch",
        "put_metric_data",
        {"Namespace": "n", "MetricData": [{"MetricName": "x" * 11_000, "Value": 1}]},
    ),
    ("s3", "put_object", {"Bucket": "b", "Key": "a b/ä//c", "Body": b"text", "ContentType": "text/plain"}),
    ("s3", "list_objects_v2", {"Bucket": "b", "Prefix": "a/b+c ~*", "Delimiter": "/"}),
    ("s3", "delete_objects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}]}}),
)
PRESIGNED: tuple[tuple[str, str, dict[str, Any], str, bytes | None], ...] = (
    ("s3", "get_object", {"Bucket": "b", "Key": "a b/ä"}, "GET", None),
    ("s3", "put_object", {"Bucket": "b", "Key": "k"}, "PUT", b"anything"),
    ("sts", "get_caller_identity", {}, "GET", None),
    ("lambda", "list_functions", {}, "GET", None),
)


@contextlib.contextmanager
def recorder(kept: list[dict[str, Any]], tool: Callable[[], str]) -> Iterator[str]:
    """Listen on a free port; keep each request. The address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self._chunks() if self.headers.get("transfer-encoding") else self.rfile.read(length)
            headers = [[name.lower(), value] for name, value in self.headers.items()]
            kept.append(
                {
                    "tool": tool(),
                    "time": datetime.now(UTC).isoformat(timespec="seconds"),
                    "method": self.command,
                    "target": self.path,
                    "headers": [pair for pair in headers if pair[0] not in LEFT_OUT],
                    "body": base64.b64encode(body).decode(),
                }
            )
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def _chunks(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def record(aws: str) -> list[dict[str, Any]]:
    """Let the tools send, one after the other."""
    kept: list[dict[str, Any]] = []
    now = [""]
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    with tempfile.TemporaryDirectory() as folder, recorder(kept, lambda: now[0]) as endpoint:
        file = Path(folder, "file")
        file.write_text("beans\n")
        replaced = {"URL": endpoint, "OUTPUT": str(Path(folder, "output")), "FILE": str(file)}
        for command in COMMANDS:
            now[0] = f"aws {' '.join(command.split()[:2])}"
            words = command.split()
            for name, value in replaced.items():
                words = [word.replace(name, value) for word in words]
            subprocess.run(
                [aws, *words, "--endpoint-url", endpoint],
                env=environment,
                check=False,
                capture_output=True,
                timeout=60,
            )
        session = boto3.Session(ACCESS_KEY, SECRET_KEY, region_name=REGION)
        for service, operation, arguments in CALLS:
            now[0] = f"boto3 {service} {operation}"
            client: Any = session.client(service, endpoint_url=endpoint)  # type: ignore[call-overload]
            with contextlib.suppress(Exception):  # the empty answer is not what it expects
                getattr(client, operation)(**arguments)
        now[0] = "boto3 s3 upload_fileobj"
        stream: Any = session.client("s3", endpoint_url=endpoint)
        with contextlib.suppress(Exception):
            stream.upload_fileobj(io.BytesIO(b"beans" * 100), "b", "k")
        for service, operation, arguments, method, body in PRESIGNED:
            now[0] = f"presigned {service} {operation}"
            version = Config(signature_version="s3v4") if service == "s3" else None  # else it is Version 2
            client = session.client(service, endpoint_url=endpoint, config=version)  # type: ignore[call-overload]
            url = client.generate_presigned_url(operation, Params=arguments, ExpiresIn=600, HttpMethod=method)
            request = urllib.request.Request(url, body, method=method, headers={"Content-Type": "image/png"})
            with contextlib.suppress(Exception):
                urllib.request.urlopen(request, timeout=10).read()
    return kept


if __name__ == "__main__":
    recorded = record(sys.argv[1])
    FILE.write_text(json.dumps(recorded, indent=1) + "\n", encoding="utf-8")
    print(f"{len(recorded)} requests of {len({one['tool'] for one in recorded})} calls")
