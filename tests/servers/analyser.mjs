// Neo4j's own query analyser as a line protocol: {"text", "parameters"} in, a list of {severity, line, message} out.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const folder = process.argv[2];
const { lintCypherQuery } = createRequire(`${folder}/package.json`)('@neo4j-cypher/language-support');

for await (const line of createInterface({ input: process.stdin })) {
  const { text, parameters } = JSON.parse(line);
  const { diagnostics } = lintCypherQuery(text, { parameters });
  const problems = diagnostics.map(({ severity, range, message }) => ({ severity, line: range.start.line + 1, message }));
  process.stdout.write(`${JSON.stringify(problems)}\n`);
}
