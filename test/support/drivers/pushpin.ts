import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../../src/demo/watched-nginx.ts';
import type { Driver, Launch } from './driver.ts';

/** A configuration is a `routes` file; it names no port to listen on, the runner's own file does. */
export const pushpin: Driver = {
  name: 'Pushpin',
  install: 'apt-get install pushpin',
  extension: 'routes',
  listens: false,
  version: { command: ['pushpin', '--version'], pattern: /(\d[\d.]*\d)/ },
  frame: async (text, launch) => {
    await mkdir(join(launch.folder, 'run'));
    await writeFile(join(launch.folder, 'pushpin.conf'), await runnerFile(launch));
    return text;
  },
  command: ({ folder }) => ['pushpin', `--config=${join(folder, 'pushpin.conf')}`],
  pairs: [
    {
      name: '',
      // No setting is known to hold a stream.
      buffering: null,
      passthrough: {},
    },
  ],
};

/** As packaged, without what needs fixed ports or folders that belong to root. */
async function runnerFile({ file, folder, port }: Launch): Promise<string> {
  const run = join(folder, 'run');
  const [push, subscribe, http, command] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  return `[global]
include={libdir}/internal.conf
rundir=${run}
ipc_prefix=pp-
port_offset=0
stats_connection_ttl=120

[runner]
services=condure,zurl,pushpin-proxy,pushpin-handler
http_port=127.0.0.1:${port}
logdir=${run}
log_level=2
client_buffer_size=8192
client_maxconn=200
condure_bin=condure
zurl_bin=zurl

[proxy]
zurl_out_specs=ipc://${run}/pp-zurl-in
zurl_out_stream_specs=ipc://${run}/pp-zurl-in-stream
zurl_in_specs=ipc://${run}/pp-zurl-out
routesfile=${file}
debug=false
sig_iss=pushpin
sig_key=changeme
updates_check=off

[handler]
push_in_spec=tcp://127.0.0.1:${push}
push_in_sub_specs=tcp://127.0.0.1:${subscribe}
push_in_http_addr=127.0.0.1
push_in_http_port=${http}
push_in_http_max_headers_size=10000
push_in_http_max_body_size=1000000
stats_spec=ipc://${run}/pp-stats
command_spec=tcp://127.0.0.1:${command}
message_rate=2500
message_hwm=25000
message_wait=5000
id_cache_ttl=60
connection_subscription_max=20
subscription_linger=60
stats_interval=1
stats_report_interval=1
`;
}
