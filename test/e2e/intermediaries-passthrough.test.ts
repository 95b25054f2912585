import { describe, it } from 'vitest';
import { STREAMS } from '../support/drivers/pair.ts';
import { createSuiteFrame, SUITE_TIMEOUT_MS } from '../support/suite/frame.ts';
import { allPairs, pathOf, startHalf } from '../support/suite/pairs.ts';
import * as suite from '../support/suite/passthrough.ts';

/** What every configuration in `configs/` that goes right has to do, on the real product. */
describe.concurrent('a configuration that lets streams flow', () => {
  const frame = createSuiteFrame();

  for (const pair of allPairs()) {
    const { passthrough } = pair;
    if (passthrough === null) continue;
    const file = pathOf(pair, 'passthrough');
    const add = frame.testsOf(pair, 'passthrough');
    const test: typeof add = (title, work) => add(`${file}: ${title}`, work);
    const { head, leaving, keeps, timeouts } = passthrough;
    const path = passthrough.path ?? pair.buffering?.path ?? STREAMS.small;

    const begun = head === undefined ? 'the head and ' : '';
    test(`${begun}50 events pass one by one, in an answer that ends by closing too`, (running) =>
      suite.expectLockstep(frame.origin.url, running, head));
    test('the probe finds nothing, though the stream is quiet for 4 s or begins late', (running) =>
      suite.expectStreaming(frame.origin.url, pair, running, path));
    test('the request of a stream arrives whole, a POST and Last-Event-ID', (running) =>
      suite.expectRequestArrives(frame.origin.url, running, head));
    test(`the origin learns ${leaving ?? 'at once'} that a client left`, (running) =>
      suite.expectLeavingPassedOn(frame.origin.url, running, leaving));
    test('two clients get two streams', (running) => suite.expectOwnStreams(frame.origin.url, running));
    const kept = keeps === undefined ? '' : `, with its ${keeps.join(' and ')}`;
    test(`an ordinary answer comes whole${kept}`, (running) =>
      suite.expectOrdinary(frame.origin.url, running, keeps));

    if (timeouts === undefined) continue;
    it.skipIf(!pair.usable)(
      `${file}: the line that decides how long a stream may be quiet is there`,
      async () => {
        const lowered = await startHalf(pair, 'passthrough', frame.origin.url, timeouts.lower);
        try {
          await suite.expectCutWhenLowered(frame.origin.url, pair, lowered, timeouts.lateHead);
        } finally {
          await lowered.close();
        }
      },
      SUITE_TIMEOUT_MS,
    );
  }
});
