import type { Intermediary } from '../intermediary.ts';
import { apache } from './apache.ts';
import { apisix } from './apisix.ts';
import { awsAlb } from './aws-alb.ts';
import { awsApiGateway } from './aws-api-gateway.ts';
import { azureApiManagement } from './azure-api-management.ts';
import { azureAppGateway } from './azure-app-gateway.ts';
import { bunny } from './bunny.ts';
import { caddy } from './caddy.ts';
import { cloudflare } from './cloudflare.ts';
import { cloudfront } from './cloudfront.ts';
import { django } from './django.ts';
import { envoy } from './envoy.ts';
import { expressCompression } from './express-compression.ts';
import { fastly } from './fastly.ts';
import { flask } from './flask.ts';
import { fly } from './fly.ts';
import { gcpLb } from './gcp-lb.ts';
import { h2o } from './h2o.ts';
import { haproxy } from './haproxy.ts';
import { heroku } from './heroku.ts';
import { iisArr } from './iis-arr.ts';
import { ingressNginx } from './ingress-nginx.ts';
import { kong } from './kong.ts';
import { lighttpd } from './lighttpd.ts';
import { nextjs } from './nextjs.ts';
import { nghttpx } from './nghttpx.ts';
import { nginx } from './nginx.ts';
import { nodeDevProxy } from './node-dev-proxy.ts';
import { pushpin } from './pushpin.ts';
import { rack } from './rack.ts';
import { squid } from './squid.ts';
import { traefik } from './traefik.ts';
import { trafficserver } from './trafficserver.ts';
import { varnish } from './varnish.ts';

/** Every product of the knowledge base: proxies first, then services, then what runs inside an application. */
export const INTERMEDIARIES: readonly Intermediary[] = [
  nginx,
  ingressNginx,
  haproxy,
  caddy,
  apache,
  lighttpd,
  varnish,
  nghttpx,
  pushpin,
  envoy,
  traefik,
  squid,
  h2o,
  trafficserver,
  cloudflare,
  cloudfront,
  fastly,
  bunny,
  fly,
  heroku,
  awsAlb,
  awsApiGateway,
  azureAppGateway,
  azureApiManagement,
  gcpLb,
  kong,
  apisix,
  iisArr,
  expressCompression,
  nodeDevProxy,
  nextjs,
  django,
  flask,
  rack,
];

/** The same by id. */
export const INTERMEDIARY_BY_ID: ReadonlyMap<string, Intermediary> = new Map(
  INTERMEDIARIES.map((product) => [product.id, product]),
);
