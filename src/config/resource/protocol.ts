import * as z from 'zod';

const PROTOCOL =
  /^(?:|HTTP|HTTPS|HTTP2|HTTP_PROXY|GRPC|GRPC-WEB|MONGO|REDIS|MYSQL|TCP|TLS|UDP|HBONE|DOUBLEHBONE)$/i;

/** The protocol of a port, in any case; empty leaves it to the proxy. */
export const protocol = z
  .string()
  .max(256)
  .refine(
    (name) => PROTOCOL.test(name),
    'unsupported protocol: write HTTP, HTTPS, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP, TLS or UDP',
  );
