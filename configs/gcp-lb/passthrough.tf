# Documented, not reproduced: a backend service whose answers may last an hour.

resource "google_compute_backend_service" "stream" {
  name                  = "stream"
  protocol              = "HTTP"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  health_checks         = [var.health_check]

  # 30 by default. It counts from the request to the end of the answer, busy or not: a heartbeat does not help.
  timeout_sec = 3600

  # A stored stream is replayed to the next reader.
  enable_cdn = false

  backend {
    group = var.backend_group
  }
}

variable "health_check" {
  type = string
}

variable "backend_group" {
  type = string
}
