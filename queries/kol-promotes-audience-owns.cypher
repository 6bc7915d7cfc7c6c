// name: kol-promotes-audience-owns
// purpose: How many of a KOL's audience own what the KOL promotes already, so that fees go where buyers are left.
// parameter limit integer = 100: most rows
// column kol text: id of the KOL
// column vehicle text: id of the promoted vehicle
// column audience integer: people who follow the KOL or reacted
// column owners integer: how many of them own the vehicle
// column share decimal: owners / audience, 0 where there is no audience
MATCH (k:KOL)-[:PROMOTES]->(v:Vehicle)
WITH DISTINCT k, v
OPTIONAL MATCH (p:Person)-[:FOLLOWS|INTERACTED]->(k)
WITH DISTINCT k, v, p
WITH k, v,
     count(p) AS audience,
     sum(CASE WHEN p IS NOT NULL AND EXISTS { (p)-[:OWNS]->(v) } THEN 1 ELSE 0 END) AS owners
RETURN k.id AS kol,
       v.id AS vehicle,
       audience AS audience,
       owners AS owners,
       CASE WHEN audience = 0 THEN 0.0 ELSE round(toFloat(owners) / audience, 4) END AS share
ORDER BY share DESC, audience DESC, kol, vehicle
LIMIT $limit
