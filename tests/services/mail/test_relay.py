"""A relay that speaks SMTP: what it gets, and what happens when it refuses or is away."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from lambent.core.clock import ManualClock
from lambent.core.settings import MailSettings, Settings
from lambent.platform import Context
from lambent.services.mail import store
from lambent.services.mail.records import Message
from tests.conftest import World


@dataclass
class Relay:
    """Keeps what it was given; answers with `answers` first, then takes everything."""

    port: int = 0
    taken: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.taken.append(envelope)
        return "250 taken"

    def login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login, given.password))
        return AuthResult(success=True)


@contextmanager
def relaying(port: int) -> Iterator[Relay]:
    relay = Relay(port)
    controller = Controller(
        relay,
        hostname="127.0.0.1",
        port=port,
        authenticator=relay.login,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield relay
    finally:
        controller.stop()


@pytest.fixture
def port() -> int:
    """A port on which nothing listens yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    mail = MailSettings(relay_host="127.0.0.1", relay_port=port, encryption="none")
    return replace(settings, mail=mail)


async def send(world: World, subject: str = "A subject", **more: str) -> None:
    payload = {"to": ["ann@example.com", "bob@example.com"], "body": "Grüße.\n", **more}
    context = world.context
    await context.db.write(
        lambda tx: context.enqueue(tx, "one", "mail.deliver", {**payload, "subject": subject})
    )
    await world.settle()


async def kept(context: Context) -> Message:
    return await context.db.read(lambda tx: store.get_message(tx, "one"))


async def test_the_relay_gets_the_mail(
    world: World, context: Context, port: int, clock: ManualClock
) -> None:
    with relaying(port) as relay:
        await send(world, "Überschrift\nBcc: eve@example.com", sender='"Ä, B" <a@example.com>')

    (envelope,) = relay.taken
    assert envelope.rcpt_tos == ["ann@example.com", "bob@example.com"]
    assert envelope.mail_from == "a@example.com"
    assert isinstance(envelope.content, bytes)
    email = message_from_bytes(envelope.content, policy=default)
    assert email["Subject"] == "Überschrift Bcc: eve@example.com"
    assert email["From"].addresses[0].display_name == "Ä, B"
    assert email["Bcc"] is None
    assert email["Date"].datetime.timestamp() == clock.now()
    assert email.get_content().rstrip() == "Grüße."
    assert (await kept(context)).status == "relayed"


async def test_a_relay_that_is_away_is_tried_again(
    world: World, context: Context, port: int
) -> None:
    await send(world)
    assert (await kept(context)).status == "queued"
    assert (await kept(context)).error

    with relaying(port) as relay:
        await world.advance(6)
    assert len(relay.taken) == 1
    assert (await kept(context)).status == "relayed"
    assert (await kept(context)).error is None


async def test_busy_is_later_and_no_is_never(world: World, context: Context, port: int) -> None:
    with relaying(port) as relay:
        relay.answers = ["451 busy", "554 never"]
        await send(world)
        assert (await kept(context)).status == "queued"

        await world.advance(3_600)

    assert relay.taken == []
    assert (await kept(context)).status == "failed"
    assert "never" in ((await kept(context)).error or "")


class TestWithLogin:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, mail=replace(settings.mail, username="me", password="secret"))

    async def test_the_relay_is_told_who_we_are(self, world: World, port: int) -> None:
        with relaying(port) as relay:
            await send(world)

        assert relay.logins == [(b"me", b"secret")]
        assert len(relay.taken) == 1


class TestWithEncryptionIfThereIs:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, mail=replace(settings.mail, encryption="starttls"))

    async def test_a_relay_without_encryption_gets_its_mail(self, world: World, port: int) -> None:
        with relaying(port) as relay:
            await send(world)

        assert len(relay.taken) == 1


class TestWithLoginAndEncryption:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        mail = replace(settings.mail, encryption="starttls", username="me", password="secret")
        return replace(settings, mail=mail)

    async def test_a_password_is_not_sent_in_the_clear(
        self, world: World, context: Context, port: int
    ) -> None:
        with relaying(port) as relay:
            await send(world)

        assert (relay.logins, relay.taken) == ([], [])
        assert (await kept(context)).status == "queued"


async def test_a_relay_that_says_nothing_keeps_nobody_else_waiting(
    world: World, context: Context, port: int
) -> None:
    """
    However much mail there is for it, objects are still written and code is still unpacked.
    """
    with socket.create_server(("127.0.0.1", port), backlog=100) as silent:
        payload = {"to": ["ann@example.com"], "subject": "s", "body": "b"}
        for number in range(40):
            await context.db.write(
                lambda tx, id=f"mail-{number}": context.enqueue(tx, id, "mail.deliver", payload)  # type: ignore[misc]
            )
        await context.call("s3", "CreateBucket", {"Bucket": "bucket"})
        await context.call(
            "s3", "PutObject", {"Bucket": "bucket", "Key": "k", "Body": b"x" * 10**6}
        )
        mail = await context.db.read(lambda tx: store.list_messages(tx, 100))
        assert {message.status for message in mail} == {"queued"}
        assert {message.error for message in mail} == {None}
        silent.setblocking(False)
        # The end of the relay ends what waits for it.
        await asyncio.to_thread(_hang_up, silent)


def _hang_up(listener: socket.socket) -> None:
    while True:
        try:
            listener.accept()[0].close()
        except BlockingIOError:
            return
