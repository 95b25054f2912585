import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Keeps every core of this machine busy, with one process more than there are cores; returns the way to stop. */
export function keepBusy(): () => void {
  const burners: ChildProcess[] = [];
  for (let i = 0; i <= availableParallelism(); i += 1)
    burners.push(spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }));
  const stop = () => {
    for (const burner of burners.splice(0)) burner.kill('SIGKILL');
    process.off('exit', stop);
  };
  // However this process ends: what burns must not outlive it.
  process.on('exit', stop);
  return stop;
}
