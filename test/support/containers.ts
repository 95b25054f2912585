import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  GenericContainer,
  Network,
  type StartedNetwork,
  type StartedTestContainer,
  Wait,
} from 'testcontainers';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Made by scripts/base-images.sh on machines that reach no image registry. */
const HOST_MADE = { node: 'unclog-base-node:host', nginx: 'unclog-base-nginx:host' } as const;

/** Node and nginx take a second to start; a laptop that wakes up takes longer. */
const START_WITHIN_MS = 60_000;

/** nginx's process id file is there once it listens; a client that could ask it is not in every image. */
const NGINX_LISTENS = ['CMD', 'test', '-s', '/tmp/nginx.pid'] as const;
const OUR_CHECK = ['CMD', 'node', '/app/scripts/container-health.js'] as const;

/** The services of docker-compose.yml, by name, and the port each listens on. */
const PORTS = {
  origin: 8000,
  gateway: 8080,
  'nginx-buffered': 8081,
  'nginx-passthrough': 8082,
  'nginx-newer-default': 8083,
  'nginx-gateway-front': 8084,
} as const;
export type ServiceName = keyof typeof PORTS;

export interface Images {
  unclog: string;
  nginx: string;
}

/**
 * The images to test with: those named by UNCLOG_IMAGE and NGINX_OLD_IMAGE, else ours built from the Dockerfile
 * and the official nginx (or, where they were made, the base images of scripts/base-images.sh).
 */
export async function findImages(): Promise<Images> {
  if (/^(unix:|$)/.test(process.env.DOCKER_HOST ?? '')) {
    // Run inside a container itself, testcontainers would otherwise go to the bridge's address.
    process.env.TESTCONTAINERS_HOST_OVERRIDE ??= '127.0.0.1';
  }
  if (isLocal(HOST_MADE.node)) {
    // The clean-up container of testcontainers cannot be pulled where these had to be made.
    process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  }
  const nginx = process.env.NGINX_OLD_IMAGE ?? (isLocal(HOST_MADE.nginx) ? HOST_MADE.nginx : 'nginx:1.28');
  return { unclog: process.env.UNCLOG_IMAGE ?? (await buildImage()), nginx };
}

async function buildImage(): Promise<string> {
  const tag = 'unclog:test';
  const base = process.env.NODE_IMAGE ?? (isLocal(HOST_MADE.node) ? HOST_MADE.node : null);
  const builder = GenericContainer.fromDockerfile(ROOT);
  if (base !== null) builder.withBuildArgs({ NODE_IMAGE: base });
  await builder.build(tag, { deleteOnExit: false });
  return tag;
}

function isLocal(image: string): boolean {
  try {
    execFileSync('docker', ['image', 'inspect', image], { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** Containers on a network of their own, under the names that docker-compose.yml gives them. */
export interface Stand {
  /** Starts our image with a command; resolves when its own health check succeeds. */
  startUnclog(service: ServiceName, command: string[]): Promise<StartedTestContainer>;
  /** Starts nginx with a file of `nginx/`, as the service of that name in docker-compose.yml does. */
  startNginx(service: ServiceName, conf: string): Promise<StartedTestContainer>;
  /** Base URL on this machine's loopback of a service that was started. */
  url(service: ServiceName): string;
  /** Stops and removes every container and the network. */
  close(): Promise<void>;
}

export async function buildStand(images: Images): Promise<Stand> {
  const network: StartedNetwork = await new Network().start();
  const started = new Map<ServiceName, StartedTestContainer>();

  async function start(service: ServiceName, container: GenericContainer, check: readonly string[]) {
    const log: string[] = [];
    const ready = container
      .withNetwork(network)
      .withNetworkAliases(service)
      .withExposedPorts(PORTS[service])
      .withDroppedCapabilities('ALL')
      .withHealthCheck({ test: ['CMD', ...check.slice(1)], interval: 300, timeout: 5_000, retries: 100 })
      .withWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(START_WITHIN_MS)
      .withLogConsumer((lines) => lines.on('data', (line) => log.push(String(line).trimEnd())));
    try {
      const running = await ready.start();
      started.set(service, running);
      return running;
    } catch (error) {
      throw new Error(`${service} did not start: ${(error as Error).message}\n${log.join('\n')}`);
    }
  }

  return {
    startUnclog: (service, command) =>
      start(service, new GenericContainer(images.unclog).withCommand(command), OUR_CHECK),
    startNginx(service, conf) {
      const content = readFileSync(new URL(`../../nginx/${conf}`, import.meta.url), 'utf8');
      const container = new GenericContainer(images.nginx)
        .withCommand(['nginx', '-g', 'daemon off;'])
        .withUser('65534:65534')
        .withCopyContentToContainer([{ content, target: '/etc/nginx/nginx.conf', mode: 0o444 }]);
      return start(service, container, NGINX_LISTENS);
    },
    url(service) {
      const container = started.get(service);
      if (container === undefined) throw new Error(`${service} was not started`);
      return `http://${container.getHost()}:${container.getMappedPort(PORTS[service])}`;
    },
    async close() {
      await Promise.all([...started.values()].map((container) => container.stop()));
      await removeNetwork(network);
    },
  };
}

const REMOVE_TRIES = 20;
const REMOVE_AGAIN_MS = 500;

/** Removes a network whose containers are gone: the engine answers 403 for as long as it still takes their ends away. */
export async function removeNetwork(network: StartedNetwork): Promise<void> {
  for (let left = REMOVE_TRIES; ; left -= 1) {
    try {
      return void (await network.stop());
    } catch (error) {
      if (left <= 1 || !/active endpoints/.test((error as Error).message)) throw error;
      await new Promise((resolve) => setTimeout(resolve, REMOVE_AGAIN_MS));
    }
  }
}
