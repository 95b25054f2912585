import { execFileSync } from 'node:child_process';

interface Tool {
  /** Command whose success shows that the tool is usable. */
  check: [command: string, ...args: string[]];
  skips: string;
  install: string;
}

/** What the tests use beyond Node. Debian package names in `install`. */
export const TOOLS = {
  nginx: { check: ['nginx', '-v'], skips: 'everything on a real nginx', install: 'apt-get install nginx' },
  haproxy: {
    check: ['haproxy', '-v'],
    skips: 'everything on a real HAProxy',
    install: 'apt-get install haproxy',
  },
  caddy: {
    check: ['caddy', 'version'],
    skips: 'everything on a real Caddy',
    install: 'apt-get install caddy',
  },
  apache: {
    check: ['apache2', '-v'],
    skips: 'everything on a real Apache httpd',
    install: 'apt-get install apache2',
  },
  lighttpd: {
    check: ['lighttpd', '-v'],
    skips: 'everything on a real lighttpd',
    install: 'apt-get install lighttpd',
  },
  varnish: {
    check: ['varnishd', '-V'],
    skips: 'everything on a real Varnish',
    install: 'apt-get install varnish',
  },
  nghttpx: {
    check: ['nghttpx', '--version'],
    skips: 'everything on a real nghttpx',
    install: 'apt-get install nghttp2-proxy',
  },
  pushpin: {
    check: ['pushpin', '--version'],
    skips: 'everything on a real Pushpin',
    install: 'apt-get install pushpin',
  },
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
  tinyproxy: {
    check: ['tinyproxy', '-v'],
    skips: 'the probe through a real forward proxy (tinyproxy)',
    install: 'apt-get install tinyproxy',
  },
  squid: {
    check: ['squid', '-v'],
    skips: 'the probe through a real forward proxy (squid)',
    install: 'apt-get install squid',
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
    const [command, ...args] = TOOLS[name].check;
    try {
      execFileSync(command, args, { stdio: 'ignore', timeout: 20_000, env: { ...process.env, PATH } });
      has = true;
    } catch {
      has = false;
    }
    known.set(name, has);
  }
  return has;
}

export function absentTools(): ToolName[] {
  return (Object.keys(TOOLS) as ToolName[]).filter((name) => !hasTool(name));
}
