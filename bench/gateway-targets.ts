import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeCommand } from './node-command.ts';
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

const FULL = [
  ...['--heartbeat', '10s', '--log-level', 'info'],
  ...['--max-connections', '30000', '--max-streams', '20000', '--max-streams-per-client', '20000'],
  ...['--max-request-body', '10m', '--queue', '5s', '--idle-timeout', '5m', '--max-age', '24h'],
];

/** The gateway with everything on that an operator would have on: heartbeats, limits, log and metrics. */
export function fullGatewayTarget(folder: string): Target {
  return {
    id: 'unclog-full',
    name: 'unclog, all on',
    kind: 'gateway',
    version: versionIn(folder),
    setup: `${FULL.join(' ')}, --admin with /metrics read once a second, the log into a file`,
    transports: ['plain'],
    comments: true,
    start: (place) => {
      const admin = `127.0.0.1:${place.adminPort}`;
      return {
        ...gatewayCommand(folder, place, [...FULL, '--admin', admin]),
        logFile: join(place.folder, 'gateway.log'),
        metricsUrl: `http://${admin}/metrics`,
      };
    },
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
