// name: item-ratings
// purpose: What disappoints people: products and vehicles by their ratings, the worst first.
// sample min_ratings=3 limit=20
// parameter min_ratings integer = 1: fewest ratings
// parameter bad decimal = 2: a rating up to this one is a bad one
// parameter limit integer = 50: most rows
// column item_type text: Product or Vehicle
// column item text: its id
// column name text: its name
// column ratings integer: ratings
// column average decimal: their average
// column bad_ratings integer: how many of them are bad
// column orders integer: purchases and rentals
MATCH (:Person)-[r:RATED]->(i:Product|Vehicle)
WHERE r.weight IS NOT NULL
WITH i, count(r) AS ratings, avg(r.weight) AS average, sum(CASE WHEN r.weight <= $bad THEN 1 ELSE 0 END) AS bad_ratings
WHERE ratings >= $min_ratings
RETURN CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       i.name AS name,
       ratings AS ratings,
       round(average, 2) AS average,
       bad_ratings AS bad_ratings,
       COUNT { (:Person)-[:BOUGHT|RENTED]->(i) } AS orders
ORDER BY average, ratings DESC, item_type, item
LIMIT $limit
