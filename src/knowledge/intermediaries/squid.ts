import { BUFFER_HOLDS, type Intermediary, measuredAborts } from '../intermediary.ts';
import { upperCaseSizes } from '../wire-style.ts';

export const squid: Intermediary = {
  id: 'squid',
  name: 'Squid',
  kind: 'proxy',
  explain:
    'Streams. What holds is a content scanner behind it (ICAP, eCAP, TLS inspection with a virus scanner). Quiet connections live 15 minutes. It ignores X-Accel-Buffering.',
  tried: { version: '5.7', date: '2026-11-22' },
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'via', matches: /\(squid(?:\/([\d.]+))?\)/i, confidence: 'certain' },
    { field: 'x-squid-error', confidence: 'certain' },
    { field: 'x-cache-lookup', confidence: 'likely' },
    { field: 'server', matches: /^squid(?:\/([\d.]+))?/i, confidence: 'certain' },
    {
      what: 'chunk sizes in upper-case hexadecimal (HAProxy and nghttpx write them too)',
      confidence: 'possible',
      seen: (observation, nearer) =>
        upperCaseSizes(observation, nearer) ? 'chunk sizes in upper case' : null,
    },
  ],
  limits: [
    {
      seconds: 900,
      kind: 'idle',
      setting: 'read_timeout',
      source: 'https://www.squid-cache.org/Doc/config/read_timeout/',
    },
  ],
  passesAborts: measuredAborts({ 'test/accuracy/products/squid/reverse.conf': 'at once' }),
  measured: [
    {
      version: '5.7',
      setting: 'read_timeout 15 minutes (the default)',
      finding: 'cut-when-idle',
      curedBy: [],
    },
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'squid.conf',
      change: 'acl sse rep_mime_type text/event-stream\nadaptation_access SERVICE deny sse',
      source: 'https://www.squid-cache.org/Doc/config/adaptation_access/',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'squid.conf',
      change: 'read_timeout 1 hour',
      config: 'configs/squid/passthrough.conf',
      proven: true,
      source: 'https://www.squid-cache.org/Doc/config/read_timeout/',
    },
    {
      for: ['served-from-cache'],
      section: 'squid.conf',
      change: 'acl streams rep_mime_type text/event-stream\nstore_miss deny streams',
      config: 'configs/squid/passthrough.conf',
      proven: true,
      source: 'https://www.squid-cache.org/Doc/config/store_miss/',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'cache deny all',
      why: 'Caching is not what holds: a content scanner (ICAP, eCAP) still gets the whole answer first.',
      source: 'https://www.squid-cache.org/Doc/config/adaptation_access/',
    },
  ],
  because: {
    'held-until-close': 'Squid itself streams; a content scanner behind it (ICAP, eCAP) collects the answer.',
  },
  sources: [
    'https://www.squid-cache.org/Doc/config/adaptation_access/',
    'https://www.squid-cache.org/Doc/config/read_timeout/',
  ],
};
