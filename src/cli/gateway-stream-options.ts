import type { Options as YargsOptions } from 'yargs';
import { GATEWAY_MODES, STREAM_DEFAULTS } from '../gateway/stream-options.ts';
import type { OptionKinds } from './option-sources.ts';

/** What `unclog gateway` can be told to do to streams, beyond relaying them. */
export const STREAM_KINDS: OptionKinds = {
  mode: 'text',
  heartbeat: 'text',
  'opening-comment': 'switch',
  'opening-padding': 'text',
  retry: 'text',
  'early-head': 'text',
  stamp: 'text',
};

export const STREAM_FLAGS = {
  mode: {
    type: 'string',
    describe: `${GATEWAY_MODES.join(' or ')}: change nothing, say what passthrough would change (default ${STREAM_DEFAULTS.mode})`,
  },
  heartbeat: {
    type: 'string',
    describe: 'put a comment line into event streams that were quiet for so long (default: off)',
  },
  'opening-comment': {
    type: 'boolean',
    describe: 'begin event streams with a comment line (default: off)',
  },
  'opening-padding': {
    type: 'string',
    describe: 'begin event streams with a comment line of so many bytes, such as 2k (default: off)',
  },
  retry: {
    type: 'string',
    describe: 'begin event streams with a retry field, for EventSource clients (default: off)',
  },
  'early-head': {
    type: 'string',
    describe: 'send the head of an event stream when the upstream takes longer for it (default: off)',
  },
  stamp: {
    type: 'string',
    describe:
      'token that asks for stamps in the field Unclog-Stamp; better in the environment (default: off)',
  },
} as const satisfies Record<string, YargsOptions>;
