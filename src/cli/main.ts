import yargs, { type CommandModule } from 'yargs';
import { ListenError } from '../http/listen.ts';
import { VERSION } from '../version.ts';
import { ConfigError } from './config-error.ts';
import { curlCommand, runCurlLine } from './curl-command.ts';
import { demoCommand } from './demo-command.ts';
import { diagnoseCommand } from './diagnose-command.ts';
import { EXIT } from './exit-codes.ts';
import { explainCommand } from './explain-command.ts';
import { gatewayCommand } from './gateway-command.ts';
import { originCommand } from './origin-command.ts';
import { probeCommand } from './probe-command.ts';
import { UsageError } from './usage-error.ts';

/** The commands, one file each. */
const COMMANDS: CommandModule[] = [
  probeCommand as CommandModule,
  curlCommand,
  diagnoseCommand as CommandModule,
  demoCommand as CommandModule,
  originCommand,
  gatewayCommand,
  explainCommand as CommandModule,
];

const USAGE = `unclog finds the hop that holds your event stream, says why, and prints the line that fixes it.

  unclog [NAME=]URL…            probe one URL, or the same stream through several hops (nearest to the origin first)`;

async function main(argv: string[]): Promise<void> {
  const [command, ...words] = argv;
  if (command === 'curl' && !words.includes('--help')) {
    process.exitCode = await runCurlLine(words);
    return;
  }
  const parser = yargs(argv)
    .scriptName('unclog')
    .usage(USAGE)
    // Without these, `--http1.1` becomes nested options and `-H 'A: b' URL` swallows the URL.
    .parserConfiguration({ 'dot-notation': false, 'greedy-arrays': false })
    .command(COMMANDS)
    .demandCommand(1, 'give a command or a URL; see unclog --help')
    .strict()
    .version(VERSION)
    .help()
    .wrap(100)
    .exitProcess(false)
    .fail((message, error) => {
      // yargs reports some mistakes as errors of its own: they are the user's all the same.
      const ours = error !== undefined && error !== null && error.name !== 'YError';
      throw ours ? error : new UsageError(sentence(message ?? error?.message ?? ''));
    });
  await parser.parseAsync();
}

/** A flag as the user wrote it. */
function typed(name: string): string {
  const isTyped = (flag: string): boolean => process.argv.some((word) => word.startsWith(flag));
  return [`--${name}`, `-${name}`].find(isTyped) ?? `"${name}"`;
}

/** yargs' words on one line, with flags as they are typed. */
function sentence(message: string): string {
  const line = message.replace(/\s*\n\s*/g, ' ');
  const bare = /^Not enough arguments following: (.+)$/.exec(line)?.[1];
  if (bare !== undefined) return `${typed(bare)}: its value is missing`;
  const unknown = /^Unknown arguments?: (.+)$/.exec(line)?.[1];
  if (unknown === undefined) return line;
  const names = unknown.split(', ').map(typed);
  return `${[...new Set(names)].join(', ')} is not known here; see unclog --help for the flags of each command`;
}

/** One sentence on stderr, and the documented exit code. */
function report(error: unknown): void {
  if (error instanceof ConfigError) {
    for (const { line, isPlaced } of error.problems)
      process.stderr.write(isPlaced ? `${line}\n` : `unclog: ${line}\n`);
    process.exitCode = EXIT.usage;
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`unclog: ${message}\n`);
  if (error instanceof UsageError) process.exitCode = EXIT.usage;
  else {
    process.exitCode = EXIT.failed;
    if (!(error instanceof ListenError) && error instanceof Error && error.stack)
      process.stderr.write(`${error.stack}\n`);
  }
}

await main(process.argv.slice(2)).catch(report);
