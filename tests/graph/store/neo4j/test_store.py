from __future__ import annotations

import pytest

from graph.store.neo4j.store import Neo4jStore
from tests.contract.store import StoreContract


@pytest.mark.proof(one_in=2)
class TestNeo4j(StoreContract):
    @pytest.fixture
    def store(self, neo4j_own: Neo4jStore) -> Neo4jStore:  # type: ignore[override]
        return neo4j_own
