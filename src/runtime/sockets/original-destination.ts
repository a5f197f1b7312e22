import type { Socket } from 'node:net';
import type { OriginalDestination } from '../../proxy/decide/connection.ts';
import { canonicalAddress } from './socket-address.ts';
import { type GetSocketOption, loadGetSocketOption } from './socket-option.ts';

/** Tells where a connection was going; undefined when nothing redirected it, or it was going to this port. */
export type TellOriginalDestination = (socket: Socket) => OriginalDestination | undefined;

/** SO_ORIGINAL_DST of Linux, for IPv4 and IPv6; undefined where the runtime cannot ask for it. */
export async function originalDestinations(
  load: () => Promise<GetSocketOption | undefined> = loadGetSocketOption,
): Promise<TellOriginalDestination | undefined> {
  const getOption = await load();
  if (getOption === undefined) return undefined;
  return (socket) => {
    const found = ask(getOption, socket, isIPv4(socket) ? IPV4 : IPV6);
    return found && found.port !== socket.localPort ? found : undefined;
  };
}

const SO_ORIGINAL_DST = 80;
/** struct sockaddr_in6; sockaddr_in is shorter. */
const LONGEST = 28;

/** The level to ask at, and where an address stands in the answer. */
interface Family {
  readonly level: number;
  read(value: Uint8Array): string;
}

/** SOL_IP and struct sockaddr_in. */
const IPV4: Family = { level: 0, read: (value) => [...value.subarray(4, 8)].join('.') };
/** SOL_IPV6 and struct sockaddr_in6. */
const IPV6: Family = { level: 41, read: (value) => ipv6Text(value.subarray(8, 24)) };

function ask(
  getOption: GetSocketOption,
  socket: Socket,
  { level, read }: Family,
): OriginalDestination | undefined {
  const value = new Uint8Array(LONGEST);
  const length = new Uint8Array(new Uint32Array([LONGEST]).buffer);
  if (getOption(socket, level, SO_ORIGINAL_DST, value, length) !== 0) return undefined;
  return { address: read(value), port: new DataView(value.buffer).getUint16(2) };
}

function isIPv4({ localAddress = '' }: Socket): boolean {
  return !localAddress.includes(':') || localAddress.startsWith(MAPPED);
}

const MAPPED = '::ffff:';

function ipv6Text(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16);
  const groups = Array.from({ length: 8 }, (_, at) => view.getUint16(at * 2).toString(16));
  return canonicalAddress(groups.join(':'));
}
