// name: campaign-results
// purpose: What each campaign brought beside what it cost.
// sample limit=20
// parameter limit integer = 100: most rows
// column campaign text: id of the campaign
// column name text: its name
// column start date: first day
// column shown integer: people who were shown it
// column clicked integer: people who clicked
// column converted integer: people who did what it asked for
// column amount decimal: what the conversions brought, in yuan
// column budget decimal: what it may cost, in yuan
// column budget_per_conversion decimal: budget / converted; empty where nobody converted or the budget is unknown
MATCH (c:Campaign)
OPTIONAL MATCH (p:Person)-[e:EXPOSED_TO|CLICKED|CONVERTED]->(c)
WITH c,
     count(DISTINCT CASE WHEN type(e) = 'EXPOSED_TO' THEN p END) AS shown,
     count(DISTINCT CASE WHEN type(e) = 'CLICKED' THEN p END) AS clicked,
     count(DISTINCT CASE WHEN type(e) = 'CONVERTED' THEN p END) AS converted,
     sum(CASE WHEN type(e) = 'CONVERTED' THEN coalesce(e.weight, 0.0) ELSE 0.0 END) AS amount
RETURN c.id AS campaign,
       c.name AS name,
       c.start AS start,
       shown AS shown,
       clicked AS clicked,
       converted AS converted,
       round(amount, 2) AS amount,
       c.budget AS budget,
       CASE WHEN converted = 0 THEN null ELSE round(c.budget / converted, 2) END AS budget_per_conversion
ORDER BY converted DESC, campaign
LIMIT $limit
