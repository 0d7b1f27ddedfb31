"""In which AWS region a deployed stack is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import yaml

from local.orders.problems import OrderError

if TYPE_CHECKING:
    from pathlib import Path


def region_of(stack: str, *, folder: Path) -> str:
    """Return the region of a stack: where `pulumi up` put it, as far as that can be told.

    Its settings, `Pulumi.<stack>.yaml` in the folder of the program, say it (`aws:region`); else `AWS_REGION` does,
    which Pulumi reads too, then `AWS_DEFAULT_REGION`, then the AWS profile.

    Raises:
        OrderError: Nothing says it, or the settings cannot be read.
    """
    return (
        _configured(folder / f"Pulumi.{stack}.yaml")
        or os.environ.get("AWS_REGION")
        or os.environ.get("AWS_DEFAULT_REGION")
        or _of_profile()
        or _unknown(stack)
    )


def _configured(settings: Path) -> str | None:
    try:
        document = yaml.safe_load(settings.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise OrderError(f"{settings.name} cannot be read: {error}") from error
    config = document.get("config") if isinstance(document, dict) else None
    region = config.get("aws:region") if isinstance(config, dict) else None
    return region if isinstance(region, str) and region else None


def _of_profile() -> str | None:
    import boto3
    import botocore.exceptions

    try:
        return boto3.Session().region_name
    except botocore.exceptions.ProfileNotFound as error:
        raise OrderError(f"{error}: AWS_PROFILE names a profile that isn't configured.") from error


def _unknown(stack: str) -> str:
    raise OrderError(
        f"Nothing says in which region the stack {stack} is: add --region, set AWS_REGION, or write aws:region into "
        f"Pulumi.{stack}.yaml as `pulumi config set aws:region` does."
    )
