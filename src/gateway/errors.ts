import { STATUS_CODES } from 'node:http';
import { LIMITS } from './limits.ts';

/**
 * What can go wrong before a response head was sent: the status, the error type of RFC 9209 section 2.3 for
 * `Proxy-Status`, and one sentence for the problem document.
 */
const FAULTS = {
  'bad-request': [400, 'http_request_error', 'The request is malformed.'],
  'bad-target': [400, 'http_request_error', 'The request target is not one that can be forwarded.'],
  'duplicate-host': [400, 'http_request_error', 'The request has more than one Host field.'],
  'no-route': [404, 'destination_not_found', 'No route takes this request.'],
  'method-not-supported': [405, 'http_request_denied', 'This method is not served here.'],
  'request-timeout': [408, 'http_request_error', 'The request did not arrive in time.'],
  'request-body-too-large': [413, 'http_request_error', 'The request body is too large.'],
  'expectation-failed': [417, 'http_request_error', 'The only expectation known is 100-continue.'],
  'request-head-too-large': [
    431,
    'http_request_error',
    'The request has too many or too long header fields.',
  ],
  'request-coding': [501, 'http_request_error', 'The only transfer coding known is chunked.'],
  'version-not-supported': [505, 'http_request_error', 'The only versions served here are HTTP/1.0 and 1.1.'],
  internal: [500, 'proxy_internal_error', 'The gateway failed.'],
  draining: [503, 'proxy_internal_response', 'The gateway is shutting down.'],
  'connection-limit': [503, 'connection_limit_reached', 'The gateway has no room for another connection.'],
  'stream-limit': [503, 'connection_limit_reached', 'The gateway has no room for another stream.'],
  'route-stream-limit': [
    503,
    'connection_limit_reached',
    'The gateway has no room for another stream on this route.',
  ],
  'client-stream-limit': [
    503,
    'connection_limit_reached',
    'The gateway has no room for another stream from this address.',
  ],
  'no-target': [503, 'destination_unavailable', 'No server of the upstream can be used at the moment.'],
  'dns-error': [502, 'dns_error', 'The name of the upstream does not resolve.'],
  'connection-refused': [502, 'connection_refused', 'The upstream refused the connection.'],
  'connection-terminated': [
    502,
    'connection_terminated',
    'The upstream closed the connection before it answered.',
  ],
  unroutable: [502, 'destination_ip_unroutable', 'The upstream cannot be reached from here.'],
  'connection-timeout': [504, 'connection_timeout', 'The upstream did not accept the connection in time.'],
  'tls-certificate': [502, 'tls_certificate_error', "The upstream's certificate is not valid."],
  'tls-protocol': [502, 'tls_protocol_error', 'The TLS handshake with the upstream failed.'],
  'response-timeout': [504, 'http_response_timeout', 'The upstream did not answer in time.'],
  'response-malformed': [502, 'http_protocol_error', 'The response head of the upstream is malformed.'],
  'response-head-too-large': [
    502,
    'http_response_header_section_size',
    'The response head of the upstream is too large.',
  ],
  'response-coding': [
    502,
    'http_response_transfer_coding',
    'The upstream framed its response in a way that cannot be trusted.',
  ],
  'upgrade-failed': [
    502,
    'http_upgrade_failed',
    'The upstream answered the upgrade in a way that cannot be passed on.',
  ],
  'request-body-stalled': [504, 'connection_write_timeout', 'The upstream stopped reading the request body.'],
} as const satisfies Record<string, readonly [status: number, proxyError: string, sentence: string]>;

export type Fault = keyof typeof FAULTS;

/** A request that gets an answer of the gateway's own. `detail` is for the log, never for the client. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly fault: Fault;
  constructor(fault: Fault, detail: string = fault) {
    super(detail);
    this.fault = fault;
  }
}

/** What `Allow` says. Other methods are forwarded as well; these are the ones worth telling. */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

/** The gateway's own answer to a fault: an RFC 9457 problem document with `Proxy-Status`. */
export interface FaultAnswer {
  status: number;
  reason: string;
  headers: Record<string, string>;
  body: string;
}

export function answerTo(fault: Fault): FaultAnswer {
  const [status, proxyError, detail] = FAULTS[fault];
  const reason = STATUS_CODES[status] ?? '';
  const body = `${JSON.stringify({ type: 'about:blank', title: reason, status, detail })}\n`;
  return {
    status,
    reason,
    headers: {
      'Content-Type': 'application/problem+json',
      'Content-Length': String(Buffer.byteLength(body)),
      'Cache-Control': 'no-store',
      'Proxy-Status': `unclog; error=${proxyError}`,
      ...(status === 405 && { Allow: ALLOWED_METHODS }),
      ...(status === 503 && { 'Retry-After': String(LIMITS.retryAfterS) }),
    },
    body,
  };
}

/** The whole answer as bytes for a connection that no `ServerResponse` owns; the connection ends with it. */
export function rawAnswerTo(fault: Fault): string {
  return writeRawAnswer(answerTo(fault));
}

/** As {@link rawAnswerTo}, of an answer that is there already. */
export function writeRawAnswer({ status, reason, headers, body }: FaultAnswer): string {
  const fields = Object.entries({ ...headers, Date: new Date().toUTCString(), Connection: 'close' });
  return `HTTP/1.1 ${status} ${reason}\r\n${fields.map((field) => field.join(': ')).join('\r\n')}\r\n\r\n${body}`;
}

const FAULT_OF_CODE: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: 'connection-refused',
  // Of unix sockets: nobody has made it, or not for this user.
  ENOENT: 'connection-refused',
  EACCES: 'connection-refused',
  ENOTFOUND: 'dns-error',
  EAI_AGAIN: 'dns-error',
  EHOSTUNREACH: 'unroutable',
  ENETUNREACH: 'unroutable',
  EADDRNOTAVAIL: 'unroutable',
  ETIMEDOUT: 'connection-timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connection-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'response-timeout',
  UND_ERR_HEADERS_OVERFLOW: 'response-head-too-large',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'response-malformed',
  ECONNRESET: 'connection-terminated',
  EPIPE: 'connection-terminated',
  UND_ERR_SOCKET: 'connection-terminated',
  EPROTO: 'tls-protocol',
  // The system's own limit on open connections.
  EMFILE: 'connection-limit',
  ENFILE: 'connection-limit',
};

/** The fault behind an error of a socket, of TLS or of undici. */
export function faultOf(error: unknown): Fault {
  if (error instanceof GatewayError) return error.fault;
  const code = String((error as NodeJS.ErrnoException | null)?.code ?? '');
  const known = FAULT_OF_CODE[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_') || (error as Error | null)?.name === 'HTTPParserError')
    return 'response-malformed';
  // What zlib says of a coded body that is none.
  if (/^(?:Z_|ERR__ERROR_)/.test(code)) return 'response-coding';
  if (/CERT|SELF_SIGNED|ISSUER|UNABLE_TO_VERIFY/.test(code)) return 'tls-certificate';
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return 'tls-protocol';
  return 'internal';
}
