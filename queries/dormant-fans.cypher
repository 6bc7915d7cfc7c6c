// name: dormant-fans
// purpose: Whom to win back: people who used to look at a brand's products or vehicles and have been silent for long.
// sample brand=擎宇 days=60 limit=20
// parameter brand text: brand of the products or vehicles
// parameter days integer = 90: silent for more than so many days before the last view in the data
// parameter min_actions integer = 3: fewest views and saves that make a fan
// parameter limit integer = 100: most rows
// column person text: id of the person
// column actions integer: dated views and saves of them
// column last_action time: the last of them
// column days_silent integer: days from then to the last view in the data
MATCH (:Person)-[any_view:VIEWED]->(:Product|Vehicle)
WITH max(any_view.time) AS latest
MATCH (p:User)-[e:VIEWED|FAVOURITED]->(:Product|Vehicle {brand: $brand})
WHERE e.time IS NOT NULL
WITH latest, p, count(e) AS actions, max(e.time) AS last_action
WHERE actions >= $min_actions AND last_action < latest - duration({days: $days})
RETURN p.id AS person,
       actions AS actions,
       last_action AS last_action,
       duration.inDays(date(last_action), date(latest)).days AS days_silent
ORDER BY actions DESC, days_silent, person
LIMIT $limit
