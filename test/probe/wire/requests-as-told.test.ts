import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { bodyOf, observeOnce } from '../../support/observe-once.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';

const CERT = readFileSync(new URL('../../fixtures/tls/cert.pem', import.meta.url), 'utf8');
const KEY = readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url), 'utf8');
const EVENT = 'data: one\n\n';
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: ${EVENT.length}\r\n\r\n${EVENT}`;
const answer: Script = (socket) => void socket.end(ANSWER);

let server: ScriptedServer;
afterEach(() => server.close());

it('what a browser sends goes out, own fields in place of the defaults, and an empty one takes a default away', async () => {
  server = await startScriptedServer(answer);
  await observeOnce(
    `http://127.0.0.1:${server.port}/a%20b?c=d#e`,
    {},
    {
      headers: [
        ['accept', 'x/y'],
        ['User-Agent', ''],
        ['X-Own', 'ü'],
      ],
    },
  );
  expect(server.requests[0]?.split('\r\n')).toEqual([
    'GET /a%20b?c=d HTTP/1.1',
    `Host: 127.0.0.1:${server.port}`,
    'Accept-Encoding: gzip, deflate, br',
    'Cache-Control: no-cache',
    'accept: x/y',
    `X-Own: ${Buffer.from('ü').toString('latin1')}`,
    'Connection: close',
  ]);
});

it('a POST carries its body and its length', async () => {
  server = await startScriptedServer(answer);
  const observation = await observeOnce(`http://127.0.0.1:${server.port}/`, {
    method: 'POST',
    body: Buffer.from('{"a":1}'),
  });
  expect(server.requests[0]).toMatch(/^POST \/ HTTP\/1\.1\r\n/);
  expect(server.requests[0]).toMatch(/\r\nContent-Length: 7\r\n\r\n\{"a":1\}$/);
  expect(observation.request.method).toBe('POST');
  expect(bodyOf(observation)).toBe(EVENT);
});

it('a name with a given address is not looked up, and the name still goes into Host', async () => {
  server = await startScriptedServer(answer);
  const { marks, end } = await observeOnce(`http://nowhere.invalid:${server.port}/`, {
    resolve: [{ host: 'nowhere.invalid', port: server.port, addresses: ['127.0.0.1'] }],
  });
  expect(server.requests[0]).toContain(`Host: nowhere.invalid:${server.port}\r\n`);
  expect(marks.dnsMs).toBeNull();
  expect(end?.reason).toBe('complete');
});

it('a unix socket is connected to in place of the host', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'unclog-probe-'));
  const path = join(folder, 's');
  server = await startScriptedServer(answer, { path });
  const observation = await observeOnce('http://backend/stream', { unixSocket: path });
  expect(server.requests[0]).toContain('Host: backend\r\n');
  expect(observation.unixSocket).toBe(path);
  expect(bodyOf(observation)).toBe(EVENT);
  const nobody = await observeOnce('http://backend/', { unixSocket: join(folder, 'other') });
  expect(nobody.error).toMatchObject({ code: 'UNCLOG_UNIX_SOCKET', phase: 'connect' });
  await rm(folder, { recursive: true });
});

it('a header that would end its line sends nothing', async () => {
  server = await startScriptedServer(answer);
  const { error } = await observeOnce(
    `http://127.0.0.1:${server.port}/`,
    {},
    { headers: [['X-A', 'b\r\nX-C: d']] },
  );
  expect(error?.code).toBe('ERR_INVALID_CHAR');
  expect(server.requests).toEqual([]);
});

describe('over TLS', () => {
  it('the certificate is checked, with authorities of our own beside the built-in ones', async () => {
    server = await startScriptedServer(answer, { tls: { cert: CERT, key: KEY } });
    const url = `https://127.0.0.1:${server.port}/`;
    const refused = await observeOnce(url);
    expect(refused.error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT', phase: 'tls' });
    expect((await observeOnce(url, { ca: CERT })).tls).toEqual({
      protocol: 'TLSv1.3',
      alpn: null,
      issuer: 'unclog test',
    });
    const unchecked = await observeOnce(url, { verifyTls: false });
    expect(unchecked.tls?.unverified).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(bodyOf(unchecked)).toBe(EVENT);
  });

  it('a client certificate is shown, and is not in the recording', async () => {
    let shown = '';
    const ask: Script = (socket) => {
      shown = (socket as TLSSocket).getPeerCertificate().subject?.CN?.toString() ?? 'none';
      socket.end(ANSWER);
    };
    server = await startScriptedServer(ask, { tls: { cert: CERT, key: KEY, ca: CERT, requestCert: true } });
    const observation = await observeOnce(
      `https://127.0.0.1:${server.port}/`,
      { ca: CERT },
      { certificate: { cert: CERT, key: KEY } },
    );
    expect(shown).toBe('localhost');
    expect(JSON.stringify(observation)).not.toContain('PRIVATE KEY');
  });

  it('a connection that is aborted is a reset', async () => {
    const abort: Script = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n');
      setTimeout(() => socket.destroy(), 100);
    };
    server = await startScriptedServer(abort, { tls: { cert: CERT, key: KEY } });
    const { end } = await observeOnce(`https://127.0.0.1:${server.port}/`, { ca: CERT });
    expect(['closed', 'reset']).toContain(end?.reason);
  });
});

it('nothing that is secret is in the recording', async () => {
  const secret = 'sesame-4711';
  server = await startScriptedServer((socket) => {
    socket.end(
      ANSWER.replace(
        '\r\n\r\n',
        `\r\nSet-Cookie: AWSALB=${secret}; Path=/\r\nX-Session-Token: ${secret}\r\n\r\n`,
      ),
    );
  });
  const heard: string[] = [];
  const observation = await observeOnce(
    `http://me:${secret}@127.0.0.1:${server.port}/`,
    { onHead: ({ headers }) => heard.push(...headers.map(([, value]) => value)) },
    {
      headers: [
        ['Cookie', `a=${secret}`],
        ['X-Auth-Token', secret],
        ['Unclog-Stamp', secret],
      ],
    },
  );
  expect(server.requests[0]).toContain(
    `Authorization: Basic ${Buffer.from(`me:${secret}`).toString('base64')}`,
  );
  expect(server.requests[0]).toContain(`X-Auth-Token: ${secret}`);
  const text = JSON.stringify(observation);
  expect(text).not.toContain(secret);
  expect(text).not.toContain(Buffer.from(`me:${secret}`).toString('base64'));
  expect(observation.response?.headers).toContainEqual(['Set-Cookie', 'AWSALB=***']);
  expect(heard).toContain(secret);
});
