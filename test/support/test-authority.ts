import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate as an inspecting product makes it, PEM. */
export interface TestAuthority {
  cert: string;
  key: string;
  remove(): void;
}

/** A certificate for 127.0.0.1 that the authority of this name issued to itself. */
export function makeAuthority(name: string): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'unclog-authority-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', `/CN=${name.replaceAll('/', '\\/')}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  });
  return {
    cert: readFileSync(cert, 'utf8'),
    key: readFileSync(key, 'utf8'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
