// LETS the stream flow.
//
// A vite.config.mjs that listens on 127.0.0.1:8082 and forwards to 127.0.0.1:8000. Tried with Vite 8.3.8.
import { defineConfig } from 'vite';

const proxy = {
  '/': {
    target: 'http://127.0.0.1:8000',
    configure: (proxy) => {
      // THE FIX. Sends the head at once, not with the first event. The head is whole when the body is piped.
      // https://nodejs.org/api/http.html#responseflushheaders
      proxy.on('proxyRes', (_answer, _request, response) =>
        response.once('pipe', () => response.flushHeaders()),
      );
      // An application that breaks off must not look like one that has finished.
      proxy.on('proxyRes', (answer, _request, response) => answer.on('aborted', () => response.destroy()));
    },
  },
};

export default defineConfig({
  server: { host: '127.0.0.1', port: 8082, proxy },
  preview: { host: '127.0.0.1', port: 8082, proxy },
});
