// name: referral-tree
// purpose: Everybody whom one person brought, directly or through others, up to four steps away.
// sample person=U12692
// parameter person text: id of the person at the root
// parameter limit integer = 500: most rows
// column depth integer: 1 for people brought by the root, 2 for those whom they brought, up to 4
// column person text: id of the person
// column name text: display name
// column brought_by list: ids of all who referred the person, whether or not they are in the tree
// column orders integer: purchases and rentals of the person
MATCH path = (:Person {id: $person})-[:REFERRED*1..4]->(b:Person)
WHERE b.id <> $person
WITH b, min(length(path)) AS depth
MATCH (a:Person)-[:REFERRED]->(b)
WITH DISTINCT depth, b, a.id AS referrer
ORDER BY referrer
WITH depth, b, collect(referrer) AS brought_by
RETURN depth AS depth,
       b.id AS person,
       b.name AS name,
       brought_by AS brought_by,
       COUNT { (b)-[:BOUGHT|RENTED]->() } AS orders
ORDER BY depth, person
LIMIT $limit
