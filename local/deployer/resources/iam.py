"""AWS Identity and Access Management: roles and their inline policies."""

# ruff: noqa: D102 -- the methods are those of Handler, described there

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from local.deployer.resources.base import (
    Handler,
    Live,
    Settings,
    canonical_json,
    given,
    is_missing,
    key_values,
    pairs,
    retag,
    tags_of,
)

if TYPE_CHECKING:
    from local.deployer.values import Properties


class RoleHandler(Handler):
    """`aws.iam.Role`."""

    type = "aws:iam/role:Role"
    applied = frozenset({"name", "path", "assumeRolePolicy", "description", "maxSessionDuration", "tags.*"})
    fixed = frozenset({"path"})

    def wanted(self, name: str, inputs: Properties) -> Settings:
        return {
            "name": self.name_of(name, inputs),
            "path": inputs.get("path") or "/",
            "assumeRolePolicy": canonical_json(inputs.get("assumeRolePolicy"), "assumeRolePolicy"),
            "description": inputs.get("description") or "",
            "maxSessionDuration": inputs.get("maxSessionDuration") or 3600,
            "tags": tags_of(inputs),
        }

    def read(self, wanted: Settings) -> Live | None:
        name = wanted["name"]
        try:
            role = self.clients.iam.get_role(RoleName=name)["Role"]
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        settings: Settings = {
            "name": name,
            "path": role["Path"],
            "assumeRolePolicy": canonical_json(role["AssumeRolePolicyDocument"], "assumeRolePolicy"),
            "description": role.get("Description", ""),
            "maxSessionDuration": role.get("MaxSessionDuration", 3600),
            "tags": pairs(role.get("Tags")),
        }
        outputs = {
            "arn": role["Arn"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
        }
        return Live(name, settings, outputs)

    def create(self, wanted: Settings) -> None:
        members = {
            "name": "RoleName",
            "path": "Path",
            "assumeRolePolicy": "AssumeRolePolicyDocument",
            "description": "Description",
            "maxSessionDuration": "MaxSessionDuration",
        }
        self.clients.iam.create_role(**given(wanted, members), Tags=key_values(wanted["tags"]))

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        client, name = self.clients.iam, wanted["name"]
        if "assumeRolePolicy" in changed:
            client.update_assume_role_policy(RoleName=name, PolicyDocument=wanted["assumeRolePolicy"])
        if changed & {"description", "maxSessionDuration"}:
            client.update_role(
                RoleName=name,
                Description=wanted["description"],
                MaxSessionDuration=wanted["maxSessionDuration"],
            )
        retag(
            live,
            wanted,
            lambda gone: client.untag_role(RoleName=name, TagKeys=gone),
            lambda tags: client.tag_role(RoleName=name, Tags=key_values(tags)),
        )

    def delete(self, live: Live) -> None:
        # IAM refuses to delete a role that has policies.
        for policy in self.clients.iam.list_role_policies(RoleName=live.id)["PolicyNames"]:
            self.clients.iam.delete_role_policy(RoleName=live.id, PolicyName=policy)
        self.clients.iam.delete_role(RoleName=live.id)


class RolePolicyHandler(Handler):
    """`aws.iam.RolePolicy`: an inline policy of a role."""

    type = "aws:iam/rolePolicy:RolePolicy"
    identity = frozenset({"role", "name"})
    applied = frozenset({"name", "role", "policy"})

    def wanted(self, name: str, inputs: Properties) -> Settings:
        return {
            "name": self.name_of(name, inputs),
            "role": inputs.get("role"),
            "policy": canonical_json(inputs.get("policy"), "policy"),
        }

    def read(self, wanted: Settings) -> Live | None:
        role, name = wanted["role"], wanted["name"]
        try:
            found = self.clients.iam.get_role_policy(RoleName=role, PolicyName=name)
        except ClientError as error:
            if is_missing(error):
                return None
            raise
        settings = {"name": name, "role": role, "policy": canonical_json(found["PolicyDocument"], "policy")}
        return Live(f"{role}:{name}", settings, {})

    def create(self, wanted: Settings) -> None:
        self.clients.iam.put_role_policy(
            RoleName=wanted["role"], PolicyName=wanted["name"], PolicyDocument=wanted["policy"]
        )

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:  # noqa: ARG002
        self.create(wanted)

    def delete(self, live: Live) -> None:
        self.clients.iam.delete_role_policy(RoleName=live.settings["role"], PolicyName=live.settings["name"])

    def settings_of_id(self, id_: str) -> Settings:
        role, _, name = id_.partition(":")
        return {"role": role, "name": name}
