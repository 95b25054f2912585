import type { Intermediary } from '../intermediary.ts';

export const awsAlb: Intermediary = {
  id: 'aws-alb',
  name: 'AWS Application Load Balancer',
  kind: 'service',
  explain: 'Streams. A connection that is quiet for 60 s is closed.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [
    { field: 'server', matches: /^awselb\//i, confidence: 'certain' },
    { field: 'set-cookie', matches: /^AWSALB(?:TG|APP|CORS|-)?[^=]*=/, confidence: 'certain' },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: 'idle_timeout.timeout_seconds',
      source:
        'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
    },
    {
      seconds: 60,
      kind: 'first-byte',
      setting: 'idle_timeout.timeout_seconds',
      source:
        'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
    },
  ],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'attributes of the load balancer',
      change:
        'aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN --attributes Key=idle_timeout.timeout_seconds,Value=3600',
      source:
        'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: 'TCP keep-alive on the client or the target',
      why: 'The idle timer counts bytes of the HTTP conversation, not probes of the kernel below it.',
      source:
        'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
    },
  ],
  because: {
    'cut-when-idle':
      'An AWS Application Load Balancer closes connections that are quiet for 60 s by default.',
  },
  sources: [
    'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
  ],
};
