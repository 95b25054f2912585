import { isIP } from 'node:net';
import { MAX_SOCKET_PATH } from '../../http/listen.ts';
import type { Problems } from '../option-error.ts';
import { MOST_WEIGHT, type TargetOptions, type UpstreamDefaults, type UpstreamTarget } from './options.ts';

type Path = readonly (string | number)[];

type Place = Omit<UpstreamTarget, 'weight' | 'address'>;

/** A target with its weight; null when it cannot be used, which is booked. */
export function readTarget(
  given: string | URL | TargetOptions,
  tlsOf: UpstreamDefaults['tls'],
  path: Path,
  problems: Problems,
): UpstreamTarget | null {
  const isAlone = typeof given === 'string' || given instanceof URL;
  const { url, weight = 1 }: TargetOptions = isAlone ? { url: given } : given;
  if (!Number.isSafeInteger(weight) || weight < 1 || weight > MOST_WEIGHT)
    problems.add([...path, 'weight'], `${weight} is not a whole number from 1 to ${MOST_WEIGHT}`);
  const place = readPlace(url, tlsOf, isAlone ? path : [...path, 'url'], problems);
  if (place === null) return null;
  const address = `${place.socketPath ?? place.origin}${place.basePath}`;
  return Object.freeze({ ...place, address, weight });
}

/** Where a URL leads; null when it cannot be used, which is booked. */
function readPlace(
  upstream: string | URL,
  tlsOf: UpstreamDefaults['tls'],
  path: Path,
  problems: Problems,
): Place | null {
  if (String(upstream).startsWith('unix:')) return readUnixPlace(String(upstream), path, problems);
  const expected = 'expected an absolute URL such as http://127.0.0.1:8000 or unix:/run/app.sock';
  let url: URL;
  try {
    url = new URL(upstream);
  } catch {
    problems.add(path, `"${upstream}" is not a URL, ${expected}`);
    return null;
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    problems.add(path, `"${upstream}" is not an http or https URL, ${expected}`);
    return null;
  }
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') {
    problems.add(path, 'the URL has a query, a fragment or credentials, none of which can be passed on');
    return null;
  }
  if (url.port === '0') {
    problems.add(path, `nobody listens on port 0 of "${upstream}", ${expected}`);
    return null;
  }
  const tls = url.protocol === 'https:';
  const secure = tls ? tlsOf() : null;
  const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    tls,
    secureContext: secure?.context ?? null,
    tlsDigest: secure?.digest ?? '',
    socketPath: null,
    hostname,
    serverName: isIP(hostname) === 0 ? hostname : '',
    port: url.port === '' ? (tls ? 443 : 80) : Number(url.port),
    authority: url.host,
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}

/** As nginx writes it: `unix:/path/of.sock`, with `:/base` behind it where a path is put before every request's. */
function readUnixPlace(upstream: string, path: Path, problems: Problems): Place | null {
  const [, socketPath = '', basePath = ''] = /^unix:(?:\/\/)?(\/[^:]+)(?::(\/.*))?$/.exec(upstream) ?? [];
  if (socketPath === '' || socketPath.length > MAX_SOCKET_PATH || /[?#\s]/.test(basePath)) {
    problems.add(
      path,
      `"${upstream}" is not a unix socket, expected the absolute path of one such as unix:/run/app.sock, at most ${MAX_SOCKET_PATH} characters`,
    );
    return null;
  }
  return {
    tls: false,
    secureContext: null,
    tlsDigest: '',
    socketPath,
    hostname: 'localhost',
    serverName: '',
    port: 80,
    authority: 'localhost',
    origin: 'http://localhost',
    basePath: basePath.replace(/\/+$/, ''),
  };
}
