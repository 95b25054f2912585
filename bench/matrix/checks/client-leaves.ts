import { setTimeout as delay } from 'node:timers/promises';
import {
  BOUND_MS,
  bad,
  bestOfThree,
  type Cell,
  type Check,
  formatMs,
  good,
  na,
  PROMPT_MS,
  type Section,
} from '../check.ts';
import type { Peer } from '../peer.ts';
import type { Stage } from '../stage.ts';
import { chunk, event, openStream, type Speaker, speak } from '../streams.ts';
import { countConnecting, startDeaf } from '../upstream.ts';

/** Both sides of a stream in the phase that is looked at. */
interface Phase {
  client: Peer;
  upstream: Peer;
}

/** Thrown when a phase is not reached. */
class NotReached extends Error {}

async function leaveCell(
  reach: () => Promise<Phase>,
  leave: (client: Peer) => void = (client) => client.close(),
): Promise<Cell> {
  try {
    const ms = await bestOfThree(async () => {
      const { client, upstream } = await reach();
      const leftMs = performance.now();
      leave(client);
      return (await upstream.untilEnd(BOUND_MS)) ? performance.now() - leftMs : null;
    });
    if (ms === null) return bad('LEAK', `the upstream was told nothing for ${BOUND_MS / 1_000} s`);
    return ms < PROMPT_MS ? good(formatMs(ms)) : bad(formatMs(ms), 'best of three');
  } catch (error) {
    if (error instanceof NotReached) return na('n/a', error.message);
    throw error;
  }
}

async function reachHeadless(stage: Stage): Promise<Phase> {
  const { client, origin } = await stage.exchange();
  if (origin === null) throw new NotReached('the request did not reach the upstream');
  return { client, upstream: origin.peer };
}

/** After head and one event. A product that holds the event is looked at all the same: its client has no less left. */
async function reachQuiet(stage: Stage): Promise<Phase & { out: Speaker }> {
  const { client, origin } = await stage.exchange();
  if (origin === null) throw new NotReached('the request did not reach the upstream');
  const out = speak(origin);
  out.head();
  out.piece(event(1));
  await client.until('data: event 1\n', 300);
  return { client, upstream: origin.peer, out };
}

async function reachWriting(stage: Stage): Promise<Phase> {
  const phase = await reachQuiet(stage);
  let n = 1;
  const timer = setInterval(() => phase.out.piece(event(++n)), 5);
  phase.upstream.socket.once('close', () => clearInterval(timer));
  void phase.upstream.untilEnd(BOUND_MS).then(() => clearInterval(timer));
  await delay(50);
  return phase;
}

async function reachUploading(stage: Stage): Promise<Phase> {
  const { client, origin } = await stage.exchange({
    method: 'POST',
    fields: ['Transfer-Encoding: chunked'],
    body: chunk('part one'),
  });
  if (origin === null) throw new NotReached('the request waits for the whole body');
  if (!(await origin.peer.until('part one', 1_500))) throw new NotReached('the body is held');
  return { client, upstream: origin.peer };
}

/** There is no upstream connection yet that could be told: the attempt itself has to end. */
async function whileConnecting(stage: Stage): Promise<Cell> {
  const { port } = stage.upstream;
  await stage.upstream.close();
  const stopDeaf = await startDeaf(port);
  try {
    const ms = await bestOfThree(async () => {
      await untilCount(port, (count) => count === 0);
      const { client } = await stage.send();
      if ((await untilCount(port, (count) => count > 0)) === null)
        throw new NotReached('no connection attempt was seen');
      client.close();
      return untilCount(port, (count) => count === 0);
    });
    if (ms === null) return bad('LEAK', `still connecting ${BOUND_MS / 1_000} s later`);
    // The kernel's table of connections is read to see it, which takes a while on a busy machine.
    return good(`≤ ${formatMs(ms)}`);
  } catch (error) {
    if (error instanceof NotReached) return na('n/a', error.message);
    throw error;
  } finally {
    await stage.clear();
    await stopDeaf();
    await stage.upstream.listen();
  }
}

/** Milliseconds until the number of connection attempts is as wanted, or null. */
async function untilCount(port: number, wanted: (count: number) => boolean): Promise<number | null> {
  const startMs = performance.now();
  while (performance.now() - startMs < BOUND_MS) {
    if (wanted(countConnecting(port))) return performance.now() - startMs;
    await delay(2);
  }
  return null;
}

async function leavesWebSocket(stage: Stage): Promise<Phase> {
  const { client, origin } = await stage.exchange({
    fields: [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ],
  });
  if (origin === null || !/websocket/i.test(origin.fields.get('upgrade') ?? ''))
    throw new NotReached('the upgrade is not passed on');
  return { client, upstream: origin.peer };
}

const check = (id: string, title: string, reach: (stage: Stage) => Promise<Phase>): Check => ({
  id,
  title,
  run: (stage) => leaveCell(() => reach(stage)),
});

export const clientLeavesSection: Section = {
  title: 'The client leaves',
  explanation: `Time from the client’s closing to the moment at which the upstream is told (best of three). LEAK: not within ${BOUND_MS / 1_000} s; the upstream goes on computing for nobody.`,
  checks: [
    { id: 'leave-connecting', title: 'while the upstream is being connected', run: whileConnecting },
    check('leave-headless', 'before the head', reachHeadless),
    check('leave-quiet', 'in a quiet stream', reachQuiet),
    {
      id: 'leave-quiet-reset',
      title: 'in a quiet stream, by RST',
      run: (stage) =>
        leaveCell(
          () => reachQuiet(stage),
          (client) => client.reset(),
        ),
    },
    check('leave-writing', 'while events flow', reachWriting),
    check('leave-uploading', 'in the middle of its request body', reachUploading),
    check('leave-upgrading', 'while a WebSocket is being opened', leavesWebSocket),
    {
      id: 'leave-undeclared',
      title: 'in a quiet stream on a path no setting names',
      run: (stage) =>
        leaveCell(async () => {
          const opened = await openStream(stage, { path: '/anything' });
          if (typeof opened === 'string') throw new NotReached(opened);
          return { client: opened.client, upstream: opened.origin.peer };
        }),
    },
  ],
};
