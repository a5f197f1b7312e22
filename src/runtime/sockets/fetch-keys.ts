import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { BodyReader } from '../../http/body-reader.ts';
import { DEFAULT_LIMITS } from '../../http/limits.ts';
import { type ReadResponseHead, readResponseHead } from '../../http/read-response-head.ts';
import { type AllowedHosts, keyAddressProblem, wantsPublicAnswers } from '../../identity/jwt/key-address.ts';
import { MAX_KEY_SET } from '../../identity/jwt/key-set.ts';
import { isPublicAddress } from '../../identity/jwt/public-address.ts';
import type { FetchDocument } from '../../identity/jwt/remote-keys.ts';
import { SYSTEM_ADDRESSES } from './name-lookup.ts';

/** Finds the addresses of a name. */
export type Resolve = (name: string) => Promise<readonly string[]>;

/** Where keys may come from besides public hosts, and how names are looked up. */
export interface FetchKeysOptions {
  readonly allowed: AllowedHosts;
  readonly resolve?: Resolve;
  /** PEM of further authorities that servers of keys may be certified by. */
  readonly ca?: string | undefined;
}

/**
 * Fetches documents of keys over sockets: the addresses that DNS gives are judged, and the one that was judged is
 * dialled, so that no second answer can lead elsewhere. No redirects; at most 64 KiB.
 */
export function fetchKeys({ allowed, resolve = resolveName, ca }: FetchKeysOptions): FetchDocument {
  return async (uri, timeoutMs) => {
    const problem = keyAddressProblem(uri, allowed);
    if (problem !== undefined) throw new Error(`${uri} ${problem}`);
    const url = new URL(uri);
    const deadline = AbortSignal.timeout(timeoutMs);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const addresses = isIP(host) > 0 ? [host] : await before(deadline, resolve(host));
    const wanted = wantsPublicAnswers(uri, allowed) ? addresses.filter(isPublicAddress) : addresses;
    const [address] = wanted;
    if (address === undefined || wanted.length < addresses.length)
      throw new Error(`${host} has an address that is not public`);
    return get(url, address, deadline, ca);
  };
}

const resolveName: Resolve = (name) => SYSTEM_ADDRESSES.resolve(name);

function before<T>(deadline: AbortSignal, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => {
    deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
  });
  return Promise.race([work, late]);
}

/** One request on a connection of its own. */
function get(url: URL, address: string, deadline: AbortSignal, ca: string | undefined): Promise<string> {
  const socket = open(url, address, ca);
  const answer = new Promise<string>((resolve, reject) => {
    const response = new KeyResponse();
    socket.on('data', (bytes: Uint8Array) => {
      try {
        if (response.read(bytes)) resolve(response.text());
      } catch (error) {
        reject(error);
      }
    });
    socket.on('error', reject);
    socket.on('close', () => {
      try {
        resolve(response.end());
      } catch (error) {
        reject(error);
      }
    });
    deadline.addEventListener('abort', () => reject(deadline.reason), { once: true });
    const head = `GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\naccept: application/json\r\nconnection: close\r\n\r\n`;
    socket.write(head);
  });
  return answer.finally(() => socket.destroy());
}

function open({ protocol, port, hostname }: URL, address: string, ca: string | undefined): Socket {
  const at = { host: address, port: Number(port || (protocol === 'https:' ? 443 : 80)) };
  if (protocol === 'http:') return connectTcp(at);
  const name = isIP(hostname) > 0 || hostname.startsWith('[') ? {} : { servername: hostname };
  return connectTls({ ...at, ...name, ALPNProtocols: ['http/1.1'], ...(ca !== undefined && { ca }) });
}

/** A response of 200 as it comes in, through the strict codec. */
class KeyResponse {
  #unread: Uint8Array = new Uint8Array();
  #head: ReadResponseHead | undefined;
  #body: BodyReader | undefined;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** Whether the response is complete. Throws what is wrong with it. */
  read(bytes: Uint8Array): boolean {
    let rest = bytes;
    if (this.#head === undefined) {
      this.#unread = Buffer.concat([this.#unread, bytes]);
      this.#head = this.#readHead();
      if (this.#head === undefined) return false;
      rest = this.#unread.subarray(this.#head.length);
      this.#body = new BodyReader(this.#head.framing);
    }
    this.#body?.read(rest, (data) => this.#keep(data));
    return this.#body?.done ?? false;
  }

  /** The connection ended: what came, if it is whole. */
  end(): string {
    if (this.#body === undefined) throw new Error('the connection was closed before an answer');
    this.#body.end();
    return this.text();
  }

  text(): string {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(this.#chunks));
  }

  #readHead(): ReadResponseHead | undefined {
    const read = readResponseHead(this.#unread, 'GET', DEFAULT_LIMITS);
    if (read.kind === 'refusal') throw new Error(`malformed answer: ${read.reason}`);
    if (read.kind === 'more') return undefined;
    if (read.status !== 200) throw new Error(`answered ${read.status}`);
    return read;
  }

  #keep(data: Uint8Array): void {
    this.#length += data.length;
    if (this.#length > MAX_KEY_SET) throw new Error(`more than ${MAX_KEY_SET} bytes`);
    this.#chunks.push(data.slice());
  }
}
