import { isFieldValue, isToken } from '../../http/field-syntax.ts';
import type { Problems } from '../option-error.ts';
import {
  type Balance,
  EJECTION_DEFAULTS,
  HEALTH_CHECK_DEFAULTS,
  type HealthCheckOptions,
  type UpstreamDefaults,
  type UpstreamOptions,
  type UpstreamSettings,
} from './options.ts';
import { readTarget } from './read-target.ts';

type Path = readonly (string | number)[];

/** Fills defaults in and books what is wrong. `path` leads to these options. */
export function resolveUpstream(
  name: string,
  options: UpstreamOptions,
  defaults: UpstreamDefaults,
  path: Path,
  problems: Problems,
): UpstreamSettings {
  const targets = options.targets.flatMap((given, i) => {
    const target = readTarget(given, defaults.tls, [...path, 'targets', i], problems);
    return target === null ? [] : [target];
  });
  if (options.targets.length === 0) problems.add([...path, 'targets'], 'is empty, expected at least one URL');
  const addresses = targets.map(({ address }) => address);
  const twice = addresses.findIndex((address, i) => addresses.indexOf(address) !== i);
  if (twice !== -1) problems.add([...path, 'targets', twice], `${addresses[twice]} is given twice`);
  const balance = options.balance ?? 'round-robin';
  const several = options.targets.length > 1;
  return Object.freeze({
    name,
    targets,
    balance,
    stickyHeader: readStickyHeader(balance, options.stickyHeader ?? null, path, problems),
    hostHeader: options.hostHeader ?? defaults.hostHeader,
    healthCheck: readHealthCheck(options.healthCheck ?? null, [...path, 'healthCheck'], problems),
    ejection:
      options.ejection === null || (options.ejection === undefined && !several)
        ? null
        : { ...EJECTION_DEFAULTS, ...options.ejection },
  });
}

function readStickyHeader(
  balance: Balance,
  header: string | null,
  path: Path,
  problems: Problems,
): string | null {
  if (header === null) {
    if (balance === 'sticky')
      problems.add(
        [...path, 'balance'],
        'sticky needs a field to go by, expected stickyHeader as well, such as stickyHeader: Mcp-Session-Id',
      );
    return null;
  }
  if (balance !== 'sticky')
    problems.add(
      [...path, 'stickyHeader'],
      `has no meaning with balance: ${balance}, expected balance: sticky`,
    );
  if (!isToken(header))
    problems.add([...path, 'stickyHeader'], `"${header}" is not the name of a header field`);
  return header.toLowerCase();
}

function readHealthCheck(
  options: HealthCheckOptions | null,
  path: Path,
  problems: Problems,
): Required<HealthCheckOptions> | null {
  if (options === null) return null;
  if (!/^\/[\x21\x22\x24-\x7e]*$/.test(options.path))
    problems.add([...path, 'path'], `"${options.path}" is not a path, expected one such as /healthz`);
  for (const [name, value] of Object.entries(options.headers ?? {}))
    if (!isToken(name) || !isFieldValue(value))
      problems.add([...path, 'headers', name], 'is no header field that can be sent');
  return { ...HEALTH_CHECK_DEFAULTS, headers: {}, ...options };
}
