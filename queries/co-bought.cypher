// name: co-bought
// purpose: What else people buy who bought a product, with the share of its buyers.
// sample product=P0001 limit=10
// parameter product text: id of the product
// parameter limit integer = 20: most rows
// column product text: id of the other product
// column name text: its name
// column buyers integer: people who bought both
// column share decimal: share of the first product's buyers, 0 to 1
MATCH (p:Person)-[:BOUGHT]->(:Product {id: $product})
WITH collect(DISTINCT p) AS fans, count(DISTINCT p) AS total
UNWIND fans AS fan
MATCH (fan)-[:BOUGHT]->(o:Product)
WHERE o.id <> $product
WITH o, total, count(DISTINCT fan) AS buyers
RETURN o.id AS product,
       o.name AS name,
       buyers AS buyers,
       round(toFloat(buyers) / total, 4) AS share
ORDER BY buyers DESC, product
LIMIT $limit
