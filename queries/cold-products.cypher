// name: cold-products
// purpose: Products and vehicles that people look at and hardly anybody buys or rents.
// sample since=2025-06-01 max_orders=1 limit=20
// parameter since date = 1970-01-01: first day that counts
// parameter max_orders integer = 0: most purchases and rentals of a cold one
// parameter limit integer = 100: most rows
// column item_type text: Product or Vehicle
// column item text: its id
// column name text: its name
// column brand text: its brand
// column price decimal: its price in yuan
// column people integer: people who viewed it, saved it or put it into the cart
// column looks integer: how often they did
// column orders integer: purchases and rentals
// column last_look time: when somebody looked last
MATCH (i:Product|Vehicle)
OPTIONAL MATCH (:Person)-[o:BOUGHT|RENTED]->(i)
WHERE date(o.time) >= date($since)
WITH i, count(o) AS orders
WHERE orders <= $max_orders
OPTIONAL MATCH (p:Person)-[e:VIEWED|FAVOURITED|CARTED]->(i)
WHERE date(e.time) >= date($since)
WITH i, orders, count(DISTINCT p) AS people, count(e) AS looks, max(e.time) AS last_look
RETURN CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       i.name AS name,
       i.brand AS brand,
       i.price AS price,
       people AS people,
       looks AS looks,
       orders AS orders,
       last_look AS last_look
ORDER BY people DESC, looks DESC, item_type, item
LIMIT $limit
