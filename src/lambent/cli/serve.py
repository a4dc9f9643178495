"""`lambent serve`: flags and `LAMBENT_*` variables → settings → the server."""

from pathlib import Path

import click

from lambent.__main__ import STARTED
from lambent.core.settings import LOOPBACK, FunctionSettings, MailSettings, Settings

_SECONDS = click.FloatRange(min=0.0)


@click.command(context_settings={"auto_envvar_prefix": "LAMBENT", "show_default": True})
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option(
    "--port", default=4566, type=click.IntRange(0, 65_535), help="Port; 0 takes a free one."
)
@click.option("--data", default=".lambent", type=Path, help="Folder of the store and the blobs.")
@click.option("--ephemeral", is_flag=True, help="Keep nothing after the end.")
@click.option(
    "--store", default="", metavar="URL", help="postgresql://… instead of the embedded store."
)
@click.option(
    "--auth",
    default="off",
    type=click.Choice(["off", "audit", "enforce"]),
    help="Whether policies count; off for now.",
)
@click.option("--account-id", default="000000000000", help="Account of callers that name none.")
@click.option(
    "--drain-seconds", default=10.0, type=_SECONDS, help="How long the end waits for what runs."
)
@click.option(
    "--stall-seconds",
    default=60.0,
    type=click.FloatRange(min=0.1),
    help="How long a client may stop inside what it sends or takes.",
)
@click.option("--smtp", default="", help="Mail relay, host:port; without one mail is only kept.")
@click.option("--smtp-username", default="", help="Name at the relay.")
@click.option("--smtp-password", default="", help="Password; better as LAMBENT_SMTP_PASSWORD.")
@click.option(
    "--smtp-encryption",
    default="starttls",
    type=click.Choice(["none", "starttls", "tls"]),
    help="How to speak to the relay.",
)
@click.option("--mail-sender", default="no-reply@sns.amazonaws.com", help="Sender of mail.")
@click.option(
    "--sandbox",
    default="auto",
    type=click.Choice(["auto", "namespaces", "process"]),
    help="How functions are kept apart.",
)
@click.option(
    "--network",
    default="allowed",
    type=click.Choice(["allowed", "platform-only"]),
    help="What functions reach: what this machine does, or this server alone.",
)
@click.option(
    "--cpu",
    default="shared",
    type=click.Choice(["shared", "limited"]),
    help="Share a processor when it is busy, or always as AWS: one at 1,769 MB.",
)
@click.option(
    "--hot-reload",
    multiple=True,
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path),
    help="Let functions run code that lies in this folder, as it is edited; may be repeated.",
)
@click.option(
    "--inactive-after",
    default=14 * 86_400.0,
    type=_SECONDS,
    help="Idle seconds before Inactive.",
)
@click.option(
    "--preparation-delay",
    default=0.0,
    type=_SECONDS,
    help="Seconds that Pending lasts at least.",
)
def serve(**options: object) -> None:
    """
    Run the server.

    Point any AWS client at it: AWS_ENDPOINT_URL=http://127.0.0.1:4566 and any keys. Every option
    can be an environment variable as well: --drain-seconds is LAMBENT_DRAIN_SECONDS.

    \b
      lambent serve
      lambent serve --ephemeral --port 0
      lambent serve --data /var/lib/lambent --smtp mail.example.com:587
    """
    from lambent.server.serve import CannotServe
    from lambent.server.serve import serve as run

    try:
        run(settings_from(options), STARTED)
    except CannotServe as error:
        raise click.ClickException(str(error)) from error


def settings_from(options: dict[str, object]) -> Settings:
    """The settings that the flags describe; raises UsageError for what does not go together."""
    asked = click.get_current_context().params
    if not (asked["account_id"].isdigit() and len(asked["account_id"]) == 12):
        raise click.UsageError("--account-id has twelve digits.")
    if asked["auth"] != "off":
        raise click.UsageError(
            f"--auth {asked['auth']} is not supported yet: policies are stored, not enforced."
        )
    if asked["hot_reload"] and asked["host"] not in LOOPBACK:
        raise click.UsageError(
            f"--hot-reload is for a server that only this machine reaches, not --host"
            f" {asked['host']}: it shows functions a folder of this machine."
        )
    if asked["host"] not in LOOPBACK and asked["auth"] == "off":
        raise click.UsageError(
            f"--host {asked['host']} would let the network in while authorization is off."
        )
    if asked["store"] and not asked["store"].startswith(("postgresql://", "postgres://")):
        raise click.UsageError(f"--store is like postgresql://host/name, not {asked['store']}.")
    relay, relay_port = _relay(asked["smtp"])
    return Settings(
        host=asked["host"],
        port=asked["port"],
        data=asked["data"],
        ephemeral=asked["ephemeral"],
        store=asked["store"],
        auth=asked["auth"],
        account_id=asked["account_id"],
        drain_seconds=asked["drain_seconds"],
        stall_seconds=asked["stall_seconds"],
        mail=MailSettings(
            relay_host=relay,
            relay_port=relay_port,
            username=asked["smtp_username"],
            password=asked["smtp_password"],
            encryption=asked["smtp_encryption"],
            sender=asked["mail_sender"],
        ),
        functions=FunctionSettings(
            sandbox=asked["sandbox"],
            network=asked["network"],
            cpu=asked["cpu"],
            hot_reload=asked["hot_reload"],
            inactive_after_seconds=asked["inactive_after"],
            preparation_delay_seconds=asked["preparation_delay"],
            # The limit is for what preparing takes beyond that.
            preparation_seconds=asked["preparation_delay"] + 600.0,
        ),
    )


def _relay(text: str) -> tuple[str, int]:
    """The host and the port of `mail.example.com:587`."""
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, 587
    if not (host and port.isdigit() and 0 < int(port) <= 65_535):
        raise click.UsageError(f"--smtp is like mail.example.com:587, not {text}.")
    return host, int(port)
