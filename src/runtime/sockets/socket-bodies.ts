import type { BodyPort } from '../../proxy/forward/body-port.ts';
import type { BodySink, BodySource } from './body.ts';
import { BytesBody } from './bytes-body.ts';
import { CopiedBody } from './copied-body.ts';
import { peekBody } from './peeked-body.ts';
import { RecordedBody } from './recorded-body.ts';

/** What the core may do with bodies of this platform. */
export const SOCKET_BODIES: Required<BodyPort<BodySource>> = {
  cancel: (body) => body.cancel(),
  watch: (body, onEnd) => body.watch(onEnd),
  received: (body) => body.received ?? 0,
  trailers: (body) => body.trailers,
  untouched: (body) => !body.started,
  record: (body, limit) => (body.upgrade === undefined ? new RecordedBody(body, limit) : undefined),
  copy: (body, limit, onCopy) =>
    body.upgrade === undefined ? new CopiedBody(body, limit, onCopy) : undefined,
  peek: async (body, limit) =>
    body.upgrade === undefined ? peekBody(body, limit) : { bytes: new Uint8Array(0), whole: true, body },
  of: (bytes) => new BytesBody(bytes),
  drain: (body, onEnd) => {
    body.watch(onEnd);
    body.start(UNREAD);
  },
};

/** Takes everything and keeps nothing. */
const UNREAD: BodySink = { write: () => true, end: () => undefined, fail: () => undefined };
