// name: cohort-retention
// purpose: Whether new customers stay: of those with their first order in a month, how many order again later.
// sample since=2026-01-01
// parameter since date = 1970-01-01: leave out customers whose first order was before this day
// column year integer: calendar year of the first order
// column month integer: its month, 1 to 12
// column months_after integer: months from then; 0 is the month of the first order
// column people integer: how many of these customers ordered in that month
// column share decimal: share of the customers of that first month, 0 to 1
MATCH (p:Person)-[e:BOUGHT|RENTED]->()
WHERE e.time IS NOT NULL
WITH p, min(e.time) AS first_order
WHERE date(first_order) >= date($since)
WITH p, first_order.year * 12 + first_order.month AS cohort
MATCH (p)-[o:BOUGHT|RENTED]->()
WHERE o.time IS NOT NULL
WITH cohort, p, o.time.year * 12 + o.time.month - cohort AS months_after
WITH cohort, months_after, count(DISTINCT p) AS people
ORDER BY cohort, months_after
WITH cohort, collect({months_after: months_after, people: people}) AS cells
WITH cohort, cells, head(cells) AS start
UNWIND cells AS cell
RETURN (cohort - 1) / 12 AS year,
       (cohort - 1) % 12 + 1 AS month,
       cell.months_after AS months_after,
       cell.people AS people,
       round(toFloat(cell.people) / start.people, 4) AS share
ORDER BY year, month, months_after
