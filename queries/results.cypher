// name: results
// purpose: Which results of our own runs were written back, with the ids that the queries about them ask for.
// sample
// column result text: id of the result
// column kind text: segments, recommendations, seeds or scores
// column rows integer: its rows
MATCH (r:Result)
RETURN r.result_id AS result,
       r.kind AS kind,
       r.rows AS rows
ORDER BY kind, result
