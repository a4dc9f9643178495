"""Domain names of one's own, and which API answers below which of their paths."""

from dataclasses import replace
from typing import Any

from lambent.platform import Context, Params, Reply
from lambent.services.apigateway import kinds, known, rules, store
from lambent.services.apigateway.api.parts import deleting, listing, page, reading, updating
from lambent.services.apigateway.errors import BadRequest, Conflict
from lambent.services.apigateway.patches import patched
from lambent.services.apigateway.records import Document, Owner, Part
from lambent.storage.database import Tx

# AWS: how the mapping of the path "" is called.
ROOT = "(none)"


async def create_domain_name(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html"""
    owner = known.account_owner(context)
    name = params["domainName"]
    document = _new_domain_name(context, params)

    def write(tx: Tx) -> None:
        if store.find_part(tx, owner, kinds.DOMAIN_NAME.name, name) is not None:
            raise BadRequest("The domain name you provided already exists.")
        part = Part(owner, kinds.DOMAIN_NAME.name, name, context.clock.now(), document)
        store.put_part(tx, part)

    await context.db.write(write)
    return document


def _new_domain_name(context: Context, params: Params) -> dict[str, Any]:
    name = params["domainName"]
    types = (params.get("endpointConfiguration") or {}).get("types") or ["EDGE"]
    target = f"d-{name.encode().hex()[:10]}.execute-api.{context.region}.amazonaws.com"
    is_regional = "EDGE" not in types
    return {
        **rules.picked(
            params,
            "domainName",
            "certificateName",
            "certificateArn",
            "regionalCertificateName",
            "regionalCertificateArn",
            "mutualTlsAuthentication",
            "ownershipVerificationCertificateArn",
            "policy",
            "routingMode",
            "tags",
        ),
        "domainNameArn": f"arn:aws:apigateway:{context.region}::/domainnames/{name}",
        "endpointConfiguration": {"types": types, "ipAddressType": "ipv4"},
        "domainNameStatus": "AVAILABLE",
        "securityPolicy": params.get("securityPolicy", "TLS_1_2"),
        **(
            {"regionalDomainName": target, "regionalHostedZoneId": "Z1UJRXOUMOOFQ8"}
            if is_regional
            else {"distributionDomainName": target, "distributionHostedZoneId": "Z2FDTNDATAQYW2"}
        ),
    }


def _with_mappings(tx: Tx, context: Context, part: Part) -> None:
    store.remove_parts(tx, replace(part.owner, id=part.id))


get_domain_name = reading(kinds.DOMAIN_NAME)
get_domain_names = listing(kinds.DOMAIN_NAME)
update_domain_name = updating(kinds.DOMAIN_NAME)
delete_domain_name = deleting(kinds.DOMAIN_NAME, _with_mappings)


async def create_base_path_mapping(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateBasePathMapping.html"""
    path = params.get("basePath") or ROOT
    document = {"basePath": path, **rules.picked(params, "restApiId", "stage")}

    def write(tx: Tx) -> None:
        owner = _domain(tx, context, params)
        _check(tx, owner, document)
        if store.find_part(tx, owner, kinds.BASE_PATH_MAPPING.name, path) is not None:
            raise Conflict("Base path already exists for this domain name")
        store.put_part(
            tx, Part(owner, kinds.BASE_PATH_MAPPING.name, path, context.clock.now(), document)
        )

    await context.db.write(write)
    return document


async def get_base_path_mapping(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetBasePathMapping.html"""
    return await context.db.read(lambda tx: _mapping(tx, context, params).document)


async def get_base_path_mappings(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetBasePathMappings.html"""
    owner = await context.db.read(lambda tx: _domain(tx, context, params))
    return await page(context, params, owner, kinds.BASE_PATH_MAPPING)


async def update_base_path_mapping(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateBasePathMapping.html"""

    def write(tx: Tx) -> Document:
        part = _mapping(tx, context, params)
        document = patched(
            part.document, params.get("patchOperations", ()), kinds.BASE_PATH_MAPPING.places
        )
        path = document.get("basePath") or ROOT
        document = {**document, "basePath": path}
        _check(tx, part.owner, document)
        store.remove_part(tx, part.owner, part.kind, part.id)
        store.put_part(tx, replace(part, id=path, document=document))
        return document

    return await context.db.write(write)


async def delete_base_path_mapping(context: Context, params: Params) -> Reply:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteBasePathMapping.html"""

    def write(tx: Tx) -> None:
        part = _mapping(tx, context, params)
        store.remove_part(tx, part.owner, part.kind, part.id)

    await context.db.write(write)
    return {}


def _domain(tx: Tx, context: Context, params: Params) -> Owner:
    owner = known.account_owner(context)
    known.get_part(tx, owner, kinds.DOMAIN_NAME, params["domainName"])
    return replace(owner, id=params["domainName"])


def _mapping(tx: Tx, context: Context, params: Params) -> Part:
    owner = _domain(tx, context, params)
    return known.get_part(tx, owner, kinds.BASE_PATH_MAPPING, params["basePath"] or ROOT)


def _check(tx: Tx, owner: Owner, mapping: Document) -> None:
    api = replace(owner, id=mapping["restApiId"])
    if store.find_part(tx, replace(owner, id=""), kinds.REST_API.name, api.id) is None:
        raise BadRequest("Invalid REST API identifier specified")
    stage = mapping.get("stage")
    if stage and store.find_part(tx, api, kinds.STAGE.name, stage) is None:
        raise BadRequest("Invalid stage identifier specified")
