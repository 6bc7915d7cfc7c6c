// name: referrals
// purpose: Who brings new customers: people referred, and how many of those bought, rented or own something.
// sample min_referred=2 limit=20
// parameter min_referred integer = 1: fewest referred people
// parameter limit integer = 50: most rows
// column person text: id of the person who refers
// column name text: display name
// column referred integer: different people referred
// column customers integer: how many of them bought, rented or own something
MATCH (p:Person)-[:REFERRED]->(n:Person)
WITH DISTINCT p, n
WITH p, count(n) AS referred, sum(CASE WHEN EXISTS { (n)-[:BOUGHT|RENTED|OWNS]->() } THEN 1 ELSE 0 END) AS customers
WHERE referred >= $min_referred
RETURN p.id AS person,
       p.name AS name,
       referred AS referred,
       customers AS customers
ORDER BY customers DESC, referred DESC, person
LIMIT $limit
