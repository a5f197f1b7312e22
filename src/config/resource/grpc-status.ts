/** A status of gRPC, and what Envoy answers for it to a client that speaks no gRPC. */
export interface GrpcStatus {
  readonly number: number;
  readonly httpStatus: number;
}

/** The names that `fault.abort.grpcStatus` takes. */
export const GRPC_STATUSES: ReadonlyMap<string, GrpcStatus> = new Map([
  ['OK', { number: 0, httpStatus: 200 }],
  ['CANCELLED', { number: 1, httpStatus: 499 }],
  ['UNKNOWN', { number: 2, httpStatus: 500 }],
  ['INVALID_ARGUMENT', { number: 3, httpStatus: 400 }],
  ['DEADLINE_EXCEEDED', { number: 4, httpStatus: 504 }],
  ['NOT_FOUND', { number: 5, httpStatus: 404 }],
  ['ALREADY_EXISTS', { number: 6, httpStatus: 409 }],
  ['PERMISSION_DENIED', { number: 7, httpStatus: 403 }],
  ['RESOURCE_EXHAUSTED', { number: 8, httpStatus: 429 }],
  ['FAILED_PRECONDITION', { number: 9, httpStatus: 400 }],
  ['ABORTED', { number: 10, httpStatus: 409 }],
  ['OUT_OF_RANGE', { number: 11, httpStatus: 400 }],
  ['UNIMPLEMENTED', { number: 12, httpStatus: 501 }],
  ['INTERNAL', { number: 13, httpStatus: 500 }],
  ['UNAVAILABLE', { number: 14, httpStatus: 503 }],
  ['DATA_LOSS', { number: 15, httpStatus: 500 }],
  ['UNAUTHENTICATED', { number: 16, httpStatus: 401 }],
]);
