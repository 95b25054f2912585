// Writes report.schema.json from the schema in the code.
import { writeFileSync } from 'node:fs';
import { reportJsonSchema } from '../dist/report/schema.js';

writeFileSync(
  new URL('../report.schema.json', import.meta.url),
  `${JSON.stringify(reportJsonSchema(), null, 2)}\n`,
);
