// name: take-up
// purpose: Whether recommendations work: how many of each rank were bought, rented or driven on trial since a day.
// sample since=2026-01-01 top=5
// parameter since date: first day after the recommendations
// parameter result text = : id of the result; nothing for all of them
// parameter top integer = 10: a rank up to this one counts
// column result text: id of the result
// column rank integer: 1 comes first
// column recommended integer: recommendations of that rank
// column taken integer: how many of them were bought, rented or driven on trial since
// column share decimal: taken / recommended, 0 to 1
MATCH (p:Person)-[r:RECOMMENDED]->(i:Product|Vehicle)
WHERE ($result = '' OR r.result_id = $result) AND r.rank <= $top
WITH r.result_id AS result, r.rank AS rank,
     CASE
       WHEN EXISTS { MATCH (p)-[e:BOUGHT|RENTED|TEST_DROVE]->(i) WHERE date(e.time) >= date($since) } THEN 1
       ELSE 0
     END AS taken
WITH result, rank, count(taken) AS recommended, sum(taken) AS taken
RETURN result AS result,
       rank AS rank,
       recommended AS recommended,
       taken AS taken,
       round(toFloat(taken) / recommended, 4) AS share
ORDER BY result, rank
