import type { Driver } from './driver.ts';

export const nghttpx: Driver = {
  extension: 'conf',
  listens: true,
  version: { command: ['nghttpx', '--version'], pattern: /nghttp2\/(\d[\d.]*\d)/ },
  command: ({ file }) => ['nghttpx', `--conf=${file}`, '--workers=1'],
};
