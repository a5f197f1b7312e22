/**
 * Headers that an application must copy from each request to the calls it makes for it. The mesh sees both, but
 * only the application knows that one belongs to the other.
 */
const passedOn = [
  'end-user',
  'user-agent',
  'x-request-id',
  'traceparent',
  'tracestate',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
];

/** The headers for a call made on behalf of `incoming`. */
export function passOn(incoming: Headers): Headers {
  const headers = new Headers({ accept: 'application/json' });
  for (const name of passedOn) {
    const value = incoming.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}
