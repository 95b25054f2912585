import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const akamai: Intermediary = {
  id: 'akamai',
  name: 'Akamai',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams; caches and compresses by rules',
  explain:
    'A delivery network: it caches and compresses by rules of the property, and gives the origin a limited time to answer. The Read Timeout counts each read, so it is an idle limit as well; a rule that has the behavior with its sample values (5 s, and 20 s for the first byte) cuts sooner than the default of 120 s. Give the path of the stream a rule of its own.',
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
      mostSeconds: 600,
      source: 'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    },
    {
      seconds: 120,
      kind: 'idle',
      setting: 'Read Timeout of the origin',
      mostSeconds: 600,
      source: 'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    },
  ],
  simulated: [
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'compresses in blocks', finding: 'compressed-unflushed' },
  ],
  notFound: ['a limit of age', 'whether a leaving client is reported to the origin'],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'Property Manager, a rule for the path',
      change: '{ "name": "readTimeout", "options": { "value": "600s", "firstByteTimeout": "600s" } }',
      config: 'configs/akamai/rule.json',
      source: 'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    },
    {
      for: ['served-from-cache'],
      section: 'Property Manager, a rule for the path',
      change: '{ "name": "caching", "options": { "behavior": "NO_STORE" } }',
      config: 'configs/akamai/rule.json',
      source: 'https://techdocs.akamai.com/property-mgr/docs/caching-2',
    },
    {
      for: [...COMPRESSION],
      section: 'Property Manager, a rule for the path',
      change: '{ "name": "gzipResponse", "options": { "behavior": "NEVER" } }',
      config: 'configs/akamai/rule.json',
      source: 'https://techdocs.akamai.com/property-mgr/docs/last-mile-accel-gzip-compression',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      advice: 'Connect Timeout',
      why: 'It ends with the connection to the origin, before the request is sent.',
      source: 'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    },
  ],
  because: {
    'cut-when-idle': 'Akamai ends an answer whose origin was silent for the Read Timeout.',
    'timed-out-before-head': 'Akamai answers with 504 when the Read Timeout runs out before the first byte.',
    'compressed-unflushed': 'Akamai compresses text when a rule of the property says so.',
  },
  sources: [
    'https://techdocs.akamai.com/terraform/docs/read-timeout',
    'https://techdocs.akamai.com/property-mgr/docs/read-timeout',
    'https://techdocs.akamai.com/property-mgr/docs/last-mile-accel-gzip-compression',
  ],
};
