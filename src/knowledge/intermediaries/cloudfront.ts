import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const cloudfront: Intermediary = {
  id: 'cloudfront',
  name: 'Amazon CloudFront',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams; cuts after 30 s of silence',
  explain:
    'Streams. Its origin response timeout (30 s) also counts between packets, so a stream that is quiet for longer is cut; cacheable addresses share one answer between readers. A response completion timeout, off unless it is set, counts the whole answer.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'x-amz-cf-id', confidence: 'certain' },
    { field: 'via', matches: /\(CloudFront\)/i, confidence: 'certain' },
    { field: 'x-cache', matches: /cloudfront/i, confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 30,
      kind: 'idle',
      setting: 'origin response timeout',
      mostSeconds: 120,
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    },
    {
      seconds: 30,
      kind: 'first-byte',
      setting: 'origin response timeout',
      mostSeconds: 120,
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    },
    {
      seconds: 60,
      kind: 'idle',
      setting: 'origin response timeout (largest value for many years)',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    },
  ],
  simulated: [
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
    { behaviour: 'replays what it stored', finding: 'served-from-cache' },
  ],
  notFound: ['whether a leaving client is reported to the origin'],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'the origin of the distribution',
      change: 'origin_read_timeout = 120',
      config: 'configs/cloudfront/passthrough.tf',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html',
    },
    {
      for: ['cut-by-age'],
      section: 'the origin of the distribution',
      change: 'ResponseCompletionTimeout: unset   # nothing limits the whole answer then',
      source: 'https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_Origin.html',
    },
    {
      for: ['served-from-cache'],
      section: 'the cache behaviour of the path',
      change: 'cache_policy_id = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # Managed-CachingDisabled',
      config: 'configs/cloudfront/passthrough.tf',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html',
    },
    {
      for: [...COMPRESSION],
      section: 'the cache behaviour of the path',
      change: 'Compress: false',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: 'Keep-alive timeout of the origin',
      why: 'It is for idle connections between requests; the response timeout ends the stream.',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    },
  ],
  because: {
    'timed-out-before-head': 'CloudFront waits 30 s for its origin by default, 120 s at most.',
    'served-from-cache': 'CloudFront shares one answer between the readers of a cacheable address.',
    'cut-when-idle':
      'CloudFront ends an answer when its origin is silent for the origin response timeout (30 s by default).',
  },
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html',
  ],
};
