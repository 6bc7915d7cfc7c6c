// name: top-customers
// purpose: The customers who spent most in a period, and how long they have been silent.
// sample since=2026-01-01 limit=20
// parameter since date = 1970-01-01: first day
// parameter until date = 9999-01-01: day after the last
// parameter limit integer = 100: most rows
// column person text: id of the person
// column name text: display name
// column city text: where the person lives
// column orders integer: purchases and rentals
// column spent decimal: paid for them, in yuan
// column last_order time: the last of them
// column days_since integer: days from then to the last order of anybody in the period
MATCH (:Person)-[e:BOUGHT|RENTED]->()
WHERE date(e.time) >= date($since) AND date(e.time) < date($until)
WITH max(e.time) AS latest
MATCH (p:Person)-[o:BOUGHT|RENTED]->()
WHERE date(o.time) >= date($since) AND date(o.time) < date($until)
WITH latest, p, count(o) AS orders, round(sum(coalesce(o.weight, 0.0)), 2) AS spent, max(o.time) AS last_order
RETURN p.id AS person,
       p.name AS name,
       p.city AS city,
       orders AS orders,
       spent AS spent,
       last_order AS last_order,
       duration.inDays(date(last_order), date(latest)).days AS days_since
ORDER BY spent DESC, orders DESC, person
LIMIT $limit
