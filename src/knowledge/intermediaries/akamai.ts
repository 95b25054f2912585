import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const akamai: Intermediary = {
  id: 'akamai',
  name: 'Akamai',
  kind: 'service',
  explain:
    'A delivery network: it caches and compresses by rules of the property, and gives the origin a limited time to answer. Give the path of the stream a rule of its own.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^AkamaiGHost/i, confidence: 'certain' },
    { field: 'akamai-grn', confidence: 'certain' },
    { field: 'x-akamai-transformed', confidence: 'likely' },
    { field: 'x-akamai-request-id', confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 120,
      kind: 'first-byte',
      setting: 'Read Timeout of the origin',
      source: 'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    },
    {
      seconds: 120,
      kind: 'idle',
      setting: 'Read Timeout of the origin',
      source: 'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'Property Manager, a rule for the path',
      change: 'Read Timeout: 599 s',
      source: 'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    },
    {
      for: ['served-from-cache'],
      section: 'Property Manager, a rule for the path',
      change: 'Caching: No store',
      source: 'https://techdocs.akamai.com/property-mgr/docs/caching-2',
    },
    {
      for: [...COMPRESSION],
      section: 'Property Manager, a rule for the path',
      change: 'Last Mile Acceleration (Gzip Compression): Never',
      source: 'https://techdocs.akamai.com/property-mgr/docs/last-mile-accel-gzip-compression',
    },
  ],
  ineffective: [],
  because: { 'cut-when-idle': 'Akamai ends an answer whose origin was silent for the Read Timeout.' },
  sources: [
    'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    'https://techdocs.akamai.com/property-mgr/docs/last-mile-accel-gzip-compression',
  ],
};
