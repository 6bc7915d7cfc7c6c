// name: kol-ranking
// purpose: The KOLs in the order of a run's score, with what they promote already.
// sample limit=20
// parameter result text = : id of the result; nothing for all of them
// parameter limit integer = 100: most rows
// column result text: id of the result
// column rank integer: 1 is the best
// column kol text: id of the KOL
// column name text: display name
// column platform text: where the KOL publishes
// column score decimal: points
// column cost decimal: price of one post in yuan
// column promotes list: ids of up to three products and vehicles that the KOL promotes
MATCH (k:Person)-[r:SCORED]->(x:Ranking)
WHERE $result = '' OR x.result_id = $result
OPTIONAL MATCH (k)-[:PROMOTES]->(i:Product|Vehicle)
WITH DISTINCT x.result_id AS result, k, r.rank AS rank, r.score AS score, i.id AS item
ORDER BY item
WITH result, k, rank, score, collect(item) AS items
RETURN result AS result,
       rank AS rank,
       k.id AS kol,
       k.name AS name,
       k.platform AS platform,
       score AS score,
       k.cost AS cost,
       items[0..3] AS promotes
ORDER BY result, rank, kol
LIMIT $limit
