import { nginxConf } from './parts/nginx-conf.js'

/**
 * Prints examples/nginx/nginx.conf for other addresses:
 *   node examples/full-stack/print-nginx-conf.js HTTP_PORT HTTPS_PORT GATEWAY
 * It listens on all interfaces then, as in a container, and GATEWAY is `host:port`.
 */
const [http, https, upstream] = process.argv.slice(2)
process.stdout.write(nginxConf({ http, https, publicPort: https, upstream }))
