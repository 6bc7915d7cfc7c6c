// name: kol-silent-audience
// purpose: KOLs with bought or sleeping followers: how many of them never looked at, took or reacted to anything.
// sample min_followers=20 limit=20
// parameter min_followers integer = 1: fewest followers in the data
// parameter limit integer = 50: most rows
// column kol text: id of the KOL
// column name text: display name
// column followers integer: people of the data who follow the KOL
// column silent integer: how many of them follow and do nothing else
// column share decimal: silent / followers, 0 to 1
MATCH (p:Person)-[:FOLLOWS]->(k:KOL)
WITH DISTINCT k, p
WITH k,
     count(p) AS followers,
     sum(CASE
           WHEN EXISTS {
             (p)-[:VIEWED|SEARCHED|FAVOURITED|CARTED|TEST_DROVE|BOUGHT|RENTED|OWNS|RATED|INTERACTED|CLICKED]->()
           } THEN 0
           ELSE 1
         END) AS silent
WHERE followers >= $min_followers
RETURN k.id AS kol,
       k.name AS name,
       followers AS followers,
       silent AS silent,
       round(toFloat(silent) / followers, 4) AS share
ORDER BY share DESC, followers DESC, kol
LIMIT $limit
