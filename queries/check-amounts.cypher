// name: check-amounts
// purpose: Data quality: purchases and rentals without an amount, not above zero, or far above the price.
// sample factor=5 limit=20
// parameter factor decimal = 5: an amount above so many times the price of the product or vehicle is far above
// parameter limit integer = 100: most rows
// column problem text: missing, not above zero, or far above the price
// column relation text: BOUGHT or RENTED
// column person text: id of the person
// column item_type text: Product or Vehicle
// column item text: its id
// column time time: when
// column amount decimal: amount in yuan
// column price decimal: price of the product or vehicle in yuan
MATCH (p:Person)-[e:BOUGHT|RENTED]->(i:Product|Vehicle)
WITH p, e, i,
     CASE
       WHEN e.weight IS NULL THEN 'missing'
       WHEN e.weight <= 0 THEN 'not above zero'
       WHEN e.weight > i.price * $factor THEN 'far above the price'
     END AS problem
WHERE problem IS NOT NULL
RETURN problem AS problem,
       type(e) AS relation,
       p.id AS person,
       CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       e.time AS time,
       e.weight AS amount,
       i.price AS price
ORDER BY problem, relation, person, item_type, item, time, amount
LIMIT $limit
