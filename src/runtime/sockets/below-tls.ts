import type { Socket } from 'node:net';
import { carrierOf } from './carrier.ts';
import { giveBackBuffer } from './read-memory.ts';

/** The reading side of a TCP connection that carries TLS, as Deno has it. */
interface Handle {
  /** Decrypts what was read before it returns; given no memory at the end. */
  onread?: ((memory: unknown) => void) | undefined;
  readStart?(): void;
  readStop?(): void;
}

/**
 * Deno reads below TLS into memory of its own each time, up to 64 KiB, that V8 is in no hurry to collect: a long body
 * fills a hundred megabytes. From here on it is given back once it is decrypted. Nothing happens on other runtimes.
 */
export function giveBackBelowTls(secure: Socket): void {
  const carrier = carrierOf(secure);
  if (!('Deno' in globalThis) || carrier === secure || !('_handle' in carrier)) return;
  const handle = carrier._handle as Handle | null;
  const decrypt = handle?.onread;
  if (typeof decrypt !== 'function' || handle?.readStop === undefined) return;
  handle.onread = (memory) => {
    decrypt.call(handle, memory);
    if (memory instanceof ArrayBuffer) giveBackBuffer(memory);
  };
  // Only at its start does it look who is to be called.
  handle.readStop();
  handle.readStart?.();
}
