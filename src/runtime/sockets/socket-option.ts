import type { Socket } from 'node:net';

/** libc's `getsockopt`: fills `value`, and says in `length` (an int) how much. 0 = done. */
export type GetSocketOption = (
  socket: Socket,
  level: number,
  name: number,
  value: Uint8Array,
  length: Uint8Array,
) => number;

/** `getsockopt` by the foreign functions of the runtime we are on; undefined where there are none, or no libc of GNU. */
export async function loadGetSocketOption(): Promise<GetSocketOption | undefined> {
  try {
    const { Deno: deno } = globalThis as { readonly Deno?: DenoFunctions };
    if (deno !== undefined) return ofDeno(deno);
    return byDescriptor('Bun' in globalThis ? await ofBun() : await ofNode());
  } catch {
    return undefined;
  }
}

/** The same of a file descriptor. */
type OfDescriptor = (
  descriptor: number,
  level: number,
  name: number,
  value: Uint8Array,
  length: Uint8Array,
) => number;

/** What lies below a socket of `node:net`. */
interface Handle {
  /** On Node and Bun. */
  readonly fd?: number;
  /** On Deno: a copy, which is its taker's to close. */
  fdForIpc?(): number;
}

const LIBC = 'libc.so.6';
const INTEGERS = ['i32', 'i32', 'i32'] as const;
const NO_DESCRIPTOR = -1;

function handleOf(socket: Socket): Handle | null {
  return '_handle' in socket ? (socket._handle as Handle | null) : null;
}

function byDescriptor(ask: OfDescriptor): GetSocketOption {
  return (socket, level, name, value, length) => {
    const descriptor = handleOf(socket)?.fd ?? NO_DESCRIPTOR;
    return descriptor < 0 ? NO_DESCRIPTOR : ask(descriptor, level, name, value, length);
  };
}

interface DenoFunctions {
  dlopen(
    path: string,
    symbols: Record<'getsockopt' | 'close', { parameters: readonly string[]; result: 'i32' }>,
  ): { symbols: { getsockopt: OfDescriptor; close(descriptor: number): number } };
}

/** Needs `--allow-ffi`. */
function ofDeno(deno: DenoFunctions): GetSocketOption {
  const { getsockopt, close } = deno.dlopen(LIBC, {
    getsockopt: { parameters: [...INTEGERS, 'buffer', 'buffer'], result: 'i32' },
    close: { parameters: ['i32'], result: 'i32' },
  }).symbols;
  return (socket, level, name, value, length) => {
    const descriptor = handleOf(socket)?.fdForIpc?.() ?? NO_DESCRIPTOR;
    if (descriptor < 0) return NO_DESCRIPTOR;
    try {
      return getsockopt(descriptor, level, name, value, length);
    } finally {
      close(descriptor);
    }
  };
}

interface BunFunctions {
  dlopen(
    path: string,
    symbols: { getsockopt: { args: readonly string[]; returns: 'i32' } },
  ): { symbols: { getsockopt: OfDescriptor } };
}

async function ofBun(): Promise<OfDescriptor> {
  const name = 'bun:ffi';
  const ffi: BunFunctions = await import(name);
  const args = [...INTEGERS, 'ptr', 'ptr'];
  return ffi.dlopen(LIBC, { getsockopt: { args, returns: 'i32' } }).symbols.getsockopt;
}

/** Node 26 and later. */
async function ofNode(): Promise<OfDescriptor> {
  const ffi = await import('node:ffi');
  const { functions } = ffi.dlopen(LIBC, {
    getsockopt: { arguments: [...INTEGERS, 'pointer', 'pointer'], return: 'i32' },
  });
  return (descriptor, level, name, value, length) =>
    functions.getsockopt(descriptor, level, name, ffi.getRawPointer(value), ffi.getRawPointer(length));
}
