// name: topic-leaders
// purpose: Which KOLs carry a topic: who writes about it, and how much of their audience searches for it.
// sample topic=T001 limit=20
// parameter topic text: id or name of the topic
// parameter limit integer = 50: most rows
// column kol text: id of the KOL
// column name text: display name
// column platform text: where the KOL publishes
// column mentions integer: times the KOL wrote about the topic
// column audience integer: people who follow the KOL or reacted
// column interested integer: how many of them searched for the topic
// column share decimal: interested / audience, 0 where there is no audience
MATCH (k:KOL)-[m:MENTIONS]->(t:Topic)
WHERE t.id = $topic OR t.name = $topic
WITH k, t, count(m) AS mentions
OPTIONAL MATCH (p:Person)-[:FOLLOWS|INTERACTED]->(k)
WITH DISTINCT k, t, mentions, p
WITH k, t, mentions,
     count(p) AS audience,
     sum(CASE WHEN p IS NOT NULL AND EXISTS { (p)-[:SEARCHED]->(t) } THEN 1 ELSE 0 END) AS interested
WITH k, max(mentions) AS mentions, max(audience) AS audience, max(interested) AS interested
RETURN k.id AS kol,
       k.name AS name,
       k.platform AS platform,
       mentions AS mentions,
       audience AS audience,
       interested AS interested,
       CASE WHEN audience = 0 THEN 0.0 ELSE round(toFloat(interested) / audience, 4) END AS share
ORDER BY interested DESC, mentions DESC, kol
LIMIT $limit
