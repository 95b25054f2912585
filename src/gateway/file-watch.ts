import { statSync } from 'node:fs';

/** How often the files are looked at. */
const LOOK_MS = 1_000;

/**
 * Calls back when files have changed and been left alone since the look before, so that a pair that is replaced one
 * file after the other is not read in between. Looks at what the names lead to: certificates are often replaced by
 * turning a symbolic link (Kubernetes, certbot), of which a watch on the file would not hear. Returns how to stop.
 */
export function watchFiles(files: readonly string[], onChanged: () => void, lookMs = LOOK_MS): () => void {
  let known = lookAt(files);
  let before = known;
  const timer = setInterval(() => {
    const now = lookAt(files);
    const isSettled = now === before;
    before = now;
    if (now === known || !isSettled) return;
    known = now;
    onChanged();
  }, lookMs);
  timer.unref();
  return () => clearInterval(timer);
}

function lookAt(files: readonly string[]): string {
  return files
    .map((file) => {
      const { ino, size, mtimeMs, ctimeMs } = statSync(file, { throwIfNoEntry: false }) ?? {};
      return [ino, size, mtimeMs, ctimeMs].join(' ');
    })
    .join('\n');
}
