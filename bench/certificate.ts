import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BenchError } from './bench-error.ts';
import type { Certificate } from './targets.ts';

/**
 * A certificate of this run's own, ECDSA P-256 as most servers have.
 * @throws BenchError when openssl makes none
 */
export function makeCertificate(folder: string): Certificate {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const made = spawnSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', key, '-out', cert],
    ],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new BenchError(`openssl makes no certificate:\n${made.stderr ?? made.error}`);
  return { cert, key };
}
