import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs the real curl to its end; its output is thrown away. */
export async function runCurl(args: string[]): Promise<number | null> {
  const child = spawn('curl', ['-s', '-N', ...args], { stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code;
}
