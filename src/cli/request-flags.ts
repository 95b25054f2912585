import type { ClientCertificate, ObserveOptions } from '../probe/targets.ts';
import type { HeaderList } from '../types.ts';
import { type ConnectionSettings, readCertificate, readConnection } from './connection-flags.ts';
import { readFlagFile } from './flag-file.ts';
import type { RequestArguments } from './probe-flags.ts';
import { parseHeader } from './probe-targets.ts';
import { UsageError } from './usage-error.ts';

/** What the request flags say, read and checked. */
export interface RequestSettings {
  headers: HeaderList;
  /** Query to append to each URL (`-G`), or null. */
  query: string | null;
  certificate: ClientCertificate | null;
  options: Pick<ObserveOptions, 'method' | 'body'> & ConnectionSettings;
}

/** One piece of a request body, as curl's flags tell them apart. */
export interface DataPart {
  flag: '-d' | '--data-raw' | '--data-binary';
  text: string;
}

/**
 * Reads the flags that shape the request.
 * @throws UsageError naming the flag and what was expected
 */
export function readRequest(argv: RequestArguments, parts: DataPart[] = dataParts(argv)): RequestSettings {
  const data = parts.length === 0 ? null : joinData(parts);
  const inQuery = argv.get === true && data !== null;
  const method = argv.request?.toUpperCase() ?? (data === null || inQuery ? 'GET' : 'POST');
  if (!/^[A-Z]{1,20}$/.test(method)) throw new UsageError(`-X: "${argv.request}" is not a request method`);
  return {
    headers: readHeaders(argv, inQuery ? null : data),
    query: inQuery ? data.toString('utf8') : null,
    certificate: readCertificate(argv),
    options: { method, body: inQuery ? null : data, ...readConnection(argv) },
  };
}

function dataParts(argv: RequestArguments): DataPart[] {
  const of = (flag: DataPart['flag'], texts: string[] = []): DataPart[] =>
    texts.map((text) => ({ flag, text }));
  return [...of('-d', argv.data), ...of('--data-raw', argv.dataRaw), ...of('--data-binary', argv.dataBinary)];
}

/** Several pieces are joined with `&`, as curl does. */
function joinData(parts: DataPart[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part, i) => (i === 0 ? [readPart(part)] : [Buffer.from('&'), readPart(part)])),
  );
}

function readPart({ flag, text }: DataPart): Buffer {
  if (flag === '--data-raw' || !text.startsWith('@')) return Buffer.from(text);
  const bytes = readFlagFile(flag, text.slice(1));
  return flag === '--data-binary' ? bytes : Buffer.from(bytes.filter((byte) => byte !== 10 && byte !== 13));
}

function readHeaders(argv: RequestArguments, data: Buffer | null): HeaderList {
  const headers: HeaderList = (argv.header ?? []).map((text) => parseHeader('-H', text));
  const has = (wanted: string): boolean => headers.some(([name]) => name.toLowerCase() === wanted);
  const add = (flag: string, name: string, value: string): void => {
    if (!has(name.toLowerCase())) headers.push(parseHeader(flag, `${name}: ${value}`));
  };
  if (argv.user !== undefined) {
    if (!argv.user.includes(':'))
      throw new UsageError('-u: there is no password, expected NAME:PASSWORD (nothing is asked for here)');
    add('-u', 'Authorization', `Basic ${Buffer.from(argv.user).toString('base64')}`);
  }
  const cookies = (argv.cookie ?? []).map(readCookie);
  if (cookies.length > 0) add('-b', 'Cookie', cookies.join('; '));
  if (argv.userAgent !== undefined) add('-A', 'User-Agent', argv.userAgent);
  if (argv.referer !== undefined) add('-e', 'Referer', argv.referer.replace(/;auto$/, ''));
  if (data !== null) {
    const isJson = /^\s*[{[]/.test(data.subarray(0, 64).toString('latin1'));
    add('-d', 'Content-Type', isJson ? 'application/json' : 'application/x-www-form-urlencoded');
  }
  return headers;
}

/** curl takes what holds no `=` for the name of a cookie file. */
function readCookie(text: string): string {
  if (!text.includes('='))
    throw new UsageError(`-b: "${text}" is no cookie, expected 'name=value' (cookie files are not read)`);
  return text.replace(/^Cookie:\s*/i, '').trim();
}

/** Seconds as curl's `-m` takes them → milliseconds. */
export function parseSeconds(flag: string, text: string): number {
  const seconds = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || seconds <= 0 || seconds > 86_400)
    throw new UsageError(
      `${flag}: "${text}" is not a number of seconds, expected for example ${flag} 30 (as in curl, without a unit)`,
    );
  return seconds * 1_000;
}
