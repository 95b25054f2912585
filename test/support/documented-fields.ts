function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}

/** The fields of Kubernetes objects, OpenAPI and SAM that the files may use, from the references of each. */
export const YAML_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  'aws-alb/ingress.yaml':
    words(`apiVersion kind metadata name annotations spec ingressClassName rules http paths path
    pathType backend service port number alb.ingress.kubernetes.io/scheme alb.ingress.kubernetes.io/target-type
    alb.ingress.kubernetes.io/load-balancer-attributes`),
  'aws-api-gateway/openapi.yaml':
    words(`openapi info title version paths /stream get responses 200 description
    x-amazon-apigateway-integration type httpMethod uri responseTransferMode timeoutInMillis`),
  'aws-lambda-url/template.yaml':
    words(`AWSTemplateFormatVersion Transform Resources Stream Type Properties Runtime
    Handler CodeUri Timeout FunctionUrlConfig AuthType InvokeMode`),
  'cloudflare-tunnel/config.yml': words(`tunnel credentials-file ingress hostname service originRequest
    disableChunkedEncoding`),
  'gcp-lb/gke.yaml':
    words(`apiVersion kind metadata name annotations spec default timeoutSec targetRef group selector app
    ports port cloud.google.com/backend-config`),
  'gcp-cloud-run/service.yaml':
    words(`apiVersion kind metadata name spec template timeoutSeconds containerConcurrency
    containers image ports containerPort`),
  'ingress-nginx/buffering.yaml':
    words(`apiVersion kind metadata name annotations spec ingressClassName rules host http
    paths path pathType backend service port number nginx.ingress.kubernetes.io/proxy-buffering
    nginx.ingress.kubernetes.io/proxy-buffer-size nginx.ingress.kubernetes.io/proxy-read-timeout`),
  'ingress-nginx/passthrough.yaml':
    words(`apiVersion kind metadata name namespace annotations spec ingressClassName rules
    host http paths path pathType backend service port number data proxy-buffering use-gzip worker-shutdown-timeout
    nginx.ingress.kubernetes.io/proxy-buffering nginx.ingress.kubernetes.io/proxy-read-timeout
    nginx.ingress.kubernetes.io/proxy-send-timeout nginx.ingress.kubernetes.io/enable-modsecurity`),
  'gateway-api/passthrough.yaml':
    words(`apiVersion kind metadata name spec parentRefs hostnames rules matches path type
    value timeouts request backendRequest backendRefs port`),
  'istio/passthrough.yaml':
    words(`apiVersion kind metadata name namespace spec hosts gateways http match uri prefix timeout
    retries attempts route destination host port number configPatches applyTo listener filterChain filter patch operation
    value typed_config @type stream_idle_timeout`),
  'kubernetes-traefik/passthrough.yaml':
    words(`apiVersion kind metadata name spec compress excludedContentTypes entryPoints
    routes match middlewares services port responseForwarding flushInterval`),
  'kubernetes-traefik/values.yaml':
    words(`ports websecure transport respondingTimeouts writeTimeout readTimeout lifeCycle
    graceTimeOut`),
};

/** Versions of the kinds that the files use. */
export const API_VERSIONS: Readonly<Record<string, string>> = {
  Ingress: 'networking.k8s.io/v1',
  ConfigMap: 'v1',
  HTTPRoute: 'gateway.networking.k8s.io/v1',
  VirtualService: 'networking.istio.io/v1',
  EnvoyFilter: 'networking.istio.io/v1alpha3',
  Middleware: 'traefik.io/v1alpha1',
  IngressRoute: 'traefik.io/v1alpha1',
  GCPBackendPolicy: 'networking.gke.io/v1',
  BackendConfig: 'cloud.google.com/v1',
};

/** Attributes and blocks of the providers' resources. */
export const HCL_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  aws_lb: words('name load_balancer_type subnets security_groups idle_timeout'),
  aws_lb_target_group: words('name port protocol vpc_id deregistration_delay'),
  aws_cloudfront_distribution:
    words(`enabled origin origin_id domain_name custom_origin_config http_port https_port
    origin_protocol_policy origin_ssl_protocols origin_read_timeout ordered_cache_behavior default_cache_behavior
    path_pattern target_origin_id viewer_protocol_policy allowed_methods cached_methods cache_policy_id
    origin_request_policy_id compress restrictions geo_restriction restriction_type viewer_certificate
    cloudfront_default_certificate`),
  cloudflare_ruleset: words('zone_id name kind phase rules'),
  google_compute_backend_service:
    words(`name protocol load_balancing_scheme health_checks timeout_sec enable_cdn backend
    group`),
};
