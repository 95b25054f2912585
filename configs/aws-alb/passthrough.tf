# Documented, not reproduced: a load balancer that lets a stream be quiet for an hour.

resource "aws_lb" "stream" {
  name               = "stream"
  load_balancer_type = "application"
  subnets            = var.subnet_ids
  security_groups    = var.security_group_ids

  # 60 by default: a stream without a byte for a minute is closed. 4000 at most.
  idle_timeout = 3600
}

resource "aws_lb_target_group" "stream" {
  name     = "stream"
  port     = 8000
  protocol = "HTTP"
  vpc_id   = var.vpc_id

  # Open streams are cut when a target leaves: give clients this many seconds to come back by themselves.
  deregistration_delay = 30
}

variable "subnet_ids" {
  type = list(string)
}

variable "security_group_ids" {
  type = list(string)
}

variable "vpc_id" {
  type = string
}
