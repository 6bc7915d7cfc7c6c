// name: person-recommendations
// purpose: What was recommended to one person and why, and whether the person has taken it.
// sample person=U00001
// parameter person text: id of the person
// parameter result text = : id of the result; nothing for all of them
// parameter limit integer = 50: most rows
// column result text: id of the result
// column rank integer: 1 comes first
// column item_type text: Product or Vehicle
// column item text: its id
// column name text: its name
// column score decimal: score of the model
// column reason text: why
// column taken text: yes where the person bought, rented or owns it
MATCH (p:Person {id: $person})-[r:RECOMMENDED]->(i:Product|Vehicle)
WHERE $result = '' OR r.result_id = $result
RETURN r.result_id AS result,
       r.rank AS rank,
       CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       i.name AS name,
       r.score AS score,
       r.reason AS reason,
       CASE WHEN EXISTS { (p)-[:BOUGHT|RENTED|OWNS]->(i) } THEN 'yes' ELSE 'no' END AS taken
ORDER BY result, rank, item_type, item
LIMIT $limit
