"""Where a request to a domain name of one's own goes."""

from collections.abc import Iterable

from lambent.platform import Context
from lambent.services.apigateway import kinds, store
from lambent.services.apigateway.live.asked import Address
from lambent.services.apigateway.records import Document
from lambent.storage.database import Tx

_ROOT = "(none)"


async def find_address(context: Context, name: str, path: str) -> Address | None:
    """None for a name that no mapping of ours is for."""

    def read(tx: Tx) -> list[Document]:
        owner = store.find_domain_owner(tx, name)
        if owner is None:
            return []
        parts = store.list_parts(tx, owner, kinds.BASE_PATH_MAPPING.name)
        return [part.document for part in parts]

    return address_in(await context.db.read(read), path)


def address_in(mappings: Iterable[Document], path: str) -> Address | None:
    """
    The longest base path that the path begins with says which API and stage.

    >>> address_in([{"basePath": "v1", "restApiId": "abc", "stage": "live"}], "v1/orders").path
    'orders'
    """
    for mapping in sorted(mappings, key=_length, reverse=True):
        base = "" if mapping["basePath"] == _ROOT else str(mapping["basePath"])
        if base and path != base and not path.startswith(f"{base}/"):
            continue
        rest = path.removeprefix(base).removeprefix("/")
        stage = mapping.get("stage")
        if stage:
            return Address(mapping["restApiId"], stage, rest, f"/{path}")
        # AWS: a mapping that names no stage leaves it to the path.
        name, _, rest = rest.partition("/")
        return Address(mapping["restApiId"], name, rest, f"/{path}")
    return None


def _length(mapping: Document) -> int:
    return 0 if mapping["basePath"] == _ROOT else len(mapping["basePath"])
