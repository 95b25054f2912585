import type { Options as YargsOptions } from 'yargs';
import { GATEWAY_MODES, STREAM_DEFAULTS, type StreamOptions } from '../gateway/stream-options.ts';
import { type OptionKinds, type Options, parseChoice } from './option-sources.ts';
import { parseDuration, parseSize } from './units.ts';

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

export function readStreamOptions(options: Options): StreamOptions {
  const given = {
    mode: options.read('mode', parseChoice(GATEWAY_MODES)),
    heartbeatMs: options.read('heartbeat', orOff(parseDuration)),
    openingComment: options.isOn('opening-comment'),
    openingPaddingBytes: options.read('opening-padding', orOff(parseSize, 0)),
    retryMs: options.read('retry', orOff(parseDuration)),
    earlyHeadMs: options.read('early-head', orOff(parseDuration)),
    stamp: options.read('stamp', (_source, text) => (text === 'off' ? null : text)),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** `off` takes back what a file or the environment says. */
function orOff<T extends number | null = null>(
  parse: (source: string, text: string) => number,
  off: T = null as T,
) {
  return (source: string, text: string): number | T => (text === 'off' ? off : parse(source, text));
}
