# One image for every ROLE. Built with Docker, Podman or Buildah; `docker buildx build --platform
# linux/amd64,linux/arm64 --sbom=true --provenance=true .` for a release.

# Pin both by digest in your build (`--build-arg BUILD_IMAGE=node:24.21.0-bookworm-slim@sha256:…`): a digest is
# only worth something to who looked it up. What stands here is at least one exact version.
# BUILD_IMAGE has Node and npm; RUNTIME_IMAGE needs libc and libstdc++ and nothing else: no shell, no npm.
ARG BUILD_IMAGE=docker.io/library/node:24.21.0-bookworm-slim
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

# The page needs the build tools, the server does not.
FROM packages AS page
# No install scripts: the one that is wanted would fetch a Node that is there already.
RUN npm ci --ignore-scripts
COPY tsconfig.json ./
COPY src/protocol src/protocol
COPY web web
RUN node node_modules/vite/bin/vite.js build --config web/vite.config.ts

FROM packages AS server
RUN npm ci --ignore-scripts --omit=dev --omit=optional \
  && mkdir /out /out/usr /out/usr/local /out/usr/local/bin /out/app \
  && cp "$(node -p process.execPath)" /out/usr/local/bin/node \
  && mv node_modules /out/app/
# What only compilers and debuggers read, and the vocabularies of tokenizers that the server never asks
# (LangChain imports js-tiktoken/lite, which has none): more than half of it.
RUN find /out/app/node_modules -type f \
    \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' \) -delete \
  && rm -r /out/app/node_modules/js-tiktoken/dist/ranks \
  && find /out/app/node_modules/js-tiktoken/dist -name 'index*' -delete
COPY package.json LICENSE /out/app/
COPY src /out/app/src
# Tests and their fakes are no part of a server.
RUN find /out/app/src \( -name '*.test.ts' -o -name '*.contract.ts' \) -delete
COPY --from=page /app/dist/web /out/app/dist/web

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="chatbot" \
  org.opencontainers.image.description="A multi-user, multi-conversation web chatbot whose answers outlive tabs, networks and pods." \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.version="${VERSION}" \
  org.opencontainers.image.revision="${REVISION}" \
  org.opencontainers.image.created="${CREATED}"
COPY --from=server /out/ /
WORKDIR /app
ENV NODE_ENV=production \
  HOST=0.0.0.0 \
  PATH=/usr/local/bin:/usr/bin:/bin
# By number, so that Kubernetes sees that it is not root. It writes nothing: the root may be read-only.
USER 65532:65532
EXPOSE 8000 9090
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/node", "src/main.ts"]
