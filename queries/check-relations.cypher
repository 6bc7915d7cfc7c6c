// name: check-relations
// purpose: Data quality: how many events of each kind there are, how many lack a time or a weight, and their period.
// sample
// column relation text: kind of event
// column events integer: how many
// column people integer: different people behind them
// column undated integer: without a time
// column unweighted integer: without a weight
// column first time: the earliest
// column last time: the latest
MATCH (p:Person)-[e:VIEWED|SEARCHED|FAVOURITED|CARTED|TEST_DROVE|BOUGHT|RENTED|OWNS|RATED]->()
WITH type(e) AS relation, count(e) AS events, count(DISTINCT p.id) AS people, count(e.time) AS dated,
     count(e.weight) AS weighted, min(e.time) AS first, max(e.time) AS last
RETURN relation AS relation,
       events AS events,
       people AS people,
       events - dated AS undated,
       events - weighted AS unweighted,
       first AS first,
       last AS last
ORDER BY relation
