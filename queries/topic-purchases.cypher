// name: topic-purchases
// purpose: What people buy or rent soon after they first searched for a topic, to link content with goods.
// sample topic=T001 days=30 limit=20
// parameter topic text: id or name of the topic
// parameter days integer = 30: days after the first search that count
// parameter limit integer = 50: most rows
// column item_type text: Product or Vehicle
// column item text: its id
// column name text: its name
// column people integer: people who bought or rented it in that time
// column amount decimal: what they paid, in yuan
MATCH (p:Person)-[s:SEARCHED]->(t:Topic)
WHERE t.id = $topic OR t.name = $topic
WITH p, min(s.time) AS searched
MATCH (p)-[e:BOUGHT|RENTED]->(i:Product|Vehicle)
WHERE e.time >= searched AND e.time < searched + duration({days: $days})
WITH i, count(DISTINCT p) AS people, sum(coalesce(e.weight, 0.0)) AS amount
RETURN CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       i.name AS name,
       people AS people,
       round(amount, 2) AS amount
ORDER BY people DESC, amount DESC, item_type, item
LIMIT $limit
