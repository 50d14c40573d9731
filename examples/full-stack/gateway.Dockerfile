# syntax=docker/dockerfile:1
FROM node:20-bookworm-slim AS build
WORKDIR /gatehouse
COPY package.json package-lock.json build.js tsconfig.json tsconfig.build.json ./
COPY src src
COPY plugins plugins
COPY routes routes
RUN npm ci --include=dev && npm prune --omit=dev --omit=optional --ignore-scripts

FROM node:20-bookworm-slim
WORKDIR /gatehouse
COPY --from=build /gatehouse/package.json ./
COPY --from=build /gatehouse/node_modules node_modules
COPY --from=build /gatehouse/dist dist
ENV NODE_ENV=production
USER node
CMD ["node", "dist/src/server.js"]
