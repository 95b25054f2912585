import { apache } from './apache.ts';
import { caddy } from './caddy.ts';
import type { Driver } from './driver.ts';
import { haproxy } from './haproxy.ts';
import { lighttpd } from './lighttpd.ts';
import { nghttpx } from './nghttpx.ts';
import { nginx } from './nginx.ts';
import { pushpin } from './pushpin.ts';
import { squid } from './squid.ts';
import { tinyproxy } from './tinyproxy.ts';
import { varnish } from './varnish.ts';

/** Every product that can be started here. Each id is the name of a tool and of a file in the knowledge base too. */
export const DRIVERS = {
  nginx,
  haproxy,
  caddy,
  apache,
  lighttpd,
  varnish,
  nghttpx,
  pushpin,
  squid,
  tinyproxy,
} satisfies Record<string, Driver>;

export type DriverId = keyof typeof DRIVERS;
