import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Paths of a key and of a certificate for `localhost` that nobody vouches for, in a folder to be removed. */
export interface TestCertificate {
  folder: string;
  certificate: string;
  key: string;
}

export function makeCertificate(name = 'localhost'): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-tls-'));
  const certificate = join(folder, 'cert.pem');
  const key = join(folder, 'key.pem');
  const request = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2';
  const subject = `-subj /CN=${name} -addext subjectAltName=DNS:localhost`;
  execFileSync('openssl', [...`${request} ${subject}`.split(' '), '-keyout', key, '-out', certificate], {
    stdio: 'ignore',
  });
  return { folder, certificate, key };
}
