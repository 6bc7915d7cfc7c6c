// name: products-by-month
// purpose: The products that sold most in each month of a period, with turnover.
// parameter since date = 1970-01-01: first day, UTC
// parameter until date = 9999-01-01: day after the last, UTC
// parameter top integer = 5: products per month
// column year integer: calendar year, UTC
// column month integer: 1 to 12
// column rank integer: 1 sold most
// column product text: id of the product
// column name text: its name
// column sales integer: purchases
// column amount decimal: turnover in yuan
MATCH (:Person)-[e:BOUGHT]->(o:Product)
WHERE e.time >= datetime($since) AND e.time < datetime($until)
WITH e.time.year AS year, e.time.month AS month, o, count(e) AS sales, sum(coalesce(e.weight, 0.0)) AS amount
ORDER BY year, month, sales DESC, o.id
WITH year, month, collect({product: o.id, name: o.name, sales: sales, amount: amount}) AS best
UNWIND range(1, CASE WHEN size(best) < $top THEN size(best) ELSE $top END) AS rank
WITH year, month, rank, best[rank - 1] AS row
RETURN year AS year,
       month AS month,
       rank AS rank,
       row.product AS product,
       row.name AS name,
       row.sales AS sales,
       row.amount AS amount
ORDER BY year, month, rank
