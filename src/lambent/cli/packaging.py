"""
Local files of a template → objects in a bucket, as `aws cloudformation package` does it.

A table says which property of which type may name a local file or folder, and what to put in its
place. Objects are named by their content, so that deploying the same twice uploads once.
"""

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

Upload = Callable[[bytes, str], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a type names an artefact: its property, whether it is zipped, how S3 is spelt."""

    property: str
    zipped: bool
    bucket: str = "Bucket"
    key: str = "Key"
    # The property that takes the place, where it is another one.
    becomes: str = ""
    as_url: bool = False
    # A folder that is named here may be run where it lies.
    linkable: bool = False


_PLACES: dict[str, tuple[_Place, ...]] = {
    "AWS::Serverless::Function": (_Place("CodeUri", True, linkable=True),),
    "AWS::Serverless::LayerVersion": (_Place("ContentUri", True),),
    "AWS::Serverless::StateMachine": (_Place("DefinitionUri", False),),
    "AWS::Lambda::Function": (_Place("Code", True, "S3Bucket", "S3Key", linkable=True),),
    "AWS::Lambda::LayerVersion": (_Place("Content", True, "S3Bucket", "S3Key"),),
    "AWS::StepFunctions::StateMachine": (
        _Place("DefinitionUri", False, becomes="DefinitionS3Location"),
        _Place("DefinitionS3Location", False),
    ),
    "AWS::CloudFormation::Stack": (_Place("TemplateURL", False, as_url=True),),
}


def package(
    document: dict[str, Any], folder: Path, upload: Upload, *, hot_reload: bool = False
) -> dict[str, Any]:
    """
    The template with every local path replaced; `upload(body, suffix)` → (bucket, key).

    Paths are relative to `folder`. Raises ClickException for one that is not there. With
    `hot_reload`, functions run their folders as they lie. What does not have a template's form is
    left to the server, which says what is wrong with it.
    """
    if not isinstance(document.get("Resources"), dict):
        return document
    globals_code = _part(_part(document, "Globals"), "Function").get("CodeUri")
    resources = {}
    for name, resource in document["Resources"].items():
        if not isinstance(resource, dict) or not isinstance(resource.get("Properties", {}), dict):
            resources[name] = resource
            continue
        properties = dict(resource.get("Properties", {}))
        if globals_code and _takes_code(resource, properties):
            properties.setdefault("CodeUri", globals_code)
        for place in _PLACES.get(str(resource.get("Type")), ()):
            local = properties.get(place.property)
            if isinstance(local, str) and not local.startswith(("s3://", "https://", "http://")):
                del properties[place.property]
                properties[place.becomes or place.property] = _uploaded(
                    folder / local, place, upload, name, hot_reload=hot_reload
                )
        resources[name] = {**resource, "Properties": properties} if properties else resource
    return {**document, "Resources": resources}


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A section of a template; empty where there is none."""
    part = document.get(name)
    return part if isinstance(part, dict) else {}


def _takes_code(resource: dict[str, Any], properties: dict[str, Any]) -> bool:
    return (
        resource.get("Type") == "AWS::Serverless::Function"
        and "InlineCode" not in properties
        and "ImageUri" not in properties
    )


def linked(folder: Path) -> tuple[str, str]:
    """The bucket and the key by which the server knows a folder of this machine."""
    return "hot-reload", str(folder.resolve())


def _uploaded(path: Path, place: _Place, upload: Upload, name: str, *, hot_reload: bool) -> Any:
    if not path.exists():
        raise click.ClickException(f"{name}: {place.property} names {path}, which is not there.")
    if hot_reload and place.linkable and path.is_dir():
        bucket, key = linked(path)
    elif place.zipped:
        body = path.read_bytes() if path.suffix in (".zip", ".jar") else zipped(path)
        bucket, key = upload(body, ".zip")
    else:
        bucket, key = upload(path.read_bytes(), path.suffix)
    if place.as_url:
        return f"https://s3.amazonaws.com/{bucket}/{key}"
    return {place.bucket: bucket, place.key: key}


def zipped(path: Path) -> bytes:
    """A folder, or one file, as a zip: the same bytes for the same content."""
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    root = path if path.is_dir() else path.parent
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            if "__pycache__" in file.parts:
                continue
            # A fixed date: the zip of unchanged files is unchanged, and not deployed again.
            entry = zipfile.ZipInfo(file.relative_to(root).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (file.stat().st_mode & 0o777) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes())
    return body.getvalue()


def key_of(body: bytes, suffix: str) -> str:
    return hashlib.sha256(body).hexdigest() + suffix
