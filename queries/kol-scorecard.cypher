// name: kol-scorecard
// purpose: All KOLs side by side: what they claim, who really follows and reacts, and what a post costs for that.
// sample limit=20
// parameter platform text = : platform of the KOLs; nothing for all of them
// parameter limit integer = 100: most rows
// column kol text: id of the KOL
// column name text: display name
// column platform text: where the KOL publishes
// column stated_followers integer: followers as the platform states them
// column followers integer: people of the data who follow the KOL
// column reactions integer: likes, comments and shares
// column reacting integer: different people who reacted
// column promoted integer: different products and vehicles that the KOL promotes
// column cost decimal: price of one post in yuan
// column cost_per_reacting decimal: cost / reacting; empty where nobody reacted or the cost is unknown
MATCH (k:KOL)
WHERE $platform = '' OR k.platform = $platform
OPTIONAL MATCH (p:Person)-[e:FOLLOWS|INTERACTED]->(k)
WITH k, p.id AS person, type(e) AS action
WITH k,
     count(DISTINCT CASE WHEN action = 'FOLLOWS' THEN person END) AS followers,
     sum(CASE WHEN action = 'INTERACTED' THEN 1 ELSE 0 END) AS reactions,
     count(DISTINCT CASE WHEN action = 'INTERACTED' THEN person END) AS reacting
OPTIONAL MATCH (k)-[:PROMOTES]->(i:Product|Vehicle)
WITH k, followers, reactions, reacting, count(DISTINCT i) AS promoted
RETURN k.id AS kol,
       k.name AS name,
       k.platform AS platform,
       k.followers AS stated_followers,
       followers AS followers,
       reactions AS reactions,
       reacting AS reacting,
       promoted AS promoted,
       k.cost AS cost,
       CASE WHEN reacting = 0 THEN null ELSE round(k.cost / reacting, 2) END AS cost_per_reacting
ORDER BY reacting DESC, followers DESC, kol
LIMIT $limit
