import type { Finding, HopFacts, Verdict } from '../types.ts';
import { streamUrlOf } from './stream-url.ts';

/** Verdicts about which a second, nearer URL would tell more. */
const WORTH_COMPARING: readonly Verdict[] = ['held', 'cut', 'altered', 'no-events', 'inconclusive'];

/**
 * The one command that would tell more, or null. It parses as it stands; secrets in its
 * URLs are masked by the report.
 */
export function nextCommand(hops: HopFacts[], findings: Finding[]): string | null {
  const redirected = hops.map(redirectTarget).find((url) => url !== null);
  if (redirected !== undefined) return `unclog '${redirected}'`;
  const only = hops.length === 1 ? hops[0] : undefined;
  if (only === undefined || !WORTH_COMPARING.includes(only.verdict)) return null;
  const proven = findings.some((finding) => finding.severity === 'error' && finding.confidence === 'proven');
  if (proven) return null;
  const path = new URL(only.observation.url).pathname;
  return `unclog backend='http://127.0.0.1:8000${path}' '${only.name}=${only.observation.url}'`;
}

function redirectTarget(hop: HopFacts): string | null {
  const { response } = hop.observation;
  const url = streamUrlOf(hop.observation);
  if (response === null || response.status < 300 || response.status > 399) return null;
  const location = response.headers.find(([name]) => name.toLowerCase() === 'location')?.[1];
  if (location === undefined || !URL.canParse(location, url)) return null;
  const target = new URL(location, url);
  return target.protocol === 'http:' || target.protocol === 'https:' ? target.href : null;
}
