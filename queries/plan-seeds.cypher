// name: plan-seeds
// purpose: The seeds of a campaign plan with their cost, what each adds, and how large their audience is.
// sample
// parameter result text = : id of the result; nothing for all of them
// column result text: id of the result
// column rank integer: 1 was chosen first
// column person text: id of the seed
// column name text: display name
// column platform text: where the seed publishes
// column gain decimal: people or takers that the seed adds to those before it
// column cost decimal: price in yuan
// column audience integer: people of the data who follow the seed or reacted
MATCH (k:Person)-[r:SEED_IN]->(x:Plan)
WHERE $result = '' OR x.result_id = $result
OPTIONAL MATCH (p:Person)-[:FOLLOWS|INTERACTED]->(k)
WITH x.result_id AS result, k, r.rank AS rank, r.gain AS gain, r.cost AS cost, count(DISTINCT p) AS audience
RETURN result AS result,
       rank AS rank,
       k.id AS person,
       k.name AS name,
       k.platform AS platform,
       gain AS gain,
       cost AS cost,
       audience AS audience
ORDER BY result, rank, person
