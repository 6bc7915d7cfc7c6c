// name: activity-by-month
// purpose: The pulse of the market: active people, looks, test drives, orders and turnover in each month.
// sample since=2026-01-01
// parameter since date = 1970-01-01: first day
// parameter until date = 9999-01-01: day after the last
// column month date: first day of the month
// column people integer: different people who did any of the following
// column looks integer: views and searches of products, vehicles and topics
// column saves integer: things saved or put into the cart
// column test_drives integer: test drives
// column orders integer: purchases and rentals
// column customers integer: different people who bought or rented
// column amount decimal: turnover in yuan
MATCH (p:Person)-[e:VIEWED|SEARCHED|FAVOURITED|CARTED|TEST_DROVE|BOUGHT|RENTED]->()
WHERE date(e.time) >= date($since)
  AND date(e.time) < date($until)
WITH date.truncate('month', e.time) AS month, p.id AS person, type(e) AS action,
     e.weight AS paid
WITH month,
     count(DISTINCT person) AS people,
     sum(CASE WHEN action IN ['VIEWED', 'SEARCHED'] THEN 1 ELSE 0 END) AS looks,
     sum(CASE WHEN action IN ['FAVOURITED', 'CARTED'] THEN 1 ELSE 0 END) AS saves,
     sum(CASE WHEN action = 'TEST_DROVE' THEN 1 ELSE 0 END) AS test_drives,
     sum(CASE WHEN action IN ['BOUGHT', 'RENTED'] THEN 1 ELSE 0 END) AS orders,
     count(DISTINCT CASE WHEN action IN ['BOUGHT', 'RENTED'] THEN person END) AS customers,
     sum(CASE WHEN action IN ['BOUGHT', 'RENTED'] THEN coalesce(paid, 0.0) ELSE 0.0 END) AS amount
RETURN month AS month,
       people AS people,
       looks AS looks,
       saves AS saves,
       test_drives AS test_drives,
       orders AS orders,
       customers AS customers,
       round(amount, 2) AS amount
ORDER BY month
