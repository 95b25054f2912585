import type { Fault } from './errors.ts';

/** What a fault is counted as: whose it is, and where it happened. */
export type FaultFamily = 'rejected' | 'connect' | 'malformed' | 'unanswered';

export const FAULT_FAMILIES: Readonly<Record<Fault, FaultFamily>> = {
  'bad-request': 'rejected',
  'bad-target': 'rejected',
  'no-route': 'rejected',
  'duplicate-host': 'rejected',
  'method-not-supported': 'rejected',
  'request-timeout': 'rejected',
  'request-body-too-large': 'rejected',
  'expectation-failed': 'rejected',
  'request-head-too-large': 'rejected',
  'request-coding': 'rejected',
  'version-not-supported': 'rejected',
  internal: 'rejected',
  draining: 'rejected',
  'connection-limit': 'rejected',
  'stream-limit': 'rejected',
  'route-stream-limit': 'rejected',
  'client-stream-limit': 'rejected',
  'no-target': 'connect',
  'dns-error': 'connect',
  'connection-refused': 'connect',
  unroutable: 'connect',
  'connection-timeout': 'connect',
  'tls-certificate': 'connect',
  'tls-protocol': 'connect',
  'connection-terminated': 'unanswered',
  'response-timeout': 'unanswered',
  'request-body-stalled': 'unanswered',
  'response-malformed': 'malformed',
  'response-head-too-large': 'malformed',
  'response-coding': 'malformed',
  'upgrade-failed': 'malformed',
};
