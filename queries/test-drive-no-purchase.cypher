// name: test-drive-no-purchase
// purpose: Whom to call: people who drove a vehicle of a brand on trial and neither bought nor own that vehicle.
// sample brand=擎宇 limit=20
// parameter brand text: brand of the vehicle
// parameter limit integer = 100: most rows
// column person text: id of the person
// column vehicle text: id of the vehicle
// column test_drives integer: test drives of it
// column views_after integer: views of it after the last test drive
// column last_drive time: the last test drive
MATCH (p:Person)-[t:TEST_DROVE]->(v:Vehicle {brand: $brand})
WHERE NOT EXISTS { (p)-[:BOUGHT|OWNS]->(v) }
WITH p, v, count(t) AS test_drives, max(t.time) AS last_drive
OPTIONAL MATCH (p)-[e:VIEWED]->(v)
WHERE e.time > last_drive
WITH p, v, test_drives, last_drive, count(e) AS views_after
RETURN p.id AS person,
       v.id AS vehicle,
       test_drives AS test_drives,
       views_after AS views_after,
       last_drive AS last_drive
ORDER BY views_after DESC, test_drives DESC, person, vehicle
LIMIT $limit
