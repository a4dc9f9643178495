"""
The policies that AWS manages: those that people of serverless attach, as AWS documents them.

They are the same in every account and nobody can change them. Where AWS's own document is long
(ReadOnlyAccess), ours names what Lambent has.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from lambent.core.ids import uuid_from
from lambent.services.iam.records import Policy, PolicyVersion

# AWS: every one of them is at least as old as the service; the true dates tell nobody anything.
_CREATED_AT = 1_423_000_000.0


@dataclass(frozen=True, slots=True)
class ManagedByAws:
    policy: Policy
    version: PolicyVersion


def _read() -> Mapping[str, ManagedByAws]:
    listed = json.loads(
        (files(__package__) / "aws_managed_policies.json").read_text(encoding="utf-8")
    )
    return {f"arn:aws:iam::aws:policy{name}": _one(name, entry) for name, entry in listed.items()}


def _one(path_and_name: str, entry: Mapping[str, object]) -> ManagedByAws:
    arn = f"arn:aws:iam::aws:policy{path_and_name}"
    path, _, name = path_and_name.rpartition("/")
    policy = Policy(
        arn=arn,
        account="aws",
        id="ANPA" + uuid_from(arn).replace("-", "").upper()[:17],
        name=name,
        path=f"{path}/",
        description=str(entry["description"]),
        created_at=_CREATED_AT,
        updated_at=_CREATED_AT,
        default_version=1,
        last_version=1,
    )
    document = json.dumps(entry["document"], indent=4)
    return ManagedByAws(policy, PolicyVersion(arn, 1, document, _CREATED_AT))


POLICIES = _read()
