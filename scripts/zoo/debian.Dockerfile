# An intermediary that nobody publishes an image of, from Debian's package. Laid out and started like the others.
FROM debian:13-slim
ARG PACKAGE
RUN apt-get update && apt-get install -y --no-install-recommends "$PACKAGE" && rm -rf /var/lib/apt/lists/*
ENV PATH=/usr/sbin:/usr/bin
