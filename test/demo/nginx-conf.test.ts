import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { CONF_NAMES, placeConf, readConf } from '../../src/demo/nginx-conf.ts';

const PLACE = { listen: '127.0.0.1:4711', upstream: 'http://127.0.0.1:4712', folder: '/somewhere/else' };

const directives = (text: string) =>
  text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '');

describe('the configurations in nginx/', () => {
  it.each(CONF_NAMES)(
    '%s.conf changes in listen, proxy_pass and folder only when it is moved',
    async (name) => {
      const before = directives(await readConf(name));
      const after = directives(placeConf(await readConf(name), PLACE));
      expect(after).toHaveLength(before.length);
      const changed = after.filter((line, index) => line !== before[index]);
      expect(changed).toEqual([
        'pid /somewhere/else/nginx.pid;',
        'client_body_temp_path /somewhere/else/client_body;',
        'proxy_temp_path /somewhere/else/proxy;',
        'fastcgi_temp_path /somewhere/else/fastcgi;',
        'uwsgi_temp_path /somewhere/else/uwsgi;',
        'scgi_temp_path /somewhere/else/scgi;',
        'listen 127.0.0.1:4711;',
        'proxy_pass http://127.0.0.1:4712;',
      ]);
    },
  );

  it('refuse to be moved when a line to change is missing', () => {
    expect(() => placeConf('pid /tmp/nginx.pid;\nlisten 80;\n', PLACE)).toThrow(/"proxy_pass"/);
  });

  it('put the gateway behind exactly the settings that hold', async () => {
    const front = await readFile(new URL('../../nginx/gateway-front.conf', import.meta.url), 'utf8');
    const buffered = await readConf('buffered');
    const differing = directives(front).filter((line, index) => line !== directives(buffered)[index]);
    expect(directives(front)).toHaveLength(directives(buffered).length);
    expect(differing).toEqual(['listen 8084;', 'proxy_pass http://gateway:8080;']);
  });

  it('say for every directive that decides about the stream why it is there', async () => {
    for (const name of CONF_NAMES) {
      const lines = (await readConf(name)).split('\n').map((line) => line.trim());
      const start = lines.findIndex((line) => line.startsWith('proxy_pass '));
      for (let at = start + 1; at < lines.length; at += 1) {
        if (/^(proxy_|gzip )/.test(lines[at] ?? ''))
          expect(lines[at - 1], `${name}: ${lines[at]}`).toMatch(/^#/);
      }
    }
  });
});
