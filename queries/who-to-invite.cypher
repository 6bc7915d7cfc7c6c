// name: who-to-invite
// purpose: Whom to invite to a test drive: people who looked at, searched or saved a vehicle often and do not have it.
// sample vehicle=V001 min_actions=2 limit=20
// parameter vehicle text: id of the vehicle
// parameter min_actions integer = 3: fewest views, searches and saves that count as interest
// parameter limit integer = 50: most rows
// column person text: id of the person
// column city text: where the person lives
// column actions integer: views, searches and saves of the vehicle
// column saves integer: how many of them are saves
// column test_drives integer: earlier test drives of the vehicle
// column last_action time: the last of the actions
MATCH (p:User)-[e:VIEWED|SEARCHED|FAVOURITED]->(v:Vehicle {id: $vehicle})
WHERE NOT EXISTS { (p)-[:OWNS|BOUGHT]->(v) }
WITH p, v,
     count(e) AS actions,
     sum(CASE WHEN type(e) = 'FAVOURITED' THEN 1 ELSE 0 END) AS saves,
     max(e.time) AS last_action
WHERE actions >= $min_actions
RETURN p.id AS person,
       p.city AS city,
       actions AS actions,
       saves AS saves,
       COUNT { (p)-[:TEST_DROVE]->(v) } AS test_drives,
       last_action AS last_action
ORDER BY actions DESC, saves DESC, person
LIMIT $limit
