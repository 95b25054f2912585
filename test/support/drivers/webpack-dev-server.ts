import { fromNpm } from '../node-proxies.ts';
import type { Driver } from './driver.ts';
import { STREAMS } from './pair.ts';

export const webpackDevServer: Driver = {
  name: 'webpack-dev-server',
  ...fromNpm('webpack-dev-server'),
  listens: true,
  command: () => [process.execPath, '--input-type=module', '--eval', START],
  pairs: [
    {
      name: '',
      buffering: {
        path: STREAMS.quick,
        verdict: 'held',
        hold: { kind: 'until-close' },
        findings: ['compressed-unflushed'],
        // It is Express with compression().
        product: { id: 'express-compression' },
        measured: 0,
      },
      passthrough: {},
    },
  ],
};

/** What `webpack serve` does, which would need webpack-cli. */
const START = `import webpack from 'webpack';
import Server from 'webpack-dev-server';
import config from './config.mjs';
await new Server(config.devServer, webpack(config)).start();`;
