import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { GatewayOptions } from '../../../src/gateway/gateway.ts';
import { makeCertificate, type TestCertificate } from './certificate.ts';
import { RawPeer, startUpstream } from './raw-peer.ts';
import { type GatewayUnderTest, type Path, startGateway } from './start-gateway.ts';

/** A certificate for the time of one test. */
export function testCertificate(name = 'localhost'): TestCertificate {
  const made = makeCertificate(name);
  onTestFinished(() => rmSync(made.folder, { recursive: true, force: true }));
  return made;
}

/** A gateway that clients reach over TLS. */
export function startSecureGateway(
  upstream: string,
  options: Partial<GatewayOptions> = {},
): Promise<GatewayUnderTest> {
  const { certificate, key } = testCertificate();
  return startGateway(upstream, { tlsCert: certificate, tlsKey: key, ...options });
}

/** A scripted upstream with a gateway in front that speaks TLS. */
export async function startSecurePath(options: Partial<GatewayOptions> = {}): Promise<Path> {
  const upstream = await startUpstream();
  return { upstream, gateway: await startSecureGateway(upstream.url, options) };
}

/** One HTTP/2 connection of Node's own client, closed at the end of the test. */
export function connectSession(port: number, settings: object = {}): ClientHttp2Session {
  const session = connectHttp2(`https://localhost:${port}`, {
    host: '127.0.0.1',
    rejectUnauthorized: false,
    settings,
  } as object);
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** One TLS connection whose every byte is written by the test; closed at its end. */
export async function connectSecurePeer(
  port: number,
  protocols: string[] = ['http/1.1'],
): Promise<RawPeer & { socket: TLSSocket }> {
  const socket = connectTls({
    port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    ALPNProtocols: protocols,
    allowHalfOpen: true,
  } as object);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return new RawPeer(socket) as RawPeer & { socket: TLSSocket };
}
