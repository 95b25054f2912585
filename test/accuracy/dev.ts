import { writeFileSync, mkdirSync } from 'node:fs';
import { createOrigin } from '../../src/origin/origin.ts';
import { ROWS } from './rows.ts';
import { runRows } from './run.ts';
import type { StreamId } from './streams.ts';
const [only = '', streams = '', runs = '1', keep = ''] = process.argv.slice(2);
const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
const rows = ROWS.filter(({ id }) => only.split(',').some((one) => id.includes(one)));
mkdirSync('.tmp/accuracy/obs', { recursive: true });
const started = performance.now();
const cases = await runRows({
  origin: origin.url, rows, streams: streams === '' ? null : (streams.split(',') as StreamId[]), runs: Number(runs), atOnce: 24, rowsAtOnce: 6,
  onCase(one, observations) {
    if ((one.wrong.length > 0 && one.view === 'beside') || keep !== '') writeFileSync(`.tmp/accuracy/obs/${one.row.replace('/', '_')}.${one.stream}.${one.run}.json`, JSON.stringify(observations));
  },
  onRow(row, cases) {
    const wrong = cases.filter((one) => one.wrong.length > 0);
    console.log(`${row.id}: ${cases.length - wrong.length}/${cases.length}`);
    for (const one of wrong) console.log(`   ${one.stream} #${one.run} ${one.view}: ${one.wrong.map((a) => `${a} ${one.aspects[a]?.expected}→${one.aspects[a]?.got}`).join('; ')}\n        ${one.said}`);
  },
});
console.log(`${cases.filter((one) => one.wrong.length === 0).length}/${cases.length} in ${Math.round((performance.now() - started) / 1000)} s`);
await origin.close();
