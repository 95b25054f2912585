import { describe, expect, it } from 'vitest';
import { runCli } from '../support/run-cli.ts';
import { closedPort } from '../support/test-server.ts';

describe('bad usage is told in one sentence that names what is wrong, exits 2, and nothing is sent', () => {
  const cases: [what: string, args: string[], sentence: RegExp][] = [
    ['an unknown flag', ['--fast', 'http://127.0.0.1:1/'], /^unclog: --fast is not known here/],
    ['no URL', [], /^unclog: no URL given, expected unclog \[NAME=\]URL/],
    [
      'a URL without a scheme',
      ['localhost:8000/stream'],
      /^unclog: "localhost:8000\/stream".*did you mean http:\/\/localhost:8000\/stream\?/,
    ],
    ['a malformed URL', ['http://['], /^unclog: "http:\/\/\[" is not a URL to probe, expected/],
    [
      'a scheme that is not HTTP',
      ['ftp://127.0.0.1/'],
      /^unclog: "ftp:\/\/127\.0\.0\.1\/" is not a URL to probe/,
    ],
    [
      'a bare number for a duration',
      ['--duration', '5', 'http://127.0.0.1:1/'],
      /^unclog: --duration: "5".*did you mean 5s or 5ms/,
    ],
    [
      'a flag without its value at the end of the line',
      ['http://127.0.0.1:1/', '--trigger'],
      /^unclog: --trigger: its value is missing$/m,
    ],
    [
      'a short flag without its value before another flag',
      ['http://127.0.0.1:1/', '-H', '--json'],
      /^unclog: -H: its value is missing$/m,
    ],
    [
      'a negative duration',
      ['--duration', '-1s', 'http://127.0.0.1:1/'],
      /^unclog: --duration: "-1s" is not a duration/,
    ],
    [
      'a word for a count',
      ['--events', 'many', 'http://127.0.0.1:1/'],
      /^unclog: --events: "many" is not a whole number/,
    ],
    [
      'a header without a colon',
      ['-H', 'Accept', 'http://127.0.0.1:1/'],
      /^unclog: -H: "Accept" is not a header, expected 'Name: value'/,
    ],
    [
      '--idle alone',
      ['--idle', '90s', 'http://127.0.0.1:1/'],
      /^unclog: --idle needs --experiment beside it/,
    ],
    [
      'a time limit for experiments, which take the time they take',
      ['--experiment', '-m', '5', 'http://127.0.0.1:1/'],
      /^unclog: -m does not go together with --experiment/,
    ],
    [
      'a time to be idle that no origin keeps',
      ['--experiment', '--idle', '1h', 'http://127.0.0.1:1/'],
      /^unclog: --idle: "1h" is out of range, expected 1s to 590s/,
    ],
    [
      'a body beside experiments',
      ['--experiment', '-d', '{}', 'http://127.0.0.1:1/'],
      /^unclog: -d says what to send, and --experiment does that itself/,
    ],
    [
      'repeated experiments',
      ['--experiment', '--repeat', '3', 'http://127.0.0.1:1/'],
      /^unclog: --repeat is not for --experiment/,
    ],
    ['an unknown format', ['--format', 'xml', 'http://127.0.0.1:1/'], /^unclog: .*format/i],
    [
      'an unknown finding to allow',
      ['--allow', 'nothing', 'http://127.0.0.1:1/'],
      /^unclog: --allow: "nothing" is not a finding/,
    ],
    [
      'an unknown word to fail on',
      ['--fail-on', 'slow', 'http://127.0.0.1:1/'],
      /^unclog: --fail-on: "slow" is neither a verdict nor a finding/,
    ],
    [
      'a hops file that is not there',
      ['--hops', '/nonexistent.yaml'],
      /^unclog: --hops: cannot read \/nonexistent\.yaml/,
    ],
    [
      'an output in a folder that is not there',
      ['--output', '/nonexistent/report.json', 'http://127.0.0.1:1/'],
      /^unclog: --output: cannot write \/nonexistent\/report\.json/,
    ],
  ];
  it.each(cases)('%s', async (_what, args, sentence) => {
    const { code, stdout, stderr } = await runCli(args);
    expect(stderr).toMatch(sentence);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

describe('flags that look like curl are parsed as curl does', () => {
  it('a version flag with a dot and a header before the URL', async () => {
    const port = await closedPort();
    const { code, stderr } = await runCli(['--http1.1', '-H', 'A: b', `http://127.0.0.1:${port}/stream`]);
    expect(stderr).toContain(`sending 1 stream request to 127.0.0.1:${port},`);
    expect(code).toBe(3);
  });
});
