"""The tables of HTTP APIs, on both stores."""

import pytest

from lambent.services.apigatewayv2 import changes, domain_store, store
from lambent.services.apigatewayv2.errors import NotFound
from lambent.services.apigatewayv2.records import Api, ApiMapping, DomainName, Part
from lambent.storage.database import Database, Tx

API = Api("api", "000000000000", "us-east-1", 5.0, {"Name": "shop"}, {"a": "1"})
STAGE = Part("api", "stage", "live", {"AutoDeploy": True, "StageVariables": {}})
ROUTE = Part("api", "route", "r1", {"RouteKey": "GET /", "Target": "integrations/i1"})
INTEGRATION = Part("api", "integration", "i1", {"IntegrationType": "AWS_PROXY"})


async def test_what_is_kept_is_what_is_read(database: Database) -> None:
    def keep(tx: Tx) -> None:
        store.put_api(tx, API)
        store.put_part(tx, STAGE)
        store.put_part(tx, ROUTE)

    await database.write(keep)

    def check(tx: Tx) -> None:
        assert store.get_api(tx, "000000000000", "us-east-1", "api") == API
        assert store.list_apis(tx, "000000000000", "us-east-1", after="", limit=5) == [API]
        assert store.get_part(tx, "api", "route", "r1") == ROUTE
        assert store.list_parts(tx, "api", "stage") == [STAGE]
        live = store.find_live(tx, "api", ("live", "$default"))
        assert live is not None
        assert (live.api, live.stage, live.settings) == (API, "live", STAGE.settings)
        none = store.find_live(tx, "api", ("other", "$default"))
        assert none is not None and none.stage == ""
        assert store.find_live(tx, "none", ("live", "$default")) is None
        with pytest.raises(NotFound, match="Invalid API identifier specified 1:api"):
            store.get_api(tx, "1", "us-east-1", "api")

    await database.read(check)


async def test_a_stage_that_deploys_by_itself_keeps_one_snapshot(database: Database) -> None:
    def keep(tx: Tx) -> None:
        store.put_api(tx, API)
        store.put_part(tx, STAGE)
        store.put_part(tx, INTEGRATION)
        changes.add_part(tx, API, ROUTE, 6.0, "first")
        changes.change_part(tx, API, ROUTE, 7.0, "second")

    await database.write(keep)

    def check(tx: Tx) -> None:
        [deployment] = store.list_parts(tx, "api", "deployment")
        assert deployment.id == "second"
        assert store.get_snapshot(tx, "api", "second")["route"] == {"r1": ROUTE.settings}
        with pytest.raises(NotFound):
            store.get_snapshot(tx, "api", "first")

    await database.read(check)
    await database.write(lambda tx: store.remove_api(tx, "api"))
    assert await database.read(lambda tx: store.list_parts(tx, "api", "deployment")) == []


async def test_domain_names_have_mappings(database: Database) -> None:
    domain = DomainName("api.example.com", "000000000000", "us-east-1", {"x": 1}, {})
    mapping = ApiMapping("api.example.com", "m", "v1", "api", "live")

    def keep(tx: Tx) -> None:
        domain_store.put_domain(tx, domain)
        domain_store.put_mapping(tx, mapping)

    await database.write(keep)

    def check(tx: Tx) -> None:
        assert domain_store.find_domain(tx, "api.example.com") == domain
        assert domain_store.list_mappings(tx, "api.example.com") == [mapping]
        assert domain_store.get_mapping(tx, "api.example.com", "m") == mapping
        assert domain_store.is_mapped(tx, "api") and domain_store.is_mapped(tx, "api", "live")
        assert not domain_store.is_mapped(tx, "api", "other")

    await database.read(check)
