import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeCommand } from './node-command.ts';
import { SCRAPE_EVERY_S } from './scraper.ts';
import type { Command, Place, Target } from './targets.ts';

/** The gateway with as little on as it comes with. */
export function gatewayTarget(id: string, name: string, folder: string): Target {
  return {
    id,
    name,
    kind: 'gateway',
    version: versionIn(folder),
    setup: 'one process, as it comes but for --log-level error (no peer logs requests)',
    transports: ['plain', 'tls', 'h2'],
    start: (place) => gatewayCommand(folder, place, ['--log-level', 'error']),
  };
}

/** What an operator has on, by what it is for. */
const PARTS = {
  heartbeats: ['--heartbeat', '10s'],
  limits: [
    ...['--max-connections', '30000', '--max-streams', '20000', '--max-streams-per-client', '20000'],
    ...['--max-request-body', '10m', '--queue', '5s'],
  ],
  timeouts: ['--idle-timeout', '5m', '--max-age', '24h'],
  log: ['--log-level', 'info'],
  metrics: [],
} as const;

export type Part = keyof typeof PARTS;
export const PART_IDS = Object.keys(PARTS) as Part[];

/** The gateway with everything on that an operator would have on: heartbeats, limits, log and metrics. */
export function fullGatewayTarget(folder: string, parts: readonly Part[]): Target {
  const options = [
    ...(parts.includes('log') ? [] : ['--log-level', 'error']),
    ...parts.flatMap((part) => PARTS[part]),
  ];
  const said = [
    options.join(' '),
    ...(parts.includes('log') ? ['the log into a file'] : []),
    ...(parts.includes('metrics') ? [`--admin with /metrics read every ${SCRAPE_EVERY_S} s`] : []),
  ];
  return {
    id: 'unclog-full',
    name: parts.length === PART_IDS.length ? 'unclog, all on' : `unclog with ${parts.join(', ')}`,
    kind: 'gateway',
    version: versionIn(folder),
    setup: said.join('; '),
    transports: ['plain'],
    comments: true,
    start: (place) => startFull(folder, place, options, parts),
  };
}

function startFull(
  folder: string,
  place: Place,
  options: readonly string[],
  parts: readonly Part[],
): Command {
  const admin = `127.0.0.1:${place.adminPort}`;
  const hasMetrics = parts.includes('metrics');
  return {
    ...gatewayCommand(folder, place, [...options, ...(hasMetrics ? ['--admin', admin] : [])]),
    ...(parts.includes('log') && { logFile: join(place.folder, 'gateway.log') }),
    ...(hasMetrics && { metricsUrl: `http://${admin}/metrics` }),
  };
}

function versionIn(folder: string): string {
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

function gatewayCommand(folder: string, place: Place, options: readonly string[]): Command {
  const { originPort, listenPort, tls } = place;
  return nodeCommand([
    ...[join(folder, 'bin/unclog.js'), 'gateway'],
    ...['--upstream', `http://127.0.0.1:${originPort}`, '--listen', `127.0.0.1:${listenPort}`],
    ...(tls === null ? [] : ['--tls-cert', tls.cert, '--tls-key', tls.key]),
    ...options,
  ]);
}
