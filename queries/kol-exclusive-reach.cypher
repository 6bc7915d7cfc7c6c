// name: kol-exclusive-reach
// purpose: What each KOL of a shortlist adds: the part of the audience that no other one of the list reaches.
// sample kols=K0001,K0002,K0003
// parameter kols list: ids of the KOLs
// column kol text: id of the KOL
// column name text: display name
// column audience integer: people who follow the KOL or reacted
// column exclusive integer: how many of them are in the audience of no other KOL of the list
// column share decimal: exclusive / audience, 0 where there is no audience
// column cost decimal: price of one post in yuan
MATCH (k:KOL)
WHERE k.id IN $kols
OPTIONAL MATCH (p:Person)-[:FOLLOWS|INTERACTED]->(k)
WITH DISTINCT k, p
WITH k,
     count(p) AS audience,
     sum(CASE
           WHEN p IS NULL THEN 0
           WHEN EXISTS { MATCH (p)-[:FOLLOWS|INTERACTED]->(o:KOL) WHERE o.id IN $kols AND o.id <> k.id } THEN 0
           ELSE 1
         END) AS exclusive
RETURN k.id AS kol,
       k.name AS name,
       audience AS audience,
       exclusive AS exclusive,
       CASE WHEN audience = 0 THEN 0.0 ELSE round(toFloat(exclusive) / audience, 4) END AS share,
       k.cost AS cost
ORDER BY exclusive DESC, audience DESC, kol
