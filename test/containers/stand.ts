import { readFileSync } from 'node:fs';
import { GenericContainer, Network, type StartedTestContainer, Wait } from 'testcontainers';
import { findImages, removeNetwork } from '../support/containers.ts';
import type { RunningHalf } from '../support/suite/pairs.ts';
import { type Half, placeConfig } from './members.ts';

const START_WITHIN_MS = 60_000;
const ORIGIN_PORT = 8_000;
const FRAMES = new URL('../../scripts/zoo/frames/', import.meta.url);

/** An origin on a network of its own, under the name that the configurations have for it. */
export interface ZooStand {
  /** Base URL of the origin on this machine's loopback. */
  origin: string;
  /** Starts one half of a product as docker-compose.yml does, with a text in the place of its configuration. */
  startHalf(product: string, image: string, half: Half, text: string): Promise<RunningHalf>;
  close(): Promise<void>;
}

export async function buildZooStand(): Promise<ZooStand> {
  const { unclog } = await findImages();
  const network = await new Network().start();
  const running = new Set<StartedTestContainer>();

  async function start(
    container: GenericContainer,
    alias: string,
    port: number,
  ): Promise<StartedTestContainer> {
    const log: string[] = [];
    try {
      const started = await container
        .withNetwork(network)
        .withNetworkAliases(alias)
        .withExposedPorts(port)
        .withDroppedCapabilities('ALL')
        // Answered by the origin, through whatever is asked.
        .withWaitStrategy(Wait.forHttp('/healthz', port).forStatusCode(200))
        .withStartupTimeout(START_WITHIN_MS)
        .withLogConsumer((lines) => lines.on('data', (line) => log.push(String(line).trimEnd())))
        .start();
      running.add(started);
      return started;
    } catch (error) {
      throw new Error(`${alias} did not start: ${(error as Error).message}\n${log.slice(-20).join('\n')}`);
    }
  }

  const origin = await start(new GenericContainer(unclog).withCommand(['origin']), 'origin', ORIGIN_PORT);
  return {
    origin: urlOf(origin, ORIGIN_PORT),
    async startHalf(product, image, half, text) {
      const container = await start(containerFor(product, image, half, text), half.name, half.port);
      const close = async () => {
        running.delete(container);
        await container.stop();
      };
      return { url: urlOf(container, half.port), text, close };
    },
    async close() {
      await Promise.all([...running].map((container) => container.stop()));
      await removeNetwork(network);
    },
  };
}

function urlOf(container: StartedTestContainer, port: number): string {
  return `http://${container.getHost()}:${container.getMappedPort(port)}`;
}

function containerFor(product: string, image: string, { service }: Half, text: string): GenericContainer {
  const { command, entrypoint, environment, user, cap_add: capabilities = [], working_dir: folder } = service;
  const files = [...new Set(JSON.stringify(service).match(/\/zoo\/[\w./-]+/g))].map((target) => ({
    target,
    mode: 0o444,
    content: target.startsWith('/zoo/frames/')
      ? readFileSync(new URL(target.slice('/zoo/frames/'.length), FRAMES), 'utf8')
      : placeConfig(product, text),
  }));
  const container = new GenericContainer(image)
    .withUser(user)
    .withEnvironment(environment ?? {})
    .withAddedCapabilities(...capabilities)
    .withTmpFs({ '/tmp': 'exec,mode=1777' })
    .withCopyContentToContainer(files);
  if (command !== undefined) container.withCommand(command);
  if (entrypoint !== undefined) container.withEntrypoint(entrypoint);
  if (folder !== undefined) container.withWorkingDir(folder);
  return container;
}
