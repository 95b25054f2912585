import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { INTERMEDIARIES } from '../../src/knowledge/intermediaries/index.ts';
import { DRIVERS, type DriverId } from '../support/drivers/index.ts';
import { launch } from '../support/drivers/launch.ts';
import { whenOriginLearns } from '../support/leaving-client.ts';
import { hasTool, type ToolName } from '../support/tools.ts';

const ROOT = new URL('../../', import.meta.url);

/** What the knowledge base says was measured with a file of this repository. */
const MEASURED = INTERMEDIARIES.flatMap(({ id, passesAborts = [] }) =>
  passesAborts
    .filter(({ how, setting }) => how === 'measured' && /^(?:configs|nginx|test)\//.test(setting))
    .map(({ setting, passes }) => ({ id, setting, passes })),
);

describe.concurrent('a client that leaves a quiet stream', () => {
  it('is known of every product that has a configuration here', () => {
    const known = new Set(MEASURED.map(({ id }) => id));
    expect([...known].filter((id) => !(id in DRIVERS))).toEqual([]);
    expect(known.size).toBeGreaterThanOrEqual(10);
  });

  for (const { id, setting, passes } of MEASURED) {
    it.skipIf(!hasTool(id as ToolName))(
      `through ${setting} is noticed by the origin: ${passes}`,
      async () => {
        const text = readFileSync(new URL(setting, ROOT), 'utf8');
        expect(await whenOriginLearns((upstream) => launch(id as DriverId, text, upstream))).toBe(passes);
      },
    );
  }
});
