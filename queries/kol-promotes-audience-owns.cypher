// name: kol-promotes-audience-owns
// purpose: How much of a KOL's audience already has what the KOL promotes, so that fees go where buyers are left.
// sample limit=20
// parameter limit integer = 100: most rows
// column kol text: id of the KOL
// column item_type text: Product or Vehicle
// column item text: id of what is promoted
// column audience integer: people who follow the KOL or reacted
// column owners integer: how many of them own or bought it
// column share decimal: owners / audience, 0 where there is no audience
MATCH (k:KOL)-[:PROMOTES]->(:Product|Vehicle)
WITH DISTINCT k
OPTIONAL MATCH (p:Person)-[:FOLLOWS|INTERACTED]->(k)
WITH k, count(DISTINCT p) AS audience
MATCH (k)-[:PROMOTES]->(i:Product|Vehicle)
WITH DISTINCT k, i, audience
OPTIONAL MATCH (i)<-[:OWNS|BOUGHT]-(o:Person)-[:FOLLOWS|INTERACTED]->(k)
WITH k, i, audience, count(DISTINCT o) AS owners
RETURN k.id AS kol,
       CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       audience AS audience,
       owners AS owners,
       CASE WHEN audience = 0 THEN 0.0 ELSE round(toFloat(owners) / audience, 4) END AS share
ORDER BY share DESC, audience DESC, kol, item_type, item
LIMIT $limit
