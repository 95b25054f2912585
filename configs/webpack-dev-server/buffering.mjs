// HOLDS the stream: compressed, and nothing but the 10 bytes of the gzip header comes before the end.
//
// A webpack.config.mjs that listens on 127.0.0.1:8081 and forwards to 127.0.0.1:8000. Tried with
// webpack-dev-server 5.2.7.
export default {
  mode: 'development',
  entry: {},
  devServer: {
    host: '127.0.0.1',
    port: 8081,
    hot: false,
    // The default, written out: it compresses what its own proxy brings as well, without ever flushing.
    // https://webpack.js.org/configuration/dev-server/#devservercompress
    compress: true,
    proxy: [{ context: ['/'], target: 'http://127.0.0.1:8000' }],
  },
};
