import type { EdgeAddress, Endpoint, EndpointRecord } from './endpoint.ts';
import { signJws, verifyJws } from './jws.ts';
import { limit } from './limit.ts';
import { check, flag, integer, list, oneOf, optional, pair, record, type Shape, text } from './shape.ts';
import type { SigningKey, VerifyingKey } from './signing-key.ts';
import { SnapshotError } from './snapshot-error.ts';

const TYPE = 'weft-endpoints+json';

/** The record as a compact JWS, to be stored under `endpointsKey(record.service)`. Throws E_FORMAT, E_SIZE. */
export async function signEndpointRecord(
  endpoints: EndpointRecord,
  key: SigningKey,
): Promise<Uint8Array<ArrayBuffer>> {
  check(recordShape, endpoints, 'endpoint record');
  const bytes = await signJws(endpoints, TYPE, key);
  if (bytes.length > limit.endpointRecord) throw new SnapshotError('E_SIZE', `${bytes.length} bytes`);
  return bytes;
}

/** Throws E_SIZE, E_SIG, E_FORMAT. Whether the sequence is new is the caller's question. */
export async function verifyEndpointRecord(
  bytes: Uint8Array<ArrayBuffer>,
  keys: readonly VerifyingKey[],
  expected: { readonly service: string },
): Promise<EndpointRecord> {
  const value = await verifyJws(bytes, TYPE, keys, limit.endpointRecord);
  const endpoints = check(recordShape, value, 'endpoint record');
  if (endpoints.service !== expected.service) {
    throw new SnapshotError('E_FORMAT', `endpoint record of ${JSON.stringify(endpoints.service)}`);
  }
  return endpoints;
}

const port = integer(1, 65535);

const endpoint: Shape<Endpoint> = record<Endpoint>({
  instance: text(),
  address: text(),
  ports: list(pair(port, port), 1000),
  workload: text(),
  namespace: text(),
  labels: list(pair(text(), text()), 1000),
  mesh: flag,
  plaintextPorts: optional(list(port, 1000)),
  weight: integer(0, 0xffff_ffff),
  edge: optional(record<EdgeAddress>({ host: text(), port })),
});

const recordShape: Shape<EndpointRecord> = record<EndpointRecord>({
  format: oneOf(1),
  service: text(),
  sequence: integer(1),
  endpoints: list(endpoint),
});
