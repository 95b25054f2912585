import { once } from 'node:events';
import { destination, pino } from 'pino';
import type { ArgumentsCamelCase, Argv, CommandModule } from 'yargs';
import { readCompareOrigin, readPageOrigin } from '../origin/check-page.ts';
import { FILLS } from '../origin/event-text.ts';
import { createOrigin, type OriginOptions } from '../origin/origin.ts';
import { gatherOptions, type OptionKinds, type Options, parseChoice } from './option-sources.ts';
import { parseAddress, parseCount, parseDuration, parseSize } from './units.ts';
import { UsageError } from './usage-error.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const MAX_EVENT_BYTES = 16_777_216;

const OPTIONS: OptionKinds = {
  listen: 'text',
  interval: 'text',
  'first-delay': 'text',
  events: 'text',
  'event-size': 'text',
  'event-fill': 'text',
  framing: 'text',
  story: 'switch',
  'opt-outs': 'switch',
  'compare-origin': 'text',
  'allow-origin': 'list',
  'log-level': 'text',
};

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  listen: 'address and port, port 0 picks a free one (default 127.0.0.1:8000)',
  interval: 'time from one event to the next (default 500ms)',
  'first-delay': 'time from the response head to the first event (default: the interval)',
  events: "end each connection's stream after so many events (default: never)",
  'event-size': "pad each event's data to this size, such as 600b or 2k (default: no padding)",
  'event-fill': 'what the padding is made of: random (hardly compresses) or repeated (default random)',
  framing: 'auto, or close: end answers by closing, even for HTTP/1.1 clients (default auto)',
  story: "send a delivery's status, from recogido to llegada, then end",
  'opt-outs': 'send X-Accel-Buffering: no, Incremental: ?1 and no-transform',
  'compare-origin':
    'second origin that browsers reach past the edge in front of this one, e.g. https://direct.example.com/: the check page compares both ways',
  'allow-origin': 'origin of a check page elsewhere that may measure against this origin; repeatable',
  'log-level': `one of ${LOG_LEVELS.join(', ')} (default info); logs go to stderr`,
  config: 'YAML file with any of these options',
};

/** `unclog origin`: the reference event source, until a signal. */
export const originCommand: CommandModule = {
  command: 'origin',
  describe: 'reference event source: stamped events, lockstep, experiment endpoints, the browser check page',
  builder: (yargs: Argv) => {
    for (const [name, description] of Object.entries(DESCRIPTIONS)) {
      const type = OPTIONS[name] === 'switch' ? 'boolean' : 'string';
      yargs.option(name, { type, description });
    }
    return yargs.epilogue(
      'Every option can also be set in the --config file (interval: 500ms) or in the environment\n' +
        '(UNCLOG_ORIGIN_INTERVAL, or UNCLOG_INTERVAL). Flags beat the environment, it beats the file.',
    );
  },
  handler: runOrigin,
};

async function runOrigin(argv: ArgumentsCamelCase): Promise<void> {
  const options = gatherOptions({ kinds: OPTIONS, argv, envPrefixes: ['UNCLOG_ORIGIN_', 'UNCLOG_'] });
  const level = options.read('log-level', parseChoice(LOG_LEVELS)) ?? 'info';
  const logger = pino({ name: 'unclog-origin', level }, destination({ fd: 2, sync: true }));
  const origin = await createOrigin({ ...originOptions(options), logger });
  // Plain text, not a log record: people and scripts wait for this line.
  process.stderr.write(`listening on ${origin.url}\n`);
  const [signal] = await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  logger.info({ signal, openStreams: origin.openStreams() }, 'stopping');
  await origin.close();
}

/** The options as `createOrigin` takes them; those not given stay out, so that it fills its defaults in. */
function originOptions(options: Options): OriginOptions {
  const all = {
    listen: options.read('listen', parseAddress),
    intervalMs: options.read('interval', parseInterval),
    firstDelayMs: options.read('first-delay', parseDuration),
    events: options.read('events', (source, text) => parseCount(source, text)),
    eventBytes: options.read('event-size', parseEventSize),
    fill: options.read('event-fill', parseChoice(FILLS)),
    framing: options.read('framing', parseChoice(['auto', 'close'])),
    story: options.isOn('story'),
    optOuts: options.isOn('opt-outs'),
    compareOrigin: options.read('compare-origin', spoken(readCompareOrigin)),
    allowOrigin: options.readList('allow-origin', spoken(readPageOrigin)),
  };
  const given = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as OriginOptions;
}

/** A reader whose refusal names where the text came from. */
function spoken<T>(read: (text: string) => T): (source: string, text: string) => T {
  return (source, text) => {
    try {
      return read(text);
    } catch (error) {
      throw new UsageError(`${source}: ${(error as Error).message}`);
    }
  };
}

function parseInterval(source: string, text: string): number {
  const ms = parseDuration(source, text);
  if (ms < 1) throw new UsageError(`${source}: "${text}" is too short, expected at least 1ms`);
  return ms;
}

function parseEventSize(source: string, text: string): number {
  const bytes = parseSize(source, text);
  if (bytes > MAX_EVENT_BYTES)
    throw new UsageError(`${source}: "${text}" is too large, expected at most 16m`);
  return bytes;
}
