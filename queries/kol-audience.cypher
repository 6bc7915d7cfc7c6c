// name: kol-audience
// purpose: Where a KOL's audience lives and how lively it is: followers and people who reacted, by city.
// sample kol=K0001
// parameter kol text: id of the KOL
// parameter limit integer = 50: most rows
// column city text: city, or unknown
// column people integer: people who follow the KOL or reacted
// column active integer: how many of them reacted
// column owners integer: how many of them own or bought a vehicle
MATCH (p:Person)-[e:FOLLOWS|INTERACTED]->(:KOL {id: $kol})
WITH coalesce(p.city, 'unknown') AS city, p, sum(CASE WHEN type(e) = 'INTERACTED' THEN 1 ELSE 0 END) AS reactions
RETURN city AS city,
       count(p) AS people,
       sum(CASE WHEN reactions > 0 THEN 1 ELSE 0 END) AS active,
       sum(CASE WHEN EXISTS { (p)-[:OWNS|BOUGHT]->(:Vehicle) } THEN 1 ELSE 0 END) AS owners
ORDER BY people DESC, city
LIMIT $limit
