import { apache } from './apache.ts';
import { caddy } from './caddy.ts';
import type { Driver } from './driver.ts';
import { expressCompression } from './express-compression.ts';
import { fastifyHttpProxy } from './fastify-http-proxy.ts';
import { h2o } from './h2o.ts';
import { haproxy } from './haproxy.ts';
import { httpProxy } from './http-proxy.ts';
import { httpProxy3 } from './http-proxy-3.ts';
import { httpProxyMiddleware } from './http-proxy-middleware.ts';
import { lighttpd } from './lighttpd.ts';
import { mitmproxy } from './mitmproxy.ts';
import { nchan } from './nchan.ts';
import { nextjs } from './nextjs.ts';
import { nghttpx } from './nghttpx.ts';
import { nginx } from './nginx.ts';
import { pushpin } from './pushpin.ts';
import { squid } from './squid.ts';
import { tinyproxy } from './tinyproxy.ts';
import { trafficserver } from './trafficserver.ts';
import { varnish } from './varnish.ts';
import { vite } from './vite.ts';
import { webpackDevServer } from './webpack-dev-server.ts';

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
  h2o,
  trafficserver,
  nchan,
  mitmproxy,
  'http-proxy': httpProxy,
  'http-proxy-3': httpProxy3,
  'http-proxy-middleware': httpProxyMiddleware,
  'fastify-http-proxy': fastifyHttpProxy,
  'express-compression': expressCompression,
  vite,
  'webpack-dev-server': webpackDevServer,
  nextjs,
} satisfies Record<string, Driver>;

export type DriverId = keyof typeof DRIVERS;
