"""
The SAM transform, by AWS's own translator in a process of its own.

It takes a second to import and a hundred megabytes, which the server shall not keep.
"""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import orjson

from lambent.services.cloudformation.errors import TransformFailed

_SECONDS = 60.0


async def transformed(
    document: Mapping[str, Any], parameters: Mapping[str, Any], region: str, account: str
) -> dict[str, Any]:
    """The CloudFormation template that a SAM template stands for."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lambent.services.cloudformation.sam_transform",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    asked = {
        "document": document,
        "parameters": parameters,
        "region": region,
        "account": account,
    }
    try:
        async with asyncio.timeout(_SECONDS):
            answer, complaint = await process.communicate(orjson.dumps(asked))
    except TimeoutError:
        process.kill()
        await process.wait()
        raise TransformFailed(
            f"Transform AWS::Serverless-2016-10-31 failed without an error message in {_SECONDS} s."
        ) from None
    if process.returncode != 0:
        last = complaint.decode(errors="replace").strip().rsplit("\n", 1)[-1]
        raise TransformFailed(f"Transform AWS::Serverless-2016-10-31 failed with: {last}")
    reply = orjson.loads(answer)
    if "error" in reply:
        raise TransformFailed(f"Transform AWS::Serverless-2016-10-31 failed with: {reply['error']}")
    template: dict[str, Any] = reply["template"]
    return template
