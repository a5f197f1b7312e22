import type { BodyPort } from '../../proxy/forward/body-port.ts';
import type { FetchBody } from './fetch-exchange.ts';
import { readAhead } from './read-ahead.ts';

/** What the core may do with bodies of this platform: nothing is sent twice, because that would mean to tee it. */
export const FETCH_BODIES: BodyPort<FetchBody> = {
  cancel: (body) => void body.cancel().catch(() => undefined),
  drain: (body, onEnd) => void body.pipeTo(new WritableStream()).then(onEnd, onEnd),
  copy: copiedBody,
  peek: (body, limit, signal) => readAhead(body, { limit, signal }),
  of: (bytes) => bodyOf([bytes]),
};

/** Keeps what passes through, up to the limit, and no more than one chunk ahead of its reader. */
function copiedBody(
  body: FetchBody,
  limit: number,
  onCopy: (make: (() => FetchBody) | undefined) => void,
): FetchBody {
  let chunks: Uint8Array[] | undefined = [];
  let length = 0;
  const tell = (make: (() => FetchBody) | undefined) => {
    if (chunks === undefined) return;
    chunks = undefined;
    onCopy(make);
  };
  const reader = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        tell(undefined);
        throw error;
      });
      if (done) {
        const kept = chunks ?? [];
        controller.close();
        tell(() => bodyOf(kept));
        return;
      }
      length += value.length;
      if (length > limit) tell(undefined);
      // A reader may transfer what it gets, and the copy must not go with it.
      chunks?.push(value.slice());
      controller.enqueue(value);
    },
    cancel(reason) {
      tell(undefined);
      return reader.cancel(reason);
    },
  });
}

function bodyOf(chunks: readonly Uint8Array[]): FetchBody {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}
