"""What editors say to debuggers: the Debug Adapter Protocol, and the inspector of Node.js."""

import asyncio
import base64
import json
import os
import struct
from typing import Any, Self

import httpx

Message = dict[str, Any]


class DebugAdapter:
    """
    A client of debugpy.

    https://microsoft.github.io/debug-adapter-protocol/specification
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sequence = 0
        self._heard: list[Message] = []

    @classmethod
    async def attach(cls, port: int, file: str, lines: list[int]) -> Self:
        """Attach with breakpoints set, as an editor does."""
        editor = cls(*await asyncio.open_connection("127.0.0.1", port))
        await editor.ask("initialize", adapterID="test", pathFormat="path")
        attached = editor.send("attach", justMyCode=False)
        await editor.event("initialized")
        await editor.ask(
            "setBreakpoints",
            source={"path": file},
            breakpoints=[{"line": line} for line in lines],
        )
        await editor.ask("configurationDone")
        await editor.answer(attached)
        return editor

    async def variables(self, thread: int) -> dict[str, str]:
        """The local variables where a thread has stopped."""
        frames = (await self.ask("stackTrace", threadId=thread))["stackFrames"]
        scopes = (await self.ask("scopes", frameId=frames[0]["id"]))["scopes"]
        reference = scopes[0]["variablesReference"]
        found = (await self.ask("variables", variablesReference=reference))["variables"]
        return {each["name"]: each["value"] for each in found}

    async def ask(self, command: str, **arguments: Any) -> Message:
        return await self.answer(self.send(command, **arguments))

    def send(self, command: str, **arguments: Any) -> int:
        self._sequence += 1
        request = {"seq": self._sequence, "type": "request", "command": command}
        body = json.dumps({**request, "arguments": arguments}).encode()
        self._writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._sequence

    async def answer(self, sequence: int) -> Message:
        answer = await self._hear("response", "request_seq", sequence)
        assert answer["success"], answer
        body: Message = answer.get("body") or {}
        return body

    async def event(self, name: str) -> Message:
        event: Message = (await self._hear("event", "event", name)).get("body") or {}
        return event

    async def _hear(self, kind: str, member: str, value: object) -> Message:
        while True:
            for message in self._heard:
                if message["type"] == kind and message[member] == value:
                    self._heard.remove(message)
                    return message
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = int(head.split(b":")[1])
            self._heard.append(json.loads(await self._reader.readexactly(length)))

    def close(self) -> None:
        self._writer.close()


class Inspector:
    """
    A client of Node.js: JSON in the frames of a web socket.

    https://chromedevtools.github.io/devtools-protocol/v8/Debugger/
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._sequence = 0
        self._heard: list[Message] = []

    @classmethod
    async def attach(cls, port: int) -> Self:
        async with httpx.AsyncClient() as client:
            found = (await client.get(f"http://127.0.0.1:{port}/json/list", timeout=30)).json()
        url = found[0]["webSocketDebuggerUrl"]
        assert url.startswith(f"ws://127.0.0.1:{port}/"), url
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /{url.rpartition('/')[2]} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        )
        writer.write(head.encode())
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
        return cls(reader, writer)

    async def ask(self, method: str, **params: Any) -> Message:
        self._sequence += 1
        text = json.dumps({"id": self._sequence, "method": method, "params": params}).encode()
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(text))
        # The final frame of a text whose length needs two bytes, masked.
        self._writer.write(struct.pack("!BBH", 0x81, 0x80 | 126, len(text)) + mask + masked)
        answer = await self._hear("id", self._sequence)
        result: Message = answer["result"]
        return result

    async def event(self, method: str) -> Message:
        params: Message = (await self._hear("method", method))["params"]
        return params

    async def _hear(self, member: str, value: object) -> Message:
        while True:
            for message in self._heard:
                if message.get(member) == value:
                    self._heard.remove(message)
                    return message
            self._heard.append(json.loads(await self._frame()))

    async def _frame(self) -> bytes:
        _, length = await self._reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self._reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self._reader.readexactly(8))
        return await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()
