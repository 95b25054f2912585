import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INTERMEDIARY_BY_ID } from '../../src/knowledge/intermediaries/index.ts';
import { type Driver, repositoryRoot } from '../support/drivers/driver.ts';
import { DRIVERS, type DriverId } from '../support/drivers/index.ts';
import { installedVersion } from '../support/drivers/launch.ts';
import { allPairs, filesRun, pathOf } from '../support/suite/pairs.ts';
import { hasTool } from '../support/tools.ts';

const ROOT = repositoryRoot();
const IDS = Object.keys(DRIVERS) as DriverId[];

describe('the products that can be started', () => {
  it('each have a driver of their name, which the index lists', () => {
    const helpers = ['driver.ts', 'index.ts', 'launch.ts', 'pair.ts'];
    const files = readdirSync(join(ROOT, 'test/support/drivers')).filter((name) => !helpers.includes(name));
    expect(files.sort()).toEqual(IDS.map((id) => `${id}.ts`).sort());
  });

  it('are all in the knowledge base', () => {
    expect(IDS.filter((id) => !INTERMEDIARY_BY_ID.has(id))).toEqual([]);
  });

  it('run every configuration that lies in their folders', () => {
    const folders = IDS.filter((id) => existsSync(join(ROOT, 'configs', id)));
    const lying = folders.flatMap((id) =>
      readdirSync(join(ROOT, 'configs', id))
        .filter((name) => /^(?:buffering|passthrough)\b/.test(name))
        .map((name) => `configs/${id}/${name}`),
    );
    expect(filesRun()).toEqual(lying.sort());
  });

  it('have their files in the test that they name, where it is one of their own', () => {
    for (const id of IDS) {
      const { own }: Driver = DRIVERS[id];
      if (own === undefined) continue;
      const test = readFileSync(join(ROOT, own.test), 'utf8');
      for (const file of own.files) expect(test, id).toContain(`configs/${id}/${file}`);
    }
  });

  it('pass on that a client left as the knowledge base says', () => {
    const learns = { 'at once': 'at once', 'with the next event': 'on write' } as const;
    for (const pair of allPairs()) {
      if (pair.passthrough === null) continue;
      const said = INTERMEDIARY_BY_ID.get(pair.product)?.passesAborts ?? [];
      const entry = said.find(({ setting }) => setting === pathOf(pair, 'passthrough'));
      if (entry !== undefined)
        expect(entry.passes, entry.setting).toBe(learns[pair.passthrough.leaving ?? 'at once']);
    }
  });

  it('each have one pair of every name', () => {
    for (const id of IDS) {
      const names = DRIVERS[id].pairs.map(({ name }) => name);
      expect(new Set(names).size, id).toBe(names.length);
    }
  });

  for (const id of IDS) {
    it.skipIf(!hasTool(id))(`${DRIVERS[id].name} says its version`, async () => {
      expect(await installedVersion(id)).toMatch(/^\d+(\.\w+)+$/);
    });
  }
});
