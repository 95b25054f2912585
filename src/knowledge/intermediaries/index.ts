import type { Intermediary } from '../intermediary.ts';
import { akamai } from './akamai.ts';
import { apache } from './apache.ts';
import { apisix } from './apisix.ts';
import { avast } from './avast.ts';
import { awsAlb } from './aws-alb.ts';
import { awsApiGateway } from './aws-api-gateway.ts';
import { awsLambdaUrl } from './aws-lambda-url.ts';
import { azureApiManagement } from './azure-api-management.ts';
import { azureAppGateway } from './azure-app-gateway.ts';
import { azureFrontDoor } from './azure-front-door.ts';
import { broadcomSwg } from './broadcom-swg.ts';
import { bun } from './bun.ts';
import { bunny } from './bunny.ts';
import { caddy } from './caddy.ts';
import { cloudflare } from './cloudflare.ts';
import { cloudflareTunnel } from './cloudflare-tunnel.ts';
import { cloudfront } from './cloudfront.ts';
import { coraza } from './coraza.ts';
import { django } from './django.ts';
import { envoy } from './envoy.ts';
import { expressCompression } from './express-compression.ts';
import { fastifyCompress } from './fastify-compress.ts';
import { fastifyHttpProxy } from './fastify-http-proxy.ts';
import { fastly } from './fastly.ts';
import { flask } from './flask.ts';
import { fly } from './fly.ts';
import { forwardProxy } from './forward-proxy.ts';
import { gatewayApi } from './gateway-api.ts';
import { gcpCloudRun } from './gcp-cloud-run.ts';
import { gcpLb } from './gcp-lb.ts';
import { gunicorn } from './gunicorn.ts';
import { h2o } from './h2o.ts';
import { haproxy } from './haproxy.ts';
import { heroku } from './heroku.ts';
import { httpProxy } from './http-proxy.ts';
import { httpProxy3 } from './http-proxy-3.ts';
import { httpProxyMiddleware } from './http-proxy-middleware.ts';
import { iisArr } from './iis-arr.ts';
import { ingressNginx } from './ingress-nginx.ts';
import { istio } from './istio.ts';
import { kaspersky } from './kaspersky.ts';
import { kong } from './kong.ts';
import { kubectlPortForward } from './kubectl-port-forward.ts';
import { kubernetesTraefik } from './kubernetes-traefik.ts';
import { lighttpd } from './lighttpd.ts';
import { mitmproxy } from './mitmproxy.ts';
import { modsecurity } from './modsecurity.ts';
import { nchan } from './nchan.ts';
import { netlify } from './netlify.ts';
import { nextjs } from './nextjs.ts';
import { nghttpx } from './nghttpx.ts';
import { nginx } from './nginx.ts';
import { nodeDevProxy } from './node-dev-proxy.ts';
import { phpFpm } from './php-fpm.ts';
import { pushpin } from './pushpin.ts';
import { rack } from './rack.ts';
import { render } from './render.ts';
import { skyhighSwg } from './skyhigh-swg.ts';
import { sophos } from './sophos.ts';
import { springCloudGateway } from './spring-cloud-gateway.ts';
import { squid } from './squid.ts';
import { sshTunnel } from './ssh-tunnel.ts';
import { starlette } from './starlette.ts';
import { teleport } from './teleport.ts';
import { tinyproxy } from './tinyproxy.ts';
import { tlsInspectingProxy } from './tls-inspecting-proxy.ts';
import { tomcat } from './tomcat.ts';
import { traefik } from './traefik.ts';
import { trafficserver } from './trafficserver.ts';
import { tyk } from './tyk.ts';
import { uwsgi } from './uwsgi.ts';
import { varnish } from './varnish.ts';
import { vercel } from './vercel.ts';
import { vite } from './vite.ts';
import { webpackDevServer } from './webpack-dev-server.ts';
import { yarp } from './yarp.ts';
import { zap } from './zap.ts';
import { zscaler } from './zscaler.ts';

/** Every product of the knowledge base: proxies first, then services, what runs inside an application, tunnels, and what inspects. */
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
  // Before Envoy: answers of Istio bear the marks of both.
  istio,
  envoy,
  traefik,
  squid,
  tinyproxy,
  forwardProxy,
  nchan,
  h2o,
  trafficserver,
  cloudflare,
  cloudflareTunnel,
  cloudfront,
  akamai,
  fastly,
  bunny,
  fly,
  heroku,
  render,
  vercel,
  netlify,
  awsAlb,
  awsApiGateway,
  awsLambdaUrl,
  azureAppGateway,
  azureApiManagement,
  azureFrontDoor,
  gcpLb,
  gcpCloudRun,
  kong,
  apisix,
  tyk,
  springCloudGateway,
  yarp,
  gatewayApi,
  kubernetesTraefik,
  iisArr,
  expressCompression,
  nodeDevProxy,
  webpackDevServer,
  vite,
  httpProxy,
  httpProxy3,
  httpProxyMiddleware,
  fastifyHttpProxy,
  nextjs,
  django,
  flask,
  starlette,
  gunicorn,
  uwsgi,
  phpFpm,
  tomcat,
  bun,
  fastifyCompress,
  rack,
  kubectlPortForward,
  sshTunnel,
  teleport,
  modsecurity,
  coraza,
  broadcomSwg,
  skyhighSwg,
  zscaler,
  tlsInspectingProxy,
  sophos,
  kaspersky,
  avast,
  zap,
  mitmproxy,
];

/** The same by id. */
export const INTERMEDIARY_BY_ID: ReadonlyMap<string, Intermediary> = new Map(
  INTERMEDIARIES.map((product) => [product.id, product]),
);
