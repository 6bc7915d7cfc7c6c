// name: upgrade-candidates
// purpose: Whom to offer a better vehicle: people who have or rented one and keep looking at a dearer one.
// sample factor=1.3 min_actions=2 limit=20
// parameter factor decimal = 1.2: the dearer one costs at least so many times the price of the dearest that they had
// parameter min_actions integer = 2: fewest looks at the dearer one
// parameter since date = 1970-01-01: first day of these looks
// parameter limit integer = 100: most rows
// column person text: id of the person
// column vehicle text: id of the dearest vehicle that the person owns, bought or rented
// column price decimal: its price in yuan
// column wanted text: id of the dearer vehicle
// column wanted_name text: its name
// column wanted_price decimal: its price in yuan
// column actions integer: views, searches, saves and test drives of it
// column last_action time: the last of them
MATCH (p:Person)-[:OWNS|BOUGHT|RENTED]->(h:Vehicle)
WHERE h.price IS NOT NULL
WITH DISTINCT p, h
ORDER BY h.price DESC, h.id
WITH p, head(collect(h)) AS best
MATCH (p)-[e:VIEWED|SEARCHED|FAVOURITED|TEST_DROVE]->(w:Vehicle)
WHERE w.price >= best.price * $factor AND date(e.time) >= date($since)
WITH p, best, w, count(e) AS actions, max(e.time) AS last_action
WHERE actions >= $min_actions
RETURN p.id AS person,
       best.id AS vehicle,
       best.price AS price,
       w.id AS wanted,
       w.name AS wanted_name,
       w.price AS wanted_price,
       actions AS actions,
       last_action AS last_action
ORDER BY actions DESC, last_action DESC, person, wanted
LIMIT $limit
