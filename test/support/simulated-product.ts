import type { HeaderList } from '../../src/types.ts';
import {
  asHttp10,
  atOnce,
  cutAtAge,
  cutWhenIdle,
  gzipped,
  type HttpHop,
  headWithBody,
  late,
  type OwnAnswer,
  oneBehind,
  openedBy,
  refusing,
  replaying,
  type SendOn,
  startHttpHop,
  wholeBody,
  without,
} from './http-hop.ts';

/** What a made-up product does to a stream. The words are those of `simulated` in the knowledge base. */
export const BEHAVIOURS = {
  'holds whole answers': () => wholeBody,
  'scans until the close': () => wholeBody,
  'holds until so many bytes have come': ({ bytes }) => openedBy(bytes),
  'holds the head': () => headWithBody,
  'is one event behind': () => oneBehind,
  'passes events on late': ({ lateMs }) => late(lateMs),
  'compresses in blocks': () => gzipped,
  'cuts a quiet stream': ({ idleMs }) => cutWhenIdle(idleMs),
  'cuts any stream at an age': ({ totalMs }) => cutAtAge(totalMs),
  'gives up waiting for the head': () => atOnce,
  'replays what it stored': () => replaying(),
  'refuses chunked answers': ({ page }) => refusing(page),
  'removes the opt-out': () => without('x-accel-buffering'),
  'speaks HTTP/1.0': () => asHttp10,
} as const satisfies Record<string, (scale: Scale) => SendOn>;

export type Behaviour = keyof typeof BEHAVIOURS;

/** The limits of a made-up product; real ones are minutes and megabytes, which no test waits for. */
export interface Scale {
  firstByteMs: number;
  idleMs: number;
  totalMs: number;
  bytes: number;
  lateMs: number;
  /** What it answers itself. */
  page: OwnAnswer;
}

/** How a product shows itself: the fields of its answers, those of its error pages, or the certificate it makes. */
export interface Appearance {
  /** In every head that it sends, in the place of the origin's fields of these names. */
  fields?: HeaderList;
  /** Its own page for a head that does not come, or for what it refuses. */
  page?: Omit<OwnAnswer, 'headers'> & { headers?: HeaderList };
  /** Speaks TLS to its client. */
  tls?: { cert: string; key: string };
}

const HTML: HeaderList = [['Content-Type', 'text/html']];

/** Starts a made-up product in front of `upstream`. */
export async function startSimulatedProduct(
  upstream: string,
  behaviour: Behaviour,
  { fields = [], page, tls }: Appearance,
  scale: Omit<Scale, 'page'>,
): Promise<HttpHop> {
  const own: OwnAnswer = {
    status: 504,
    body: '<html><body><h1>504 Gateway Time-out</h1></body></html>',
    ...page,
    headers: [...(page?.headers ?? HTML), ...fields],
  };
  const replaced = new Set(fields.map(([name]) => name.toLowerCase()));
  const edit = (head: HeaderList): HeaderList => [
    ...head.filter(([name]) => !replaced.has(name.toLowerCase())),
    ...fields,
  ];
  const givesUp = { afterMs: scale.firstByteMs, answer: own };
  return startHttpHop(upstream, BEHAVIOURS[behaviour]({ ...scale, page: own }), {
    edit,
    ...(tls === undefined ? {} : { tls }),
    ...(behaviour === 'gives up waiting for the head' ? { givesUp } : {}),
  });
}
