// name: check-repeated-events
// purpose: Data quality: the same person did the same with the same thing in the same second, more than once.
// sample relations=BOUGHT,RENTED,RATED limit=20
// parameter relations list = BOUGHT,RENTED,TEST_DROVE: kinds of events to check, like VIEWED
// parameter min_times integer = 2: fewest times
// parameter limit integer = 100: most rows
// column relation text: kind of event
// column person text: id of the person
// column target_type text: Product, Vehicle or Topic
// column target text: its id
// column time time: the second
// column times integer: how often
MATCH (p:Person)-[e:VIEWED|SEARCHED|FAVOURITED|CARTED|TEST_DROVE|BOUGHT|RENTED|RATED]->(x:Product|Vehicle|Topic)
WHERE type(e) IN $relations AND e.time IS NOT NULL
WITH type(e) AS relation, p.id AS person,
     CASE WHEN x:Vehicle THEN 'Vehicle' WHEN x:Topic THEN 'Topic' ELSE 'Product' END AS target_type,
     x.id AS target, e.time AS time, count(e) AS times
WHERE times >= $min_times
RETURN relation AS relation,
       person AS person,
       target_type AS target_type,
       target AS target,
       time AS time,
       times AS times
ORDER BY times DESC, relation, person, target_type, target, time
LIMIT $limit
