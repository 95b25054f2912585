import { BUFFER_HOLDS, COMPRESSION, type Intermediary } from '../intermediary.ts';

export const ingressNginx: Intermediary = {
  id: 'ingress-nginx',
  name: 'ingress-nginx (Kubernetes)',
  kind: 'proxy',
  cannotRun: 'needs a cluster',
  byDefault: 'streams; cuts after 60 s of silence',
  explain:
    'The community ingress controller built on nginx. It ships with proxy-buffering off and HTTP/1.1 behind it, so it streams unless a ConfigMap or an annotation turned buffering on, or a body inspection (ModSecurity) wants the whole answer. What usually hurts is its read timeout of 60 s. The project is retired; the advice holds for what still runs.',
  holdsByDefault: false,
  honours: { xAccelBuffering: true, incremental: false, noTransform: false },
  marks: [
    {
      what: 'its default certificate',
      confidence: 'certain',
      seen: ({ tls }) =>
        /Kubernetes Ingress Controller Fake/i.test(tls?.issuer ?? '')
          ? `certificate of ${tls?.issuer}`
          : null,
    },
    {
      field: 'strict-transport-security',
      matches: /^max-age=15724800; includeSubDomains$/i,
      confidence: 'likely',
    },
  ],
  limits: [
    {
      seconds: 60,
      kind: 'idle',
      setting: 'proxy-read-timeout',
      source:
        'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#custom-timeouts',
    },
    {
      seconds: 60,
      kind: 'first-byte',
      setting: 'proxy-read-timeout',
      source:
        'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#custom-timeouts',
    },
  ],
  passesAborts: [
    {
      passes: 'at once',
      setting: 'default (proxy_ignore_client_abort off)',
      how: 'documented',
      source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_ignore_client_abort',
    },
  ],
  simulated: [
    { behaviour: 'cuts a quiet stream', finding: 'cut-when-idle' },
    { behaviour: 'gives up waiting for the head', finding: 'timed-out-before-head' },
    { behaviour: 'removes the opt-out', finding: 'opt-out-stripped' },
  ],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'metadata.annotations of the Ingress',
      change: 'nginx.ingress.kubernetes.io/proxy-buffering: "off"',
      config: 'configs/ingress-nginx/passthrough.yaml',
      source:
        'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#proxy-buffering',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      section: 'metadata.annotations of the Ingress',
      change:
        'nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\nnginx.ingress.kubernetes.io/proxy-send-timeout: "3600"',
      config: 'configs/ingress-nginx/passthrough.yaml',
      source:
        'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#custom-timeouts',
    },
    {
      for: ['cut-by-age', 'truncated'],
      where: 'ingress-nginx ConfigMap',
      section: 'data of the ConfigMap of the controller',
      change: 'worker-shutdown-timeout: 3600s',
      config: 'configs/ingress-nginx/passthrough.yaml',
      source:
        'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#worker-shutdown-timeout',
    },
    {
      for: [...COMPRESSION],
      where: 'ingress-nginx ConfigMap',
      section: 'data of the ConfigMap of the controller',
      change: 'use-gzip: "false"',
      config: 'configs/ingress-nginx/passthrough.yaml',
      source: 'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#use-gzip',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice:
        'configuration-snippet with add_header X-Accel-Buffering no or proxy_set_header X-Accel-Buffering no',
      why: 'The first adds a field for the client after the decision, the second one to the request: nginx reads it only from the answer of the application.',
      source: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head'],
      advice: 'proxy-buffering: "off", proxy-body-size, proxy-connect-timeout',
      why: 'Buffering is off already by default, and none of them is the timer that ends a quiet stream.',
      source:
        'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#custom-timeouts',
    },
  ],
  because: {
    'cut-when-idle': 'ingress-nginx ends an answer that is silent for proxy-read-timeout (60 s by default).',
    'timed-out-before-head': 'ingress-nginx waits 60 s for a response head by default.',
    'cut-by-age':
      'Every reload starts new workers, and the old ones end what is open after worker-shutdown-timeout (240 s).',
    'held-until-close':
      'ingress-nginx does not buffer by default: an annotation or ConfigMap turned it on, or ModSecurity reads the response body.',
    'held-until-full': 'ingress-nginx does not buffer by default: an annotation or ConfigMap turned it on.',
  },
  sources: [
    'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#proxy-buffering',
    'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/',
    'https://github.com/owasp-modsecurity/ModSecurity/issues/1129',
  ],
};
