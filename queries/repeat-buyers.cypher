// name: repeat-buyers
// purpose: Who comes back: people who bought or rented on several days, and how long they wait in between.
// sample min_days=3 limit=20
// parameter min_days integer = 2: fewest different days with a purchase or rental
// parameter since date = 1970-01-01: first day
// parameter limit integer = 100: most rows
// column person text: id of the person
// column name text: display name
// column orders integer: purchases and rentals
// column days integer: different days with one
// column spent decimal: paid for them, in yuan
// column first_order time: the first of them
// column last_order time: the last of them
// column days_between decimal: days from the first to the last, shared out over the returns; empty with one day only
MATCH (p:Person)-[e:BOUGHT|RENTED]->()
WHERE date(e.time) >= date($since)
WITH p,
     count(e) AS orders,
     count(DISTINCT date(e.time)) AS days,
     sum(coalesce(e.weight, 0.0)) AS spent,
     min(e.time) AS first_order,
     max(e.time) AS last_order
WHERE days >= $min_days
RETURN p.id AS person,
       p.name AS name,
       orders AS orders,
       days AS days,
       round(spent, 2) AS spent,
       first_order AS first_order,
       last_order AS last_order,
       CASE
         WHEN days < 2 THEN null
         ELSE round(toFloat(duration.inDays(date(first_order), date(last_order)).days) / (days - 1), 1)
       END AS days_between
ORDER BY days DESC, orders DESC, spent DESC, person
LIMIT $limit
