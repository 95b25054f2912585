import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { diagnose } from '../../../src/probe/diagnose.ts';
import { bodyOf, faultsOf, observeOnce } from '../../support/observe-once.ts';
import { type Script, type ScriptedServer, startScriptedServer } from '../../support/scripted-server.ts';
import { closedPort } from '../../support/test-server.ts';

const TLS = {
  cert: readFileSync(new URL('../../fixtures/tls/cert.pem', import.meta.url), 'utf8'),
  key: readFileSync(new URL('../../fixtures/tls/key.pem', import.meta.url), 'utf8'),
};
const EVENT = 'data: one\n\n';
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: ${EVENT.length}\r\n\r\n${EVENT}`;
const answer: Script = (socket) => void socket.end(ANSWER);
const SECRETS: [string, string][] = [
  ['Authorization', 'Bearer sesame'],
  ['Cookie', 'a=sesame'],
  ['X-Plain', 'yes'],
];

const servers: ScriptedServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function start(
  script: Script,
  options?: Parameters<typeof startScriptedServer>[1],
): Promise<ScriptedServer> {
  const server = await startScriptedServer(script, options);
  servers.push(server);
  return server;
}

const to =
  (location: string, status = 302): Script =>
  (socket) =>
    void socket.end(`HTTP/1.1 ${status} X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);

it('a redirect on the same host is followed and shown, credentials with it', async () => {
  const server = await start((socket, request) =>
    request.startsWith('GET /old') ? to('/new?key=value')(socket, request) : answer(socket, request),
  );
  const origin = `http://127.0.0.1:${server.port}`;
  const observation = await observeOnce(`${origin}/old`, {}, { headers: SECRETS });
  expect(observation.url).toBe(`${origin}/old`);
  expect(observation.redirects).toMatchObject([
    { url: `${origin}/old`, status: 302, location: `${origin}/new?key=value`, withoutCredentials: false },
  ]);
  expect(server.requests[1]).toContain('Authorization: Bearer sesame');
  expect(observation.response?.status).toBe(200);
  expect(bodyOf(observation)).toBe(EVENT);
  expect(observation.reads.length).toBe(1);
  expect(observation.marks.dialMs).toBeGreaterThan(observation.marks.startMs);
});

it('another port or scheme of the same host gets no credentials', async () => {
  const secure = await start(answer, { tls: TLS });
  const server = await start(to(`https://127.0.0.1:${secure.port}/stream`, 301));
  const observation = await observeOnce(
    `http://127.0.0.1:${server.port}/`,
    { ca: TLS.cert },
    { headers: SECRETS },
  );
  expect(observation.redirects).toMatchObject([{ withoutCredentials: true }]);
  expect(secure.requests[0]).toContain('X-Plain: yes');
  expect(secure.requests[0]).not.toContain('sesame');
  expect(observation.tls).not.toBeNull();
  expect(bodyOf(observation)).toBe(EVENT);
});

it('another host is not asked unless that was wanted', async () => {
  const other = await start(answer);
  const server = await start(to(`http://localhost:${other.port}/stream`));
  const url = `http://127.0.0.1:${server.port}/`;
  const stayed = await observeOnce(url);
  expect(stayed.response?.status).toBe(302);
  expect(stayed.redirects).toBeUndefined();
  expect(other.connections).toBe(0);
  const followed = await observeOnce(url, { redirects: 'all' }, { headers: SECRETS });
  expect(bodyOf(followed)).toBe(EVENT);
  expect(other.requests[0]).not.toContain('sesame');
});

it('redirects in a circle end', async () => {
  const server = await start(to('/again'));
  const observation = await observeOnce(`http://127.0.0.1:${server.port}/`, { mostRedirects: 3 });
  expect(server.requests.length).toBe(4);
  expect(observation.response?.status).toBe(302);
  expect(faultsOf(observation)).toEqual(['too-many-redirects']);
});

it.each([
  [303, 'GET'],
  [302, 'GET'],
  [307, 'POST'],
  [308, 'POST'],
])('behind %i a POST goes on as %s', async (status, method) => {
  const server = await start((socket, request) =>
    request.includes(' /old ') ? to('/new', status)(socket, request) : answer(socket, request),
  );
  await observeOnce(
    `http://127.0.0.1:${server.port}/old`,
    { method: 'POST', body: Buffer.from('{}') },
    { headers: [['Content-Type', 'application/json']] },
  );
  expect(server.requests[1]?.split(' ')[0]).toBe(method);
  expect(server.requests[1]?.endsWith('{}')).toBe(method === 'POST');
  expect(server.requests[1]?.includes('application/json')).toBe(method === 'POST');
});

it('what is refused behind a redirect names the host that refused', async () => {
  const closed = await closedPort();
  const server = await start(to(`http://127.0.0.1:${closed}/stream`));
  const observation = await observeOnce(`http://127.0.0.1:${server.port}/`);
  const [hop] = diagnose([observation]).hops;
  expect(hop).toMatchObject({ verdict: 'unreachable', redirects: [{ status: 302 }] });
  expect(hop?.error?.message).toContain(`port ${closed}`);
});
