/** Whether a Content-Type is gRPC's (`application/grpc`, `application/grpc+proto`; not gRPC-Web). */
export function isGrpc(contentType: string | undefined): boolean {
  if (contentType === undefined || !contentType.toLowerCase().startsWith(GRPC)) return false;
  const next = contentType[GRPC.length];
  return next === undefined || next === '+' || next === ';';
}

/** The status of gRPC that a local HTTP status means, as Envoy maps them. */
export function grpcStatus(status: number): number {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}

/** The HTTP status that a `grpc-status` stands for; 200 for 0, 500 for what is no status. */
export function httpStatusOfGrpc(status: string): number {
  return HTTP_STATUSES.get(status) ?? 500;
}

/** `grpc-message`: printable ASCII as it is, everything else percent-encoded UTF-8. */
export function grpcMessage(text: string): string {
  let message = '';
  for (const octet of new TextEncoder().encode(text)) {
    const plain = octet >= 0x20 && octet <= 0x7e && octet !== PERCENT;
    message += plain ? String.fromCharCode(octet) : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return message;
}

/** `grpc-timeout` in ms, rounded up (at most 8 digits and a unit); undefined when absent or malformed. */
export function grpcTimeout(value: string | undefined): number | undefined {
  if (value === undefined || !/^\d{1,8}[HMSmun]$/.test(value)) return undefined;
  const unit = MILLISECONDS.get(value.slice(-1)) ?? 1;
  return Math.ceil(Number(value.slice(0, -1)) * unit);
}

const GRPC = 'application/grpc';
const PERCENT = 0x25;
const HTTP_STATUSES: ReadonlyMap<string, number> = new Map([
  ['0', 200],
  ['1', 499],
  ['3', 400],
  ['4', 504],
  ['5', 404],
  ['6', 409],
  ['7', 403],
  ['8', 429],
  ['9', 400],
  ['10', 409],
  ['11', 400],
  ['12', 501],
  ['14', 503],
  ['16', 401],
]);
const MILLISECONDS: ReadonlyMap<string, number> = new Map([
  ['H', 3_600_000],
  ['M', 60_000],
  ['S', 1000],
  ['m', 1],
  ['u', 1e-3],
  ['n', 1e-6],
]);
