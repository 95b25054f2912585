import { describe, expect, it } from 'vitest';
import { comparison } from '../../src/demo/comparison-text.ts';
import { type DemoResult, runDemo } from '../../src/demo/demo.ts';
import { startHoldingHop } from '../../src/demo/holding-hop.ts';
import type { HopSource } from '../../src/demo/hop.ts';
import type { ConfName } from '../../src/demo/nginx-conf.ts';

/** A simulated hop whose settings do something else than they should. */
function hopThat(swapped: Partial<Record<ConfName, ConfName>>): HopSource {
  return {
    kind: 'simulated',
    name: 'simulated hop',
    from: 'a test',
    start: (name, upstream) => startHoldingHop(swapped[name] ?? name, upstream),
  };
}

const verdicts = (result: DemoResult) =>
  Object.fromEntries(result.rows.map(({ id, hop }) => [id, hop.verdict]));

describe('the demonstration', () => {
  it('shows the failure and both fixes on a hop that holds, and pastes into a chat', async () => {
    const result = await runDemo(hopThat({}));
    expect(verdicts(result)).toEqual({
      direct: 'streaming',
      held: 'held',
      gateway: 'streaming',
      fixed: 'streaming',
      'newer-default': 'held',
    });
    expect(result).toMatchObject({ shown: true, fixed: true });
    const head = result.rows.find(({ id }) => id === 'newer-default');
    expect(head?.hop.hold?.kind).toBe('head-only');

    const text = comparison(result);
    expect(text).toMatch(/^[\n\x20-\x7e]+$/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(80);
    expect(text).toMatch(/simulated hop that holds +[34](?:\.\d)? s +2\.\d s +HELD \(buffered\)/);
    expect(text).toMatch(/simulated hop, default since 1\.29\.7 .*head .* HELD \(head only\)/);
    expect(text).toContain('\n    proxy_buffering off;\n');
    expect(text).toContain('unclog gateway --upstream');
    expect(text).toContain('A simulated hop');
  });

  it('says that the failure was not shown when nothing held', async () => {
    const result = await runDemo(hopThat({ buffered: 'passthrough' }));
    expect(result).toMatchObject({ shown: false, fixed: true });
    expect(comparison(result)).toContain('NOT SHOWN: the path that should hold is "streaming".');
  });

  it('says that it was not fixed when the fix holds as well', async () => {
    const result = await runDemo(hopThat({ passthrough: 'buffered' }));
    expect(result).toMatchObject({ shown: true, fixed: false });
    expect(comparison(result)).toContain('NOT FIXED: gateway "streaming", the hop\'s own fix "held".');
  });

  it('stops everything it started when one hop cannot start', async () => {
    const closed: string[] = [];
    const source: HopSource = {
      ...hopThat({}),
      async start(name, upstream) {
        if (name === 'newer-default') throw new Error('no such hop');
        const hop = await startHoldingHop(name, upstream);
        return { ...hop, close: () => hop.close().then(() => void closed.push(name)) };
      },
    };
    await expect(runDemo(source)).rejects.toThrow('no such hop');
    expect(closed.sort()).toEqual(['buffered', 'buffered', 'passthrough']);
  });

  it('ends early when it is interrupted', async () => {
    const interrupt = new AbortController();
    const startedAtMs = performance.now();
    await runDemo(hopThat({}), {
      signal: interrupt.signal,
      onProgress: ({ hop, events }) => hop === 'direct' && events === 1 && interrupt.abort(),
    });
    // The stream alone takes 3.8 s.
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
  });
});
