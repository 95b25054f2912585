import type { HopFacts, Observation } from '../types.ts';

/** What a page tried beside the stream, in the place where rules look for what experiments showed. */
export function measuredInBrowser({ browser }: Observation): Pick<HopFacts, 'experiments'> {
  if (browser === undefined || browser.lastEventId === null) return {};
  return {
    experiments: {
      ...{ outcomes: [], minimalFix: null, lockstep: [], buffer: null, eventsOfLag: null, abort: null },
      ...{ requestBody: null, cache: null, edits: null, strippedOptOuts: [], idle: null },
      lastEventId: browser.lastEventId,
    },
  };
}
