import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const modsecurity: Intermediary = {
  id: 'modsecurity',
  name: 'ModSecurity with nginx or ingress-nginx',
  kind: 'security',
  explain:
    'A web application firewall that reads response bodies needs all of a body before it can judge: with SecResponseBodyAccess On a stream is held; old connectors collected even when it was Off.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'the location of the stream in nginx',
      change: 'modsecurity off;',
      source: 'https://github.com/owasp-modsecurity/ModSecurity/issues/1129',
    },
    {
      for: [...BUFFER_HOLDS],
      section: 'a rule for the path of the stream',
      change:
        'SecRule REQUEST_URI "@beginsWith /stream" "id:1000,phase:1,pass,nolog,ctl:responseBodyAccess=Off"',
      source: 'https://github.com/owasp-modsecurity/ModSecurity/issues/1129',
    },
  ],
  ineffective: [
    {
      for: [...BUFFER_HOLDS],
      advice: 'proxy_buffering off or X-Accel-Buffering: no',
      why: 'The firewall collects the body behind the buffer that these switch off.',
      source: 'https://github.com/owasp-modsecurity/ModSecurity/issues/1129',
    },
  ],
  because: {
    'held-until-close': 'ModSecurity reads the whole response body when SecResponseBodyAccess is On.',
  },
  sources: [
    'https://github.com/owasp-modsecurity/ModSecurity/issues/1129',
    'https://github.com/owasp-modsecurity/ModSecurity/pull/65',
  ],
};
