import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Observation, ObservedError, ObservedProxy } from '../../types.ts';
import type { RunClock } from '../clock.ts';
import type { ClientCertificate, ObserveOptions, ResolveEntry } from '../targets.ts';
import { wireError } from './answer-sink.ts';
import { type ChosenProxy, chooseProxy, hostOf } from './proxy-choice.ts';
import { secureContext } from './trust.ts';
import { openTunnel } from './tunnel.ts';

/** The part of the options that leads to a connection. */
export type DialOptions = Pick<
  ObserveOptions,
  'verifyTls' | 'ca' | 'httpVersion' | 'unixSocket' | 'resolve' | 'proxy' | 'noProxy'
>;

/** Hears how far a connection has come. */
export interface DialListener {
  onPhase(phase: ObservedError['phase']): void;
  onMark(mark: 'dnsMs' | 'connectMs' | 'tlsMs', atMs: number): void;
  onProxy(proxy: ObservedProxy): void;
}

/** A connection on which a request may be sent. */
export interface Dialled {
  socket: Socket;
  httpVersion: '1.0' | '1.1' | '2';
  tls: Observation['tls'];
  /** Set when the connection leads to a proxy that forwards requests; `authorization` is for the proxy. */
  forward: { authorization: string | null } | null;
}

/**
 * Connects to where a URL leads: over a proxy, a unix socket or an address given by hand, with TLS for `https:`. Aborting `signal`
 * drops what there is.
 *
 * @throws errors with Node's codes, or ones that begin with `UNCLOG_`
 */
export async function dial(
  url: URL,
  certificate: ClientCertificate | null,
  options: DialOptions,
  clock: RunClock,
  listener: DialListener,
  signal: AbortSignal,
): Promise<Dialled> {
  const secure = url.protocol === 'https:';
  const context = secure ? secureContext({ ca: options.ca, certificate }) : null;
  const proxy = options.unixSocket === null ? chooseProxy(url, options) : null;
  const port = Number(url.port) || (secure ? 443 : 80);
  const end = proxy ?? { host: hostOf(url), port };
  const tunnel = secure || options.httpVersion === '2-prior-knowledge';
  if (proxy !== null)
    listener.onProxy({ url: proxy.url, from: proxy.from, mode: tunnel ? 'tunnel' : 'forward', answer: null });
  let socket: Socket = await reach(end, options, clock, listener, signal, proxy);
  if (proxy?.secure === true) {
    const own = secureContext({ ca: options.ca, certificate: null });
    socket = await startTls(
      socket,
      { host: proxy.host, alpn: [], verify: options.verifyTls, context: own },
      signal,
    );
  }
  if (proxy !== null && tunnel)
    socket = await openTunnel(
      socket,
      { host: hostOf(url), port },
      proxy,
      (answer) => {
        listener.onProxy({ url: proxy.url, from: proxy.from, mode: 'tunnel', answer });
      },
      signal,
    );
  const forward = proxy === null || tunnel ? null : { authorization: proxy.authorization };
  if (context === null) {
    listener.onPhase('request');
    const httpVersion =
      options.httpVersion === '2-prior-knowledge' ? '2' : options.httpVersion === '1.0' ? '1.0' : '1.1';
    return { socket, httpVersion, tls: null, forward };
  }
  listener.onPhase('tls');
  const alpn = alpnFor(options.httpVersion);
  const encrypted = await startTls(
    socket,
    { host: hostOf(url), alpn, verify: options.verifyTls, context },
    signal,
  );
  listener.onMark('tlsMs', clock.nowMs());
  listener.onPhase('request');
  const h2 = encrypted.alpnProtocol === 'h2' || options.httpVersion === '2-prior-knowledge';
  return {
    socket: encrypted,
    httpVersion: h2 ? '2' : options.httpVersion === '1.0' ? '1.0' : '1.1',
    tls: describeTls(encrypted),
    forward,
  };
}

/** HTTP/1.0 has a name for ALPN that many servers do not know, and refuse (RFC 7301 section 3.2): none is offered then. */
function alpnFor(choice: ObserveOptions['httpVersion']): string[] {
  if (choice === '1.0') return [];
  if (choice === '1.1') return ['http/1.1'];
  return choice === '2-prior-knowledge' ? ['h2'] : ['h2', 'http/1.1'];
}

async function reach(
  end: { host: string; port: number },
  options: DialOptions,
  clock: RunClock,
  listener: DialListener,
  signal: AbortSignal,
  proxy: ChosenProxy | null,
): Promise<Socket> {
  const path = options.unixSocket;
  const given = findAddresses(options.resolve, end.host, end.port);
  const needsName = path === null && given === null && isIP(end.host) === 0;
  listener.onPhase(needsName ? 'dns' : 'connect');
  const socket =
    path !== null
      ? connectTcp({ path })
      : connectTcp({ ...end, noDelay: true, ...(given === null ? {} : { lookup: lookUpIn(given) }) });
  socket.once('lookup', (error: Error | null) => {
    if (error !== null || !needsName) return;
    listener.onMark('dnsMs', clock.nowMs());
    listener.onPhase('connect');
  });
  try {
    await settled(socket, 'connect', signal);
  } catch (error) {
    throw explain(error as NodeJS.ErrnoException, path, proxy);
  }
  listener.onMark('connectMs', clock.nowMs());
  return socket;
}

/** The reasons that the report knows by code are about the URL's host: what stands in front of it is named here. */
function explain(
  error: NodeJS.ErrnoException,
  path: string | null,
  proxy: ChosenProxy | null,
): NodeJS.ErrnoException {
  const code = error.code ?? 'UNKNOWN';
  if (path !== null)
    return wireError('UNCLOG_UNIX_SOCKET', `cannot connect to the unix socket ${path}: ${code}`);
  if (proxy === null) return error;
  return wireError(
    'UNCLOG_PROXY',
    `cannot connect to the proxy ${proxy.url}, which ${proxy.from} names: ${code}`,
  );
}

function findAddresses(entries: ResolveEntry[], host: string, port: number): string[] | null {
  const wanted = host.toLowerCase();
  const entry = entries.find((one) => one.port === port && (one.host === wanted || one.host === '*'));
  return entry === undefined || entry.addresses.length === 0 ? null : entry.addresses;
}

function lookUpIn(addresses: string[]): LookupFunction {
  const list = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, { all }, callback) => {
    const [first] = list;
    if (all === true) callback(null, list);
    else callback(null, first?.address ?? '', first?.family);
  };
}

interface TlsEnd {
  host: string;
  alpn: string[];
  verify: boolean;
  context: ReturnType<typeof secureContext>;
}

async function startTls(socket: Socket, end: TlsEnd, signal: AbortSignal): Promise<TLSSocket> {
  const encrypted = connectTls({
    socket,
    host: end.host,
    secureContext: end.context,
    rejectUnauthorized: end.verify,
    // An address is no server name (RFC 6066 section 3).
    ...(isIP(end.host) === 0 ? { servername: end.host } : {}),
    ...(end.alpn.length > 0 ? { ALPNProtocols: end.alpn } : {}),
  });
  await settled(encrypted, 'secureConnect', signal);
  return encrypted;
}

function describeTls(socket: TLSSocket): Observation['tls'] {
  const issuer = socket.getPeerCertificate().issuer as { O?: string | string[]; CN?: string } | undefined;
  const organisation = Array.isArray(issuer?.O) ? issuer.O.join(', ') : issuer?.O;
  // Typed as an error, but it is the error's code.
  const unverified: unknown = socket.authorizationError;
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    alpn: socket.alpnProtocol === false ? null : socket.alpnProtocol,
    issuer: organisation ?? issuer?.CN ?? null,
    ...(socket.authorized || unverified == null ? {} : { unverified: String(unverified) }),
  };
}

/** Waits for a socket's event; an error, a close or an abort comes instead of it. */
function settled(socket: Socket, event: 'connect' | 'secureConnect', signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const finish = (error: Error | null): void => {
      socket.off(event, onDone).off('error', onError).off('close', onClose);
      signal.removeEventListener('abort', onAbort);
      if (error === null) {
        resolve();
        return;
      }
      // What else it says is of no interest any more, and must not end the process.
      socket.on('error', () => {}).destroy();
      reject(error);
    };
    const onDone = (): void => finish(null);
    const onError = (error: Error): void => finish(error);
    const onClose = (): void => finish(wireError('ECONNRESET', 'the connection was closed'));
    const onAbort = (): void => finish(wireError('UNCLOG_INTERRUPTED', 'stopped'));
    socket.once(event, onDone).once('error', onError).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
