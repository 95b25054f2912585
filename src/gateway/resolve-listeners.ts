import { formatAddress, type ListenAddress } from '../http/listen.ts';
import { collect, type Problems } from './option-error.ts';
import {
  GATEWAY_DEFAULTS,
  type GatewayOptions,
  type ListenerOptions,
  type ListenerSettings,
} from './options.ts';
import { DEFAULT_UPSTREAM } from './resolve-upstreams.ts';
import { checkTogether, readTlsPair } from './tls-files.ts';
import type { UpstreamSettings } from './upstreams/options.ts';

/** The addresses for clients, with defaults filled in; books what is wrong with them. */
export function readListeners(options: GatewayOptions, problems: Problems): readonly ListenerSettings[] {
  const shared = readTls(options, [], problems);
  const given = readAddresses(options, problems);
  return given.map(({ listen, ...own }, i) => {
    const isOwn = own.tlsCert !== undefined || own.tlsKey !== undefined;
    return { listen, tls: isOwn ? readTls(own, ['listeners', i], problems) : shared };
  });
}

/** The pair that clients are shown; null without TLS. What would fail at the first connection fails at the start. */
function readTls(
  { tlsCert, tlsKey }: Pick<ListenerOptions, 'tlsCert' | 'tlsKey'>,
  path: readonly (string | number)[],
  problems: Problems,
): ListenerSettings['tls'] {
  return collect(problems, path, () => {
    checkTogether({ tlsCert, tlsKey }, 'tlsCert', 'tlsKey');
    if (typeof tlsCert !== 'string' || typeof tlsKey !== 'string') return null;
    const files = { certOption: 'tlsCert', certFile: tlsCert, keyOption: 'tlsKey', keyFile: tlsKey };
    readTlsPair(files);
    return files;
  });
}

function readAddresses(
  { listen, listeners }: GatewayOptions,
  problems: Problems,
): readonly ListenerOptions[] {
  if (listeners === undefined) return [{ listen: listen ?? GATEWAY_DEFAULTS.listen }];
  if (listen !== undefined) problems.add(['listen'], 'is given beside listeners, expected one of the two');
  if (listeners.length === 0) problems.add(['listeners'], 'is empty, expected at least one address');
  listeners.forEach((listener, i) => {
    const isSame = (other: ListenerOptions): boolean => sameAddress(other.listen, listener.listen);
    if (listeners.slice(0, i).some(isSame))
      problems.add(['listeners', i], `${formatAddress(listener.listen)} is given twice`);
  });
  return listeners;
}

function sameAddress(a: ListenAddress, b: ListenAddress): boolean {
  if (a.path !== undefined || b.path !== undefined) return a.path === b.path;
  return a.port !== 0 && a.port === b.port && a.host === b.host;
}

/** The gateway must not call itself, and clients must never reach the admin server, neither directly nor through it. */
export function checkAddresses(
  admin: ListenAddress | null,
  listeners: readonly ListenerOptions[],
  upstreams: readonly UpstreamSettings[],
  problems: Problems,
): void {
  const targets = upstreams.flatMap(({ name, targets }) =>
    targets.map((target, i) => ({
      target,
      path: name === DEFAULT_UPSTREAM ? ['upstream'] : ['upstreams', name, 'targets', i],
    })),
  );
  for (const { target, path } of targets) {
    const { socketPath } = target;
    const at =
      socketPath === null
        ? { host: target.hostname, port: target.port }
        : { host: '', port: 0, path: socketPath };
    if (socketPath !== null && listeners.some(({ listen }) => sameAddress(listen, at)))
      problems.add(
        path,
        `${socketPath} is the socket that the gateway itself listens on; it would call itself without end`,
      );
    else if (listeners.some(({ listen }) => sameAddress(listen, at)))
      problems.add(
        path,
        `${target.origin} is the address that the gateway itself listens on; it would call itself without end`,
      );
    if (admin !== null && sameAddress(admin, at))
      problems.add(['admin'], `${formatAddress(admin)} is the upstream's address, expected one of its own`);
  }
  if (admin !== null && listeners.some(({ listen }) => sameAddress(listen, admin)))
    problems.add(['admin'], `${formatAddress(admin)} is the address for clients, expected one of its own`);
}
