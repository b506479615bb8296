# The service's image: Node, the service with all that it needs in one file, and its page.
#   docker build --tag service-collector . && docker run --rm --publish 127.0.0.1:8080:8080 service-collector

# The tag moves with Node 24's releases on purpose: building again brings the security fixes of Node and Debian.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY nest-cli.json tsconfig.json tsconfig.build.json esbuild.config.js ./
COPY src ./src
COPY docs/*.md ./docs/
# A checkout under a strict umask has files that the image's user could not read.
RUN npm run build && chmod 644 package.json

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="service-collector" \
      org.opencontainers.image.description="Collects the outcomes of requests from services that cannot be scraped and exposes them to Prometheus" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/dist/service.js /app/dist/service.licenses.txt ./dist/
COPY --from=build /app/public ./public

# What STATE_DIR may name: a volume mounted here belongs to the service. npm and its like are of no use any more.
RUN install --directory --owner 65532 --group 65532 /var/lib/service-collector && \
    rm -rf /usr/local/lib/node_modules /opt/yarn-* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg

# A number, so that Kubernetes can tell that it is not root. The files stay root's: the service writes none.
USER 65532:65532
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "--eval", "require(process.env.TLS_CERT_FILE ? 'https' : 'http').get({ host: '127.0.0.1', port: process.env.PORT || 8080, path: '/-/healthy', rejectUnauthorized: false }, ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))"]
# Node itself, not npm or a shell, so that a stop signal reaches it.
ENTRYPOINT ["node", "--max-semi-space-size=2", "dist/service.js"]
