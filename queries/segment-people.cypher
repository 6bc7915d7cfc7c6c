// name: segment-people
// purpose: Who is in a segment, the surest members first, for a mailing or a call list.
// sample segment=S1 limit=20
// parameter segment text: id of the segment
// parameter result text = : id of the result; nothing for all of them
// parameter min_certainty decimal = 0: least certainty of belonging, 0 to 1
// parameter limit integer = 1000: most rows
// column result text: id of the result
// column person text: id of the person
// column name text: display name
// column city text: where the person lives
// column certainty decimal: how surely the person belongs to it, 0 to 1
// column orders integer: purchases and rentals
// column last_order time: the last of them
MATCH (p:Person)-[m:IN_SEGMENT]->(s:Segment {segment: $segment})
WHERE ($result = '' OR s.result_id = $result) AND m.certainty >= $min_certainty
OPTIONAL MATCH (p)-[e:BOUGHT|RENTED]->()
WITH s.result_id AS result, p, m.certainty AS certainty, count(e) AS orders, max(e.time) AS last_order
RETURN result AS result,
       p.id AS person,
       p.name AS name,
       p.city AS city,
       certainty AS certainty,
       orders AS orders,
       last_order AS last_order
ORDER BY result, certainty DESC, person
LIMIT $limit
