import type { DetectedIntermediary, FindingId, Fix, Standing } from '../types.ts';
import { INTERMEDIARY_BY_ID } from './intermediaries/index.ts';
import {
  BUFFER_HOLDS,
  COMPRESSION,
  findingOf,
  type Intermediary,
  type ProductFix,
  TIMER_HOLDS,
  type Topic,
} from './intermediary.ts';

const SSE = 'https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes';
const NGINX_BUFFERING = 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering';

interface OriginFix {
  for: readonly FindingId[];
  fix: Fix;
  /**
   * A header is offered beside a product that explains the finding only where that product obeys it, `when-unknown` not
   * beside one at all. Absent: offered always.
   */
  offer?: keyof Intermediary['honours'] | 'when-unknown';
}

const TESTED: Standing = 'tested here';
const READ: Standing = 'documented, not reproduced';

function origin(change: string, source: string, section: string, standing: Standing): Fix {
  return { where: 'origin', change, section, standing, config: null, proven: false, source };
}

const HEAD = 'the response head';
const BODY = 'the stream';

const HOLDS: readonly FindingId[] = [...BUFFER_HOLDS, ...TIMER_HOLDS, 'held-one-behind'];

const NO_TRANSFORM = origin(
  'Cache-Control: no-cache, no-transform',
  'https://www.rfc-editor.org/rfc/rfc9111.html#section-5.2.2.6',
  HEAD,
  TESTED,
);

/** What the sender of the events can do, whatever stands in between. */
const ORIGIN_FIXES: readonly OriginFix[] = [
  {
    for: [...BUFFER_HOLDS, 'compressed-unflushed', 'missing-opt-out'],
    fix: origin('X-Accel-Buffering: no', NGINX_BUFFERING, HEAD, TESTED),
    offer: 'xAccelBuffering',
  },
  {
    for: [...HOLDS, 'missing-opt-out'],
    fix: origin('Incremental: ?1', 'https://www.rfc-editor.org/rfc/rfc10036.html', HEAD, READ),
    offer: 'incremental',
  },
  { for: [...COMPRESSION, 'missing-no-transform'], fix: NO_TRANSFORM, offer: 'noTransform' },
  { for: HOLDS, fix: NO_TRANSFORM, offer: 'when-unknown' },
  {
    for: ['cut-when-idle'],
    fix: origin(': keep-alive, a comment line sent every 15 seconds', SSE, BODY, TESTED),
  },
  {
    for: ['cut-by-age'],
    fix: origin(
      'id: <number> with every event, and continue after Last-Event-ID when the client comes back',
      SSE,
      BODY,
      READ,
    ),
  },
  {
    for: ['head-held', 'no-events', 'slow-first-event', 'timed-out-before-head', 'slow-backend'],
    fix: origin(': hello, a comment line sent at once, before the first event is known', SSE, BODY, TESTED),
  },
  {
    for: ['wrong-content-type'],
    fix: origin(
      'Content-Type: text/event-stream',
      'https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream',
      HEAD,
      TESTED,
    ),
  },
  {
    for: ['served-from-cache'],
    fix: origin(
      'Cache-Control: no-store, no-transform',
      'https://www.rfc-editor.org/rfc/rfc9111.html#section-5.2.2.5',
      HEAD,
      READ,
    ),
  },
];

/** nginx is the most common cause of a held stream; offered, marked as a guess, where no product was recognised. */
const NGINX_GUESS: Fix = {
  where: 'nginx',
  change: 'proxy_buffering off;  # if the proxy is an nginx, the most common cause',
  section: 'http, server or location block',
  standing: TESTED,
  config: 'configs/nginx/passthrough.conf',
  proven: true,
  source: NGINX_BUFFERING,
};

/** Changes that can cure a hold also from outside the product that holds. */
const GATEWAY: Fix = {
  where: 'gateway',
  change:
    'unclog gateway --upstream http://ORIGIN:PORT  # between the proxy and the origin: adds the opt-outs',
  standing: TESTED,
  config: null,
  proven: false,
  source: NGINX_BUFFERING,
};

const GATEWAY_HELPS: readonly FindingId[] = [...BUFFER_HOLDS.filter((id) => id !== 'fixed-length')];

/** A product, and whether it is only suspected: a suspicion does not rule out everything else. */
export interface Suspect {
  id: string;
  confidence: DetectedIntermediary['confidence'];
}

/**
 * The changes that cure a finding, most specific first.
 * @param ids Products on the hop, surest first; unknown ids are ignored. Their own lines come first, then what the
 * origin can send, if one of them obeys it. Where no known product explains the finding: everything an origin can send
 * and, marked as a guess, the line for nginx.
 * @param topic A finding, or a kind of hold.
 */
export function fixesFor(ids: readonly string[], topic: Topic): Fix[] {
  return fixesForSuspects(
    ids.map((id) => ({ id, confidence: 'certain' })),
    topic,
  );
}

/** The same for products of which some are only possible: these never rule out the general advice. */
export function fixesForSuspects(suspects: readonly Suspect[], topic: Topic): Fix[] {
  const finding = findingOf(topic);
  const withFix = productsOf(suspects).filter((product) =>
    product.fixes.some((fix) => fix.for.includes(finding)),
  );
  const sure = new Set(suspects.filter(({ confidence }) => confidence !== 'possible').map(({ id }) => id));
  const explaining = withFix.filter((product) => sure.has(product.id) && explains(product, finding));
  const known = explaining.length > 0;
  const fixes = withFix.flatMap((product) => productFixes(product, finding, false));
  for (const { for: topics, fix, offer } of ORIGIN_FIXES) {
    if (!topics.includes(finding)) continue;
    const obeyed =
      offer !== undefined && offer !== 'when-unknown' && explaining.some(({ honours }) => honours[offer]);
    if (!known || obeyed || offer === undefined) fixes.push(fix);
  }
  if (GATEWAY_HELPS.includes(finding)) {
    const guess = !known && !withFix.some(({ id }) => id === 'nginx');
    if (guess) fixes.splice(fixes.findIndex(({ where }) => where === 'origin') + 1, 0, NGINX_GUESS);
    if (!known || explaining.some(({ honours }) => honours.xAccelBuffering)) fixes.push(GATEWAY);
  }
  fixes.push(...withFix.flatMap((product) => productFixes(product, finding, true)));
  return withoutRepeats(fixes);
}

/** Whether a product's presence is reason enough for the finding. */
export function explains(product: Intermediary, finding: FindingId): boolean {
  return product.holdsByDefault || product.because?.[finding] !== undefined;
}

function productsOf(suspects: readonly Suspect[]): Intermediary[] {
  return suspects.flatMap(({ id }) => INTERMEDIARY_BY_ID.get(id) ?? []);
}

function productFixes(product: Intermediary, finding: FindingId, rare: boolean): Fix[] {
  return product.fixes
    .filter((fix) => fix.for.includes(finding) && (fix.rare === true) === rare)
    .map((fix) => ({
      where: fix.where ?? product.id,
      change: fix.change,
      section: fix.section,
      ...(fix.versions === undefined ? {} : { versions: fix.versions }),
      standing: standingOf(fix),
      config: fix.config ?? null,
      proven: fix.proven ?? false,
      source: fix.source,
    }));
}

/** `tested here` where a test of this repository shows the effect. */
export function standingOf({ proven, tested }: Pick<ProductFix, 'proven' | 'tested'>): Standing {
  return proven === true || tested === true ? TESTED : READ;
}

function withoutRepeats(fixes: Fix[]): Fix[] {
  const seen = new Set<string>();
  return fixes.filter(({ change }) => !seen.has(change) && seen.add(change));
}
