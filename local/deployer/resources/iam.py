"""AWS Identity and Access Management: roles and their inline policies."""

# ruff: noqa: D102 -- the methods are those of ResourceProvider, described there

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from local.deployer.resources.base import Live, Property, ResourceProvider, Settings, Tagging, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_iam.type_defs import RoleTypeDef


class RoleProvider(ResourceProvider):
    """`aws.iam.Role`."""

    type = "aws:iam/role:Role"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("RoleName"),
        "path": Property("Path", "/"),
        "assumeRolePolicy": Property("AssumeRolePolicyDocument", json=True),
        "description": Property("Description", ""),
        "maxSessionDuration": Property("MaxSessionDuration", 3600),
    }
    fixed = frozenset({"path"})
    tagging = Tagging(
        "iam", "RoleName", by_id=True, list_tags="list_role_tags", tag="tag_role", untag="untag_role"
    )

    def read(self, wanted: Settings) -> Live | None:
        return self._live(self.clients.iam.get_role(RoleName=wanted["name"])["Role"])

    def create(self, wanted: Settings) -> Live | None:
        return self._live(self.clients.iam.create_role(**self.request(wanted), **self.tags(wanted))["Role"])

    def _live(self, role: RoleTypeDef) -> Live:
        outputs = {
            "arn": role["Arn"],
            "uniqueId": role["RoleId"],
            "createDate": role["CreateDate"].isoformat(),
        }
        return Live(role["RoleName"], self.settings_in(role) | {"tags": pairs(role.get("Tags"))}, outputs)

    def update(self, wanted: Settings, live: Live, changed: frozenset[str]) -> None:
        client = self.clients.iam
        if "assumeRolePolicy" in changed:
            client.update_assume_role_policy(RoleName=live.id, PolicyDocument=wanted["assumeRolePolicy"])
        if changed & {"description", "maxSessionDuration"}:
            client.update_role(
                RoleName=live.id,
                Description=wanted["description"],
                MaxSessionDuration=wanted["maxSessionDuration"],
            )

    def delete(self, live: Live) -> None:
        # IAM refuses to delete a role that has policies.
        for policy in self.clients.iam.list_role_policies(RoleName=live.id)["PolicyNames"]:
            self.clients.iam.delete_role_policy(RoleName=live.id, PolicyName=policy)
        self.clients.iam.delete_role(RoleName=live.id)


class RolePolicyProvider(ResourceProvider):
    """`aws.iam.RolePolicy`: an inline policy of a role."""

    type = "aws:iam/rolePolicy:RolePolicy"
    properties: ClassVar[Mapping[str, Property]] = {
        "name": Property("PolicyName"),
        "role": Property("RoleName"),
        "policy": Property("PolicyDocument", json=True),
    }
    identity = frozenset({"role", "name"})

    def owner(self, wanted: Settings) -> tuple[str, str]:
        return RoleProvider.type, wanted["role"]

    def read(self, wanted: Settings) -> Live | None:
        role, name = wanted["role"], wanted["name"]
        found = self.clients.iam.get_role_policy(RoleName=role, PolicyName=name)
        return Live(f"{role}:{name}", self.settings_in(found), {})

    def create(self, wanted: Settings) -> Live | None:
        self.clients.iam.put_role_policy(**self.request(wanted))
        return Live(f"{wanted['role']}:{wanted['name']}", wanted, {})

    def delete(self, live: Live) -> None:
        self.clients.iam.delete_role_policy(RoleName=live.settings["role"], PolicyName=live.settings["name"])

    def settings_of_id(self, id_: str) -> Settings:
        role, _, name = id_.partition(":")
        return {"role": role, "name": name}
