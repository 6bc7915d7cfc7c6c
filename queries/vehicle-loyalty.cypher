// name: vehicle-loyalty
// purpose: Which vehicles people rent again, and which they try once only.
// sample min_renters=5 limit=20
// parameter min_renters integer = 1: fewest people who rented it
// parameter limit integer = 100: most rows
// column vehicle text: id of the vehicle
// column name text: its name
// column brand text: its brand
// column renters integer: people who rented it
// column rentals integer: rentals of it
// column returning integer: people who rented it more than once
// column share decimal: returning / renters, 0 to 1
MATCH (p:Person)-[e:RENTED]->(v:Vehicle)
WITH v, p, count(e) AS times
WITH v, count(p) AS renters, sum(times) AS rentals, sum(CASE WHEN times > 1 THEN 1 ELSE 0 END) AS returning
WHERE renters >= $min_renters
RETURN v.id AS vehicle,
       v.name AS name,
       v.brand AS brand,
       renters AS renters,
       rentals AS rentals,
       returning AS returning,
       round(toFloat(returning) / renters, 4) AS share
ORDER BY share DESC, renters DESC, vehicle
LIMIT $limit
