/** Fields that end at a proxy (RFC 9110 §7.6.1). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** The fields of a request without those of its hop, with a request id. */
export function forwardedFields<Value>(
  fields: Readonly<Record<string, Value>>,
): Record<string, Value | string> {
  const forwarded: Record<string, Value | string> = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined && !HOP_BY_HOP.has(name)) forwarded[name] = value;
  }
  forwarded['x-request-id'] ??= crypto.randomUUID();
  return forwarded;
}
