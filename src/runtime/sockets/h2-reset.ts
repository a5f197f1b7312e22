import { constants, type Http2Stream } from 'node:http2';

/**
 * Ends a stream with RST_STREAM. `sent` tells that our side of it is complete; one that is not must never look so:
 * there `close` may say END_STREAM first (Bun, and Node without trailers), only an error does not.
 */
export function resetStream(
  stream: Http2Stream,
  sent: boolean,
  code: number = constants.NGHTTP2_CANCEL,
): void {
  if (stream.destroyed) return;
  if (sent) stream.close(code);
  else stream.destroy(new Error('the stream was given up'));
}
