import { writeFileSync } from 'node:fs';
import { reportJsonSchema } from '../src/report/schema.ts';

writeFileSync(
  new URL('../report.schema.json', import.meta.url),
  `${JSON.stringify(reportJsonSchema(), null, 2)}\n`,
);
