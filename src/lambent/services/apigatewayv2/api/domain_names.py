"""Custom domain names, and which stages they lead to."""

import re
from dataclasses import replace
from functools import partial
from typing import Any

from lambent.core.errors import NotSupported
from lambent.core.ids import new_short_id
from lambent.platform import Context, Params, Reply
from lambent.services.apigatewayv2 import changes, domain_store, rules, store
from lambent.services.apigatewayv2.api.paging import page, page_start
from lambent.services.apigatewayv2.errors import BadRequest, Conflict
from lambent.services.apigatewayv2.records import ApiMapping, DomainName
from lambent.storage.database import Tx

_NAME = re.compile(r"(?:\*\.)?[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")
_KEY = re.compile(r"[A-Za-z0-9$_.+!*'()~-]+(?:/[A-Za-z0-9$_.+!*'()~-]+)*")
# AWS: the zone of its regional endpoints in us-east-1; nothing here is found by DNS.
_ZONE = "Z1UJRXOUMOOFQ8"


async def create_domain_name(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames.html"""
    name = params["DomainName"].lower()
    if not _NAME.fullmatch(name):
        raise BadRequest("Invalid domain name. It must be a name such as api.example.com")
    if not params.get("DomainNameConfigurations"):
        raise BadRequest("At least one domain name configuration is required")
    domain = DomainName(
        name,
        context.account,
        context.region,
        _domain_settings(context, params),
        rules.checked_tags(params.get("Tags") or {}),
    )

    def write(tx: Tx) -> None:
        if domain_store.find_domain(tx, name) is not None:
            raise BadRequest("The domain name you provided already exists.")
        domain_store.put_domain(tx, domain)

    await context.db.write(write)
    return _described(domain)


async def update_domain_name(context: Context, params: Params) -> Reply:
    def write(tx: Tx) -> DomainName:
        domain = _get_domain(tx, context, params)
        changed = {**domain.settings, **_domain_settings(context, params)}
        domain = replace(domain, settings=changed)
        domain_store.put_domain(tx, domain)
        return domain

    return _described(await context.db.write(write))


async def get_domain_name(context: Context, params: Params) -> Reply:
    return _described(await context.db.read(lambda tx: _get_domain(tx, context, params)))


async def get_domain_names(context: Context, params: Params) -> Reply:
    found = await context.db.read(
        partial(
            domain_store.list_domains,
            account=context.account,
            region=context.region,
            after=page_start(params),
            limit=rules.page_size(params) + 1,
        )
    )
    return page(params, found, _described, lambda domain: domain.name)


async def delete_domain_name(context: Context, params: Params) -> Reply:
    """Delete the name, and the mappings that it has."""

    def write(tx: Tx) -> None:
        domain = _get_domain(tx, context, params)
        for mapping in domain_store.list_mappings(tx, domain.name):
            domain_store.remove_mapping(tx, mapping)
        domain_store.remove_domain(tx, domain.name)

    await context.db.write(write)
    return {}


async def create_api_mapping(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings.html"""

    def write(tx: Tx) -> ApiMapping:
        domain = _get_domain(tx, context, params)
        mapping = ApiMapping(
            domain.name, fresh_id, params.get("ApiMappingKey", ""), params["ApiId"], params["Stage"]
        )
        _put_mapping(tx, context, mapping)
        return mapping

    fresh_id = new_short_id(6)
    return _described_mapping(await context.db.write(write))


async def update_api_mapping(context: Context, params: Params) -> Reply:
    def write(tx: Tx) -> ApiMapping:
        domain = _get_domain(tx, context, params)
        known = domain_store.get_mapping(tx, domain.name, params["ApiMappingId"])
        mapping = replace(
            known,
            key=params.get("ApiMappingKey", known.key),
            api_id=params["ApiId"],
            stage=params.get("Stage", known.stage),
        )
        _put_mapping(tx, context, mapping)
        return mapping

    return _described_mapping(await context.db.write(write))


async def get_api_mapping(context: Context, params: Params) -> Reply:
    def read(tx: Tx) -> ApiMapping:
        domain = _get_domain(tx, context, params)
        return domain_store.get_mapping(tx, domain.name, params["ApiMappingId"])

    return _described_mapping(await context.db.read(read))


async def get_api_mappings(context: Context, params: Params) -> Reply:
    after, size = page_start(params), rules.page_size(params)

    def read(tx: Tx) -> list[ApiMapping]:
        mappings = domain_store.list_mappings(tx, _get_domain(tx, context, params).name)
        return [mapping for mapping in mappings if mapping.id > after][: size + 1]

    found = await context.db.read(read)
    return page(params, found, _described_mapping, lambda mapping: mapping.id)


async def delete_api_mapping(context: Context, params: Params) -> Reply:
    def write(tx: Tx) -> None:
        domain = _get_domain(tx, context, params)
        mapping = domain_store.get_mapping(tx, domain.name, params["ApiMappingId"])
        domain_store.remove_mapping(tx, mapping)

    await context.db.write(write)
    return {}


def _get_domain(tx: Tx, context: Context, params: Params) -> DomainName:
    name = params["DomainName"].lower()
    return domain_store.get_domain(tx, context.account, context.region, name)


def _domain_settings(context: Context, params: Params) -> dict[str, Any]:
    if params.get("MutualTlsAuthentication", {}).get("TruststoreUri"):
        raise NotSupported("Lambent does not support mutual TLS.")
    if params.get("RoutingMode", "API_MAPPING_ONLY") != "API_MAPPING_ONLY":
        raise NotSupported("Lambent does not support routing rules: RoutingMode.")
    settings: dict[str, Any] = {"RoutingMode": "API_MAPPING_ONLY"}
    if params.get("DomainNameConfigurations"):
        settings["DomainNameConfigurations"] = [
            {
                "EndpointType": "REGIONAL",
                "IpAddressType": "ipv4",
                "SecurityPolicy": "TLS_1_2",
                **one,
                "ApiGatewayDomainName": (
                    f"d-{new_short_id(10)}.execute-api.{context.region}.amazonaws.com"
                ),
                "DomainNameStatus": "AVAILABLE",
                "HostedZoneId": _ZONE,
            }
            for one in params["DomainNameConfigurations"]
        ]
    return settings


def _put_mapping(tx: Tx, context: Context, mapping: ApiMapping) -> None:
    if mapping.key and not _KEY.fullmatch(mapping.key):
        raise BadRequest("API mapping key should not start with a '/' and may have several levels")
    api = changes.get_api(tx, context, mapping.api_id)
    store.get_part(tx, api.id, "stage", mapping.stage)
    for known in domain_store.list_mappings(tx, mapping.domain):
        if known.id != mapping.id and known.key == mapping.key:
            raise Conflict("ApiMapping key already exists for this domain name")
    domain_store.put_mapping(tx, mapping)


def _described(domain: DomainName) -> dict[str, Any]:
    return {
        **domain.settings,
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": domain.name,
        "DomainNameArn": f"arn:aws:apigateway:{domain.region}::/domainnames/{domain.name}",
        "Tags": domain.tags,
    }


def _described_mapping(mapping: ApiMapping) -> dict[str, Any]:
    return {
        "ApiId": mapping.api_id,
        "ApiMappingId": mapping.id,
        "ApiMappingKey": mapping.key,
        "Stage": mapping.stage,
    }
