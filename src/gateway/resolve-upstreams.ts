import { collect, type ProblemList, type Problems } from './option-error.ts';
import { GATEWAY_DEFAULTS, type GatewayOptions } from './options.ts';
import { checkTogether, createUpstreamContext, type UpstreamTls } from './tls-files.ts';
import type { UpstreamDefaults, UpstreamSettings } from './upstreams/options.ts';
import { resolveUpstream } from './upstreams/resolve-upstream.ts';

/** Name of the upstream that the option `upstream` makes. */
export const DEFAULT_UPSTREAM = 'default';

/** The upstreams by name, with defaults filled in; books what is wrong with them. */
export function readUpstreams(options: GatewayOptions, problems: ProblemList): Map<string, UpstreamSettings> {
  const tls = upstreamTls(options, problems);
  const defaults: UpstreamDefaults = { hostHeader: options.hostHeader ?? GATEWAY_DEFAULTS.hostHeader, tls };
  const found = new Map<string, UpstreamSettings>();
  for (const [name, upstream] of Object.entries(options.upstreams ?? {}))
    found.set(name, resolveUpstream(name, upstream, defaults, ['upstreams', name], problems));
  if (options.upstream !== undefined) {
    if (found.has(DEFAULT_UPSTREAM))
      problems.add(['upstreams', DEFAULT_UPSTREAM], `is the name of what the option upstream gives`);
    const own = problems.under(['upstream']);
    found.set(
      DEFAULT_UPSTREAM,
      resolveUpstream(DEFAULT_UPSTREAM, { targets: [options.upstream] }, defaults, [], own),
    );
  }
  checkUpstreamTls(options, [...found.values()], problems);
  return found;
}

/** Made once, and only where a target is reached with TLS: the system's certificates take time to read. */
function upstreamTls(options: GatewayOptions, problems: Problems): () => UpstreamTls | null {
  const { upstreamCa: ca, upstreamCert: cert, upstreamKey: key } = options;
  let made: UpstreamTls | null | undefined;
  return () => {
    if (made === undefined) made = collect(problems, [], () => createUpstreamContext({ ca, cert, key }));
    return made;
  };
}

function checkUpstreamTls(
  options: GatewayOptions,
  upstreams: readonly UpstreamSettings[],
  problems: Problems,
): void {
  const { upstreamCa, upstreamCert } = options;
  collect(problems, [], () => checkTogether({ ...options }, 'upstreamCert', 'upstreamKey'));
  const targets = upstreams.flatMap(({ targets }) => targets);
  const [first, ...others] = targets;
  if (first === undefined || targets.some(({ tls }) => tls)) return;
  const what = others.length === 0 ? `the upstream ${first.origin} is` : 'all upstreams are';
  for (const [name, file] of Object.entries({ upstreamCa, upstreamCert }))
    if (typeof file === 'string') problems.add([name], `${what} reached without TLS, expected an https URL`);
}
