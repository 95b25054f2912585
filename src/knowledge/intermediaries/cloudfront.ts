import { COMPRESSION, type Intermediary } from '../intermediary.ts';

export const cloudfront: Intermediary = {
  id: 'cloudfront',
  name: 'Amazon CloudFront',
  kind: 'service',
  explain:
    'Streams. Its origin response timeout (30 s) also counts between packets, so a stream that is quiet for longer is cut; cacheable addresses share one answer between readers.',
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
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    },
    {
      seconds: 30,
      kind: 'first-byte',
      setting: 'origin response timeout',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    },
    {
      seconds: 60,
      kind: 'idle',
      setting: 'origin response timeout (largest without a quota increase)',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      section: 'the origin of the distribution',
      change: 'OriginReadTimeout: 60',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    },
    {
      for: ['served-from-cache'],
      section: 'the cache behaviour of the path',
      change: 'CachePolicy: Managed-CachingDisabled   # for the path of the stream',
      source:
        'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html',
    },
    {
      for: [...COMPRESSION],
      section: 'the cache behaviour of the path',
      change: 'Compress: false   # in the cache behaviour of the path',
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
    'cut-when-idle':
      'CloudFront ends an answer when its origin is silent for the origin response timeout (30 s by default).',
  },
  sources: [
    'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/RequestAndResponseBehaviorCustomOrigin.html',
    'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/ServingCompressedFiles.html',
  ],
};
