// name: audience-overlap
// purpose: How far the audiences of two KOLs are the same people, so that nobody is paid for twice.
// sample first=K0001 second=K0002
// parameter first text: id of one KOL
// parameter second text: id of the other KOL
// column first_audience integer: people who follow the first KOL or reacted
// column second_audience integer: the same for the second
// column both integer: people in both audiences
// column share_of_first decimal: share of the first audience that the second reaches too, 0 to 1
// column share_of_second decimal: share of the second audience that the first reaches too, 0 to 1
MATCH (a:KOL {id: $first})
MATCH (b:KOL {id: $second})
OPTIONAL MATCH (p:Person)-[:FOLLOWS|INTERACTED]->(a)
WITH a, b,
     count(DISTINCT p) AS first_audience,
     count(DISTINCT CASE WHEN EXISTS { (p)-[:FOLLOWS|INTERACTED]->(b) } THEN p END) AS both
OPTIONAL MATCH (q:Person)-[:FOLLOWS|INTERACTED]->(b)
WITH a, first_audience, both, count(DISTINCT q) AS second_audience
RETURN first_audience AS first_audience,
       second_audience AS second_audience,
       both AS both,
       CASE WHEN first_audience = 0 THEN 0.0 ELSE round(toFloat(both) / first_audience, 4) END AS share_of_first,
       CASE WHEN second_audience = 0 THEN 0.0 ELSE round(toFloat(both) / second_audience, 4) END AS share_of_second
ORDER BY first_audience, second_audience
