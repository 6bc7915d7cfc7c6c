// name: friends-who-own
// purpose: What the friends drive: vehicles that people whom somebody follows have and the person does not.
// sample person=U00001
// parameter person text: id of the person
// parameter limit integer = 20: most rows
// column vehicle text: id of the vehicle
// column name text: its name
// column friends integer: followed people who own or bought it
// column examples list: ids of up to three of them
MATCH (p:Person {id: $person})-[:FOLLOWS]->(f:Person)-[:OWNS|BOUGHT]->(v:Vehicle)
WHERE NOT EXISTS { (p)-[:OWNS|BOUGHT]->(v) }
WITH DISTINCT v, f.id AS friend
ORDER BY friend
WITH v, collect(friend) AS friends
RETURN v.id AS vehicle,
       v.name AS name,
       size(friends) AS friends,
       friends[0..3] AS examples
ORDER BY friends DESC, vehicle
LIMIT $limit
