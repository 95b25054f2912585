import { BUFFER_HOLDS, type Intermediary } from '../intermediary.ts';

export const httpProxyMiddleware: Intermediary = {
  id: 'http-proxy-middleware',
  name: 'http-proxy-middleware (Node)',
  kind: 'application',
  tried: { version: '3.0.10', date: '2026-11-22' },
  explain:
    'http-proxy for Express and its kin. It pipes events on as they come, with the response head waiting for the first of them. With responseInterceptor, its recipe for changing answers, every answer is collected to its end, event streams too, and gets a Content-Length.',
  holdsByDefault: false,
  honours: { xAccelBuffering: false, incremental: false, noTransform: false },
  marks: [],
  limits: [],
  measured: [{ version: '3.0.10', setting: 'responseInterceptor', finding: 'held-until-close', curedBy: [] }],
  fixes: [
    {
      for: [...BUFFER_HOLDS],
      section: 'the proxy of the stream',
      change:
        "proxyRes: (answer, ...rest) =>\n  (/^text\\/event-stream/.test(answer.headers['content-type']) ? streamed : changed)(answer, ...rest),",
      config: 'configs/http-proxy-middleware/passthrough.mjs',
      proven: true,
      source: 'https://github.com/chimurai/http-proxy-middleware/blob/master/recipes/response-interceptor.md',
    },
  ],
  ineffective: [],
  because: {
    'held-until-close': 'responseInterceptor reads every answer to its end before it sends the first byte.',
    'fixed-length': 'responseInterceptor counts the bytes of the answer it has collected.',
    'head-held': 'Node sends a response head together with the first piece of its body unless it is flushed.',
  },
  sources: [
    'https://github.com/chimurai/http-proxy-middleware',
    'https://github.com/chimurai/http-proxy-middleware/blob/master/recipes/response-interceptor.md',
  ],
};
