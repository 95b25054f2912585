import { startTcpHop, unnamed } from '../../support/tcp-hop.ts';
import {
  type Expected,
  type ExpectedProduct,
  everywhere,
  type Hop,
  held,
  own,
  type RealHop,
  type Row,
  STREAMING,
} from '../row.ts';
import type { StreamId } from '../streams.ts';

const hop = (name: string, driver: RealHop['driver'], config: string): Hop => ({ name, driver, config });

const UNTIL_CLOSE = held('until-close');
const BLOCKS = held('until-full', { blockBytes: 4_096 });
/** Of nginx as it comes. */
const STOCK = everywhere(UNTIL_CLOSE, {
  'opt-out': STREAMING,
  'late-opt-out': STREAMING,
  large: BLOCKS,
  'large-gzip': BLOCKS,
  'slow-gzip': BLOCKS,
});
const TICKS = held('for-time', { periodMs: [190, 250] });
const LATE = held('constant', { periodMs: [190, 250] });

function innerAlike(
  expected: Readonly<Record<StreamId, Expected>>,
): Partial<Record<StreamId, readonly Expected[]>> {
  return Object.fromEntries(Object.entries(expected).map(([stream, one]) => [stream, [one]]));
}

const chains: readonly Row[] = [
  {
    id: 'chain/nginx-nginx',
    minimal: 'the hop must change',
    hops: [
      hop('inner', 'nginx', own('nginx', 'default.conf')),
      hop('edge', 'nginx', own('nginx', 'default.conf')),
    ],
    // The inner one sends the same mark; and it eats the opt-out that would have freed the outer one.
    product: { id: 'nginx', beside: 'possible', alone: 'certain' },
    fix: 'proxy_buffering off;',
    expect: { ...STOCK, 'opt-out': UNTIL_CLOSE, 'late-opt-out': UNTIL_CLOSE },
    inner: innerAlike(STOCK),
  },
  {
    id: 'chain/nginx-haproxy',
    minimal: 'the hop must change',
    hops: [
      hop('inner', 'nginx', own('nginx', 'default.conf')),
      hop('edge', 'haproxy', 'configs/haproxy/buffering.cfg'),
    ],
    product: { id: 'haproxy', beside: 'likely', alone: null },
    alsoThere: ['nginx'],
    fix: 'option http-no-delay',
    // Blocks that wait for a full packet as well may leave in pairs, and the last one with the end.
    expect: {
      ...STOCK,
      'opt-out': TICKS,
      'late-opt-out': TICKS,
      large: held('until-full'),
      'large-gzip': held('until-full'),
      'slow-gzip': held(['until-full', 'until-close']),
    },
    inner: innerAlike(STOCK),
  },
  {
    id: 'chain/caddy-tls-edge',
    minimal: 'x-accel-buffering',
    hops: [
      hop('plain', 'caddy', own('caddy', 'default.Caddyfile')),
      hop('edge', 'nginx', own('nginx', 'tls-edge.conf')),
    ],
    product: { id: 'nginx', beside: 'certain', alone: 'certain' },
    fix: 'proxy_buffering off;',
    expect: everywhere(UNTIL_CLOSE, {
      'opt-out': STREAMING,
      'late-opt-out': STREAMING,
      large: held('until-full', { blockBytes: 16_384 }),
      'large-gzip': held('until-full', { blockBytes: 16_384 }),
    }),
  },
  {
    id: 'chain/haproxy-tls-edge',
    minimal: 'framing',
    hops: [
      hop('plain', 'haproxy', 'configs/haproxy/buffering.cfg'),
      hop('edge', 'nginx', own('nginx', 'tls-edge-unbuffered.conf')),
    ],
    product: { id: 'nginx', beside: 'certain', alone: 'certain' },
    alsoThere: ['haproxy'],
    expect: everywhere(TICKS, { 'slow-gzip': LATE, close: STREAMING }),
    inner: innerAlike(everywhere(TICKS, { 'slow-gzip': LATE, close: STREAMING })),
  },
  {
    // Varnish asks the server behind it for gzip, and undoes it for clients that do not want it: at the end.
    id: 'chain/compressor-cache',
    minimal: 'nothing',
    hops: [
      hop('compressor', 'apache', own('apache', 'deflate.conf')),
      hop('cache', 'varnish', own('varnish', 'default.vcl')),
    ],
    product: { id: 'varnish', beside: 'certain', alone: 'certain' },
    alsoThere: ['apache'],
    expect: {
      small: UNTIL_CLOSE,
      'opt-out': UNTIL_CLOSE,
      large: held(['until-full', 'until-close']),
      late: UNTIL_CLOSE,
      'late-opt-out': UNTIL_CLOSE,
      close: UNTIL_CLOSE,
    },
  },
];

/** A product whose name somebody has removed, recognised by the way it holds. */
function unnamedRow(id: string, product: RealHop, expect: Row['expect']): Row {
  const possible: ExpectedProduct = { id: product.driver, beside: 'possible', alone: 'possible' };
  const marks = ['server', 'via', 'x-varnish', 'age', 'accept-ranges'];
  return {
    id: `unnamed/${id}`,
    hops: [product, { name: 'edge', start: (upstream) => startTcpHop(upstream, unnamed(...marks)) }],
    product: possible,
    streams: Object.keys(expect) as StreamId[],
    expect,
    inner: Object.fromEntries(Object.entries(expect).map(([stream, one]) => [stream, [one]])),
    alsoThere: ['nginx', 'haproxy', 'apache', 'caddy', 'lighttpd', 'varnish', 'express-compression'],
  };
}

const unnamedRows: readonly Row[] = [
  unnamedRow(
    'nginx-blocks',
    { name: 'nginx', driver: 'nginx', config: own('nginx', 'default.conf') },
    { large: BLOCKS },
  ),
  unnamedRow(
    'nginx-head',
    { name: 'nginx', driver: 'nginx', config: own('nginx', 'http11.conf') },
    { late: held('head-only') },
  ),
  unnamedRow(
    'haproxy-beat',
    { name: 'haproxy', driver: 'haproxy', config: 'configs/haproxy/buffering.cfg' },
    { small: TICKS },
  ),
  unnamedRow(
    'apache-beat',
    { name: 'apache', driver: 'apache', config: 'configs/apache/buffering.conf' },
    { small: held('for-time', { periodMs: [190, 215] }) },
  ),
  unnamedRow(
    'caddy-bare-header',
    { name: 'caddy', driver: 'caddy', config: own('caddy', 'encode-min.Caddyfile') },
    { gzip: UNTIL_CLOSE },
  ),
  unnamedRow(
    'varnish-bare-header',
    { name: 'varnish', driver: 'varnish', config: own('varnish', 'gzip.vcl') },
    { gzip: UNTIL_CLOSE },
  ),
  unnamedRow(
    'lighttpd-length',
    { name: 'lighttpd', driver: 'lighttpd', config: 'configs/lighttpd/buffering.conf' },
    { small: UNTIL_CLOSE },
  ),
  unnamedRow(
    'varnish-32k',
    { name: 'varnish', driver: 'varnish', config: own('varnish', 'gzip.vcl') },
    { large: held('until-full', { blockBytes: 32_768 }) },
  ),
];

export const rows: readonly Row[] = [...chains, ...unnamedRows];
