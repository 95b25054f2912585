import { headerValue } from '../../http/header-list.ts';
import type { Intermediary } from '../intermediary.ts';

export const nodeDevProxy: Intermediary = {
  id: 'node-dev-proxy',
  name: 'Node dev servers (Create React App, Angular CLI, …)',
  kind: 'application',
  explain:
    'webpack-dev-server and what builds on it compress by default (compress: true), also what their proxy brings: the 10-byte gzip header comes, then nothing until the end. Vite does not compress what its proxy brings. http-proxy-middleware with responseInterceptor collects whole answers.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [
    {
      what: 'X-Powered-By: Express and a content coding, on this machine',
      confidence: 'possible',
      seen: ({ response, url }) =>
        response !== null &&
        /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])[:/]/.test(url) &&
        /express/i.test(headerValue(response.headers, 'x-powered-by') ?? '') &&
        headerValue(response.headers, 'content-encoding') !== null
          ? 'X-Powered-By: Express with a Content-Encoding, on this machine'
          : null,
    },
  ],
  limits: [],
  fixes: [
    {
      for: ['compressed-unflushed', 'compressed'],
      where: 'webpack.config.js',
      section: 'webpack.config.js',
      change: 'devServer: { compress: false },',
      source: 'https://webpack.js.org/configuration/dev-server/#devservercompress',
    },
    {
      for: ['held-until-close'],
      where: 'http-proxy-middleware',
      section: 'the proxy of the stream',
      change: '// remove responseInterceptor (selfHandleResponse) from the proxy of the stream',
      source: 'https://github.com/chimurai/http-proxy-middleware/blob/master/recipes/response-interceptor.md',
    },
  ],
  ineffective: [
    {
      for: ['compressed-unflushed', 'held-until-close'],
      advice: 'changeOrigin: true or ws: true on the proxy',
      why: 'The one is about the Host field, the other about WebSocket.',
      source: 'https://webpack.js.org/configuration/dev-server/#devserverproxy',
    },
  ],
  because: {
    'compressed-unflushed':
      'webpack-dev-server compresses what its proxy brings (compress: true is the default).',
  },
  sources: [
    'https://webpack.js.org/configuration/dev-server/#devservercompress',
    'https://github.com/facebook/create-react-app/issues/1633',
    'https://github.com/vitejs/vite/blob/main/packages/vite/src/node/preview.ts',
  ],
};
