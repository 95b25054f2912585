import { COMPRESSION, type Intermediary } from '../intermediary.ts';

const MIDDLEWARES = 'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares';
const ENTRYPOINTS = 'https://doc.traefik.io/traefik/reference/install-configuration/entrypoints/';
const ROUTES =
  'https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/ingressroute/';

export const kubernetesTraefik: Intermediary = {
  id: 'kubernetes-traefik',
  name: 'Traefik in Kubernetes (IngressRoute, Ingress, k3s)',
  kind: 'gateway',
  cannotRun: 'needs a cluster',
  byDefault: 'streams',
  explain:
    'The Traefik that k3s and many clusters bring along; in an answer it looks like any Traefik. Event streams pass at once; other streams are flushed every 100 ms. What holds is a middleware that was put on every router of an entry point: compress without an exception, or buffering. Entry points have a timeout for reading a request (60 s since 2.11.2), which ends long uploads and not answers.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  // See traefik: nothing in an answer tells where it runs.
  marks: [],
  limits: [],
  passesAborts: [
    {
      passes: 'at once',
      setting: 'default (the context of a request in Go ends with its connection)',
      how: 'documented',
      source: 'https://pkg.go.dev/net/http#Request.Context',
    },
  ],
  fixes: [
    {
      for: [...COMPRESSION, 'held-initially'],
      section: 'the Middleware',
      change: 'excludedContentTypes:\n  - text/event-stream',
      config: 'configs/kubernetes-traefik/passthrough.yaml',
      source: `${MIDDLEWARES}/compress/`,
    },
    {
      for: ['held-until-close', 'held-until-full', 'held-unknown'],
      section: 'spec.routes[] of the IngressRoute, and the middlewares of its entry point',
      change: '# remove the buffering middleware from the route of the stream',
      source: `${MIDDLEWARES}/buffering/`,
    },
    {
      for: ['held-for-time', 'held-constant'],
      section: 'spec.routes[].services[] of the IngressRoute',
      change: 'responseForwarding:\n  flushInterval: "-1"',
      config: 'configs/kubernetes-traefik/passthrough.yaml',
      source: ROUTES,
    },
    {
      for: ['cut-by-age'],
      section: 'values of the Helm chart, ports.NAME.transport.respondingTimeouts',
      change: 'writeTimeout: 0',
      config: 'configs/kubernetes-traefik/values.yaml',
      source: ENTRYPOINTS,
    },
  ],
  ineffective: [
    {
      for: ['held-until-close', 'held-until-full'],
      advice: 'nginx.ingress.kubernetes.io/proxy-buffering: "off"',
      why: 'Traefik does not read it, unless its provider for Ingresses of ingress-nginx is switched on; it has no buffer to switch off but the buffering middleware.',
      source: `${MIDDLEWARES}/buffering/`,
    },
    {
      for: ['cut-when-idle', 'cut-by-age'],
      advice: 'respondingTimeouts.readTimeout, idleTimeout',
      why: 'The first ends requests that take long to arrive, the second connections between requests.',
      source: 'https://github.com/traefik/traefik/pull/10531',
    },
  ],
  because: {
    'compressed-unflushed':
      'A compress middleware of Traefik compresses event streams unless text/event-stream is excluded.',
    'held-until-close': 'A buffering middleware of Traefik collects whole answers.',
  },
  sources: [`${MIDDLEWARES}/compress/`, ROUTES, ENTRYPOINTS, 'https://github.com/traefik/traefik/pull/10602'],
};
