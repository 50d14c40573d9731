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

FROM nginx:1.28-alpine
RUN apk add --no-cache openssl \
    && mkdir /edge /certificate \
    && chown nginx:nginx /edge /certificate
WORKDIR /edge
COPY --from=build /gatehouse/nginx.conf ./
COPY --from=build /gatehouse/examples/react-client/dist page
RUN ln -s /certificate/certificate.pem /certificate/key.pem ./
USER nginx
ENTRYPOINT []
CMD ["nginx", "-p", "/edge", "-c", "nginx.conf"]
