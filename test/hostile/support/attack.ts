import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { SeenRequest } from '../../../bench/fuzz/lenient-reader.ts';
import { connectPeer, type RawPeer } from '../../gateway/support/raw-peer.ts';
import { startGateway } from '../../gateway/support/start-gateway.ts';
import { type LenientOptions, type LenientUpstream, startLenientUpstream } from './lenient-upstream.ts';

/** The stream route goes through the relay, the other through the pool. */
export const PATHS = ['/stream', '/shop'] as const;

/** What no client of the gateway asked for in so many words. */
export const SMUGGLED = 'GET /admin HTTP/1.1\r\nHost: a\r\n\r\n';

/** What the gateway makes of it. */
export type Outcome =
  /** The status of its own answer, which carries `Proxy-Status`; nothing goes upstream. */
  | number
  /** The connection ends without an answer: a request was under way already. */
  | 'cut off'
  /** It is one honest request whose body has not ended yet: all that follows stays data. */
  | 'held as a body'
  /** It is one honest request, which goes on as such and is answered. */
  | 'forwarded';

export type Fooled = (seen: readonly SeenRequest[]) => boolean;

export interface Attack {
  /** What the upstream is to be fooled by. */
  name: string;
  /** The mistakes of the upstream that the attack needs. */
  upstream: LenientOptions;
  bytes: (path: string) => string;
  gateway: Outcome;
  /** Was the upstream fooled? Default: it got a request for /admin. */
  fooled?: Fooled;
}

const WAIT = { timeout: 10_000, interval: 2 };

const gotAdmin = (seen: readonly SeenRequest[]): boolean =>
  seen.some(({ target }) => target.startsWith('/admin'));

/** The twin of every attack: sent straight to the upstream it works, so the upstream is one that can be fooled. */
export async function expectFooledDirectly(
  { upstream: mistakes, bytes, fooled = gotAdmin }: Attack,
  path: string,
) {
  const upstream = await startLenientUpstream(mistakes);
  const attacker = await connectPeer(upstream.port);
  attacker.write(bytes(path));
  await expect.poll(() => fooled(upstream.seen), WAIT).toBe(true);
}

/** Through the gateway: it answers as said, the upstream is not fooled, and the next client is served. */
export async function expectStopped(attack: Attack, path: string) {
  const { gateway: outcome, fooled = gotAdmin } = attack;
  const upstream = await startLenientUpstream(attack.upstream);
  const { address } = await startGateway(upstream.url);
  const attacker = await connectPeer(address.port);
  attacker.write(attack.bytes(path));
  if (outcome === 'forwarded') await attacker.until(`reached ${path}`);
  else if (outcome === 'cut off') await attacker.untilEnd();
  else if (outcome === 'held as a body')
    await expect.poll(() => upstream.seen.map(({ body }) => body).join(), WAIT).toContain(SMUGGLED);
  else await expectOwnAnswer(attacker, outcome);
  // Long enough for what is on its way to arrive.
  await sleep(30);
  expect(fooled(upstream.seen), JSON.stringify(upstream.seen)).toBe(false);
  if (typeof outcome === 'number') expect(upstream.accepted).toBe(0);
  else expect(upstream.seen.filter(({ target }) => target !== path)).toEqual([]);
  expect(answersIn(attacker.text)).toBe(outcome === 'cut off' || outcome === 'held as a body' ? 0 : 1);
  attacker.socket.destroy();
  await expectServed(address.port, upstream);
}

async function expectOwnAnswer(attacker: RawPeer, status: number) {
  const head = await attacker.head();
  expect(head.status, attacker.text).toBe(status);
  expect(head.fields['proxy-status']).toMatch(/^unclog; error=http_request_/);
  expect(head.fields['content-type']).toBe('application/problem+json');
  // What was sent behind a malformed request is not served.
  if (status === 400) await attacker.untilEnd();
}

/** Another client is served, on both routes, with the answer to its own request. */
export async function expectServed(port: number, upstream?: LenientUpstream) {
  for (const path of ['/stream/honest', '/honest']) {
    const client = await connectPeer(port);
    client.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    await client.untilEnd();
    expect(client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.text).toContain(`reached ${path}`);
    expect(answersIn(client.text)).toBe(1);
    if (upstream !== undefined) expect(upstream.targets).toContain(path);
  }
}

/** Final answers in what a client received. */
export function answersIn(text: string): number {
  return text.match(/HTTP\/1\.1 [2-5]\d\d /g)?.length ?? 0;
}
