// name: category-funnel
// purpose: Where each category of products loses people between a first view and the purchase.
// sample limit=20
// parameter since date = 1970-01-01: first day
// parameter limit integer = 50: most rows
// column category text: category of the products
// column viewed integer: people who viewed one
// column saved integer: people who saved one
// column carted integer: people who put one into the cart
// column bought integer: people who bought one
// column bought_per_viewer decimal: bought / viewed, above 1 where many buy unseen, 0 where nobody viewed one
MATCH (p:Person)-[e:VIEWED|FAVOURITED|CARTED|BOUGHT]->(o:Product)
WHERE o.category IS NOT NULL AND date(e.time) >= date($since)
WITH o.category AS category, p.id AS person, type(e) AS action
WITH category,
     count(DISTINCT CASE WHEN action = 'VIEWED' THEN person END) AS viewed,
     count(DISTINCT CASE WHEN action = 'FAVOURITED' THEN person END) AS saved,
     count(DISTINCT CASE WHEN action = 'CARTED' THEN person END) AS carted,
     count(DISTINCT CASE WHEN action = 'BOUGHT' THEN person END) AS bought
RETURN category AS category,
       viewed AS viewed,
       saved AS saved,
       carted AS carted,
       bought AS bought,
       CASE WHEN viewed = 0 THEN 0.0 ELSE round(toFloat(bought) / viewed, 4) END AS bought_per_viewer
ORDER BY viewed DESC, category
LIMIT $limit
