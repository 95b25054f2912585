import type { FindingId, Fix } from '../types.ts';
import { INTERMEDIARY_BY_ID } from './intermediaries/index.ts';
import {
  BUFFER_HOLDS,
  COMPRESSION,
  findingOf,
  type Intermediary,
  TIMER_HOLDS,
  type Topic,
} from './intermediary.ts';

const SSE = 'https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes';
const NGINX_BUFFERING = 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering';

interface OriginFix {
  for: readonly FindingId[];
  fix: Fix;
  /** Offered beside a known product only where that product obeys the header. Absent: offered always. */
  honoured?: keyof Intermediary['honours'];
}

function origin(change: string, source: string): Fix {
  return { where: 'origin', change, config: null, proven: false, source };
}

const HOLDS: readonly FindingId[] = [...BUFFER_HOLDS, ...TIMER_HOLDS, 'held-one-behind'];

/** What the sender of the events can do, whatever stands in between. */
const ORIGIN_FIXES: readonly OriginFix[] = [
  {
    for: [...BUFFER_HOLDS, ...COMPRESSION.slice(0, 1), 'missing-opt-out'],
    fix: origin('X-Accel-Buffering: no', NGINX_BUFFERING),
    honoured: 'xAccelBuffering',
  },
  {
    for: [...HOLDS, 'missing-opt-out'],
    fix: origin('Incremental: ?1', 'https://www.rfc-editor.org/rfc/rfc10036.html'),
    honoured: 'incremental',
  },
  {
    for: [...HOLDS, ...COMPRESSION, 'missing-no-transform'],
    fix: origin(
      'Cache-Control: no-cache, no-transform',
      'https://www.rfc-editor.org/rfc/rfc9111.html#section-5.2.2.6',
    ),
    honoured: 'noTransform',
  },
  {
    for: ['cut-when-idle'],
    fix: origin(': keep-alive, a comment line sent every 15 seconds', SSE),
  },
  {
    for: ['cut-by-age'],
    fix: origin(
      'id: <number> with every event, and continue after Last-Event-ID when the client comes back',
      SSE,
    ),
  },
  {
    for: ['head-held', 'no-events', 'slow-first-event', 'timed-out-before-head', 'slow-backend'],
    fix: origin(': hello, a comment line sent at once, before the first event is known', SSE),
  },
  {
    for: ['wrong-content-type'],
    fix: origin(
      'Content-Type: text/event-stream',
      'https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream',
    ),
  },
  {
    for: ['served-from-cache'],
    fix: origin(
      'Cache-Control: no-store, no-transform',
      'https://www.rfc-editor.org/rfc/rfc9111.html#section-5.2.2.5',
    ),
  },
];

/** nginx is the most common cause of a held stream; offered, marked as a guess, where no product was recognised. */
const NGINX_GUESS: Fix = {
  where: 'nginx',
  change: 'proxy_buffering off;  # if the proxy is an nginx, the most common cause',
  config: 'nginx/passthrough.conf',
  proven: true,
  source: NGINX_BUFFERING,
};

/** Changes that can cure a hold also from outside the product that holds. */
const GATEWAY: Fix = {
  where: 'gateway',
  change:
    'unclog gateway --upstream http://ORIGIN:PORT  # between the proxy and the origin: adds the opt-outs',
  config: null,
  proven: false,
  source: NGINX_BUFFERING,
};

const GATEWAY_HELPS: readonly FindingId[] = [...BUFFER_HOLDS.filter((id) => id !== 'fixed-length')];

/**
 * The changes that cure a finding, most specific first.
 * @param ids Products on the hop, surest first; unknown ids are ignored. Their own lines come first, then what the
 * origin can send, if one of them obeys it. Where no known product explains the finding: everything an origin can send
 * and, marked as a guess, the line for nginx.
 * @param topic A finding, or a kind of hold.
 */
export function fixesFor(ids: readonly string[], topic: Topic): Fix[] {
  const finding = findingOf(topic);
  const products = ids.flatMap((id) => INTERMEDIARY_BY_ID.get(id) ?? []);
  const withFix = products.filter((product) => product.fixes.some((fix) => fix.for.includes(finding)));
  const explained = withFix.some((product) => product.holdsByDefault);
  const fixes = withFix.flatMap((product) => productFixes(product, finding));
  for (const { for: topics, fix, honoured } of ORIGIN_FIXES) {
    if (!topics.includes(finding)) continue;
    const obeyed = honoured === undefined || withFix.some((product) => product.honours[honoured]);
    if (obeyed || !explained) fixes.push(fix);
  }
  if (!explained && GATEWAY_HELPS.includes(finding)) fixes.push(NGINX_GUESS);
  const gatewayHelps = !explained || withFix.some((product) => product.honours.xAccelBuffering);
  if (gatewayHelps && GATEWAY_HELPS.includes(finding)) fixes.push(GATEWAY);
  return withoutRepeats(fixes);
}

function productFixes(product: Intermediary, finding: FindingId): Fix[] {
  return product.fixes
    .filter((fix) => fix.for.includes(finding))
    .map((fix) => ({
      where: fix.where ?? product.id,
      change: fix.change,
      config: fix.config ?? null,
      proven: fix.proven ?? false,
      source: fix.source,
    }));
}

function withoutRepeats(fixes: Fix[]): Fix[] {
  const seen = new Set<string>();
  return fixes.filter(({ change }) => !seen.has(change) && seen.add(change));
}
