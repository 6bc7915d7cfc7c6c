// name: customer-360
// purpose: Everything about one customer in one row, before a call or a visit.
// sample person=U00001
// parameter person text: id of the person
// column person text: id of the person
// column name text: display name
// column role text: user, KOL, or user and KOL
// column city text: where the person lives
// column age_band text: for example 25-34
// column signup date: first seen
// column looks integer: views and searches of products, vehicles and topics
// column saves integer: things saved or put into the cart
// column test_drives integer: test drives
// column purchases integer: purchases
// column rentals integer: rentals
// column spent decimal: paid for purchases and rentals, in yuan
// column last_action time: the last dated of all these
// column follows integer: people whom the person follows
// column followers integer: people who follow the person
// column brought integer: people whom the person brought
MATCH (p:Person {id: $person})
OPTIONAL MATCH (p)-[e:VIEWED|SEARCHED|FAVOURITED|CARTED|TEST_DROVE|BOUGHT|RENTED]->()
WITH p,
     sum(CASE WHEN type(e) IN ['VIEWED', 'SEARCHED'] THEN 1 ELSE 0 END) AS looks,
     sum(CASE WHEN type(e) IN ['FAVOURITED', 'CARTED'] THEN 1 ELSE 0 END) AS saves,
     sum(CASE WHEN type(e) = 'TEST_DROVE' THEN 1 ELSE 0 END) AS test_drives,
     sum(CASE WHEN type(e) = 'BOUGHT' THEN 1 ELSE 0 END) AS purchases,
     sum(CASE WHEN type(e) = 'RENTED' THEN 1 ELSE 0 END) AS rentals,
     sum(CASE WHEN type(e) IN ['BOUGHT', 'RENTED'] THEN coalesce(e.weight, 0.0) ELSE 0.0 END) AS spent,
     max(e.time) AS last_action
OPTIONAL MATCH (p)-[:FOLLOWS]->(f:Person)
WITH p, looks, saves, test_drives, purchases, rentals, spent, last_action, count(DISTINCT f) AS follows
OPTIONAL MATCH (g:Person)-[:FOLLOWS]->(p)
WITH p, looks, saves, test_drives, purchases, rentals, spent, last_action, follows, count(DISTINCT g) AS followers
OPTIONAL MATCH (p)-[:REFERRED]->(n:Person)
WITH p, looks, saves, test_drives, purchases, rentals, spent, last_action, follows, followers,
     count(DISTINCT n) AS brought
RETURN p.id AS person,
       p.name AS name,
       CASE WHEN p:User AND p:KOL THEN 'user and KOL' WHEN p:KOL THEN 'KOL' ELSE 'user' END AS role,
       p.city AS city,
       p.age_band AS age_band,
       p.signup AS signup,
       looks AS looks,
       saves AS saves,
       test_drives AS test_drives,
       purchases AS purchases,
       rentals AS rentals,
       round(spent, 2) AS spent,
       last_action AS last_action,
       follows AS follows,
       followers AS followers,
       brought AS brought
ORDER BY person
