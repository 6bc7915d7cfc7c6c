// name: city-overview
// purpose: Where the people and the money are: users, customers and turnover by city.
// sample since=2026-01-01 limit=20
// parameter since date = 1970-01-01: first day of orders
// parameter until date = 9999-01-01: day after the last
// parameter limit integer = 100: most rows
// column city text: city, or unknown
// column people integer: users who live there
// column customers integer: how many of them bought or rented in the period
// column orders integer: their purchases and rentals
// column amount decimal: turnover in yuan
// column customer_share decimal: customers / people, 0 to 1
MATCH (p:User)
OPTIONAL MATCH (p)-[e:BOUGHT|RENTED]->()
WHERE date(e.time) >= date($since) AND date(e.time) < date($until)
WITH coalesce(p.city, 'unknown') AS city,
     count(DISTINCT p) AS people,
     count(DISTINCT CASE WHEN e IS NOT NULL THEN p END) AS customers,
     count(e) AS orders,
     sum(coalesce(e.weight, 0.0)) AS amount
RETURN city AS city,
       people AS people,
       customers AS customers,
       orders AS orders,
       round(amount, 2) AS amount,
       round(toFloat(customers) / people, 4) AS customer_share
ORDER BY amount DESC, people DESC, city
LIMIT $limit
