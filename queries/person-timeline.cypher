// name: person-timeline
// purpose: Everything dated that one person did, latest first.
// sample person=U00001 limit=20
// parameter person text: id of the person
// parameter limit integer = 100: most rows
// column time time: when
// column action text: what
// column target_type text: to what kind of thing
// column target text: its id
// column weight decimal: amount, rating, minutes or times, as the action has it
MATCH (:Person {id: $person})-[e]->(x)
WHERE e.time IS NOT NULL
RETURN e.time AS time,
       type(e) AS action,
       CASE WHEN x:Person THEN 'Person' ELSE head([label IN labels(x) WHERE label <> 'Graphvine']) END AS target_type,
       x.id AS target,
       e.weight AS weight
ORDER BY time DESC, action, target_type, target, weight
LIMIT $limit
