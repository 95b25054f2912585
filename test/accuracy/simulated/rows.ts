import {
  cutAtAge,
  openedBy,
  replaying,
  type SendOn,
  startHttpHop,
  wholeBody,
  without,
} from '../../support/http-hop.ts';
import { type Downstream, eventsDelayed, oneBehind, startTcpHop } from '../../support/tcp-hop.ts';
import { everywhere, type Hop, held, type Row, STREAMING } from '../row.ts';

const bytes = (downstream: Downstream): readonly Hop[] => [
  { name: 'hop', start: (upstream) => startTcpHop(upstream, downstream) },
];
const answers = (sendOn: () => SendOn): readonly Hop[] => [
  { name: 'hop', start: (upstream) => startHttpHop(upstream, sendOn()) },
];

/** Hops that behave like what cannot be installed here; none of them says who it is. */
export const rows: readonly Row[] = [
  {
    id: 'simulated/one-behind',
    minimal: 'heartbeat',
    hops: bytes(oneBehind),
    product: null,
    streams: ['small', 'slow-gzip', 'late'],
    expect: { 'slow-gzip': held('one-behind') },
  },
  {
    id: 'simulated/delaying-scanner',
    minimal: 'the hop must change',
    hops: bytes(eventsDelayed(400)),
    product: null,
    expect: everywhere(held('constant', { periodMs: [380, 450] })),
  },
  {
    id: 'simulated/age-cut',
    hops: answers(() => cutAtAge(1_500)),
    product: null,
    expect: everywhere(
      { verdict: 'cut', kinds: null },
      // Cut before its first event.
      { late: { verdict: 'cut', kinds: null }, 'late-opt-out': { verdict: 'cut', kinds: null } },
    ),
  },
  {
    id: 'simulated/opens-at-8k',
    minimal: 'padding',
    hops: answers(() => openedBy(8_192)),
    product: null,
    expect: everywhere(held('until-close'), { large: held('initial'), 'large-gzip': held('initial') }),
  },
  {
    id: 'simulated/whole-body-cdn',
    minimal: 'the hop must change',
    hops: answers(() => wholeBody),
    product: null,
    expect: everywhere(held('until-close', { findings: ['fixed-length'] })),
  },
  {
    id: 'simulated/strips-opt-outs',
    hops: answers(() => without('x-accel-buffering', 'incremental')),
    product: null,
    expect: {
      'opt-out': { ...STREAMING, besideFindings: ['opt-out-stripped'] },
      'late-opt-out': { ...STREAMING, besideFindings: ['opt-out-stripped'] },
    },
    alsoThere: ['nginx'],
  },
  {
    id: 'simulated/strips-cache-control',
    hops: answers(() => without('cache-control')),
    product: null,
    expect: {},
  },
  {
    id: 'simulated/replaying-cache',
    hops: answers(replaying),
    product: null,
    readBefore: true,
    streams: ['small', 'gzip', 'large', 'close'],
    expect: everywhere({ ...STREAMING, findings: ['served-from-cache'] }),
  },
];
