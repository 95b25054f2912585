// LETS the stream flow.
//
// A next.config.mjs that forwards to 127.0.0.1:8000; start it with: next dev --hostname 127.0.0.1 --port 8082.
// Tried with Next.js 16.4.5.
export default {
  // THE FIX. For all answers, so let what stands in front compress pages. Where the sender of the events is yours,
  // "Cache-Control: no-cache, no-transform" on the stream does the same for the stream alone.
  // https://nextjs.org/docs/app/api-reference/config/next-config-js/compress
  compress: false,
  async rewrites() {
    return [{ source: '/:path*', destination: 'http://127.0.0.1:8000/:path*' }];
  },
};

// What no setting changes: the head comes together with the first byte of the body. Let the sender begin with a comment
// line (": hello"), before the first event is known.
