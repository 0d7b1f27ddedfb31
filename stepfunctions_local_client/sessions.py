"""boto3 sessions for engines on this machine, which read nothing of the user's AWS configuration."""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stepfunctions_local_client.credentials import PLACEHOLDER, credentials_for

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from botocore.hooks import BaseEventHooks
    from botocore.loaders import Loader


def local_session(endpoint: str = "", region: str = "us-east-1") -> boto3.session.Session:
    """Return a boto3 session with the key pair of the engine at an endpoint.

    Every setting has botocore's default, whatever environment, profiles and configuration files say: neither
    `AWS_PROFILE` nor `AWS_DEFAULTS_MODE=auto`, which would ask the metadata service of EC2, changes what it does, and
    it can reach no account.

    https://docs.aws.amazon.com/boto3/latest/guide/configuration.html lists the settings.

    Args:
        endpoint: The engine's URL; without it, the key pair is one for engines that take any.
        region: The AWS region whose name its clients have.
    """
    import boto3  # boto3 takes its time; the pytest plugin is always loaded
    import botocore.session
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

    # A variable of a session: its name in the configuration file, that in the environment, the default, a conversion.
    pinned = {
        name: (None, None, default, convert)
        for name, (_, _, default, convert) in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()
    }
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, "/nonexistent/aws", None))
    credentials = credentials_for(endpoint) if endpoint else PLACEHOLDER
    base = botocore.session.Session(
        session_vars={**pinned, **files}, event_hooks=copy(_handlers()), include_builtin_handlers=False
    )
    loader = _loader()
    base.register_component("data_loader", loader)
    session = boto3.session.Session(
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        region_name=region,
        botocore_session=base,
    )
    # Each session of boto3's adds its own folder of models to the loader's.
    loader.search_paths[:] = dict.fromkeys(loader.search_paths)
    return session


@cache
def _loader() -> Loader:
    """Return what reads botocore's models, the same for all sessions: each would read its megabytes anew."""
    from botocore.loaders import create_loader

    return create_loader()


@cache
def _handlers() -> BaseEventHooks:
    """Return botocore's own event handlers: each session would look at the signatures of all of them."""
    import botocore.session
    from botocore.hooks import HierarchicalEmitter

    hooks = HierarchicalEmitter()
    botocore.session.Session(event_hooks=hooks)
    return hooks


def local_config(endpoint: str) -> Config:
    """Return how boto3 is to talk to a local endpoint: directly, and once."""
    from botocore.config import Config

    host = urlsplit(endpoint).hostname or ""
    return Config(
        connect_timeout=5,
        read_timeout=60,
        retries={"total_max_attempts": 1},
        # TestState and StartSyncExecution would go to `sync-<host>`, which no local engine has.
        inject_host_prefix=host.endswith("amazonaws.com"),
        proxies={},
        user_agent="stepfunctions-local-client",  # boto3 makes up a long one for each request otherwise
    )
