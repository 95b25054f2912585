import { expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { closedPort } from '../support/test-server.ts';

it('a proxy that only HTTP_PROXY in capitals names is not used, as curl does not either, and that is said', async () => {
  const url = `http://127.0.0.1:${await closedPort()}/stream`;
  const proxy = `http://127.0.0.1:${await closedPort()}`;
  const capitals = { HTTP_PROXY: proxy, NO_PROXY: '', ALL_PROXY: undefined };
  const { stderr, stdout } = await runCli(['--json', url], { ...capitals, http_proxy: undefined });
  expect(stderr).toContain('note: HTTP_PROXY is not read in capitals');
  expect(stdout).toContain('ECONNREFUSED');
  const both = await runCli(['--json', url], { ...capitals, http_proxy: '' });
  expect(both.stderr).not.toContain('HTTP_PROXY');
});
