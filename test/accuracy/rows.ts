import { rows as combinations } from './combinations/rows.ts';
import { rows as apache } from './products/apache/rows.ts';
import { rows as caddy } from './products/caddy/rows.ts';
import { rows as haproxy } from './products/haproxy/rows.ts';
import { rows as lighttpd } from './products/lighttpd/rows.ts';
import { rows as nghttpx } from './products/nghttpx/rows.ts';
import { rows as nginx } from './products/nginx/rows.ts';
import { rows as pushpin } from './products/pushpin/rows.ts';
import { rows as squid } from './products/squid/rows.ts';
import { rows as tinyproxy } from './products/tinyproxy/rows.ts';
import { rows as varnish } from './products/varnish/rows.ts';
import type { Row } from './row.ts';
import { rows as simulated } from './simulated/rows.ts';

/** Every row of the matrix. A new product: a folder in `products/`, a driver in `test/support/drivers/`, a line here. */
export const ROWS: readonly Row[] = [
  ...nginx,
  ...haproxy,
  ...caddy,
  ...apache,
  ...lighttpd,
  ...varnish,
  ...nghttpx,
  ...pushpin,
  ...squid,
  ...tinyproxy,
  ...simulated,
  ...combinations,
];
