// name: segment-sizes
// purpose: The segments of a run with their size, and what their people spend.
// sample
// parameter result text = : id of the result; nothing for all of them
// column result text: id of the result
// column segment text: id of the segment
// column name text: its name
// column people integer: people in it
// column share decimal: share of all people in a segment of that result, 0 to 1
// column customers integer: people in it who bought or rented something
// column spent decimal: what they paid, in yuan
MATCH (p:Person)-[:IN_SEGMENT]->(s:Segment)
WHERE $result = '' OR s.result_id = $result
WITH DISTINCT s, p
OPTIONAL MATCH (p)-[e:BOUGHT|RENTED]->()
WITH s, p, count(e) AS orders, sum(coalesce(e.weight, 0.0)) AS paid
WITH s, count(p) AS people, sum(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS customers, sum(paid) AS spent
ORDER BY s.result_id, people DESC, s.segment
WITH s.result_id AS result, sum(people) AS assigned,
     collect({segment: s.segment, name: s.name, people: people, customers: customers, spent: spent}) AS rows
UNWIND rows AS row
RETURN result AS result,
       row.segment AS segment,
       row.name AS name,
       row.people AS people,
       round(toFloat(row.people) / assigned, 4) AS share,
       row.customers AS customers,
       round(row.spent, 2) AS spent
ORDER BY result, people DESC, segment
