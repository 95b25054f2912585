// LETS the stream flow.
//
// A webpack.config.mjs that listens on 127.0.0.1:8082 and forwards to 127.0.0.1:8000. Tried with
// webpack-dev-server 5.2.7.
export default {
  mode: 'development',
  entry: {},
  devServer: {
    host: '127.0.0.1',
    port: 8082,
    hot: false,
    // THE FIX. Bundles are not compressed then, which on one's own machine costs nothing.
    // https://webpack.js.org/configuration/dev-server/#devservercompress
    compress: false,
    proxy: [
      {
        context: ['/'],
        target: 'http://127.0.0.1:8000',
        // Tells the application that a client has left: http-proxy 1.18, which works here, does not notice since
        // Node 16. https://github.com/http-party/node-http-proxy/pull/1580
        onProxyReq: (upstream, _request, response) => response.on('close', () => upstream.destroy()),
        onProxyRes: (answer, _request, response) => {
          // Sends the head at once, not with the first event. https://nodejs.org/api/http.html#responseflushheaders
          response.once('pipe', () => response.flushHeaders());
          // An application that breaks off must not look like one that has finished.
          answer.on('aborted', () => response.destroy());
        },
      },
    ],
  },
};
