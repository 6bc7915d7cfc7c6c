// name: check-lonely
// purpose: Data quality: people, products, vehicles and topics of which nothing is known but their own row.
// sample examples=3
// parameter examples integer = 5: ids to show of each type
// column type text: Person, Product, Vehicle or Topic
// column lonely integer: how many have no relationship, results of our own runs aside
// column examples list: the first ids of them
MATCH (n:Person|Product|Vehicle|Topic)
WHERE NOT EXISTS { MATCH (n)-[e]-() WHERE e.derived IS NULL }
WITH n.id AS id,
     CASE
       WHEN n:Person THEN 'Person'
       WHEN n:Product THEN 'Product'
       WHEN n:Vehicle THEN 'Vehicle'
       ELSE 'Topic'
     END AS type
ORDER BY id
WITH type, collect(id) AS ids
RETURN type AS type,
       size(ids) AS lonely,
       ids[0..$examples] AS examples
ORDER BY type
