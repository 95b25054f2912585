import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createOrigin, type RunningOrigin } from '../../src/origin/origin.ts';
import { observeHops } from '../../src/probe/run-probe.ts';
import type { FindingId, Observation } from '../../src/types.ts';
import { repositoryRoot } from './drivers/driver.ts';
import type { DriverId } from './drivers/index.ts';
import { launch } from './drivers/launch.ts';
import { type ProductId, replaceAll, startIntermediary } from './intermediary.ts';
import { startTestNginx, type TestNginxOptions } from './nginx.ts';
import { hasTool, type ToolName } from './tools.ts';

const FOLDER = new URL('../knowledge/fixtures/recorded/', import.meta.url);
const STREAM = '/.well-known/unclog/stream';
const SMALL = `${STREAM}?events=12&interval=100ms`;
const LONG = `${STREAM}?events=40&interval=80ms`;
const LARGE = `${STREAM}?events=12&interval=100ms&size=600&fill=repeated`;
const QUIET = `${STREAM}?events=12&interval=100ms&quiet-after=6&quiet=4s`;
const HTTP10 = 'proxy_http_version 1.0;';
const HTTP11 = 'proxy_http_version 1.1; proxy_set_header Connection "";';
const GZIP = 'gzip on; gzip_types text/event-stream; gzip_min_length 0;';

interface Running {
  url: string;
  close(): Promise<void>;
}

/** One recording: a real product in front of the real origin, and what the rules must find in it. */
export interface Scenario {
  name: string;
  needs: ToolName;
  /** Hops behind the origin, nearest first. */
  start(originUrl: string): Promise<Running[]>;
  path: string;
  /** Reads the same address once before, so that a cache has it. */
  twice?: true;
  /** Must be among the findings. */
  fires: readonly FindingId[];
  /** True where no finding may be an error. */
  flows?: true;
}

const nginx =
  (options: Partial<TestNginxOptions>): Scenario['start'] =>
  async (upstream) => [await startTestNginx({ upstream, ...options })];

const shipped =
  (
    id: ProductId,
    kind: 'buffering' | 'passthrough',
    edit: (text: string) => string = (text) => text,
  ): Scenario['start'] =>
  async (upstream) => [await startIntermediary(id, kind, { upstream, edit })];

/** A configuration of the accuracy matrix. */
const measured =
  (id: DriverId, file: string, edit: (text: string) => string = (text) => text): Scenario['start'] =>
  async (upstream) => {
    const path = join(repositoryRoot(), 'test/accuracy/products', id, file);
    return [await launch(id, edit(readFileSync(path, 'utf8')), upstream)];
  };

async function nginxTwice(upstream: string): Promise<Running[]> {
  const inner = await startTestNginx({ upstream, location: HTTP10 });
  return [inner, await startTestNginx({ upstream: inner.url, location: HTTP10 })];
}

const dead: Scenario['start'] = () =>
  Promise.resolve([{ url: 'http://127.0.0.1:9', close: () => Promise.resolve() }]);

/** Everything that is recorded. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'nginx-stock',
    needs: 'nginx',
    start: nginx({ location: HTTP10 }),
    path: SMALL,
    fires: ['held-until-close', 'http-1-0', 'missing-opt-out', 'missing-no-transform'],
  },
  {
    name: 'nginx-blocks',
    needs: 'nginx',
    start: nginx({ location: HTTP10 }),
    path: `${STREAM}?events=12&interval=100ms&size=2000&fill=repeated`,
    fires: ['held-until-full'],
  },
  {
    name: 'nginx-newer-default',
    needs: 'nginx',
    start: nginx({ location: HTTP11 }),
    path: `${SMALL}&first-delay=1s`,
    fires: ['head-held'],
  },
  {
    name: 'nginx-gzip',
    needs: 'nginx',
    start: nginx({ http: GZIP, location: HTTP11 }),
    path: SMALL,
    fires: ['compressed-unflushed'],
  },
  {
    name: 'nginx-gzip-flushed',
    needs: 'nginx',
    start: nginx({ http: GZIP, location: 'proxy_buffering off;' }),
    path: SMALL,
    fires: ['compressed'],
    flows: true,
  },
  {
    name: 'nginx-passthrough',
    needs: 'nginx',
    start: nginx({ location: `proxy_buffering off; ${HTTP11}` }),
    path: `${SMALL}&opt-out=all`,
    fires: ['look-at-client', 'http-1-connection-limit'],
    flows: true,
  },
  {
    name: 'nginx-twice',
    needs: 'nginx',
    start: nginxTwice,
    path: `${SMALL}&opt-out=x-accel-buffering`,
    fires: ['opt-out-stripped', 'held-until-close'],
  },
  {
    name: 'nginx-cut',
    needs: 'nginx',
    start: nginx({ location: 'proxy_buffering off; proxy_read_timeout 2s;' }),
    path: QUIET,
    fires: ['cut-when-idle'],
  },
  {
    name: 'nginx-504',
    needs: 'nginx',
    start: nginx({ location: 'proxy_read_timeout 2s;' }),
    path: `${SMALL}&head-delay=4s`,
    fires: ['timed-out-before-head'],
  },
  {
    name: 'nginx-404',
    needs: 'nginx',
    start: nginx({ location: 'proxy_buffering off;', server: `location ${STREAM} { return 404; }` }),
    path: SMALL,
    fires: ['http-status'],
  },
  {
    name: 'nginx-other-type',
    needs: 'nginx',
    start: nginx({
      location: 'proxy_buffering off; proxy_hide_header Content-Type; add_header Content-Type text/plain;',
    }),
    path: SMALL,
    fires: ['wrong-content-type'],
  },
  {
    name: 'nginx-rewrites',
    needs: 'nginx',
    start: nginx({
      location: `proxy_buffering off; ${HTTP11} proxy_set_header Accept-Encoding ""; sub_filter_types *; sub_filter_once off; sub_filter seq qes;`,
    }),
    path: SMALL,
    fires: ['events-rewritten'],
  },
  {
    name: 'haproxy-ticks',
    needs: 'haproxy',
    start: shipped('haproxy', 'buffering'),
    path: LONG,
    fires: ['held-for-time'],
  },
  {
    name: 'haproxy-constant',
    needs: 'haproxy',
    start: shipped('haproxy', 'buffering'),
    path: `${STREAM}?events=8&interval=600ms`,
    fires: ['held-constant'],
  },
  {
    name: 'haproxy-compression',
    needs: 'haproxy',
    start: shipped('haproxy', 'passthrough', (text) => text.replace(/^ *compression type .*$/m, '')),
    path: `${STREAM}?events=10&interval=300ms&size=600&fill=repeated`,
    fires: ['held-one-behind'],
  },
  {
    name: 'haproxy-passthrough',
    needs: 'haproxy',
    start: shipped('haproxy', 'passthrough'),
    path: SMALL,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'caddy-encode',
    needs: 'caddy',
    start: shipped('caddy', 'buffering'),
    path: LARGE,
    fires: ['compressed-unflushed'],
  },
  {
    name: 'caddy-buffer',
    needs: 'caddy',
    start: shipped('caddy', 'buffering', (text) =>
      replaceAll(
        replaceAll(text, 'encode gzip', ''),
        'reverse_proxy 127.0.0.1:8000',
        'reverse_proxy 127.0.0.1:8000 {\n\t\tbuffer_responses\n\t}',
      ),
    ),
    path: SMALL,
    fires: ['held-until-close'],
  },
  {
    name: 'caddy-passthrough',
    needs: 'caddy',
    start: shipped('caddy', 'passthrough'),
    path: LARGE,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'apache-ratelimit',
    needs: 'apache',
    start: shipped('apache', 'buffering'),
    path: LONG,
    fires: ['held-for-time'],
  },
  {
    name: 'apache-passthrough',
    needs: 'apache',
    start: shipped('apache', 'passthrough'),
    path: SMALL,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'lighttpd-default',
    needs: 'lighttpd',
    start: shipped('lighttpd', 'buffering'),
    path: SMALL,
    fires: ['held-until-close', 'fixed-length'],
  },
  {
    name: 'lighttpd-passthrough',
    needs: 'lighttpd',
    start: shipped('lighttpd', 'passthrough'),
    path: SMALL,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'varnish-gzip',
    needs: 'varnish',
    start: shipped('varnish', 'buffering'),
    path: SMALL,
    fires: ['compressed-unflushed'],
  },
  {
    name: 'varnish-replay',
    needs: 'varnish',
    start: shipped('varnish', 'buffering', (text) =>
      replaceAll(
        text,
        'set beresp.do_gzip = true;',
        'unset beresp.http.Cache-Control; set beresp.ttl = 60s;',
      ),
    ),
    path: SMALL,
    twice: true,
    fires: ['served-from-cache'],
  },
  {
    name: 'varnish-passthrough',
    needs: 'varnish',
    start: shipped('varnish', 'passthrough'),
    path: SMALL,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'nghttpx-cut',
    needs: 'nghttpx',
    start: shipped('nghttpx', 'buffering', (text) =>
      replaceAll(text, 'backend-read-timeout=1m', 'backend-read-timeout=2s'),
    ),
    path: QUIET,
    fires: ['cut-when-idle'],
  },
  {
    name: 'nghttpx-passthrough',
    needs: 'nghttpx',
    start: shipped('nghttpx', 'passthrough'),
    path: SMALL,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'pushpin-passthrough',
    needs: 'pushpin',
    start: measured('pushpin', 'default.routes'),
    path: SMALL,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'squid-passthrough',
    needs: 'squid',
    start: measured('squid', 'reverse.conf'),
    path: SMALL,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'squid-cut',
    needs: 'squid',
    start: measured('squid', 'reverse.conf', (text) => `${text}read_timeout 2 seconds\n`),
    path: QUIET,
    fires: ['cut-when-idle'],
  },
  {
    name: 'squid-patient',
    needs: 'squid',
    start: measured('squid', 'reverse.conf', (text) => `${text}read_timeout 1 hour\n`),
    path: QUIET,
    fires: [],
    flows: true,
  },
  {
    name: 'tinyproxy-passthrough',
    needs: 'tinyproxy',
    start: measured('tinyproxy', 'reverse.conf'),
    path: SMALL,
    fires: ['look-at-client'],
    flows: true,
  },
  {
    name: 'tinyproxy-cut',
    needs: 'tinyproxy',
    start: measured('tinyproxy', 'reverse.conf', (text) => replaceAll(text, 'Timeout 600', 'Timeout 2')),
    path: QUIET,
    fires: ['cut-when-idle'],
  },
  {
    name: 'tinyproxy-patient',
    needs: 'tinyproxy',
    start: measured('tinyproxy', 'reverse.conf', (text) => replaceAll(text, 'Timeout 600', 'Timeout 3600')),
    path: QUIET,
    fires: [],
    flows: true,
  },
  {
    name: 'late-first-event',
    needs: 'nginx',
    start: nginx({ location: `proxy_buffering off; ${HTTP11}` }),
    path: `${SMALL}&first-delay=6s`,
    fires: ['slow-first-event'],
    flows: true,
  },
  { name: 'nobody-there', needs: 'nginx', start: dead, path: SMALL, fires: ['unreachable'] },
];

/** Records every scenario whose product is here, one after the other: they must not disturb one another. */
export async function recordAll(log: (line: string) => void): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const only = process.env.UNCLOG_RECORD_ONLY;
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 } });
  try {
    for (const scenario of SCENARIOS) {
      if (only !== undefined && !scenario.name.includes(only)) continue;
      if (!hasTool(scenario.needs)) log(`${scenario.name}: not recorded, no ${scenario.needs} here`);
      else await record(scenario, origin);
    }
  } finally {
    await origin.close();
  }
}

async function record(scenario: Scenario, origin: RunningOrigin): Promise<void> {
  const running = await scenario.start(origin.url);
  try {
    const targets = [origin.url, ...running.map(({ url }) => url)].map((base, i) => ({
      name: i === 0 ? 'origin' : `${scenario.name}${i === 1 ? '' : `-${i}`}`,
      url: base + scenario.path,
    }));
    if (scenario.twice) {
      await (await fetch(targets.at(-1)?.url ?? '')).text();
      // A recording is told from a stream by its age.
      await delay(3_000);
    }
    const observations = await observeHops(targets);
    writeFileSync(
      new URL(`${scenario.name}.json`, FOLDER),
      `${observations.map((one) => JSON.stringify(one)).join('\n')}\n`,
    );
  } finally {
    await Promise.all(running.map((one) => one.close()));
  }
}

/** The recordings in the repository: one observation a line. */
export function readRecordings(): Map<string, Observation[]> {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
  return new Map(
    names.map((name) => [
      name.replace(/\.json$/, ''),
      readFileSync(new URL(name, FOLDER), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Observation),
    ]),
  );
}
