import type { Framing } from '../../http/framing.ts';
import type { HeaderList } from '../../http/header-list.ts';

/** A body in flight on sockets: chunks are pushed, back-pressure is told by return values, no promise per chunk. */
export interface BodySource {
  readonly framing: Framing;
  /** What a client sends after an upgrade: the protocol to ask the upstream for, lower-case. */
  readonly upgrade?: string | undefined;
  /** Whether somebody began to read it. */
  readonly started: boolean;
  /** Bytes of content that arrived so far; absent where nobody counts them. */
  readonly received?: number;
  /** Those that ended it; undefined before its end. */
  readonly trailers?: HeaderList | undefined;
  /** Begins to push into `sink`, what is here already before it returns. At most once. */
  start(sink: BodySink): void;
  /** Goes on after `sink.write` returned false. */
  resume(): void;
  /** Nobody wants the rest. Nothing is pushed any more. */
  cancel(): void;
  /** Calls back once at the end: true when the body arrived whole. */
  watch(onEnd: (complete: boolean) => void): void;
}

/** Where a body goes. Exactly one of `end` and `fail` is the last call. */
export interface BodySink {
  /**
   * False asks the source to pause until its `resume`. The chunk may be kept, or written to a socket; to do both takes
   * a copy.
   */
  write(chunk: Uint8Array): boolean;
  end(trailers?: HeaderList): void;
  /** The body broke off and must never look complete. */
  fail(error: Error): void;
}
