// name: brand-switches
// purpose: Between which brands customers move: the last brand before a day against the first one from that day on.
// sample since=2026-01-01 limit=20
// parameter since date: the day that parts before from after
// parameter category text = : category of products, or body of vehicles; nothing for all of them
// parameter limit integer = 50: most rows
// column category text: category of the products, or body of the vehicles
// column from_brand text: brand of the last purchase or rental before the day
// column to_brand text: brand of the first one from the day on
// column people integer: people who went this way
// column stayed text: yes where it is the same brand
WITH date($since) AS day
MATCH (p:Person)-[e:BOUGHT|RENTED]->(i:Product|Vehicle)
WHERE e.time IS NOT NULL AND i.brand IS NOT NULL
WITH day, p.id AS person, e.time AS time, i.brand AS brand, coalesce(i.category, i.body, 'unknown') AS category
WHERE $category = '' OR category = $category
WITH day, person, time, brand, category
ORDER BY time, brand
WITH person, category,
     last(collect(CASE WHEN date(time) < day THEN brand END)) AS from_brand,
     head(collect(CASE WHEN date(time) >= day THEN brand END)) AS to_brand
WHERE from_brand IS NOT NULL AND to_brand IS NOT NULL
WITH category, from_brand, to_brand, count(person) AS people
RETURN category AS category,
       from_brand AS from_brand,
       to_brand AS to_brand,
       people AS people,
       CASE WHEN from_brand = to_brand THEN 'yes' ELSE 'no' END AS stayed
ORDER BY people DESC, category, from_brand, to_brand
LIMIT $limit
