import type { ExperimentProgress } from '../probe/experiment/options.ts';
import { type StatusLine, startStatusLine } from './status-line.ts';

/** Tells what is being tried, and about how long it will take: see {@link StatusLine}. */
export function startExperimentProgress(stream?: NodeJS.WriteStream): StatusLine<ExperimentProgress> {
  return startStatusLine(stateOf, 'measuring the path', stream);
}

function stateOf({ hop, doing, done, of, leftMs }: ExperimentProgress): string {
  const left = Math.max(1, Math.ceil(leftMs / 1_000));
  return `${hop}: ${done} of ${of}, ${doing}, about ${left} s left`;
}
