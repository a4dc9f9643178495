"""What other services ask of EventBridge in no published operation."""

from lambent.platform import Context, Params, Reply
from lambent.services.events import authorizing, connection_rules


async def retrieve_connection_credentials(context: Context, params: Params) -> Reply:
    """
    What a connection adds to a request: AWS's permission `events:RetrieveConnectionCredentials`.

    `Refresh` asks for another token, because the last one was refused.
    """
    connection = await authorizing.ready(
        context, params["ConnectionArn"], refresh=params.get("Refresh", False)
    )
    added = connection_rules.additions(connection)
    return {
        "AuthorizationType": connection.authorization_type,
        "Headers": added.headers,
        "QueryParameters": added.query,
        "BodyParameters": added.body,
    }


OPERATIONS = {"RetrieveConnectionCredentials": retrieve_connection_credentials}
