import type { BodyPort } from '../../proxy/forward/body-port.ts';
import type { BodySource } from './body.ts';
import { RecordedBody } from './recorded-body.ts';

/** What the core may do with bodies of this platform. */
export const SOCKET_BODIES: Required<BodyPort<BodySource>> = {
  cancel: (body) => body.cancel(),
  watch: (body, onEnd) => body.watch(onEnd),
  untouched: (body) => !body.started,
  record: (body, limit) => (body.upgrade === undefined ? new RecordedBody(body, limit) : undefined),
};
