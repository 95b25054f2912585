import type { Intermediary } from '../intermediary.ts';

export const awsAlb: Intermediary = {
  id: 'aws-alb',
  name: 'AWS Application Load Balancer',
  kind: 'service',
  cannotRun: 'a hosted service',
  byDefault: 'streams; cuts after 60 s of silence',
  explain:
    'Streams. A connection that is quiet for 60 s is closed, on either side; PING frames of HTTP/2 do not count as traffic. No head within that time ends in status 504.',
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
      mostSeconds: 4_000,
      source:
        'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
    },
    {
      seconds: 60,
      kind: 'first-byte',
      setting: 'idle_timeout.timeout_seconds',
      mostSeconds: 4_000,
      source:
        'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
    },
  ],
  simulated: [
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
  ],
  notFound: ['whether a leaving client is reported to the target'],
  fixes: [
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'attributes of the load balancer',
      change:
        'aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN --attributes Key=idle_timeout.timeout_seconds,Value=3600',
      source:
        'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      where: 'aws-alb (Terraform)',
      section: 'the aws_lb resource',
      change: 'idle_timeout = 3600',
      config: 'configs/aws-alb/passthrough.tf',
      source: 'https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/lb',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      where: 'aws-alb (Kubernetes)',
      section: 'metadata.annotations of the Ingress, AWS Load Balancer Controller',
      change: 'alb.ingress.kubernetes.io/load-balancer-attributes: idle_timeout.timeout_seconds=3600',
      config: 'configs/aws-alb/ingress.yaml',
      source:
        'https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/',
    },
  ],
  ineffective: [
    {
      for: ['cut-when-idle'],
      advice: 'client_keep_alive.seconds',
      why: 'It limits how long a client may reuse a connection for further requests, not how long an answer may be quiet.',
      source:
        'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html',
    },
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
