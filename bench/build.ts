import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BenchError } from './bench-error.ts';
import type { Template } from './html.ts';
import { findProgram } from './machine.ts';

/** The compiled load generator. */
export interface LoadGenerator {
  /** Its path. */
  program: string;
  /** Can its clients speak TLS and HTTP/2? Not without OpenSSL's headers. */
  speaksTls: boolean;
}

/**
 * Compiles the load generator where its sources have changed since the last time.
 * @throws BenchError without a compiler
 */
export function buildLoadGenerator(benchFolder: string, cacheFolder: string): LoadGenerator {
  const folder = join(benchFolder, 'load');
  const names = readdirSync(folder).sort();
  const hash = createHash('sha256');
  for (const name of names) hash.update(readFileSync(join(folder, name)));
  const speaksTls = existsSync('/usr/include/openssl/ssl.h');
  const kind = speaksTls ? 'tls' : 'plain';
  const program = join(cacheFolder, `load-${kind}-${hash.digest('hex').slice(0, 12)}`);
  if (existsSync(program)) return { program, speaksTls };
  const compiler = findProgram('g++');
  if (compiler === null)
    throw new BenchError(
      'the load generator is C++ and there is no g++ here; install one (Debian: apt-get install g++) and run again',
    );
  mkdirSync(cacheFolder, { recursive: true });
  const sources = names.filter((name) => name.endsWith('.cpp')).map((name) => join(folder, name));
  const built = spawnSync(
    compiler,
    [
      ...['-O2', '-std=c++17', '-Wall', '-Wextra', '-o', `${program}.new`, ...sources],
      ...(speaksTls ? ['-DBENCH_TLS', '-lssl', '-lcrypto'] : []),
    ],
    { encoding: 'utf8' },
  );
  if (built.status !== 0) throw new BenchError(`g++ cannot compile the load generator:\n${built.stderr}`);
  renameSync(`${program}.new`, program);
  return { program, speaksTls };
}

/**
 * Compiles the gateway into a copy of its own, so that edits during a long run change nothing.
 * @returns the copy's folder
 */
export function buildGateway(root: string, cacheFolder: string): string {
  const folder = join(cacheFolder, 'gateway');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const out = [
    '--outDir',
    join(folder, 'dist'),
    '--incremental',
    'false',
    '--tsBuildInfoFile',
    'null',
    '--declaration',
    'false',
  ];
  const built = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json'), ...out], {
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new BenchError(`the gateway does not compile:\n${built.stdout}`);
  copyFileSync(join(root, 'bin/unclog.js'), join(folder, 'bin/unclog.js'));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  return folder;
}

/** Installs the peers' packages where they are missing or another version is wanted. */
export function installPeers(benchFolder: string): void {
  const wanted = JSON.parse(readFileSync(join(benchFolder, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const isThere = Object.entries(wanted.dependencies).every(([name, version]) => {
    const manifest = join(benchFolder, 'node_modules', name, 'package.json');
    return (
      existsSync(manifest) &&
      (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version === version
    );
  });
  if (isThere) return;
  const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: benchFolder,
    encoding: 'utf8',
  });
  if (installed.status !== 0) throw new BenchError(`npm ci in bench/ failed:\n${installed.stderr}`);
}

/**
 * Builds the pages, which takes less than a second, and reads the bench's.
 * @throws BenchError where they cannot be built
 */
export function buildTemplate(root: string): Template {
  const built = spawnSync(process.execPath, [join(root, 'scripts/build-pages.js')], { encoding: 'utf8' });
  if (built.status !== 0) throw new BenchError(`scripts/build-pages.js failed:\n${built.stderr}`);
  return readTemplate(join(root, 'dist/pages'));
}

/** Reads the bench's page out of the folder of built pages. */
export function readTemplate(folder: string): Template {
  const pages = JSON.parse(readFileSync(join(folder, 'pages.json'), 'utf8')) as {
    bench: Pick<Template, 'scripts' | 'styles'>;
  };
  return { html: readFileSync(join(folder, 'bench.html'), 'utf8'), ...pages.bench };
}
