import { execFileSync } from 'node:child_process';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { connectSecurePeer, testCertificate } from './support/secure-gateway.ts';
import { startCommand } from './support/start-command.ts';

const GATEWAY = ['gateway', '--upstream', 'http://127.0.0.1:9', '--listen', '127.0.0.1:0'];

/** The one sentence, and exit 2. */
async function refused(args: string[]): Promise<string> {
  const { code, stderr } = await runCli(args);
  expect([code, stderr.trim().split('\n').length, stderr]).toEqual([2, 1, stderr]);
  return stderr;
}

it('one of certificate and key alone is refused', async () => {
  const { certificate, key } = testCertificate();
  expect(await refused([...GATEWAY, '--tls-cert', certificate])).toContain('tlsKey is missing');
  expect(await refused([...GATEWAY, '--tls-key', key])).toContain('tlsCert is missing');
});

it('a file that is not there is named', async () => {
  const { certificate, key, folder } = testCertificate();
  const none = join(folder, 'none.pem');
  const sentence = `cannot read ${none}: there is no such file`;
  expect(await refused([...GATEWAY, '--tls-cert', none, '--tls-key', key])).toContain(
    `--tls-cert: ${sentence}`,
  );
  expect(await refused([...GATEWAY, '--tls-cert', certificate, '--tls-key', none])).toContain(
    `--tls-key: ${sentence}`,
  );
  const upstream = ['gateway', '--upstream', 'https://127.0.0.1:9', '--listen', '127.0.0.1:0'];
  expect(await refused([...upstream, '--upstream-ca', none])).toContain(`--upstream-ca: ${sentence}`);
});

it('a file that holds something else is named, with what was expected', async () => {
  const { certificate, key, folder } = testCertificate();
  const odd = join(folder, 'odd.pem');
  writeFileSync(odd, 'no PEM');
  expect(await refused([...GATEWAY, '--tls-cert', odd, '--tls-key', key])).toContain(
    `${odd} holds no certificate`,
  );
  expect(await refused([...GATEWAY, '--tls-cert', certificate, '--tls-key', certificate])).toContain(
    `${certificate} holds no private key`,
  );
  writeFileSync(odd, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n');
  expect(await refused([...GATEWAY, '--tls-cert', odd, '--tls-key', key])).toContain('cannot be read');
});

it('a key of another certificate is refused', async () => {
  const [one, other] = [testCertificate(), testCertificate()];
  expect(await refused([...GATEWAY, '--tls-cert', one.certificate, '--tls-key', other.key])).toContain(
    `the key in ${other.key} does not belong to the certificate in ${one.certificate}`,
  );
});

it('a key with a passphrase is refused, with the way to one without', async () => {
  const { certificate, key, folder } = testCertificate();
  const locked = join(folder, 'locked.pem');
  execFileSync('openssl', ['pkey', '-in', key, '-aes256', '-passout', 'pass:secret', '-out', locked]);
  expect(await refused([...GATEWAY, '--tls-cert', certificate, '--tls-key', locked])).toContain(
    `openssl pkey -in ${locked}`,
  );
});

it('certificates for an upstream without TLS are refused', async () => {
  const { certificate } = testCertificate();
  expect(await refused([...GATEWAY, '--upstream-ca', certificate])).toContain('reached without TLS');
});

it('the environment and a file name certificates, too', async () => {
  const { certificate, folder } = testCertificate();
  const file = join(folder, 'gateway.yaml');
  copyFileSync(certificate, join(folder, 'copy.pem'));
  writeFileSync(file, `upstream: http://127.0.0.1:9\ntlsCert: ${folder}/copy.pem\n`);
  expect(await refused(['gateway', '--config', file])).toContain('tlsKey is missing');
});

it.each(['flags', 'file'])('a certificate that is given by %s is shown to clients', async (way) => {
  const { certificate, key, folder } = testCertificate('shown.test');
  const file = join(folder, 'gateway.yaml');
  const inFile = way === 'file' ? `tlsCert: ${certificate}\ntlsKey: ${key}\n` : '';
  writeFileSync(file, `upstream: http://127.0.0.1:9\n${inFile}`);
  const flags = way === 'flags' ? ['--tls-cert', certificate, '--tls-key', key] : [];
  const { port } = await startCommand(['--config', file, '--listen', '127.0.0.1:0', ...flags]);
  const client = await connectSecurePeer(port);
  expect(client.socket.getPeerCertificate().subject.CN).toBe('shown.test');
  client.write('OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n');
  expect((await client.head()).status).toBe(204);
});
