// name: segment-profile
// purpose: What sets the people of a segment apart: cities, ages and genders that are commoner there than elsewhere.
// sample segment=S1
// parameter segment text: id of the segment
// parameter result text = : id of the result; nothing for all of them
// parameter min_people integer = 1: fewest people of the segment behind a row
// parameter limit integer = 50: most rows
// column result text: id of the result
// column aspect text: city, gender or age_band
// column value text: its value
// column people integer: people of the segment who have it
// column share decimal: share of the segment, 0 to 1
// column lift decimal: that share / the share among all people of a segment; above 1 is commoner here
MATCH (p:Person)-[:IN_SEGMENT]->(s:Segment)
WHERE $result = '' OR s.result_id = $result
WITH s.result_id AS result, count(p) AS assigned, sum(CASE WHEN s.segment = $segment THEN 1 ELSE 0 END) AS members
WHERE members > 0
MATCH (q:Person)-[:IN_SEGMENT]->(t:Segment {result_id: result})
UNWIND [
  {aspect: 'city', value: q.city},
  {aspect: 'gender', value: q.gender},
  {aspect: 'age_band', value: q.age_band}
] AS trait
WITH result, assigned, members, t, trait.aspect AS aspect, trait.value AS value
WHERE value IS NOT NULL
WITH result, assigned, members, aspect, value,
     count(t) AS everybody,
     sum(CASE WHEN t.segment = $segment THEN 1 ELSE 0 END) AS people
WHERE people > 0 AND people >= $min_people
RETURN result AS result,
       aspect AS aspect,
       value AS value,
       people AS people,
       round(toFloat(people) / members, 4) AS share,
       round(toFloat(people * assigned) / (members * everybody), 2) AS lift
ORDER BY result, lift DESC, people DESC, aspect, value
LIMIT $limit
