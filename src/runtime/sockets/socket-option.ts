import type { Socket } from 'node:net';

/** libc's `getsockopt`: fills `value`, and says in `length` (an int) how much. 0 = done. */
export type GetSocketOption = (
  descriptor: number,
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
    return 'Bun' in globalThis ? await ofBun() : await ofNode();
  } catch {
    return undefined;
  }
}

/** The descriptor of a socket below `node:net`, or undefined when the runtime does not tell. */
export function descriptorOf(socket: Socket): number | undefined {
  const handle = '_handle' in socket ? (socket._handle as Handle | null) : null;
  const descriptor = handle?.fd ?? handle?.fdForIpc?.();
  return descriptor !== undefined && descriptor >= 0 ? descriptor : undefined;
}

interface Handle {
  /** On Node and Bun. */
  readonly fd?: number;
  /** On Deno. */
  fdForIpc?(): number;
}

const LIBC = 'libc.so.6';
const INTEGERS = ['i32', 'i32', 'i32'] as const;

interface DenoFunctions {
  dlopen(
    path: string,
    symbols: { getsockopt: { parameters: readonly string[]; result: 'i32' } },
  ): { symbols: { getsockopt: GetSocketOption } };
}

/** Needs `--allow-ffi`. */
function ofDeno(deno: DenoFunctions): GetSocketOption {
  const parameters = [...INTEGERS, 'buffer', 'buffer'];
  return deno.dlopen(LIBC, { getsockopt: { parameters, result: 'i32' } }).symbols.getsockopt;
}

interface BunFunctions {
  dlopen(
    path: string,
    symbols: { getsockopt: { args: readonly string[]; returns: 'i32' } },
  ): { symbols: { getsockopt: GetSocketOption } };
}

async function ofBun(): Promise<GetSocketOption> {
  const name = 'bun:ffi';
  const ffi: BunFunctions = await import(name);
  const args = [...INTEGERS, 'ptr', 'ptr'];
  return ffi.dlopen(LIBC, { getsockopt: { args, returns: 'i32' } }).symbols.getsockopt;
}

/** Node 26 and later. */
async function ofNode(): Promise<GetSocketOption> {
  const ffi = await import('node:ffi');
  const { functions } = ffi.dlopen(LIBC, {
    getsockopt: { arguments: [...INTEGERS, 'pointer', 'pointer'], return: 'i32' },
  });
  return (descriptor, level, name, value, length) =>
    functions.getsockopt(descriptor, level, name, ffi.getRawPointer(value), ffi.getRawPointer(length));
}
