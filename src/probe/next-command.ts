import type { Finding, HopFacts, Verdict } from '../types.ts';
import { clockUrl } from './targets.ts';

/** Verdicts about which a second, nearer URL would tell more. */
const WORTH_COMPARING: readonly Verdict[] = ['held', 'cut', 'altered', 'no-events', 'inconclusive'];

/**
 * The one command that would tell more, or null. It parses as it stands; secrets in its
 * URLs are masked by the report.
 */
export function nextCommand(hops: HopFacts[], findings: Finding[]): string | null {
  const redirected = hops.map(redirectTarget).find((url) => url !== null);
  if (redirected !== undefined) return `unclog '${redirected}'`;
  const experiment = experimentCommand(hops);
  if (experiment !== null) return experiment;
  const only = hops.length === 1 ? hops[0] : undefined;
  if (only === undefined || !WORTH_COMPARING.includes(only.verdict)) return null;
  const proven = findings.some((finding) => finding.severity === 'error' && finding.confidence === 'proven');
  if (proven) return null;
  const path = new URL(only.observation.url).pathname;
  return `unclog backend='http://127.0.0.1:8000${path}' '${only.name}=${only.observation.url}'`;
}

/** Where every hop leads to an unclog origin, experiments tell the cause and prove the cure. */
function experimentCommand(hops: HopFacts[]): string | null {
  if (!hops.some((hop) => WORTH_COMPARING.includes(hop.verdict))) return null;
  const leads = hops.every(({ observation }) =>
    observation.pathExchanges.some(({ originEpochMs }) => originEpochMs !== null),
  );
  if (!leads) return null;
  const bases = hops.map(({ name, observation }) => `'${name}=${baseOf(observation.url)}'`);
  return `unclog probe --experiment ${bases.join(' ')}`;
}

/** The prefix under which the origin was reached. */
function baseOf(streamUrl: string): string {
  const { origin, pathname } = clockUrl(streamUrl);
  return `${origin}${pathname.slice(0, pathname.indexOf('/.well-known/unclog/'))}/`;
}

function redirectTarget(hop: HopFacts): string | null {
  const { response, url } = hop.observation;
  if (response === null || response.status < 300 || response.status > 399) return null;
  const location = response.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  if (location === undefined || !URL.canParse(location, url)) return null;
  const target = new URL(location, url);
  return target.protocol === 'http:' || target.protocol === 'https:' ? target.href : null;
}
