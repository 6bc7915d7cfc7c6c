// name: wish-list
// purpose: Whom to remind: people who saved something or put it into the cart and neither bought, rented nor own it.
// sample since=2025-06-01 limit=20
// parameter since date = 1970-01-01: first day of saving
// parameter brand text = : brand of the product or vehicle; nothing for all of them
// parameter limit integer = 100: most rows
// column person text: id of the person
// column item_type text: Product or Vehicle
// column item text: its id
// column name text: its name
// column price decimal: its price in yuan
// column saves integer: times saved
// column carts integer: times put into the cart
// column last_action time: the last of these
MATCH (p:Person)-[e:FAVOURITED|CARTED]->(i:Product|Vehicle)
WHERE date(e.time) >= date($since) AND ($brand = '' OR i.brand = $brand)
WITH p, i,
     sum(CASE WHEN type(e) = 'FAVOURITED' THEN 1 ELSE 0 END) AS saves,
     sum(CASE WHEN type(e) = 'CARTED' THEN 1 ELSE 0 END) AS carts,
     max(e.time) AS last_action
WHERE NOT EXISTS { (p)-[:BOUGHT|RENTED|OWNS]->(i) }
RETURN p.id AS person,
       CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       i.name AS name,
       i.price AS price,
       saves AS saves,
       carts AS carts,
       last_action AS last_action
ORDER BY last_action DESC, person, item_type, item
LIMIT $limit
