// name: who-brought-whom
// purpose: Each referral and what the new customer has spent since, to settle rewards.
// sample since=2025-06-01 limit=20
// parameter person text = : id of the person who refers; nothing for everybody
// parameter since date = 1970-01-01: first day of referrals
// parameter limit integer = 100: most rows
// column person text: id of the person who refers
// column brought text: id of the new person
// column referred_at time: when, the first time
// column orders integer: purchases and rentals of the new person from then on
// column spent decimal: paid for them, in yuan
// column first_order time: the first of them
MATCH (a:Person)-[r:REFERRED]->(b:Person)
WHERE ($person = '' OR a.id = $person) AND date(r.time) >= date($since)
WITH a, b, min(r.time) AS referred_at
OPTIONAL MATCH (b)-[e:BOUGHT|RENTED]->()
WHERE e.time >= referred_at
WITH a, b, referred_at, count(e) AS orders, sum(coalesce(e.weight, 0.0)) AS spent, min(e.time) AS first_order
RETURN a.id AS person,
       b.id AS brought,
       referred_at AS referred_at,
       orders AS orders,
       round(spent, 2) AS spent,
       first_order AS first_order
ORDER BY spent DESC, orders DESC, person, brought
LIMIT $limit
