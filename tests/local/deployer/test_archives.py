"""Archives: assets packed for Lambda, the same bytes for the same content."""

from __future__ import annotations

import io
import os
import zipfile
from typing import TYPE_CHECKING

import pulumi
import pytest

from local.deployer.archives import pack, sha256

if TYPE_CHECKING:
    from pathlib import Path


def test_the_same_content_gives_the_same_bytes_whatever_its_age_and_order(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")
    one = pulumi.AssetArchive({"a.py": pulumi.FileAsset("a.py"), "b.py": pulumi.StringAsset("b = 2\n")})
    first = pack(one, tmp_path)
    os.utime(tmp_path / "a.py", (0, 0))
    (tmp_path / "a.py").chmod(0o600)
    other = pulumi.AssetArchive({"b.py": pulumi.StringAsset("b = 2\n"), "a.py": pulumi.FileAsset("a.py")})
    assert sha256(pack(other, tmp_path)) == sha256(first)


def test_folders_and_zip_files_are_unpacked_under_their_name(tmp_path: Path) -> None:
    (tmp_path / "lib" / "deep").mkdir(parents=True)
    (tmp_path / "lib" / "deep" / "x.py").write_text("x = 1\n")
    with zipfile.ZipFile(tmp_path / "made.zip", "w") as made:
        made.writestr("y.py", "y = 2\n")
    archive = pulumi.AssetArchive(
        {
            "lib": pulumi.FileArchive("lib"),
            "": pulumi.FileArchive(str(tmp_path / "made.zip")),
            "nested": pulumi.AssetArchive({"z.py": pulumi.StringAsset("z = 3\n")}),
        }
    )
    assert contents(pack(archive, tmp_path)) == {
        "lib/deep/x.py": "x = 1\n",
        "y.py": "y = 2\n",
        "nested/z.py": "z = 3\n",
    }


def test_members_can_be_read_by_the_functions_user(tmp_path: Path) -> None:
    packed = pack(pulumi.AssetArchive({"a.py": pulumi.StringAsset("")}), tmp_path)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.infolist()[0].external_attr >> 16 == 0o644


@pytest.mark.parametrize(
    ("archive", "problem"),
    [
        (pulumi.AssetArchive({"a": pulumi.FileAsset("gone.py")}), r"gone\.py does not exist"),
        (pulumi.FileArchive("gone"), r"gone is neither a folder nor a zip file"),
        (pulumi.AssetArchive({}), "is empty"),
        (pulumi.RemoteArchive("https://example.com/a.zip"), r"from a URL \(https://example.com/a.zip\)"),
    ],
)
def test_what_cannot_be_packed_is_named(tmp_path: Path, archive: pulumi.AssetArchive, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        pack(archive, tmp_path)


def contents(packed: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}
