// name: brand-funnel
// purpose: How many people each brand keeps from a first view to ownership.
// parameter limit integer = 50: most rows
// column brand text: brand
// column viewed integer: people who viewed a vehicle of it
// column saved integer: people who saved one
// column test_drove integer: people who drove one on trial
// column bought integer: people who bought or own one
MATCH (p:Person)-[e:VIEWED|FAVOURITED|TEST_DROVE|BOUGHT|OWNS]->(v:Vehicle)
WHERE v.brand IS NOT NULL
WITH v.brand AS brand,
     count(DISTINCT CASE WHEN type(e) = 'VIEWED' THEN p END) AS viewed,
     count(DISTINCT CASE WHEN type(e) = 'FAVOURITED' THEN p END) AS saved,
     count(DISTINCT CASE WHEN type(e) = 'TEST_DROVE' THEN p END) AS test_drove,
     count(DISTINCT CASE WHEN type(e) IN ['BOUGHT', 'OWNS'] THEN p END) AS bought
RETURN brand AS brand,
       viewed AS viewed,
       saved AS saved,
       test_drove AS test_drove,
       bought AS bought
ORDER BY viewed DESC, brand
LIMIT $limit
