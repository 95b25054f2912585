# Documented, not reproduced: rules for the path of a stream (provider cloudflare/cloudflare, version 5).

variable "zone_id" {
  type = string
}

resource "cloudflare_ruleset" "stream_cache" {
  zone_id = var.zone_id
  name    = "streams are not stored"
  kind    = "zone"
  phase   = "http_request_cache_settings"

  rules = [{
    description = "a stored stream is replayed to the next reader"
    expression  = "starts_with(http.request.uri.path, \"/stream\")"
    action      = "set_cache_settings"
    action_parameters = {
      cache = false
    }
  }]
}

resource "cloudflare_ruleset" "stream_compression" {
  zone_id = var.zone_id
  name    = "streams are not compressed"
  kind    = "zone"
  phase   = "http_response_compression"

  rules = [{
    description = "token streams as text/plain, text/html or JSON are compressed by default"
    expression  = "starts_with(http.request.uri.path, \"/stream\")"
    action      = "compress_response"
    action_parameters = {
      algorithms = [{
        name = "none"
      }]
    }
  }]
}
