import { z } from 'zod';
import { HEALTH_CHECK_DEFAULTS } from '../upstreams/options.ts';
import { block, count, duration, renamed, text } from './values.ts';

/** The block `healthCheck` of an upstream. */
export const healthCheckBlock = block({
  path: text(
    { description: 'Asked with `GET`, behind the path of the URL. 200 to 399 is a good answer.' },
    'path',
  ),
  interval: duration('From one check to the next.', HEALTH_CHECK_DEFAULTS.intervalMs).exactOptional(),
  timeout: duration(
    'How long a check may take, connecting included.',
    HEALTH_CHECK_DEFAULTS.timeoutMs,
  ).exactOptional(),
  healthyAfter: count(
    'Good checks in a row until a target that was down is used again.',
    HEALTH_CHECK_DEFAULTS.healthyAfter,
  ).exactOptional(),
  unhealthyAfter: count(
    'Bad checks in a row until a target is no longer used. The very first check counts at once.',
    HEALTH_CHECK_DEFAULTS.unhealthyAfter,
  ).exactOptional(),
  headers: z
    .record(z.string(), text({ description: 'Value of the field.' }))
    .meta({
      description: 'More fields of the check, `Host` or `Authorization` for example.',
      secret: true,
      form: 'mapping of names to values',
    })
    .exactOptional(),
}).transform((given) => renamed(given, { interval: 'intervalMs', timeout: 'timeoutMs' }));
