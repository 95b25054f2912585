# One image for every command:
#   docker run --rm unclog probe https://example.com/stream
#   docker run --rm -p 8080:8080 unclog gateway --upstream http://backend:8000
#
# Any image with Node >= 20.19 and npm will do; CI, which reaches no image registry, passes one of its own
# (scripts/base-images.sh).
ARG NODE_IMAGE=node:24-alpine

# The manifest alone, so that what is installed comes from the layer cache until a dependency changes.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY scripts/build-pages.js ./scripts/
RUN npm run build && rm dist/.tsbuildinfo

FROM ${NODE_IMAGE}
WORKDIR /app
ENV NODE_ENV=production \
    # Inside a container the loopback address would reach nobody. Flags beat these.
    UNCLOG_ORIGIN_LISTEN=0.0.0.0:8000 \
    UNCLOG_GATEWAY_LISTEN=0.0.0.0:8080
COPY package.json LICENSE ./
COPY --from=dependencies /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY bin ./bin
COPY nginx ./nginx
COPY scripts/container-health.js ./scripts/
# By number, so that Kubernetes' runAsNonRoot can tell that it is not root.
USER 1000:1000
EXPOSE 8000 8080
# The gateway drains. `docker stop` has to wait for as long as that takes: docs/deploy/README.md.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["node", "/app/scripts/container-health.js"]
ENTRYPOINT ["node", "/app/bin/unclog.js"]
CMD ["--help"]
