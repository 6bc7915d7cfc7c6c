// name: topic-trends
// purpose: Which topics are searched and mentioned more in the days from a date than in as many days before it.
// sample since=2026-05-01 limit=20
// parameter since date: first day of the recent period
// parameter days integer = 30: length of each period in days
// parameter limit integer = 50: most rows
// column topic text: id of the topic
// column name text: its name
// column recent integer: searches and mentions in the recent period
// column before integer: the same in the period before it
// column change integer: recent - before
// column people integer: different people in the recent period
MATCH (p:Person)-[e:SEARCHED|MENTIONS]->(t:Topic)
WHERE date(e.time) >= date($since) - duration({days: $days}) AND date(e.time) < date($since) + duration({days: $days})
WITH t, p, CASE WHEN date(e.time) >= date($since) THEN 1 ELSE 0 END AS is_recent
WITH t,
     sum(is_recent) AS recent,
     sum(1 - is_recent) AS before,
     count(DISTINCT CASE WHEN is_recent = 1 THEN p END) AS people
RETURN t.id AS topic,
       t.name AS name,
       recent AS recent,
       before AS before,
       recent - before AS change,
       people AS people
ORDER BY change DESC, recent DESC, topic
LIMIT $limit
