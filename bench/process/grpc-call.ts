import type { OutgoingHttpHeaders } from 'node:http2';
import { AUTHORITY, GRPC_PATH } from '../sidecar-snapshot.ts';

/** The head of a unary call. */
export const CALL_HEAD: OutgoingHttpHeaders = {
  ':method': 'POST',
  ':scheme': 'http',
  ':path': GRPC_PATH,
  ':authority': AUTHORITY,
  'content-type': 'application/grpc+proto',
  te: 'trailers',
  'user-agent': 'grpc-node-js/1.13.0',
  'grpc-timeout': '10S',
};

/** A message of 100 bytes behind its length (gRPC over HTTP/2, Length-Prefixed-Message). */
export const MESSAGE: Buffer = Buffer.concat([Buffer.from([0, 0, 0, 0, 100]), Buffer.alloc(100, 0x61)]);
