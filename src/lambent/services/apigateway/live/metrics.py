"""
What API Gateway counts, in AWS's names.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from lambent.metrics import Dimensions, Subject
from lambent.platform import Context
from lambent.services.apigateway.live.asked import Site
from lambent.services.apigateway.live.routing import Endpoint

_NAMESPACE = "AWS/ApiGateway"
_UNITS = {"Latency": "Milliseconds", "IntegrationLatency": "Milliseconds"}
_CACHE = "apigateway.metrics"
_MOST_SUBJECTS = 5_000


def count(
    context: Context,
    site: Site,
    endpoint: Endpoint | None,
    *,
    status: int,
    seconds: float,
    integration_seconds: float | None,
    detailed: bool,
) -> None:
    """`detailed`: for the method by itself, too. `endpoint` is None where none was found."""
    subject = _subject(context, site, endpoint if detailed else None)
    sheet = context.platform.metrics.sheet(subject, context.clock.now())
    sheet["Count"].append(1.0)
    sheet["4XXError"].append(float(400 <= status < 500))
    sheet["5XXError"].append(float(status >= 500))
    sheet["Latency"].append(round(seconds * 1000))
    if integration_seconds is not None:
        sheet["IntegrationLatency"].append(round(integration_seconds * 1000))


def _subject(context: Context, site: Site, endpoint: Endpoint | None) -> Subject:
    subjects: dict[object, Subject] = context.platform.caches.setdefault(_CACHE, {})
    name = str(site.api.get("name", site.api_id))
    method = None if endpoint is None else (endpoint.http_method, endpoint.resource_path)
    key = (site.account, site.region, name, site.stage_name, method)
    subject = subjects.get(key)
    if subject is None:
        if len(subjects) >= _MOST_SUBJECTS:
            subjects.clear()
        api, stage = ("ApiName", name), ("Stage", site.stage_name)
        views: tuple[Dimensions, ...] = ((api,), (api, stage))
        if method is not None:
            of_method = (api, ("Method", method[0]), ("Resource", method[1]), stage)
            views = (*views, of_method)
        subject = subjects[key] = Subject(site.account, site.region, _NAMESPACE, views, _UNITS)
    return subject
