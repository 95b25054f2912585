// Writes report.schema.json and gateway.schema.json from the schemas in the code.
import { writeFileSync } from 'node:fs';
import { gatewayJsonSchema } from '../dist/gateway/config/json-schema.js';
import { reportJsonSchema } from '../dist/report/schema.js';

for (const [name, schema] of [
  ['report', reportJsonSchema()],
  ['gateway', gatewayJsonSchema()],
])
  writeFileSync(new URL(`../${name}.schema.json`, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
