import type { ObserveProgress } from '../probe/observe.ts';
import { type StatusLine, startStatusLine } from './status-line.ts';

/** Shows how far a watch is: see {@link StatusLine}. */
export function startProgress(stream?: NodeJS.WriteStream): StatusLine<ObserveProgress> {
  return startStatusLine(stateOf, 'waiting for the first answer', stream);
}

function stateOf({ hop, head, events }: ObserveProgress): string {
  if (events > 0) return `${hop}: ${events} ${events === 1 ? 'event' : 'events'}`;
  return `${hop}: ${head ? 'head, no event yet' : 'nothing yet'}`;
}
