import type { BodyPort } from '../../proxy/forward/body-port.ts';
import type { BodySink, BodySource } from './body.ts';
import { CopiedBody } from './copied-body.ts';
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
  drain: (body, onEnd) => {
    body.watch(onEnd);
    body.start(UNREAD);
  },
};

/** Takes everything and keeps nothing. */
const UNREAD: BodySink = { write: () => true, end: () => undefined, fail: () => undefined };
