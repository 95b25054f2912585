import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { readAnswers } from './answer-reader.ts';
import type { GatewayProcess } from './gateway-process.ts';
import { readFrames } from './http2-wire.ts';
import type { FuzzCase } from './make-case.ts';

/** How long a client waits for more of an answer that has begun. */
const MORE_MS = 30;
/** And when it has all it asked for: for what may come that should not. */
const EXTRA_MS = 2;

/**
 * One client's connection, from its first byte to its end.
 * @param onConnect gets its port
 * @returns what it was answered, Latin-1
 */
export async function runClient(
  of: FuzzCase,
  gateway: GatewayProcess,
  onConnect: (port: number) => void,
): Promise<string> {
  const port = of.over ? (gateway.tlsPort ?? gateway.port) : gateway.port;
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const closed = untilClosed(socket);
  socket.on('connect', () => onConnect(socket.localPort ?? 0));
  socket.on('error', () => {});
  const client = of.over
    ? connectTls({
        socket,
        ALPNProtocols: [of.over === 'http2' ? 'h2' : 'http/1.1'],
        rejectUnauthorized: false,
      })
    : socket;
  client.on('error', () => {});
  let text = '';
  let quiet: NodeJS.Timeout | undefined;
  let stays = false;
  const leave = (): void => {
    if (of.leaves === 'reset') socket.resetAndDestroy();
    else if (of.leaves === 'half' && client.writable) {
      client.end();
      setTimeout(() => socket.destroy(), 20);
    } else socket.destroy();
  };
  const wait = (ms: number): void => {
    clearTimeout(quiet);
    quiet = setTimeout(leave, ms);
  };
  client.on('end', () => client.end());
  client.on('data', (piece: Buffer) => {
    text += piece.toString('latin1');
    if (isAnswered(text, of)) wait(EXTRA_MS);
    else if (of.staysMs === undefined) wait(MORE_MS);
    else if (!stays) wait(of.staysMs);
    stays = true;
  });
  for (const [i, piece] of of.pieces.entries()) {
    if (i > 0) await new Promise(setImmediate);
    if (!client.writable) break;
    client.write(piece, 'latin1');
  }
  if (text === '') wait(of.patienceMs);
  await closed;
  clearTimeout(quiet);
  return text;
}

function isAnswered(text: string, { requests, over }: FuzzCase): boolean {
  if (over === 'http2') {
    const { streams, isOver } = readFrames(text);
    return isOver || [...streams.values()].filter(({ end }) => end !== 'open').length >= requests.length;
  }
  if (requests.length === 0) return true;
  const { answers } = readAnswers(
    text,
    requests.map(({ method }) => method),
  );
  return answers.length === requests.length && answers.every(({ end }) => end === 'whole');
}

/** Unlike `events.once` it does not mind how. */
export function untilClosed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
