"""Expect: 100-continue, which the SDKs send with every object."""

import pytest
from botocore.exceptions import ClientError

from tests.processes import ServerProcess


@pytest.mark.parametrize("size", [5, 3_000_000])
def test_a_refusal_before_the_body_leaves_the_client_usable(
    server: ServerProcess, size: int
) -> None:
    """
    The client keeps its body, so the next thing on that connection must not be taken for it.
    """
    client = server.client("s3")
    client.create_bucket(Bucket=f"withheld-{size}")
    for _ in range(3):
        with pytest.raises(ClientError, match="NoSuchBucket"):
            client.put_object(Bucket="withheld-not", Key="k", Body=b"x" * size)
        client.put_object(Bucket=f"withheld-{size}", Key="k", Body=b"x" * size)
    assert client.head_object(Bucket=f"withheld-{size}", Key="k")["ContentLength"] == size
