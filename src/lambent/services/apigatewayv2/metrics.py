"""
What HTTP APIs count, in AWS's names.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from lambent.metrics import Subject
from lambent.platform import Context
from lambent.services.apigatewayv2.requests import ApiRequest, Outcome
from lambent.services.apigatewayv2.route_rules import method_and_path

_UNITS = {
    "DataProcessed": "Bytes",
    "IntegrationLatency": "Milliseconds",
    "Latency": "Milliseconds",
}
_CACHE = "apigatewayv2.metrics"
_MOST_SUBJECTS = 10_000
_Key = tuple[str, str, str]


def count(context: Context, request: ApiRequest, outcome: Outcome, *, detailed: bool) -> None:
    """A request was answered. `detailed` counts it for its route as well."""
    route_key = request.route_key if detailed else ""
    sheet = context.platform.metrics.sheet(_subject(context, request, route_key), request.now)
    sheet["Count"].append(1.0)
    sheet["4xx"].append(float(400 <= outcome.status < 500))
    sheet["5xx"].append(float(outcome.status >= 500))
    sheet["Latency"].append(outcome.latency)
    sheet["DataProcessed"].append(float(len(request.http.body) + outcome.length))
    if outcome.integration_latency is not None:
        sheet["IntegrationLatency"].append(outcome.integration_latency)


def _subject(context: Context, request: ApiRequest, route_key: str) -> Subject:
    known: dict[_Key, Subject] = context.platform.caches.setdefault(_CACHE, {})
    api, stage = request.live.api, request.live.stage
    key = (api.id, stage, route_key)
    subject = known.get(key)
    if subject is None:
        if len(known) >= _MOST_SUBJECTS:
            known.clear()
        of_api = (("ApiId", api.id),)
        of_stage = (*of_api, ("Stage", stage))
        views = [of_api, of_stage]
        if route_key:
            method, path = method_and_path(route_key)
            views.append(
                (("ApiId", api.id), ("Method", method), ("Resource", path), ("Stage", stage))
            )
        subject = Subject(api.account, api.region, "AWS/ApiGateway", tuple(views), _UNITS)
        known[key] = subject
    return subject
