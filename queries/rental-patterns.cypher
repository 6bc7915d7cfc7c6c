// name: rental-patterns
// purpose: On which weekdays which kinds of vehicles are rented, to have the right ones at hand.
// sample since=2025-07-01
// parameter since date = 1970-01-01: first day
// parameter until date = 9999-01-01: day after the last
// column body text: body of the vehicles, or unknown
// column weekday integer: 1 is Monday, 7 is Sunday
// column rentals integer: rentals that began on that weekday
// column people integer: different people
// column amount decimal: turnover in yuan
// column average decimal: yuan per rental
MATCH (p:Person)-[e:RENTED]->(v:Vehicle)
WHERE date(e.time) >= date($since)
  AND date(e.time) < date($until)
WITH p, e, coalesce(v.body, 'unknown') AS body
WITH body, e.time.dayOfWeek AS weekday, count(e) AS rentals, count(DISTINCT p) AS people,
     sum(coalesce(e.weight, 0.0)) AS amount
RETURN body AS body,
       weekday AS weekday,
       rentals AS rentals,
       people AS people,
       round(amount, 2) AS amount,
       round(amount / rentals, 2) AS average
ORDER BY body, weekday
