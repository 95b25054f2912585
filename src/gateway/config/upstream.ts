import { z } from 'zod';
import { BALANCES, HOST_HEADERS } from '../upstreams/options.ts';
import { ejectionBlock } from './ejection.ts';
import { healthCheckBlock } from './health-check.ts';
import { targetList } from './target.ts';
import { block, choice, special, text } from './values.ts';

const off = special((word) => (word === 'off' || word === 'false' ? null : undefined), {
  const: 'off',
  description: '',
}).transform((value, context): null => {
  if (value === undefined) context.addIssue({ code: 'custom', message: 'expected a mapping or off' });
  return null;
});

/** An upstream. Blocks for what else an upstream can do go in here. */
const upstreamBlock = block({
  targets: targetList,
  balance: choice(BALANCES, {
    description:
      'How a target is chosen: each in turn, the one with the fewest streams under way (for other requests: with the fewest of those), or by a field of the request.',
    preset: 'round-robin',
  }).exactOptional(),
  stickyHeader: text(
    {
      description:
        'For `sticky`: requests with the same value of this field go to the same target, such as `Mcp-Session-Id`. A value that an answer brings is remembered with its target.',
    },
    'field name',
  ).exactOptional(),
  hostHeader: choice(HOST_HEADERS, {
    description: 'Whose `Host` the targets get. Default: as the gateway’s `hostHeader`.',
  }).exactOptional(),
  healthCheck: z
    .union([healthCheckBlock, off])
    .meta({ description: 'Asks each target by itself whether it is well.', preset: 'off' })
    .exactOptional(),
  ejection: z
    .union([ejectionBlock, off])
    .meta({
      description:
        'Takes a target out for a while that fails requests; never the last one that is left. On with its defaults where there are several targets; `off` switches it off.',
    })
    .exactOptional(),
});

/** An entry of `upstreams`: the block, or just the URL of its only target. */
export const upstreamEntry = z
  .union([upstreamBlock, text({ description: '' }, 'URL').transform((url) => ({ targets: [url] }))])
  .meta({ description: 'A URL alone is short for `targets` with that one.' });
