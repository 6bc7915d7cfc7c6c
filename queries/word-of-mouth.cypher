// name: word-of-mouth
// purpose: Who sets the pace for a product or vehicle: people whose followers took it soon after they did.
// sample item=V001 days=60 limit=20
// parameter item text: id of the product or vehicle
// parameter days integer = 30: days after the first one's purchase, rental or test drive that count
// parameter limit integer = 50: most rows
// column person text: id of the person who was first
// column name text: display name
// column city text: where the person lives
// column took_at time: when the person took it first
// column followers integer: followers who took it within the days after
// column examples list: ids of up to three of them
MATCH (a:Person)-[x:BOUGHT|RENTED|TEST_DROVE]->(i:Product|Vehicle {id: $item})
WITH a, i, min(x.time) AS took_at
MATCH (b:Person)-[:FOLLOWS]->(a)
MATCH (b)-[y:BOUGHT|RENTED|TEST_DROVE]->(i)
WITH a, b, took_at, min(y.time) AS followed_at
WHERE followed_at > took_at AND followed_at <= took_at + duration({days: $days})
WITH DISTINCT a, took_at, b.id AS follower
ORDER BY follower
WITH a, took_at, collect(follower) AS followers
RETURN a.id AS person,
       a.name AS name,
       a.city AS city,
       took_at AS took_at,
       size(followers) AS followers,
       followers[0..3] AS examples
ORDER BY followers DESC, took_at, person
LIMIT $limit
