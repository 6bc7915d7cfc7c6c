// name: recommended-to
// purpose: To whom a product or vehicle was recommended, the best fits first, for a campaign about it.
// sample item=V001 limit=20
// parameter item text: id of the product or vehicle
// parameter result text = : id of the result; nothing for all of them
// parameter top integer = 10: a rank up to this one counts
// parameter limit integer = 1000: most rows
// column result text: id of the result
// column item_type text: Product or Vehicle
// column person text: id of the person
// column name text: display name
// column city text: where the person lives
// column rank integer: its rank among what was recommended to the person
// column score decimal: score of the model
// column reason text: why
MATCH (p:Person)-[r:RECOMMENDED]->(i:Product|Vehicle {id: $item})
WHERE ($result = '' OR r.result_id = $result) AND r.rank <= $top
RETURN r.result_id AS result,
       CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       p.id AS person,
       p.name AS name,
       p.city AS city,
       r.rank AS rank,
       r.score AS score,
       r.reason AS reason
ORDER BY result, item_type, rank, score DESC, person
LIMIT $limit
