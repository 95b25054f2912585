import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGivenPaths } from '../../src/demo/given-paths.ts';
import { findHopSource } from '../../src/demo/hop-source.ts';
import { buildStage, PATH_IDS, type PathId, type Stage } from '../../src/demo/stage.ts';
import { listen } from '../../src/http/listen.ts';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { runCli } from '../support/run-cli.ts';

describe('unclog demo --against compares paths that are running already', () => {
  let origin: RunningOrigin;
  let stage: Stage;

  beforeAll(async () => {
    const pace = { events: 6, intervalMs: 300, firstDelayMs: 700 };
    origin = await createOrigin({ ...pace, listen: { host: '127.0.0.1', port: 0 } });
    stage = await buildStage(await findHopSource({ simulate: true }), origin.url);
  });
  afterAll(async () => {
    await stage?.close();
    await origin?.close();
  });

  const urlOf = (id: PathId) => stage.paths.find((path) => path.id === id)?.url ?? '';

  /** Runs the demonstration on the stage's paths, some of them replaced. */
  function against(replaced: Partial<Record<PathId, string>> = {}, leftOut: PathId[] = []) {
    const ids = PATH_IDS.filter((id) => !leftOut.includes(id));
    return runCli(['demo', ...ids.map((id) => `--against=${id}=${replaced[id] ?? urlOf(id)}`)]);
  }

  it('ends with 0 when one holds and both fixes let the stream flow', async () => {
    const { code, stdout, stderr } = await against({}, ['newer-default']);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^the hop that holds .* HELD \(buffered\)$/m);
    expect(stdout).toMatch(/^that hop \+ gateway .* streaming$/m);
    expect(stdout).not.toMatch(/since 1\.29\.7 .* HELD/);
    expect(stdout.split('\n').filter((line) => line.length > 79)).toEqual([]);
  });

  it('ends with 1 when the path that should hold does not', async () => {
    const { code, stdout } = await against({ held: urlOf('fixed') });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^NOT SHOWN/m);
  });

  it('ends with 1 when a fix does not fix it', async () => {
    const { code, stdout } = await against({ gateway: urlOf('held') });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^NOT FIXED/m);
  });

  it('ends with 3 when a path gives no answer', async () => {
    const closed = createServer();
    const { port } = await listen(closed, { host: '127.0.0.1', port: 0 });
    await new Promise((resolve) => closed.close(resolve));
    const { code, stderr } = await against({ fixed: `http://127.0.0.1:${port}/stream` });
    expect(code).toBe(3);
    expect(stderr).toMatch(/no answer from: fixed/);
  });

  it('ends with 2 when a path is missing, and sends nothing', async () => {
    const { code, stdout, stderr } = await against({}, ['held']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^unclog: --against: no URL for held/m);
  });
});

describe('the paths given with --against', () => {
  const all = ['direct', 'held', 'gateway', 'fixed'].map((id) => `${id}=http://127.0.0.1:1/${id}?a=b`);

  it('are taken with everything behind the first equals sign', () => {
    expect(parseGivenPaths(all).get('held')).toBe('http://127.0.0.1:1/held?a=b');
  });

  it.each([
    [
      'an unknown path',
      [...all, 'elsewhere=http://a/'],
      /"elsewhere=http:\/\/a\/" names no path.*newer-default/,
    ],
    ['no equals sign', [...all, 'held'], /"held" names no path/],
    ['what is not a URL', ['direct=somewhere'], /"somewhere" is not a URL.*direct/],
    ['another protocol', ['direct=ftp://a/'], /"ftp:\/\/a\/" is not a URL/],
    ['a path twice', [...all, 'held=http://a/'], /held is given twice/],
    ['too few', all.slice(0, 2), /no URL for gateway, fixed/],
  ])('refuse %s', (_what, texts, message) => {
    expect(() => parseGivenPaths(texts)).toThrow(message);
  });
});
