import type { BodyPort, Peeked } from '../../proxy/forward/body-port.ts';
import type { FetchBody } from './fetch-exchange.ts';

/** What the core may do with bodies of this platform: nothing is sent twice, because that would mean to tee it. */
export const FETCH_BODIES: BodyPort<FetchBody> & Required<Pick<BodyPort<FetchBody>, 'peek'>> = {
  cancel: (body) => void body.cancel().catch(() => undefined),
  drain: (body, onEnd) => void body.pipeTo(new WritableStream()).then(onEnd, onEnd),
  copy: copiedBody,
  peek: peekedBody,
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

/** Reads ahead; what was read comes first when the body is read. */
async function peekedBody(body: FetchBody, limit: number): Promise<Peeked<FetchBody>> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  let ended = false;
  let failure: unknown;
  while (!ended && failure === undefined && length <= limit) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      failure = error ?? new Error('the body broke off');
      return { done: false, value: undefined };
    });
    ended = done;
    if (value === undefined) continue;
    chunks.push(value.slice());
    length += value.length;
  }
  const bytes = joined(chunks, length).subarray(0, limit);
  const rest = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const kept = chunks.shift();
      if (kept !== undefined) return controller.enqueue(kept);
      if (failure !== undefined) throw failure;
      const { done, value } = ended ? { done: true, value: undefined } : await reader.read();
      if (done) controller.close();
      else if (value !== undefined) controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return { bytes, whole: ended && length <= limit, body: rest };
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function bodyOf(chunks: readonly Uint8Array[]): FetchBody {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}
