// name: segment-favourites
// purpose: What a segment buys, rents and saves more than others do, with counts beside the lift.
// sample segment=S1 limit=20
// parameter segment text: id of the segment
// parameter result text = : id of the result; nothing for all of them
// parameter min_people integer = 2: fewest people of the segment behind a row
// parameter limit integer = 50: most rows
// column result text: id of the result
// column item_type text: Product or Vehicle
// column item text: its id
// column name text: its name
// column people integer: people of the segment who bought, rented, own or saved it
// column share decimal: share of the segment, 0 to 1
// column lift decimal: that share / the share among all people of a segment; above 1 is commoner here
MATCH (p:Person)-[:IN_SEGMENT]->(s:Segment)
WHERE $result = '' OR s.result_id = $result
WITH s.result_id AS result, count(p) AS assigned, sum(CASE WHEN s.segment = $segment THEN 1 ELSE 0 END) AS members
WHERE members > 0
MATCH (q:Person)-[:IN_SEGMENT]->(t:Segment {result_id: result})
MATCH (q)-[:BOUGHT|RENTED|OWNS|FAVOURITED|CARTED]->(i:Product|Vehicle)
WITH DISTINCT result, assigned, members, t, q, i
WITH result, assigned, members, i,
     count(q) AS everybody,
     sum(CASE WHEN t.segment = $segment THEN 1 ELSE 0 END) AS people
WHERE people > 0 AND people >= $min_people
RETURN result AS result,
       CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       i.name AS name,
       people AS people,
       round(toFloat(people) / members, 4) AS share,
       round(toFloat(people * assigned) / (members * everybody), 2) AS lift
ORDER BY result, lift DESC, people DESC, item_type, item
LIMIT $limit
