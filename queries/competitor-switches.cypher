// name: competitor-switches
// purpose: Which brands take away people who were interested in a brand's vehicles and never took one.
// sample brand=擎宇
// parameter brand text: the brand that lost them
// parameter since date = 1970-01-01: first day of interest
// parameter limit integer = 50: most rows
// column brand text: the brand whose vehicle they bought or rented instead, later
// column people integer: how many did
// column share decimal: share of all people whom the first brand lost to another, 0 to 1
// column vehicle text: id of the vehicle that most of them took
// column vehicle_people integer: how many took that one
MATCH (p:Person)-[e:VIEWED|SEARCHED|FAVOURITED|TEST_DROVE]->(:Vehicle {brand: $brand})
WHERE date(e.time) >= date($since)
WITH p, min(e.time) AS interested
WHERE NOT EXISTS { (p)-[:BOUGHT|RENTED|OWNS]->(:Vehicle {brand: $brand}) }
MATCH (p)-[o:BOUGHT|RENTED]->(v:Vehicle)
WHERE o.time > interested AND v.brand <> $brand
WITH DISTINCT p.id AS person, v.brand AS brand, v.id AS vehicle
WITH collect({person: person, brand: brand, vehicle: vehicle}) AS pairs, count(DISTINCT person) AS lost
UNWIND pairs AS pair
WITH lost, pair.brand AS other, pair.vehicle AS taken, collect(pair.person) AS takers
ORDER BY size(takers) DESC, taken
UNWIND takers AS taker
WITH lost, other, count(DISTINCT taker) AS people, head(collect({vehicle: taken, people: size(takers)})) AS top
RETURN other AS brand,
       people AS people,
       round(toFloat(people) / lost, 4) AS share,
       top.vehicle AS vehicle,
       top.people AS vehicle_people
ORDER BY people DESC, brand
LIMIT $limit
