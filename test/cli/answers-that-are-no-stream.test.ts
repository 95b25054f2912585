import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../../src/http/listen.ts';
import type { Report, Verdict } from '../../src/types.ts';
import { runCli } from '../support/run-cli.ts';
import { closedPort } from '../support/test-server.ts';

const answers: RequestListener = (request, response) => {
  switch (request.url) {
    case '/page':
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end('<!doctype html><title>Sign in</title>');
      break;
    case '/empty':
      response.setHeader('Content-Type', 'text/event-stream');
      response.end();
      break;
    case '/silent':
      response.setHeader('Content-Type', 'text/event-stream');
      response.flushHeaders();
      break;
    case '/hangs':
      break;
    case '/moved':
      response.writeHead(302, { Location: 'https://example.com/login?next=secret' }).end();
      break;
    case '/cut':
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write('data: one\n\n');
      setTimeout(() => response.destroy(), 300);
      break;
    case '/slams':
      response.destroy();
      break;
    case '/plain':
      response.writeHead(200, { 'Content-Type': 'text/plain' });
      response.write('id: 1\ndata: one\n\n');
      setTimeout(() => response.end('id: 2\ndata: two\n\n'), 300);
      break;
    default:
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('no such page');
  }
};

const tls = {
  key: readFileSync(new URL('../fixtures/tls/key.pem', import.meta.url)),
  cert: readFileSync(new URL('../fixtures/tls/cert.pem', import.meta.url)),
};

describe('what is no stream is told in one sentence, with the right exit code', () => {
  const servers: Server[] = [];
  let closed = 0;
  let http = '';
  let https = '';
  beforeAll(async () => {
    closed = await closedPort();
    const plain = createServer(answers);
    const secure = createTlsServer(tls, answers);
    servers.push(plain, secure);
    http = `http://127.0.0.1:${(await listen(plain, { host: '127.0.0.1', port: 0 })).port}`;
    https = `https://127.0.0.1:${(await listen(secure, { host: '127.0.0.1', port: 0 })).port}`;
  });
  afterAll(() => {
    for (const server of servers) {
      server.close();
      (server as ReturnType<typeof createServer>).closeAllConnections();
    }
  });

  const cases: [what: string, url: () => string, verdict: Verdict, code: number, says: RegExp][] = [
    ['a refused port', () => `http://127.0.0.1:${closed}/stream`, 'unreachable', 3, /refuses connections/],
    [
      'a name that does not resolve',
      () => 'http://no-such-host.invalid/',
      'unreachable',
      3,
      /does not resolve/,
    ],
    ['a certificate nobody signed', () => `${https}/empty`, 'unreachable', 3, /certificate/i],
    ['a 404', () => `${http}/nowhere`, 'not-a-stream', 1, /404/],
    ['an HTML page', () => `${http}/page`, 'not-a-stream', 1, /HTML|text\/html/],
    ['a redirect', () => `${http}/moved`, 'not-a-stream', 1, /302/],
    ['an empty stream', () => `${http}/empty`, 'no-events', 3, /no event/i],
    ['a stream without events', () => `${http}/silent`, 'no-events', 3, /no event/i],
    ['no answer in the time', () => `${http}/hangs`, 'inconclusive', 3, /answer|head/i],
    ['a connection closed without an answer', () => `${http}/slams`, 'unreachable', 3, /closed|answer/i],
    ['a stream cut in the middle', () => `${http}/cut`, 'cut', 1, /without|cut|truncated/i],
    ['an event stream called plain text', () => `${http}/plain`, 'streaming', 1, /text\/plain/],
  ];
  it.each(cases)('%s', async (_what, url, verdict, code, says) => {
    const text = await runCli(['--wait-first', '1500ms', url()]);
    expect(text.stdout).toMatch(says);
    expect(text.code).toBe(code);
    const json = await runCli(['--json', '--wait-first', '1500ms', url()]);
    expect((JSON.parse(json.stdout) as Report).verdict).toBe(verdict);
    expect(json.code).toBe(code);
  });

  it('a redirect names the command that follows it, without the query', async () => {
    const { stdout } = await runCli(['--json', `${http}/moved`]);
    expect((JSON.parse(stdout) as Report).next).toBe("unclog 'https://example.com/login?next=***'");
  });

  it('no answer in the time leaves both explanations open', async () => {
    const { stdout } = await runCli(['--json', '--wait-first', '1500ms', `${http}/hangs`]);
    const { findings } = JSON.parse(stdout) as Report;
    expect(
      findings
        .filter((finding) => finding.confidence === 'possible')
        .map((finding) => finding.id)
        .sort(),
    ).toEqual(['held-until-close', 'slow-backend']);
  });
});
