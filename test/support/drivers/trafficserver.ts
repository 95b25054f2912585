import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Driver, type Launch, replaceAll } from './driver.ts';
import { STREAMS } from './pair.ts';

/** A configuration is a `remap.config`. */
export const trafficserver: Driver = {
  name: 'Apache Traffic Server',
  install: 'apt-get install trafficserver',
  extension: 'config',
  listens: false,
  version: { command: ['traffic_server', '--version'], pattern: /Traffic Server (\d[\d.]*\d)/ },
  frame: async (text, launch) => {
    await installedServer(launch, text);
    return text;
  },
  command: ({ folder }) => ['traffic_server', `--run-root=${folder}/runroot.yaml`],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.quiet,
        verdict: 'cut',
        hold: null,
        findings: ['cut-when-idle'],
        edit: (text) => replaceAll(text, '=30 ', '=2 '),
        measured: 0,
      },
      passthrough: {
        // It looks at the client only when it has something to write.
        leaving: 'with the next event',
        timeouts: {
          lower: (text) => replaceAll(text, '=3600 ', '=2 '),
          lateHead: 'timed-out-before-head',
        },
      },
    },
  ],
};

/** What the package has in its other files, with folders and ports of this run. */
async function installedServer({ folder, port }: Launch, remap: string): Promise<void> {
  await mkdir(join(folder, 'etc'));
  for (const name of ['run', 'log', 'store']) {
    await mkdir(join(folder, 'cache', name));
    // Started as root it works as `nobody`.
    await chmod(join(folder, 'cache', name), 0o777);
  }
  const files = {
    'etc/remap.config': remap,
    'etc/records.config': records(port),
    'etc/storage.config': '',
    'etc/plugin.config': '',
    'etc/ip_allow.yaml':
      'ip_allow:\n  - apply: in\n    ip_addrs: 127.0.0.1\n    action: allow\n    methods: ALL\n',
    'etc/logging.yaml': '',
    'runroot.yaml': runroot(folder),
  };
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
}

function records(port: number): string {
  return `CONFIG proxy.config.http.server_ports STRING ${port}:ip-in=127.0.0.1
CONFIG proxy.config.admin.user_id STRING ${process.getuid?.() === 0 ? 'nobody' : `#${process.getuid?.()}`}
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 2
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.url_remap.pristine_host_hdr INT 1
CONFIG proxy.config.http.insert_response_via_str INT 0
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.diags.output.error STRING E
CONFIG proxy.config.http.transaction_active_timeout_in INT 900
`;
}

function runroot(folder: string): string {
  return `prefix: ${folder}
exec_prefix: /usr
bindir: /usr/bin
sbindir: /usr/sbin
sysconfdir: ${folder}/etc
datadir: ${folder}/cache/run
includedir: /usr/include
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
localstatedir: ${folder}/cache/run
runtimedir: ${folder}/cache/run
logdir: ${folder}/cache/log
cachedir: ${folder}/cache/store
`;
}
