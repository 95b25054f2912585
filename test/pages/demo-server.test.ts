import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HopSource } from '../../src/demo/hop.ts';
import { findHopSource } from '../../src/demo/hop-source.ts';
import { type LiveDemo, startLiveDemo } from '../../src/demo/live.ts';
import { createOwnNames } from '../../src/demo/live-address.ts';
import type { RoundStart, StageState } from '../../src/demo/live-protocol.ts';

let live: LiveDemo;
let own: string;
beforeAll(async () => {
  const source: HopSource = await findHopSource({ simulate: true });
  // A round lasts for as long as its listener stays: no event is ever due.
  const beat = (_seq: number, signal: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  live = await startLiveDemo({ ...source, name: '</script><b title="' }, { beat });
  own = new URL(live.url).origin;
});
afterAll(() => live.close());

/** Reads the notes of a round up to the one that lets the lanes begin. */
async function openRound(query = 'lane=direct&lane=nginx'): Promise<{
  stage: StageState;
  round: RoundStart;
  close(): Promise<void>;
}> {
  const response = await fetch(`${live.url}round?${query}`);
  const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const dataOf = (name: string) => new RegExp(`event: ${name}\ndata: (.*)\n\n`).exec(text)?.[1];
  while (dataOf('round') === undefined) text += (await reader.read()).value;
  return {
    stage: JSON.parse(dataOf('stage') ?? ''),
    round: JSON.parse(dataOf('round') ?? ''),
    close: () => reader.cancel(),
  };
}

function ask(path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<number> {
  return new Promise((resolve) => {
    request(`${live.url}${path}`, { method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).end(body);
  });
}

const post = (body: string, origin: string | null, type = 'application/json') =>
  ask('switches', { 'Content-Type': type, ...(origin === null ? {} : { Origin: origin }) }, 'POST', body);

describe("the demonstration's server", () => {
  it('allows the page its own script, its own style and the lanes, and nothing else', async () => {
    const response = await fetch(live.url);
    const html = await response.text();
    const policy = response.headers.get('Content-Security-Policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    const [, script = ''] = /<script type="module"[^>]*>([\s\S]*?)<\/script>/.exec(html) ?? [];
    expect(policy).toContain(`script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`);
    expect(policy).not.toMatch(/unsafe|\*/);
    const { stage, close } = await openRound();
    await close();
    const lanes = stage.lanes.map(({ url }) => new URL(url).origin);
    expect(new Set(lanes).size).toBe(4);
    expect(policy).toContain(`connect-src 'self' ${lanes.join(' ')};`);
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it('answers under its own address only, whatever the path', async () => {
    const { port } = new URL(live.url);
    for (const path of ['', 'round?lane=direct', 'switches']) {
      expect(await ask(path, { Host: `attacker.example:${port}` })).toBe(421);
      expect(await ask(path, { Host: '127.0.0.1' })).toBe(421);
    }
    expect(await ask('', { Host: `localhost:${port}` })).toBe(200);
    expect((await fetch(`${live.url}other`)).status).toBe(404);
    expect((await fetch(live.url, { method: 'POST' })).status).toBe(405);
  });

  it('lets its page read the lanes, and no other page', async () => {
    const { stage, round, close } = await openRound('lane=direct');
    const query = `?${new URLSearchParams({ round: round.round, lane: 'direct' })}`;
    const lane = await fetch(`${stage.lanes[0]?.url}${query}`, {
      headers: { Origin: 'http://attacker.example' },
    });
    expect(lane.status).toBe(200);
    expect(lane.headers.get('Access-Control-Allow-Origin')).toBe(own);
    await lane.body?.cancel();
    await close();
    const through = await fetch(stage.lanes[1]?.url ?? '', {
      headers: { Origin: 'http://attacker.example' },
    });
    expect(through.headers.get('Access-Control-Allow-Origin')).toBe(own);
    const notes = await fetch(`${live.url}round?lane=direct`, {
      headers: { Origin: 'http://attacker.example' },
    });
    expect(notes.headers.get('Access-Control-Allow-Origin')).toBeNull();
    await notes.body?.cancel();
  });

  it('is switched by its page only', async () => {
    const off = '{"switches":{"incremental":false}}';
    expect(await post(off, null)).toBe(403);
    expect(await post(off, 'http://attacker.example')).toBe(403);
    expect(await post(off, 'null')).toBe(403);
    expect(await post(off, own)).toBe(200);
    expect(await ask('switches', {})).toBe(405);
  });

  it('refuses what is no switch', async () => {
    const bodies = [
      '',
      '{',
      '[]',
      '{"switches":{"other":true}}',
      '{"switches":{"incremental":1}}',
      '{"reset":false}',
    ];
    for (const body of [...bodies, `{"reset":true,"pad":"${'x'.repeat(2_000)}"}`])
      expect(await post(body, own), body).toBe(400);
    expect(await ask('round?lane=other', {})).toBe(400);
    expect(await ask('round?lane=direct&speed=toString', {})).toBe(400);
  });

  it('lets each lane into a round once, and none into a round that is over', async () => {
    const { stage, round, close } = await openRound('lane=direct&lane=nginx');
    const url = `${stage.lanes[0]?.url}?${new URLSearchParams({ round: round.round, lane: 'direct' })}`;
    const first = await fetch(url);
    expect(first.status).toBe(200);
    expect((await fetch(url)).status).toBe(409);
    await close();
    expect(await first.text()).toBe('');
    expect((await fetch(url)).status).toBe(404);
  });

  it('takes a name of the hop as text', async () => {
    const html = await (await fetch(live.url)).text();
    expect(html).not.toContain('<b title');
    const { stage, close } = await openRound();
    await close();
    expect(stage.hop).toMatchObject({ kind: 'simulated', name: '</script><b title="' });
  });
});

describe('the names of a server', () => {
  const hostOf = (bound: string, host: string) =>
    createOwnNames({ host: bound, port: 8090 }).hostOf({ headers: { host } } as never);

  it.each([
    ['127.0.0.1', '127.0.0.1:8090', '127.0.0.1'],
    ['127.0.0.1', 'localhost:8090', '127.0.0.1'],
    ['127.0.0.1', '192.168.1.5:8090', null],
    ['127.0.0.1', '127.0.0.1:80', null],
    ['192.168.1.5', '192.168.1.5:8090', '192.168.1.5'],
    ['192.168.1.5', 'localhost:8090', null],
    ['0.0.0.0', '192.168.1.5:8090', '192.168.1.5'],
    ['0.0.0.0', 'localhost:8090', '127.0.0.1'],
    ['0.0.0.0', 'rebound.example:8090', null],
    ['0.0.0.0', '1.2.3.4.example:8090', null],
    ['::1', '[::1]:8090', '[::1]'],
    ['0.0.0.0', '', null],
  ])('on %s: the request for %s is for %s', (bound, host, expected) => {
    expect(hostOf(bound, host)).toBe(expected);
  });
});
