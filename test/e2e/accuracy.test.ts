import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { ROWS } from '../accuracy/rows.ts';
import { runRows } from '../accuracy/run.ts';
import type { StreamId } from '../accuracy/streams.ts';
import { DRIVERS } from '../support/drivers/index.ts';
import { filesRun } from '../support/suite/pairs.ts';
import { hasTool } from '../support/tools.ts';

/** One row of each product, and the ways of holding that no product here has; `npm run accuracy` runs all of them. */
const SAMPLE: readonly [row: string, ...streams: StreamId[]][] = [
  ['nginx/default', 'small', 'opt-out', 'large'],
  ['haproxy/compression-nodelay', 'small', 'slow-gzip'],
  ['caddy/encode-min', 'small', 'gzip'],
  ['apache/deflate', 'gzip', 'large'],
  ['lighttpd/deflate-collect', 'gzip'],
  ['varnish/no-stream', 'small'],
  ['nghttpx/passthrough', 'small', 'close'],
  ['pushpin/default', 'small', 'late'],
  ['squid/reverse', 'small'],
  ['tinyproxy/reverse', 'small'],
  ['simulated/age-cut', 'small'],
  ['simulated/strips-opt-outs', 'opt-out'],
  ['chain/nginx-nginx', 'opt-out'],
];

const ROWS_OF_SAMPLE = SAMPLE.map(([id, ...streams]) => {
  const row = ROWS.find((one) => one.id === id);
  if (row === undefined) throw new Error(`there is no row ${id}`);
  return { ...row, streams };
});

describe('the probe is right about', () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  afterAll(() => origin.close());

  for (const row of ROWS_OF_SAMPLE) {
    const drivers = row.hops.flatMap((hop) => ('driver' in hop ? [hop.driver] : []));
    it.skipIf(!drivers.every(hasTool))(`${row.id}: ${row.streams.join(', ')}`, async () => {
      const options = { origin: origin.url, rows: [row], streams: null, runs: 1, atOnce: 4, rowsAtOnce: 1 };
      const cases = await runRows(options);
      expect(cases).toHaveLength(row.streams.length * 2);
      const said = cases
        .filter(({ wrong }) => wrong.length > 0)
        .map(({ stream, view, ...one }) => [stream, view, one.said]);
      expect(said).toEqual([]);
    });
  }
});

it('every product that can be started has rows, or at least configurations of its own; each row has one name', () => {
  const used = ROWS.flatMap(({ hops }) => hops.flatMap((hop) => ('driver' in hop ? [hop.driver] : [])));
  const shown = filesRun().map((path) => path.split('/')[1] ?? '');
  expect([...new Set<string>([...used, ...shown])].sort()).toEqual(Object.keys(DRIVERS).sort());
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
});
