import { expect, test } from 'vitest';
import { createOrigin } from '../../src/origin/origin.ts';
import { runCli } from '../support/run-cli.ts';

test('a watch that -m ends is not said to have been interrupted', async () => {
  const origin = await createOrigin({ listen: { host: '127.0.0.1', port: 0 }, intervalMs: 50 });
  try {
    const { stdout } = await runCli(['--json', '-m', '1', `${origin.url}/stream`]);
    const { warnings } = JSON.parse(stdout) as { warnings: string[] };
    expect(warnings.join('\n')).toContain('the time given by -m (--max-time) was over');
    expect(warnings.join('\n')).not.toContain('interrupted');
  } finally {
    await origin.close();
  }
}, 30_000);
