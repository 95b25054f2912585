// HOLDS the head of the stream: it comes with the first event, so that an EventSource is not "open" before.
//
// A vite.config.mjs that listens on 127.0.0.1:8081 and forwards to 127.0.0.1:8000. Tried with Vite 8.3.8.
import { defineConfig } from 'vite';

// Nothing more is needed: the answer is piped, and Node sends a head together with the first piece of its body.
// https://vite.dev/config/server-options#server-proxy
const proxy = { '/': 'http://127.0.0.1:8000' };

export default defineConfig({
  server: { host: '127.0.0.1', port: 8081, proxy },
  preview: { host: '127.0.0.1', port: 8081, proxy },
});
