// name: vehicle-competitors
// purpose: Which vehicles the viewers of a vehicle also view, and how many of these viewers have the other one.
// sample vehicle=V001
// parameter vehicle text: id of the vehicle
// parameter limit integer = 20: most rows
// column vehicle text: id of the other vehicle
// column name text: its name
// column brand text: its brand
// column viewers integer: people who viewed both
// column share decimal: share of the first vehicle's viewers, 0 to 1
// column owners integer: people who viewed both and own or bought the other one
MATCH (p:Person)-[:VIEWED]->(:Vehicle {id: $vehicle})
WITH collect(DISTINCT p) AS fans, count(DISTINCT p) AS total
UNWIND fans AS fan
MATCH (fan)-[:VIEWED]->(o:Vehicle)
WHERE o.id <> $vehicle
WITH DISTINCT total, o, fan
WITH total, o, count(fan) AS viewers, sum(CASE WHEN EXISTS { (fan)-[:OWNS|BOUGHT]->(o) } THEN 1 ELSE 0 END) AS owners
RETURN o.id AS vehicle,
       o.name AS name,
       o.brand AS brand,
       viewers AS viewers,
       round(toFloat(viewers) / total, 4) AS share,
       owners AS owners
ORDER BY viewers DESC, vehicle
LIMIT $limit
