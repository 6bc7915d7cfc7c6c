// name: brand-funnel
// purpose: How many people each brand keeps from a first view to a purchase or rental.
// sample limit=20
// parameter limit integer = 50: most rows
// column brand text: brand
// column viewed integer: people who viewed a vehicle of it
// column saved integer: people who saved one
// column test_drove integer: people who drove one on trial
// column rented integer: people who rented one
// column bought integer: people who bought or own one
MATCH (p:Person)-[e:VIEWED|FAVOURITED|TEST_DROVE|RENTED|BOUGHT|OWNS]->(v:Vehicle)
WHERE v.brand IS NOT NULL
WITH v.brand AS brand, p.id AS person, type(e) AS action
WITH brand,
     count(DISTINCT CASE WHEN action = 'VIEWED' THEN person END) AS viewed,
     count(DISTINCT CASE WHEN action = 'FAVOURITED' THEN person END) AS saved,
     count(DISTINCT CASE WHEN action = 'TEST_DROVE' THEN person END) AS test_drove,
     count(DISTINCT CASE WHEN action = 'RENTED' THEN person END) AS rented,
     count(DISTINCT CASE WHEN action IN ['BOUGHT', 'OWNS'] THEN person END) AS bought
RETURN brand AS brand,
       viewed AS viewed,
       saved AS saved,
       test_drove AS test_drove,
       rented AS rented,
       bought AS bought
ORDER BY viewed DESC, brand
LIMIT $limit
