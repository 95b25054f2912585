import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver } from './drivers/driver.ts';
import { DRIVERS, type DriverId } from './drivers/index.ts';

interface Tool {
  /** Command whose success shows that the tool is usable, or whatever else shows it. */
  check: [command: string, ...args: string[]] | (() => boolean);
  skips: string;
  install: string;
}

/** The products that stand between an origin and its client. */
const PRODUCTS = Object.fromEntries(
  Object.entries(DRIVERS).map(([id, driver]: [string, Driver]) => [
    id,
    {
      // Every test file asks for every product, and some take seconds to say their version.
      check: driver.isHere ?? (() => isOnPath(driver.version.command[0])),
      skips: `everything on a real ${driver.name}`,
      install: driver.install,
    },
  ]),
) as Record<DriverId, Tool>;

/** What the tests use beyond Node. Debian package names in `install`. */
export const TOOLS = {
  ...PRODUCTS,
  docker: {
    check: ['docker', 'info'],
    skips: 'the container tests',
    install: 'apt-get install docker.io iptables docker-compose, then start dockerd',
  },
  python: {
    check: ['/usr/bin/python3', '-c', 'import fastapi, uvicorn'],
    skips: 'the FastAPI backend',
    install: 'apt-get install python3-fastapi uvicorn',
  },
  curl: { check: ['curl', '--version'], skips: 'traces of the real curl', install: 'apt-get install curl' },
  chromium: {
    check: ['chromium', '--version'],
    skips: 'the live page, and the gateway, in a browser',
    install: 'apt-get install chromium',
  },
  pdftotext: {
    check: ['pdftotext', '-v'],
    skips: 'reading what the HTML report prints',
    install: 'apt-get install poppler-utils',
  },
  openssl: { check: ['openssl', 'version'], skips: 'nginx over TLS', install: 'apt-get install openssl' },
  systemd: {
    check: ['systemd-notify', '--version'],
    skips: 'what a service manager is told, and the unit file',
    install: 'apt-get install systemd python3',
  },
  uwsgi: {
    check: ['uwsgi', '--plugin', 'python3', '--version'],
    skips: 'FastCGI and uwsgi backends (a real uWSGI)',
    install: 'apt-get install uwsgi-core uwsgi-plugin-python3',
  },
  lighttpdDeflate: {
    check: ['test', '-e', '/usr/lib/lighttpd/mod_deflate.so'],
    skips: 'lighttpd that compresses',
    install: 'apt-get install lighttpd-mod-deflate',
  },
  go: { check: ['go', 'version'], skips: 'the Go backend', install: 'apt-get install golang-go' },
} satisfies Record<string, Tool>;

/** Servers live in sbin folders, which an ordinary user's PATH often lacks. */
const PATH = `${process.env.PATH ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

export type ToolName = keyof typeof TOOLS;

const known = new Map<ToolName, boolean>();

/** Is the tool usable here? Asked once per process. */
export function hasTool(name: ToolName): boolean {
  let has = known.get(name);
  if (has === undefined) {
    const { check }: Tool = TOOLS[name];
    has = typeof check === 'function' ? check() : succeeds(check);
    known.set(name, has);
  }
  return has;
}

function succeeds([command, ...args]: [command: string, ...args: string[]]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 20_000, env: { ...process.env, PATH } });
    return true;
  } catch {
    return false;
  }
}

function isOnPath(command: string): boolean {
  return PATH.split(':').some((folder) => existsSync(join(folder, command)));
}

export function absentTools(): ToolName[] {
  return (Object.keys(TOOLS) as ToolName[]).filter((name) => !hasTool(name));
}
