"""A connection to an engine, with what is known of it: test cases, tokens, what it can do, what it may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from stepfunctions_local_client.cases import Cases, refuse_changing_replies
from stepfunctions_local_client.embedded import EmbeddedEngine
from stepfunctions_local_client.errors import ReadOnly
from stepfunctions_local_client.masking import Tokens
from stepfunctions_local_client.mocking import MiniStackPage, engine_at, mocks_for
from stepfunctions_local_client.sessions import local_config, local_session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_stepfunctions import SFNClient

    from stepfunctions_local_client.cases import Responses
    from stepfunctions_local_client.definitions import Definition
    from stepfunctions_local_client.executions import Execution
    from stepfunctions_local_client.mocking import MockChannel
    from stepfunctions_local_client.tokens import TokenSource

_ROLE_NAME: Final = "StepFunctionsLocal"
_NO_ACCOUNT: Final = "123456789012"


class Connection:
    """Reaches an engine. `api` is the boto3 client of Step Functions, or what takes its place."""

    def __init__(
        self,
        engine: str | EmbeddedEngine,
        *,
        region: str = "us-east-1",
        api: SFNClient | None = None,
        mocks: MockChannel | None = None,
        tokens: TokenSource | None = None,
        on_execution: Callable[[Definition, Execution], None] | None = None,
        allow_changes: bool = False,
    ) -> None:
        """Connect to an engine.

        Args:
            engine: The URL of an endpoint, or an engine of this process.
            region: The AWS region whose name an endpoint is given.
            api: A boto3 client to use in place of one of the endpoint's own.
            mocks: How the engine is given test cases; found out from the endpoint if None.
            tokens: Where task tokens come from if the engine's history does not hold them.
            on_execution: Called with the definition and each execution that has ended; coverage is made of it.
            allow_changes: Whether it may create machines and start executions in a real account.

        Raises:
            ValueError: The endpoint is not a URL.
        """
        self.embedded: EmbeddedEngine | None = None
        if isinstance(engine, EmbeddedEngine):
            self.endpoint: str = engine.endpoint
            self.embedded, self.api = engine, engine.api
            self.tokens: TokenSource | None = tokens or engine
        else:
            if urlsplit(engine).scheme not in ("http", "https"):
                raise ValueError(f"{engine!r} is no address of an engine: write http://host:port")
            self.endpoint = engine
            self.api = api if api is not None else local_api(engine, region)
            self.tokens = tokens
        self.known = Tokens()
        self.cases = Cases()
        if self.embedded is not None:
            self.embedded.find_case = self.cases.of
        self._may_change = allow_changes or not is_account(self.endpoint)
        self._mocks = mocks
        self._calls_services = False
        self._engine_name: str | None = self.embedded.name if self.embedded is not None else None
        self._definitions: dict[str, Definition] = {}
        self._on_execution = on_execution
        self.leftovers: list[Callable[[], None]] = []
        """What removes from a real account what was made there."""
        self._role = ""

    @property
    def engine_name(self) -> str:
        """Which engine it is: "embedded", "ministack", "localstack", or "" for another.

        Raises:
            EngineError: Nobody answers at the endpoint.
        """
        if self._engine_name is None:
            if isinstance(self._mocks, MiniStackPage):
                self._engine_name = "ministack"
            else:
                self._engine_name = "" if is_account(self.endpoint) else engine_at(self.endpoint)
        return self._engine_name

    @property
    def shows_inner(self) -> bool:
        """Whether the engine's history holds the states inside of Parallel and Map states."""
        return self.engine_name != "ministack"

    def use_mocks(self, config: Mapping[str, object], *, calls_services: bool = False) -> None:
        """Add the test cases of a mock configuration to those that the client has.

        Args:
            config: In the format of Step Functions Local's mock configuration file.
            calls_services: Whether a task without a response may call the real service. Otherwise it ends the
                execution, and so does one whose replies have run out. A task that waits for its token is left to the
                test in either case.

        Raises:
            InvalidMocks: It is not a mock configuration, or names a state or a response that is not there.
            MocksUnsupported: The engine reads its configuration only when it starts.
        """
        for machine in self.cases.add(config):
            if machine in self._definitions:
                self.cases.check(machine, self._definitions[machine])
        self._calls_services = calls_services
        self._install()

    def _install(self) -> None:
        if self.embedded is not None:
            return
        if self._mocks is None:
            self._mocks = mocks_for(self.endpoint)
        self._mocks.install(self.cases.document(self._definitions, calls_services=self._calls_services))

    def know(self, machine: str, definition: Definition) -> None:
        """Take note of a machine's definition, and let the engine have its test cases in full."""
        self._definitions[machine] = definition
        if self.cases.has(machine):
            self._install()

    def knows_task(self, state: str) -> bool:
        """Whether a machine of this client has a task of this name."""
        found = (definition.states.get(state) for definition in self._definitions.values())
        return any(view is not None and view.type == "Task" for view in found)

    def responses(self, machine: str, definition: Definition, case: str) -> Responses | None:
        """Return the responses of a case, if they are known, once it is sure that the engine gives them as they say.

        Raises:
            UnknownCase: There is no such case.
            MocksUnsupported: The engine cannot do what the case says.
        """
        found = self.cases.of(machine, case)
        if found is not None and self.engine_name == "ministack":
            refuse_changing_replies(found, definition)
        return found

    def add_case(self, machine: str, definition: Definition, case: str, responses: Responses) -> None:
        """Give the engine one more case.

        Raises:
            MocksUnsupported: It takes no cases while it runs, or cannot do what the case says.
        """
        if self.engine_name == "ministack":
            refuse_changing_replies(responses, definition)
        self.cases.put(machine, case, responses)
        self.know(machine, definition)

    def before_change(self, what: str) -> None:
        """Refuse a change of a real account, unless it is allowed.

        Raises:
            ReadOnly: It is not.
        """
        if not self._may_change:
            raise ReadOnly(
                f"this would {what} in the account behind {self.endpoint}; if that is meant, allow it: "
                "Client(..., allow_changes=True)"
            )

    def role_arn(self) -> str:
        """Return a role of the engine's own account, which some engines insist on."""
        if is_account(self.endpoint):
            raise ValueError("a machine in a real account needs a role that exists there: role_arn=...")
        if not self._role:
            account = _NO_ACCOUNT if self.embedded is not None else account_of(self.endpoint)
            self._role = f"arn:aws:iam::{account}:role/{_ROLE_NAME}"
        return self._role

    def ended(self, definition: Definition, execution: Execution) -> None:
        """Tell whoever listens of an execution that was read back."""
        if self._on_execution is not None:
            self._on_execution(definition, execution)


def is_account(endpoint: str) -> bool:
    """Whether an endpoint is AWS itself."""
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws"))


def error_code(error: Exception) -> str:
    """Return AWS's name of an error that an API call raised; "" for any other."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def error_message(error: Exception) -> str:
    """Return what an error that an API call raised says."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Message", "")) if isinstance(response, dict) else str(error)


def account_of(endpoint: str) -> str:
    """Return the account number that an engine gives its resources; a made-up one if it does not tell."""
    from botocore.exceptions import BotoCoreError, ClientError

    sts = local_session(endpoint).client("sts", endpoint_url=endpoint, config=local_config(endpoint))
    try:
        return str(sts.get_caller_identity()["Account"])
    except (BotoCoreError, ClientError):
        return _NO_ACCOUNT


def local_api(endpoint: str, region: str = "us-east-1") -> SFNClient:
    """Return a boto3 client of Step Functions at an endpoint: with your credentials only if that is AWS itself."""
    if is_account(endpoint):
        import boto3

        return boto3.session.Session(region_name=urlsplit(endpoint).netloc.split(".")[1]).client(
            "stepfunctions"
        )
    return local_session(endpoint, region).client(
        "stepfunctions", endpoint_url=endpoint, config=local_config(endpoint)
    )
