// HOLDS the stream: compressed, and nothing but the gzip header comes before the end.
//
// A next.config.mjs that forwards to 127.0.0.1:8000; start it with: next dev --hostname 127.0.0.1 --port 8081.
// Tried with Next.js 16.4.5.
export default {
  // The default, written out: it compresses what rewrites bring from another server as well, without ever flushing.
  // https://nextjs.org/docs/app/api-reference/config/next-config-js/compress
  compress: true,
  async rewrites() {
    return [{ source: '/:path*', destination: 'http://127.0.0.1:8000/:path*' }];
  },
};
