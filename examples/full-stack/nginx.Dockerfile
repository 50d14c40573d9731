# syntax=docker/dockerfile:1
# The page, and examples/nginx/nginx.conf with the names and ports that it has among containers.
FROM node:20-bookworm-slim AS build
WORKDIR /gatehouse
COPY package.json ./
COPY examples/nginx/nginx.conf examples/nginx/
COPY examples/full-stack/print-nginx-conf.js examples/full-stack/
COPY examples/full-stack/parts/nginx-conf.js examples/full-stack/parts/
RUN node examples/full-stack/print-nginx-conf.js 8080 8443 gateway:8000 > nginx.conf
WORKDIR /gatehouse/examples/react-client
COPY examples/react-client/package.json examples/react-client/package-lock.json examples/react-client/.npmrc ./
RUN npm ci
COPY examples/react-client ./
ARG VITE_STOMP_URL
RUN npm run build

# The nginx that nginx.conf is written for and tested with. From 1.25.1 on, its `listen … http2` is warned of.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends nginx openssl \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /edge
COPY --from=build /gatehouse/nginx.conf ./
COPY --from=build /gatehouse/examples/react-client/dist page
COPY examples/full-stack/nginx-entrypoint.sh ./
RUN mkdir certificate \
    && ln -s certificate/certificate.pem certificate/key.pem ./ \
    && chown www-data . certificate
USER www-data
ENTRYPOINT ["sh", "nginx-entrypoint.sh"]
CMD ["nginx", "-e", "stderr", "-p", "/edge", "-c", "nginx.conf"]
