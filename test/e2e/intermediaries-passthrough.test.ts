import { afterAll, beforeAll, describe, it } from 'vitest';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { STREAMS } from '../support/drivers/pair.ts';
import { allPairs, pathOf, type RunningHalf, startHalf } from '../support/suite/pairs.ts';
import * as suite from '../support/suite/passthrough.ts';
import { createSharedPart } from '../support/suite/shared-part.ts';

/** On a busy machine a probe is repeated; products in Node take seconds to start there. */
const TIMEOUT_MS = 90_000;

/** What every configuration in `configs/` that goes right has to do, on the real product. */
describe.concurrent('a configuration that lets streams flow', () => {
  let origin: RunningOrigin;
  beforeAll(async () => {
    origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  });
  const closers: (() => Promise<void>)[] = [];
  afterAll(async () => {
    await Promise.all(closers.map((close) => close()));
    await origin.close();
  });

  for (const pair of allPairs()) {
    const { passthrough, usable } = pair;
    if (passthrough === null) continue;
    const half = createSharedPart(() => startHalf(pair, 'passthrough', origin.url));
    closers.push(half.close);
    const file = pathOf(pair, 'passthrough');
    const test = (title: string, work: (running: RunningHalf) => Promise<void>) => {
      half.expectUse();
      it.skipIf(!usable)(`${file}: ${title}`, () => half.use(work), TIMEOUT_MS);
    };
    const { head, leaving, keeps, timeouts } = passthrough;
    const path = passthrough.path ?? pair.buffering?.path ?? STREAMS.small;

    const begun = head === undefined ? 'the head and ' : '';
    test(`${begun}50 events pass one by one, in an answer that ends by closing too`, (running) =>
      suite.expectLockstep(origin.url, running, head));
    test('the probe finds nothing, though the stream is quiet for 4 s or begins late', (running) =>
      suite.expectStreaming(origin.url, pair, running, path));
    test('the request of a stream arrives whole, a POST and Last-Event-ID', (running) =>
      suite.expectRequestArrives(origin.url, running, head));
    test(`the origin learns ${leaving ?? 'at once'} that a client left`, (running) =>
      suite.expectLeavingPassedOn(origin.url, running, leaving));
    test('two clients get two streams', (running) => suite.expectOwnStreams(origin.url, running));
    const kept = keeps === undefined ? '' : `, with its ${keeps.join(' and ')}`;
    test(`an ordinary answer comes whole${kept}`, (running) =>
      suite.expectOrdinary(origin.url, running, keeps));

    if (timeouts === undefined) continue;
    it.skipIf(!usable)(
      `${file}: the line that decides how long a stream may be quiet is there`,
      async () => {
        const lowered = await startHalf(pair, 'passthrough', origin.url, timeouts.lower);
        try {
          await suite.expectCutWhenLowered(origin.url, pair, lowered, timeouts.lateHead);
        } finally {
          await lowered.close();
        }
      },
      TIMEOUT_MS,
    );
  }
});
