import type { Intermediary } from '../intermediary.ts';

export const webpackDevServer: Intermediary = {
  id: 'webpack-dev-server',
  name: 'webpack-dev-server',
  kind: 'application',
  tried: { version: '5.2.7', date: '2026-11-22' },
  explain:
    'Compresses by default (compress: true), also what its proxy brings: the gzip header comes, then nothing until the end. Its proxy is http-proxy 1.18, so that since Node 16 it does not pass on that a client has left, and the response head waits for the first event.',
  holdsByDefault: true,
  honours: { xAccelBuffering: false, incremental: false, noTransform: true },
  marks: [],
  limits: [],
  measured: [
    {
      version: '5.2.7',
      setting: 'compress: true (the default)',
      finding: 'compressed-unflushed',
      curedBy: ['no-transform', 'gateway-behind', 'gateway-in-front'],
    },
  ],
  fixes: [
    {
      for: ['compressed-unflushed', 'compressed', 'held-until-close'],
      section: 'devServer of webpack.config.js',
      change: 'compress: false,',
      config: 'configs/webpack-dev-server/passthrough.mjs',
      proven: true,
      source: 'https://webpack.js.org/configuration/dev-server/#devservercompress',
    },
    {
      for: ['head-held'],
      section: 'the entry in devServer.proxy',
      change: "response.once('pipe', () => response.flushHeaders());",
      config: 'configs/webpack-dev-server/passthrough.mjs',
      proven: true,
      source: 'https://nodejs.org/api/http.html#responseflushheaders',
    },
  ],
  ineffective: [],
  because: {
    'compressed-unflushed':
      'webpack-dev-server compresses what its proxy brings (compress: true is the default), without flushing.',
  },
  sources: [
    'https://webpack.js.org/configuration/dev-server/#devservercompress',
    'https://webpack.js.org/configuration/dev-server/#devserverproxy',
    'https://github.com/facebook/create-react-app/issues/1633',
  ],
};
