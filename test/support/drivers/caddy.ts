import type { Driver } from './driver.ts';

export const caddy: Driver = {
  extension: 'Caddyfile',
  listens: true,
  version: { command: ['caddy', 'version'], pattern: /^v?(\d[\d.]*\d)/ },
  // The admin endpoint has a fixed port.
  frame: (text) => `{\n\tadmin off\n}\n${text}`,
  command: ({ file }) => ['caddy', 'run', '--adapter', 'caddyfile', '--config', file],
};
