// The image's HEALTHCHECK, the same for every server in it: whatever listens in this container has to answer.
// `OPTIONS *` with `Max-Forwards: 0` is meant for the server itself, so that a gateway answers without asking
// its upstream (RFC 9110 section 7.6.2); which status it answers with is of no interest.
import { readFileSync } from 'node:fs';
import { request } from 'node:http';

const LISTEN_STATE = '0A';
/** Docker's own name server, 127.0.0.11, listens inside every container; in /proc in the machine's byte order. */
const DOCKER_DNS = '0B00007F';
const TIMEOUT_MS = 3_000;

/** Ports that something in this container listens on (https://docs.kernel.org/networking/proc_net_tcp.html). */
function listeningPorts() {
  const ports = new Set();
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let lines = [];
    try {
      lines = readFileSync(file, 'utf8').split('\n').slice(1);
    } catch {
      // No IPv6 here.
    }
    for (const line of lines) {
      const [, local = '', , state] = line.trim().split(/\s+/);
      const [address, port = ''] = local.split(':');
      if (state === LISTEN_STATE && address !== DOCKER_DNS) ports.add(Number.parseInt(port, 16));
    }
  }
  return [...ports];
}

function answers(port) {
  return new Promise((resolve) => {
    const options = { port, host: 'localhost', method: 'OPTIONS', path: '*', timeout: TIMEOUT_MS };
    const sent = request({ ...options, headers: { 'Max-Forwards': '0' } }, (response) => {
      response.destroy();
      resolve(true);
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.end();
  });
}

const ports = listeningPorts();
const healthy = ports.length > 0 && (await Promise.all(ports.map(answers))).every(Boolean);
process.stdout.write(`ports ${ports.join(', ') || 'none'}: ${healthy ? 'answer' : 'no answer'}\n`);
process.exit(healthy ? 0 : 1);
