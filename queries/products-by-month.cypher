// name: products-by-month
// purpose: The products that sold most in each month of a period, with turnover.
// sample since=2026-01-01 top=3
// parameter since date = 1970-01-01: first day
// parameter until date = 9999-01-01: day after the last
// parameter top integer = 5: products per month
// column year integer: calendar year
// column month integer: 1 to 12
// column rank integer: 1 sold most
// column product text: id of the product
// column name text: its name
// column sales integer: purchases
// column amount decimal: turnover in yuan
MATCH (:Person)-[e:BOUGHT]->(o:Product)
WHERE date(e.time) >= date($since) AND date(e.time) < date($until)
WITH e.time.year AS year, e.time.month AS month, o, count(e) AS sales, sum(coalesce(e.weight, 0.0)) AS amount
ORDER BY year, month, sales DESC, o.id
WITH year, month, collect({product: o.id, name: o.name, sales: sales, amount: amount}) AS best
UNWIND best[0..$top] AS row
WITH year, month, row,
     size([x IN best WHERE x.sales > row.sales OR (x.sales = row.sales AND x.product < row.product)]) + 1 AS rank
RETURN year AS year,
       month AS month,
       rank AS rank,
       row.product AS product,
       row.name AS name,
       row.sales AS sales,
       round(row.amount, 2) AS amount
ORDER BY year, month, rank
