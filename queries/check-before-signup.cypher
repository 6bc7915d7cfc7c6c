// name: check-before-signup
// purpose: Data quality: people who did something more than a day before they are said to have signed up.
// sample days=1 limit=20
// parameter days integer = 1: days of grace, since a signup is often a date without a time
// parameter limit integer = 100: most rows
// column person text: id of the person
// column signup date: the day of signing up
// column first_action time: the first of the actions before
// column actions integer: views, searches, saves, test drives, purchases and rentals before
MATCH (p:Person)-[e:VIEWED|SEARCHED|FAVOURITED|CARTED|TEST_DROVE|BOUGHT|RENTED]->()
WHERE p.signup IS NOT NULL AND date(e.time) < p.signup - duration({days: $days})
WITH p, min(e.time) AS first_action, count(e) AS actions
RETURN p.id AS person,
       p.signup AS signup,
       first_action AS first_action,
       actions AS actions
ORDER BY actions DESC, person
LIMIT $limit
