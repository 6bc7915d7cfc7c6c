// name: segment-overlap
// purpose: How the segments of one run lie over those of another, to see what has moved.
// sample first=r1 second=r2
// parameter first text: id of one result
// parameter second text: id of the other
// parameter limit integer = 200: most rows
// column first_segment text: segment of the first result
// column first_name text: its name
// column second_segment text: segment of the second result
// column second_name text: its name
// column both integer: people in both
// column share_of_first decimal: both / people of the first segment, 0 to 1
// column share_of_second decimal: both / people of the second segment, 0 to 1
MATCH (a:Segment {result_id: $first})<-[:IN_SEGMENT]-(p:Person)-[:IN_SEGMENT]->(b:Segment {result_id: $second})
WITH a, b, count(DISTINCT p) AS both
WITH a, b, both, COUNT { (:Person)-[:IN_SEGMENT]->(a) } AS first_people,
     COUNT { (:Person)-[:IN_SEGMENT]->(b) } AS second_people
RETURN a.segment AS first_segment,
       a.name AS first_name,
       b.segment AS second_segment,
       b.name AS second_name,
       both AS both,
       round(toFloat(both) / first_people, 4) AS share_of_first,
       round(toFloat(both) / second_people, 4) AS share_of_second
ORDER BY both DESC, first_segment, second_segment
LIMIT $limit
