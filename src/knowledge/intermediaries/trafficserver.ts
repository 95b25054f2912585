import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const trafficserver: Intermediary = {
  id: 'trafficserver',
  name: 'Apache Traffic Server',
  kind: 'proxy',
  tried: { version: '9.2.9', date: '2026-11-22' },
  explain:
    'Streams. Quiet transactions end after 30 s and every one after 15 minutes, in the middle of its events. The compress plugin does not flush unless told to; without a list of types it leaves event streams alone. A client that left is noticed with the next event.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^ATS\/([\d.]+)/i, confidence: 'certain' },
    { field: 'via', matches: /ApacheTrafficServer(?:\/([\d.]+))?/i, confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 900,
      kind: 'total',
      setting: 'transaction_active_timeout_in',
      source: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/files/records.yaml.en.html',
    },
    {
      seconds: 30,
      kind: 'idle',
      setting: 'transaction_no_activity_timeout',
      source: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/files/records.yaml.en.html',
    },
    {
      seconds: 30,
      kind: 'first-byte',
      setting: 'transaction_no_activity_timeout_out',
      source: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/files/records.yaml.en.html',
    },
  ],
  measured: [
    {
      version: '9.2.9',
      setting: 'transaction_no_activity_timeout_out=30 (the default)',
      finding: 'cut-when-idle',
      curedBy: [],
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'remap.config, the mapping of the stream',
      change:
        '@pparam=proxy.config.http.transaction_no_activity_timeout_in=3600 \\\n@pparam=proxy.config.http.transaction_no_activity_timeout_out=3600 \\\n@pparam=proxy.config.http.transaction_active_timeout_in=0',
      config: 'configs/trafficserver/passthrough.config',
      proven: true,
      source: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/plugins/conf_remap.en.html',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'records.yaml, or per remap with conf_remap',
      change:
        'records:\n  http:\n    transaction_no_activity_timeout_in: 3600\n    transaction_no_activity_timeout_out: 3600',
      source: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/files/records.yaml.en.html',
    },
    {
      for: [...COMPRESSION],
      where: 'trafficserver compress.config',
      section: 'compress.config',
      change: 'flush true',
      source: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/plugins/compress.en.html',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: 'keep_alive_no_activity_timeout_in',
      why: 'It is the time between two requests.',
      source: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/files/records.yaml.en.html',
    },
  ],
  because: {
    'compressed-unflushed':
      'The compress plugin of Traffic Server does not flush unless "flush true" is set.',
    'cut-when-idle': 'Traffic Server ends transactions that are quiet for 30 s by default.',
  },
  sources: [
    'https://docs.trafficserver.apache.org/en/latest/admin-guide/files/records.yaml.en.html',
    'https://docs.trafficserver.apache.org/en/latest/admin-guide/plugins/compress.en.html',
  ],
};
