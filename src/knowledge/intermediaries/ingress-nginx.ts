import { BUFFER_HOLDS, COMPRESSION, type Intermediary } from '../intermediary.ts';

export const ingressNginx: Intermediary = {
  id: 'ingress-nginx',
  name: 'ingress-nginx (Kubernetes)',
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
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      change: 'nginx.ingress.kubernetes.io/proxy-buffering: "off"',
      source:
        'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#proxy-buffering',
    },
    {
      for: ['cut-when-idle', 'timed-out-before-head', 'cut-by-age'],
      change:
        'nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"\nnginx.ingress.kubernetes.io/proxy-send-timeout: "3600"',
      source:
        'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#custom-timeouts',
    },
    {
      for: [...COMPRESSION],
      where: 'ingress-nginx ConfigMap',
      change: 'use-gzip: "false"',
      source: 'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/configmap/#use-gzip',
    },
  ],
  because: {
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
