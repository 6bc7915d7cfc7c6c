// name: promotion-results
// purpose: What a KOL's promotion of a product or vehicle brought: orders by the audience in the days after it.
// sample days=30 limit=20
// parameter kol text = : id of a KOL; nothing for all of them
// parameter days integer = 30: days after the first promotion that count
// parameter limit integer = 100: most rows
// column kol text: id of the KOL
// column item_type text: Product or Vehicle
// column item text: id of what was promoted
// column first_promotion time: when the KOL promoted it first
// column promotions integer: how often
// column fee decimal: paid for these promotions, in yuan
// column buyers integer: people of the audience who bought or rented it in the days after
// column amount decimal: what they paid, in yuan
MATCH (k:KOL)-[r:PROMOTES]->(i:Product|Vehicle)
WHERE r.time IS NOT NULL AND ($kol = '' OR k.id = $kol)
WITH k, i, count(r) AS promotions, sum(coalesce(r.weight, 0.0)) AS fee, min(r.time) AS first_promotion
OPTIONAL MATCH (p:Person)-[e:BOUGHT|RENTED]->(i)
WHERE e.time >= first_promotion AND e.time < first_promotion + duration({days: $days})
  AND EXISTS { (p)-[:FOLLOWS|INTERACTED]->(k) }
WITH k, i, promotions, fee, first_promotion,
     count(DISTINCT p) AS buyers,
     sum(coalesce(e.weight, 0.0)) AS amount
RETURN k.id AS kol,
       CASE WHEN i:Vehicle THEN 'Vehicle' ELSE 'Product' END AS item_type,
       i.id AS item,
       first_promotion AS first_promotion,
       promotions AS promotions,
       round(fee, 2) AS fee,
       buyers AS buyers,
       round(amount, 2) AS amount
ORDER BY buyers DESC, amount DESC, kol, item_type, item
LIMIT $limit
