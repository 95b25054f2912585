import { INTERMEDIARY_BY_ID } from '../knowledge/intermediaries/index.ts';
import { refusedAsMcp } from '../knowledge/mcp.ts';
import { maskUrl } from '../report/mask.ts';
import type { Finding, HopFacts, Verdict } from '../types.ts';
import { clockUrl } from './clock-url.ts';
import { streamUrlOf } from './stream-url.ts';

/** Verdicts about which a second, nearer URL would tell more. */
const WORTH_COMPARING: readonly Verdict[] = ['held', 'cut', 'altered', 'no-events', 'inconclusive'];
/** Idle cuts and age limits show after minutes only. */
const LONG_WATCH_MS = 300_000;
const LONGEST_WAIT_MS = 1_800_000;
/** Certificates that `-k` gets past, to measure the stream behind them all the same. */
const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)/;

/**
 * The one command that would tell more, or null where nothing would. It parses as it stands; the report masks what is
 * secret in its URLs. Requests with a body cannot be repeated without it, so that `explain` is all that is left.
 */
export function nextCommand(hops: HopFacts[], findings: Finding[]): string | null {
  const redirected = hops.map(redirectTarget).find((url) => url !== null);
  if (redirected !== undefined) return `unclog ${quoted(shownUrl(redirected))}`;
  const mcp = hops.find(({ observation }) => refusedAsMcp(observation));
  if (mcp !== undefined) return `unclog --mcp ${named(mcp)}`;
  const experiment = experimentCommand(hops);
  if (experiment !== null) return experiment;
  const first = findings.find(({ severity }) => severity === 'error') ?? findings[0];
  if (hops.every(isRepeatable)) {
    const measured = measureAgain(hops, findings);
    if (measured !== null) return measured;
  }
  return first === undefined ? null : explain(first, hops);
}

function measureAgain(hops: HopFacts[], findings: Finding[]): string | null {
  const untrusted = hops.find(
    ({ observation: { error } }) => error?.phase === 'tls' && UNTRUSTED.test(error.code),
  );
  if (untrusted !== undefined) return `unclog -k ${named(untrusted)}`;
  if (hops.every(({ verdict }) => verdict === 'streaming')) return watchLonger(hops);
  const only = hops.length === 1 ? hops[0] : undefined;
  if (only === undefined) return waitLonger(hops);
  const proven = findings.some((finding) => finding.severity === 'error' && finding.confidence === 'proven');
  if (proven || !WORTH_COMPARING.includes(only.verdict)) return null;
  const { pathname: path } = new URL(only.observation.url);
  return `unclog ${quoted(shownUrl(`backend=http://127.0.0.1:8000${path}`))} ${all([only])}`;
}

/** Where every hop leads to an unclog origin, experiments tell the cause and prove the cure. */
function experimentCommand(hops: HopFacts[]): string | null {
  if (!hops.some((hop) => WORTH_COMPARING.includes(hop.verdict))) return null;
  const leads = hops.every(({ observation }) =>
    observation.pathExchanges.some(({ originEpochMs }) => originEpochMs !== null),
  );
  if (!leads) return null;
  const bases = hops.map(({ name, observation }) =>
    named({ name, observation: { ...observation, url: baseOf(observation.url) } }),
  );
  return `unclog probe --experiment ${trusting(hops)}${bases.join(' ')}`;
}

/** The prefix under which the origin was reached. */
function baseOf(streamUrl: string): string {
  const { origin, pathname } = clockUrl(streamUrl);
  return `${origin}${pathname.slice(0, pathname.indexOf('/.well-known/unclog/'))}/`;
}

/** Idle limits are 60 s more often than not. */
const USUAL_IDLE = '90s';

/**
 * What would tell more after experiments: idle cuts where all streams, what the finding means where not, and watching where
 * nothing of an unclog origin answered (`leads` is false).
 */
export function nextAfterExperiments(
  hops: HopFacts[],
  findings: Finding[],
  { leads, idleMs }: { leads: boolean; idleMs: number | null },
): string | null {
  const bases = all(hops);
  if (!leads) return `unclog ${bases}`;
  if (idleMs === null && hops.every(({ verdict }) => verdict === 'streaming'))
    return `unclog probe --experiment --idle ${USUAL_IDLE} ${bases}`;
  const first = findings.find(({ severity }) => severity === 'error') ?? findings[0];
  return first === undefined ? null : explain(first, hops);
}

/** All is well as long as was watched: only more time can show a cut. */
function watchLonger(hops: HopFacts[]): string | null {
  const ended = hops.some(({ observation: { end } }) => end !== null && end.reason !== 'stopped-by-probe');
  const long = hops.some(({ observation: { limits } }) => limits.durationMs >= LONG_WATCH_MS);
  if (ended || long) return null;
  return `unclog --duration ${LONG_WATCH_MS / 60_000}m ${all(hops)}`;
}

function waitLonger(hops: HopFacts[]): string | null {
  if (hops.some(({ verdict }) => verdict !== 'no-events' && verdict !== 'inconclusive')) return null;
  const waitedMs = Math.max(...hops.map(({ observation: { limits } }) => limits.waitFirstMs));
  if (waitedMs >= LONGEST_WAIT_MS) return null;
  const minutes = Math.ceil(Math.min(LONGEST_WAIT_MS, waitedMs * 5) / 60_000);
  return `unclog --wait-first ${minutes}m ${all(hops)}`;
}

/** The finding, or the product that makes it where it is known for sure. */
function explain({ id, hop }: Finding, hops: HopFacts[]): string {
  const products = hops.find(({ name }) => name === hop)?.intermediaries ?? [];
  const sure = products.find(
    ({ confidence, id: product }) => confidence === 'certain' && INTERMEDIARY_BY_ID.has(product),
  );
  const product = id.startsWith('held-') || id.startsWith('cut-') ? sure : undefined;
  return `unclog explain ${product?.id ?? id}`;
}

/** A request without a body, and recorded from the network rather than from a trace without an address. */
function isRepeatable({ observation: { request, url } }: HopFacts): boolean {
  return request.method === 'GET' && !new URL(url).hostname.endsWith('.invalid');
}

/** The URLs of all hops, with `-k` where the certificate of one was accepted for that only. */
function all(hops: HopFacts[]): string {
  return `${trusting(hops)}${hops.map(named).join(' ')}`;
}

function trusting(hops: HopFacts[]): string {
  return hops.some(({ observation: { tls } }) => tls?.unverified !== undefined) ? '-k ' : '';
}

/** `NAME=URL` as the command line takes it; a name that it would not take is left out. */
function named({ name, observation }: Pick<HopFacts, 'name' | 'observation'>): string {
  const url = shownUrl(observation.url);
  const isUsable = /^[\p{L}\p{N}_.-]{1,40}$/u.test(name) && name !== new URL(url).host;
  return quoted(isUsable ? `${name}=${url}` : url);
}

/** Secrets masked here already: behind the quotes of a shell, a URL no longer looks like one. */
function shownUrl(url: string): string {
  return maskUrl(url).replaceAll("'", '%27');
}

/** One word for a POSIX shell. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
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
