import yargs, { type CommandModule } from 'yargs';
import { parseCurlLine } from './curl-line.ts';
import type { ExitCode } from './exit-codes.ts';
import { probe } from './probe-command.ts';
import { OWN_FLAGS, type ProbeArguments } from './probe-flags.ts';
import { UsageError } from './usage-error.ts';

/** `unclog curl …`: for `--help` and the list of commands; the words behind it are read by {@link runCurlLine}. */
export const curlCommand: CommandModule = {
  command: 'curl [words..]',
  describe: 'The same as probe, from a pasted "Copy as cURL" line',
  builder: (command) =>
    command
      .positional('words', { array: true, type: 'string', describe: "curl's own flags, and the URL" })
      .options(OWN_FLAGS)
      .epilogue(
        "Of curl's flags, those that shape the request are taken over (-X -H -b -u -A -e -L -x -k -d -G -m\n--data-raw --data-binary --url --cert --key --cacert --compressed --noproxy --resolve --http1.0\n--http1.1 --http2 --unix-socket), those about output are ignored with a note, others are refused.\nOwn flags that curl has too go behind --: unclog curl URL -- --verbose\nQuoting in PowerShell and cmd: docs/curl.md",
      ),
  handler: () => {},
};

/**
 * Runs `unclog curl` with the words behind it. They are not read by yargs, which knows neither `-sSN` nor `-XPOST`.
 * @throws UsageError
 */
export async function runCurlLine(words: readonly string[]): Promise<ExitCode> {
  const line = parseCurlLine(words);
  const own = await readOwnFlags(line.own);
  return probe({ ...own, ...line.request, url: [line.url] }, line.parts, line.notes);
}

async function readOwnFlags(words: string[]): Promise<ProbeArguments> {
  const parser = yargs(words)
    .parserConfiguration({ 'dot-notation': false, 'greedy-arrays': false })
    .options(OWN_FLAGS)
    .strict()
    .help(false)
    .version(false)
    .exitProcess(false)
    .fail((message, error) => {
      throw new UsageError((message ?? error?.message ?? '').replace(/\s*\n\s*/g, ' '));
    });
  const { _: loose, ...argv } = await parser.parseAsync();
  const [first] = loose;
  if (first !== undefined) throw new UsageError(`"${first}" behind -- is no flag of unclog probe`);
  return argv as ProbeArguments;
}
