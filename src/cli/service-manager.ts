import { spawn } from 'node:child_process';

/** Tells systemd, or what speaks its protocol, how the service is doing (https://www.freedesktop.org/software/systemd/man/sd_notify.html). */
export interface ServiceManager {
  ready(status: string): void;
  /** To be followed by {@link ready}. */
  reloading(): void;
  /** It may take so long to end. */
  stopping(withinMs: number): Promise<void>;
}

/** How long the end of the process waits for the message that it ends. */
const SEND_WITHIN_MS = 1_000;

/**
 * Speaks through `systemd-notify`, since Node has no unix datagram sockets; says nothing where `NOTIFY_SOCKET` is not set.
 * The unit needs `NotifyAccess=all`: the message comes from a child process. `onFailure` gets one sentence.
 */
export function createServiceManager(
  env: NodeJS.ProcessEnv,
  onFailure: (sentence: string) => void,
): ServiceManager {
  if (!env.NOTIFY_SOCKET) return { ready() {}, reloading() {}, async stopping() {} };
  let sending = Promise.resolve();
  // One after the other: READY must not overtake RELOADING.
  const send = (...lines: string[]): Promise<void> => {
    sending = sending.then(() => notify(lines)).catch((error: Error) => onFailure(error.message));
    return sending;
  };
  const microseconds = (ms: number): number => Math.round(ms * 1_000);
  return {
    ready: (status) => void send('READY=1', `STATUS=${status}`),
    reloading: () => void send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1_000n}`),
    stopping: (withinMs) =>
      send('STOPPING=1', 'STATUS=draining', `EXTEND_TIMEOUT_USEC=${microseconds(withinMs)}`),
  };
}

function notify(lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('systemd-notify', [`--pid=${process.pid}`, ...lines], { stdio: 'ignore' });
    const late = setTimeout(() => child.kill('SIGKILL'), SEND_WITHIN_MS);
    const failed = (why: string): void => {
      clearTimeout(late);
      reject(new Error(`cannot tell the service manager ${lines[0]}: ${why}`));
    };
    child.once('error', (error) => failed(error.message));
    child.once('close', (code, signal) => {
      if (code !== 0) failed(`systemd-notify ended with ${signal ?? `exit code ${code}`}`);
      clearTimeout(late);
      resolve();
    });
  });
}
