// name: check-referrals
// purpose: Data quality: people who were brought by several others, by themselves, or by somebody whom they brought.
// sample limit=20
// parameter limit integer = 100: most rows
// column person text: id of the person
// column referrers list: ids of all who are said to have brought the person
// column problem text: by themselves, in a circle, or by several
MATCH (a:Person)-[:REFERRED]->(b:Person)
WITH DISTINCT a, b
ORDER BY a.id
WITH b,
     collect(a.id) AS referrers,
     sum(CASE WHEN a.id = b.id THEN 1 ELSE 0 END) AS own,
     sum(CASE WHEN a.id <> b.id AND EXISTS { (b)-[:REFERRED]->(a) } THEN 1 ELSE 0 END) AS circles
WITH b, referrers,
     CASE
       WHEN own > 0 THEN 'by themselves'
       WHEN circles > 0 THEN 'in a circle'
       WHEN size(referrers) > 1 THEN 'by several'
     END AS problem
WHERE problem IS NOT NULL
RETURN b.id AS person,
       referrers AS referrers,
       problem AS problem
ORDER BY problem, person
LIMIT $limit
