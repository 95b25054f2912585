import { once } from 'node:events';
import type { Argv, CommandModule } from 'yargs';
import { announcement, comparison } from '../demo/comparison-text.ts';
import { type DemoOptions, type DemoResult, runDemo } from '../demo/demo.ts';
import { FolderNginxError } from '../demo/folder-nginx.ts';
import {
  type GivenPaths,
  givenAnnouncement,
  parseGivenPaths,
  runGivenDemo,
  unreachablePaths,
} from '../demo/given-paths.ts';
import type { HopSource } from '../demo/hop.ts';
import { findHopSource, NoNginxError } from '../demo/hop-source.ts';
import { type LiveDemo, startLiveDemo } from '../demo/live.ts';
import type { ListenAddress } from '../http/listen.ts';
import { VERSION } from '../version.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { startProgress } from './progress.ts';
import { parseAddress } from './units.ts';
import { UsageError } from './usage-error.ts';

interface Arguments {
  against?: string | string[] | undefined;
  json?: boolean | undefined;
  serve?: boolean | undefined;
  simulate?: boolean | undefined;
  nginx?: string | undefined;
  'nginx-folder'?: string | undefined;
  listen?: string | undefined;
}

/** `unclog demo`: the failure on a real nginx, and both fixes, side by side. */
export const demoCommand: CommandModule<object, Arguments> = {
  command: 'demo',
  describe: 'Show a stream held by nginx, and the same stream flow through the gateway and the fixed nginx',
  builder: (yargs) => describeFlags(yargs) as Argv<Arguments>,
  handler: async (argv) => {
    process.exitCode = await demo(argv);
  },
};

function describeFlags(yargs: Argv<object>): Argv<object> {
  return yargs
    .options({
      against: {
        type: 'string',
        requiresArg: true,
        describe:
          'PATH=URL: start nothing, compare what runs there; once for each of direct, held, gateway, fixed',
      },
      json: { type: 'boolean', describe: "Print one JSON object with each path's report" },
      serve: {
        type: 'boolean',
        describe: 'Afterwards show held and flowing stream live in a browser, until Ctrl-C',
      },
      listen: {
        type: 'string',
        requiresArg: true,
        describe:
          'HOST:PORT of the page of --serve; the streams take the four ports that follow (default 127.0.0.1:0, free ones)',
      },
      nginx: { type: 'string', requiresArg: true, describe: 'Use this nginx binary' },
      'nginx-folder': {
        type: 'string',
        requiresArg: true,
        describe: 'Use the nginx that nginx/run-folder.sh runs for this folder, in another container',
      },
      simulate: { type: 'boolean', describe: 'Use the simulated hop even where there is an nginx' },
    })
    .conflicts('nginx', ['simulate', 'nginx-folder'])
    .conflicts('nginx-folder', 'simulate')
    .conflicts('json', 'serve')
    .conflicts('against', ['serve', 'nginx', 'nginx-folder', 'simulate'])
    .implies('listen', 'serve')
    .epilogue(
      'Takes nginx from PATH, else an nginx image that a Docker engine here already has (nginx:1.28, or the\n' +
        'one named by UNCLOG_DEMO_NGINX_IMAGE), else a simulated hop. Exit code: 0 the failure was shown and\n' +
        'both fixes let the stream flow, 1 not so, 3 could not start.',
    );
}

/** What is shown: on which hop, or on which given paths. */
interface Show {
  announcement: string;
  run(options: DemoOptions): Promise<DemoResult>;
  /** Null: the hop is not ours to start again. */
  source: HopSource | null;
}

async function prepare(argv: Arguments): Promise<Show> {
  if (argv.against !== undefined) {
    const given = givenPaths([argv.against].flat());
    return {
      announcement: givenAnnouncement(given),
      run: (options) => runGivenDemo(given, options),
      source: null,
    };
  }
  const source = await chooseHop(argv);
  return { announcement: announcement(source), run: (options) => runDemo(source, options), source };
}

async function demo(argv: Arguments): Promise<ExitCode> {
  const address = parseAddress('--listen', argv.listen ?? '127.0.0.1:0');
  const show = await prepare(argv);
  // With --json stdout carries one object and nothing else.
  (argv.json ? process.stderr : process.stdout).write(`${show.announcement}\n\n`);
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  const progress = startProgress();
  let result: DemoResult;
  try {
    result = await show.run({ signal: interrupt.signal, onProgress: progress.update });
  } catch (error) {
    progress.stop();
    process.stderr.write(`unclog demo: could not start: ${(error as Error).message}\n`);
    return EXIT.unknown;
  } finally {
    progress.stop();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  if (interrupt.signal.aborted) {
    process.stderr.write('unclog demo: interrupted\n');
    return EXIT.unknown;
  }
  process.stdout.write(
    argv.json ? `${JSON.stringify(toJson(result), null, 2)}\n` : `${comparison(result)}\n`,
  );
  if (argv.serve && show.source !== null) return (await serve(show.source, address)) ?? exitCode(result);
  return exitCode(result);
}

function exitCode(result: DemoResult): ExitCode {
  if (result.shown && result.fixed) return EXIT.ok;
  const unreachable = result.source.kind === 'given' ? unreachablePaths(result) : [];
  if (unreachable.length === 0) return EXIT.failed;
  process.stderr.write(`unclog demo: no answer from: ${unreachable.join(', ')}\n`);
  return EXIT.unknown;
}

function givenPaths(texts: readonly string[]): GivenPaths {
  try {
    return parseGivenPaths(texts);
  } catch (error) {
    throw new UsageError(`--against: ${(error as Error).message}`);
  }
}

/** The live page, until a signal. Returns what went wrong at the start, if anything. */
async function serve(source: HopSource, address: ListenAddress): Promise<ExitCode | null> {
  let live: LiveDemo;
  try {
    live = await startLiveDemo(source, { listen: address });
  } catch (error) {
    process.stderr.write(`unclog demo: could not start: ${(error as Error).message}\n`);
    return EXIT.unknown;
  }
  process.stdout.write(`\nlive page: ${live.url}  (Ctrl-C ends it)\n`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await live.close();
  return null;
}

async function chooseHop(argv: Arguments): Promise<HopSource> {
  const image = process.env.UNCLOG_DEMO_NGINX_IMAGE;
  try {
    return await findHopSource({
      simulate: argv.simulate === true,
      ...(argv.nginx === undefined ? {} : { nginx: argv.nginx }),
      ...(argv['nginx-folder'] === undefined ? {} : { folder: argv['nginx-folder'] }),
      ...(image === undefined || image === '' ? {} : { image }),
    });
  } catch (error) {
    if (error instanceof NoNginxError) throw new UsageError(`--nginx: ${error.message}`);
    if (error instanceof FolderNginxError) throw new UsageError(`--nginx-folder: ${error.message}`);
    throw error;
  }
}

function toJson({ source, rows, shown, fixed }: DemoResult): object {
  return {
    schemaVersion: 1,
    tool: { name: 'unclog', version: VERSION },
    hop: source,
    shown,
    fixed,
    rows: rows.map(({ id, title, hop, report }) => ({ id, title, verdict: hop.verdict, report })),
  };
}
