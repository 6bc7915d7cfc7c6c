// name: look-alikes
// purpose: Who has the same taste as a good customer: people who took or saved the same products and vehicles.
// sample person=U00001 limit=10
// parameter person text: id of the person to resemble
// parameter min_shared integer = 2: fewest products and vehicles in common
// parameter limit integer = 50: most rows
// column person text: id of the other person
// column name text: display name
// column city text: where the other person lives
// column shared integer: products and vehicles that both took or saved
// column own integer: products and vehicles that the other person took or saved
// column similarity decimal: shared / all that either of the two took or saved, 0 to 1
MATCH (:Person {id: $person})-[:BOUGHT|RENTED|OWNS|FAVOURITED|CARTED|TEST_DROVE]->(i:Product|Vehicle)
WITH collect(DISTINCT i) AS mine, count(DISTINCT i) AS total
UNWIND mine AS item
MATCH (o:User)-[:BOUGHT|RENTED|OWNS|FAVOURITED|CARTED|TEST_DROVE]->(item)
WHERE o.id <> $person
WITH total, o, count(DISTINCT item) AS shared
WHERE shared >= $min_shared
MATCH (o)-[:BOUGHT|RENTED|OWNS|FAVOURITED|CARTED|TEST_DROVE]->(x:Product|Vehicle)
WITH total, o, shared, count(DISTINCT x) AS own
RETURN o.id AS person,
       o.name AS name,
       o.city AS city,
       shared AS shared,
       own AS own,
       round(toFloat(shared) / (total + own - shared), 4) AS similarity
ORDER BY similarity DESC, shared DESC, person
LIMIT $limit
