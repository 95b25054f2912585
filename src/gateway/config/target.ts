import { z } from 'zod';
import { MOST_WEIGHT } from '../upstreams/options.ts';
import { block, count, text } from './values.ts';

/** A target that is more than its URL. Blocks for what else a target can have go in here. */
export const targetBlock = block({
  url: text(
    { description: 'URL of the server. A path in it is put before the path of every request.' },
    'URL',
  ),
  weight: count(
    `How much of the requests it gets beside the others, up to ${MOST_WEIGHT.toLocaleString('en')}: one with 2 gets twice as many as one with 1.`,
    1,
  ).exactOptional(),
});

/** An entry of `targets`: the block, or just its URL. */
const targetEntry = z.union([targetBlock, text({ description: '' }, 'URL')]);

/** Targets; a URL alone may stand without a list. */
export const targetList = z
  .union([z.array(targetEntry), text({ description: '' }).transform((one) => [one])])
  .meta({
    form: 'list of targets',
    description:
      'Servers that can stand in for one another: URLs, or mappings with `url` and `weight`. A path in one is put before the path of every request.',
  });
