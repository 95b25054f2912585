import type { Argv, Options } from 'yargs';
import { REPORT_FORMATS } from '../report/format.ts';

/** The request flags of `unclog probe`, named after curl's and with curl's units. */
export interface RequestArguments {
  header?: string[] | undefined;
  request?: string | undefined;
  data?: string[] | undefined;
  dataRaw?: string[] | undefined;
  dataBinary?: string[] | undefined;
  get?: boolean | undefined;
  user?: string | undefined;
  cookie?: string[] | undefined;
  userAgent?: string | undefined;
  referer?: string | undefined;
  location?: boolean | undefined;
  proxy?: string | undefined;
  noproxy?: string | undefined;
  insecure?: boolean | undefined;
  cacert?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  compressed?: boolean | undefined;
  resolve?: string[] | undefined;
  'http1.0'?: boolean | undefined;
  'http1.1'?: boolean | undefined;
  http2?: boolean | undefined;
  http2PriorKnowledge?: boolean | undefined;
  unixSocket?: string | undefined;
  maxTime?: string | undefined;
}

/** Everything `unclog probe` can be told. */
export interface ProbeArguments extends RequestArguments {
  url?: string[] | undefined;
  hops?: string | undefined;
  waitFirst?: string | undefined;
  duration?: string | undefined;
  events?: string | undefined;
  maxHold?: string | undefined;
  maxFirstEvent?: string | undefined;
  failOn?: string[] | undefined;
  allow?: string[] | undefined;
  repeat?: string | undefined;
  format?: string | undefined;
  json?: boolean | undefined;
  output?: string[] | undefined;
  save?: string | undefined;
  savePayload?: boolean | undefined;
  sequential?: boolean | undefined;
  experiment?: boolean | undefined;
  idle?: string | undefined;
  trigger?: string | undefined;
  mcp?: boolean | undefined;
  verbose?: boolean | undefined;
  color?: boolean | undefined;
}

/** What `diagnose` and `probe` share: thresholds, exit code, output. */
export const REPORT_FLAGS = {
  'max-hold': { type: 'string', defaultDescription: '180ms', describe: 'Lateness that counts as held' },
  'max-first-event': { type: 'string', describe: 'Fail when the first event takes longer' },
  'fail-on': { type: 'string', array: true, describe: 'Verdicts and findings that also exit 1 (a,b,…)' },
  allow: { type: 'string', array: true, describe: 'Findings that do not count for the exit code (a,b,…)' },
  format: {
    type: 'string',
    defaultDescription: 'text',
    describe: `Output format: ${REPORT_FORMATS.join(', ')}`,
  },
  json: { type: 'boolean', describe: 'Short for --format json' },
  output: { type: 'string', array: true, describe: 'Also write FILE, or FORMAT=FILE; repeatable' },
  verbose: { type: 'boolean', describe: 'Text: all findings in full, and everything measured of each hop' },
  color: { type: 'boolean', describe: 'Colour the text output; --no-color turns it off' },
} as const satisfies Record<string, Options>;

const WATCH_FLAGS = {
  hops: { type: 'string', describe: 'YAML file with the hops: name, url, host, headers' },
  'wait-first': {
    type: 'string',
    defaultDescription: '60s',
    describe: 'How long to wait for the first event',
  },
  duration: {
    type: 'string',
    defaultDescription: '10s',
    describe: 'How long to watch from the first event on',
  },
  events: { type: 'string', describe: 'Stop after this many events' },
  repeat: {
    type: 'string',
    defaultDescription: '1',
    describe: 'Measure so many times and judge by the majority; a run that cannot judge is tried again',
  },
  sequential: { type: 'boolean', describe: 'Watch the hops one after the other' },
  experiment: {
    type: 'boolean',
    describe: 'Make controlled experiments: each URL is the address of an unclog origin through a hop',
  },
  idle: {
    type: 'string',
    describe: 'With --experiment: keep quiet streams up for so long to find cuts (default: off)',
  },
  trigger: {
    type: 'string',
    describe: 'Shell command that makes an event happen; hold is measured from it',
  },
  mcp: { type: 'boolean', describe: 'The URL is an MCP endpoint (streamable HTTP): open a session first' },
  save: { type: 'string', describe: 'Save the observations as JSON, for unclog diagnose; payload masked' },
  'save-payload': { type: 'boolean', describe: 'Keep the payload in the file of --save' },
} as const satisfies Record<string, Options>;

const REQUEST_FLAGS = {
  header: { alias: 'H', type: 'string', array: true, describe: "Request header 'Name: value'" },
  request: { alias: 'X', type: 'string', describe: 'Request method' },
  data: {
    alias: 'd',
    type: 'string',
    array: true,
    describe: 'Request body, @FILE or @- (stdin), line breaks removed; makes it a POST',
  },
  'data-raw': { type: 'string', array: true, describe: 'Request body, @ not special' },
  'data-binary': { type: 'string', array: true, describe: 'Request body, @FILE or @-, as it is' },
  get: { alias: 'G', type: 'boolean', describe: 'Put the data into the query and send a GET' },
  user: { alias: 'u', type: 'string', describe: 'NAME:PASSWORD for Basic authentication' },
  cookie: { alias: 'b', type: 'string', array: true, describe: "Cookies 'a=1; b=2'" },
  'user-agent': { alias: 'A', type: 'string', describe: 'User-Agent field' },
  referer: { alias: 'e', type: 'string', describe: 'Referer field' },
  location: { alias: 'L', type: 'boolean', describe: 'Follow redirects' },
  proxy: { alias: 'x', type: 'string', describe: 'Send through this proxy: http://HOST:PORT' },
  noproxy: { type: 'string', describe: 'Hosts that no proxy is used for (a,b,…)' },
  insecure: { alias: 'k', type: 'boolean', describe: 'Accept any server certificate' },
  cacert: { type: 'string', describe: 'PEM file of certificates to trust' },
  cert: { type: 'string', describe: 'PEM file with the client certificate (FILE or FILE:PASSPHRASE)' },
  key: { type: 'string', describe: "PEM file with the client certificate's key" },
  compressed: { type: 'boolean', describe: 'Ask for compression (the default here)' },
  resolve: { type: 'string', array: true, describe: 'HOST:PORT:ADDRESS, in place of a look-up' },
  'http1.0': { type: 'boolean', describe: 'Speak HTTP/1.0' },
  'http1.1': { type: 'boolean', describe: 'Speak HTTP/1.1' },
  http2: { type: 'boolean', describe: 'Speak HTTP/2' },
  'http2-prior-knowledge': { type: 'boolean', describe: 'Speak HTTP/2 without TLS as well' },
  'unix-socket': { type: 'string', describe: 'Connect to this unix socket' },
  'max-time': { alias: 'm', type: 'string', describe: 'End after so many seconds, whatever came' },
} as const satisfies Record<string, Options>;

/** The same flags, and none that wants a value goes without one: `--trigger` at the end of a line is a mistake. */
export function withValues(flags: Readonly<Record<string, Options>>): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      flag.type === 'string' ? { ...flag, nargs: 1 } : flag,
    ]),
  );
}

/** Flags of `unclog probe` that curl does not have: `unclog curl` takes them as well. */
export const OWN_FLAGS: Readonly<Record<string, Options>> = { ...WATCH_FLAGS, ...REPORT_FLAGS };

/** Tells yargs about the flags of `unclog probe`. */
export function describeProbeFlags(yargs: Argv<object>): Argv<object> {
  return yargs
    .positional('url', {
      array: true,
      type: 'string',
      describe: '[NAME=]URL of the stream; several: nearest to the origin first',
    })
    .options(withValues(WATCH_FLAGS))
    .options(withValues(REPORT_FLAGS))
    .options(withValues(REQUEST_FLAGS))
    .example('unclog http://127.0.0.1:8000/stream', 'one URL')
    .example('unclog probe --experiment edge=https://example.com/', 'why does it hold, and what cures it?')
    .example('unclog pod=http://127.0.0.1:8000/stream edge=https://example.com/stream', 'which hop holds?');
}
