import { EJECTION_DEFAULTS } from '../upstreams/options.ts';
import { block, count, duration, renamed } from './values.ts';

/** The block `ejection` of an upstream. */
export const ejectionBlock = block({
  failures: count(
    'Failures in a row that take a target out: no connection, no answer, or one of 500 to 599.',
    EJECTION_DEFAULTS.failures,
  ).exactOptional(),
  for: duration(
    'How long it is out. The next failure after that takes it out again.',
    EJECTION_DEFAULTS.forMs,
  ).exactOptional(),
}).transform((given) => renamed(given, { for: 'forMs' }));
