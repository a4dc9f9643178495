"""What Lambda remembers of a function. Frozen; a change is a new record."""

from dataclasses import dataclass, field
from typing import Any

from lambent.services.lambda_.names import LATEST

_FOLDER = "folder:"


@dataclass(frozen=True, slots=True)
class LayerUse:
    """A layer version that a function has; sizes in bytes."""

    arn: str
    blob: str
    size: int
    unzipped_size: int


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the user chose for a version. Nested structures are as the API has them."""

    role: str
    handler: str
    runtime: str
    description: str = ""
    timeout: int = 3
    memory_size: int = 128
    ephemeral_storage: int = 512
    architecture: str = "x86_64"
    tracing_mode: str = "PassThrough"
    kms_key_arn: str = ""
    dead_letter_target: str = ""
    snap_start: str = "None"
    environment: dict[str, str] | None = None
    vpc: dict[str, Any] | None = None
    logging: dict[str, str] = field(default_factory=dict)
    layers: tuple[LayerUse, ...] = ()
    # LambdaManagedInstancesCapacityProviderConfig, of a function that runs on a capacity provider.
    capacity_provider: dict[str, Any] | None = None
    # DurableConfig with its defaults; None for a function that is not durable.
    durable: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """
    A deployment package: the blob's id (its SHA-256 in hex) and its size in bytes.

    Code that is edited in place has no package, and its blob's name says which folder it is.
    """

    blob: str
    size: int

    @staticmethod
    def of_folder(path: str, size: int) -> "Code":
        return Code(_FOLDER + path, size)

    @property
    def folder(self) -> str | None:
        return self.blob.removeprefix(_FOLDER) if self.blob.startswith(_FOLDER) else None


@dataclass(frozen=True, slots=True)
class Life:
    """Where a version is in its life: AWS's State and LastUpdateStatus with their reasons."""

    state: str
    reason: str = ""
    reason_code: str = ""
    update_status: str = ""
    update_reason: str = ""
    update_reason_code: str = ""


@dataclass(frozen=True, slots=True)
class Runnable:
    """What invokes run: a configuration and the code that belongs to it."""

    configuration: Configuration
    code: Code


@dataclass(frozen=True, slots=True)
class Version:
    """
    One version of a function; `$LATEST` is one of them.

    `id` is of this version alone, so that work left over from a deleted function of the same
    name finds nothing. While an update is in progress, and until it has succeeded, `previous` is
    what invokes run.
    """

    account: str
    region: str
    name: str
    version: str
    id: str
    configuration: Configuration
    code: Code
    life: Life
    revision_id: str
    last_modified: float
    # When it was last invoked, or else became able to be; to about a minute.
    last_invoked: float
    previous: Runnable | None = None

    @property
    def arn(self) -> str:
        """Of the function, without a qualifier."""
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"

    @property
    def is_latest(self) -> bool:
        return self.version == LATEST

    @property
    def is_managed(self) -> bool:
        """Whether it runs on a capacity provider."""
        return self.configuration.capacity_provider is not None

    @property
    def running(self) -> Runnable:
        return self.previous or Runnable(self.configuration, self.code)


@dataclass(frozen=True, slots=True)
class Function:
    """What all versions of a function share."""

    account: str
    region: str
    name: str
    created: float
    tags: dict[str, str]
    # The number of the newest published version; numbers are never given twice.
    last_version: int = 0
    reserved_concurrency: int | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"


@dataclass(frozen=True, slots=True)
class Alias:
    """`weights` are the further versions of a weighted alias: version → share of the invokes."""

    account: str
    region: str
    function_name: str
    name: str
    version: str
    description: str
    weights: dict[str, float]
    revision_id: str

    @property
    def arn(self) -> str:
        function = f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function_name}"
        return f"{function}:{self.name}"


@dataclass(frozen=True, slots=True)
class FunctionUrl:
    """`qualifier` is an alias, or empty; `cors` is as the API has it."""

    id: str
    account: str
    region: str
    function_name: str
    qualifier: str
    auth_type: str
    invoke_mode: str
    cors: dict[str, Any] | None
    created: float
    last_modified: float

    @property
    def function_arn(self) -> str:
        arn = f"arn:aws:lambda:{self.region}:{self.account}:function:{self.function_name}"
        return f"{arn}:{self.qualifier}" if self.qualifier else arn


@dataclass(frozen=True, slots=True)
class CodeSigningConfig:
    """`untrusted` is what happens to code that no allowed publisher has signed."""

    account: str
    region: str
    id: str
    description: str
    publishers: list[str]
    untrusted: str
    last_modified: float

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:code-signing-config:{self.id}"


@dataclass(frozen=True, slots=True)
class LayerVersion:
    """A version of a layer with its policy; it is not changed once it is published."""

    account: str
    region: str
    name: str
    version: int
    description: str
    created: float
    code: Code
    unzipped_size: int
    runtimes: list[str]
    architectures: list[str]
    license: str
    statements: list[dict[str, Any]] = field(default_factory=list)
    policy_revision: str = ""
    deleted: bool = False

    @property
    def layer_arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:layer:{self.name}"

    @property
    def arn(self) -> str:
        return f"{self.layer_arn}:{self.version}"


@dataclass(frozen=True, slots=True)
class Policy:
    """The resource policy of a function or of one of its qualifiers (empty: of the function)."""

    account: str
    region: str
    function_name: str
    qualifier: str
    statements: list[dict[str, Any]]
    revision_id: str
