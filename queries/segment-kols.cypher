// name: segment-kols
// purpose: Which KOLs a segment listens to more than others do.
// sample segment=S1 limit=20
// parameter segment text: id of the segment
// parameter result text = : id of the result; nothing for all of them
// parameter min_people integer = 1: fewest people of the segment in the audience
// parameter limit integer = 50: most rows
// column result text: id of the result
// column kol text: id of the KOL
// column name text: display name
// column platform text: where the KOL publishes
// column people integer: people of the segment who follow the KOL or reacted
// column share decimal: share of the segment, 0 to 1
// column audience_share decimal: share of the KOL's audience among all people of a segment, 0 to 1
MATCH (p:Person)-[:IN_SEGMENT]->(s:Segment)
WHERE $result = '' OR s.result_id = $result
WITH s.result_id AS result, sum(CASE WHEN s.segment = $segment THEN 1 ELSE 0 END) AS members
WHERE members > 0
MATCH (q:Person)-[:IN_SEGMENT]->(t:Segment {result_id: result})
MATCH (q)-[:FOLLOWS|INTERACTED]->(k:KOL)
WITH DISTINCT result, members, t, q, k
WITH result, members, k,
     count(q) AS audience,
     sum(CASE WHEN t.segment = $segment THEN 1 ELSE 0 END) AS people
WHERE people > 0 AND people >= $min_people
RETURN result AS result,
       k.id AS kol,
       k.name AS name,
       k.platform AS platform,
       people AS people,
       round(toFloat(people) / members, 4) AS share,
       round(toFloat(people) / audience, 4) AS audience_share
ORDER BY result, people DESC, audience_share DESC, kol
LIMIT $limit
