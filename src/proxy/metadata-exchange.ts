import type { HeaderList } from '../http/header-list.ts';
import type { CanonicalRequest } from '../http/message.ts';
import type { Cluster } from '../snapshot/cluster.ts';
import type { Connection } from './decide/connection.ts';
import { PEER_HEADER, type PeerMetadata, parsePeerMetadata, speaksFor } from './peer-metadata.ts';

/** Texts whose reading is remembered: a peer says the same with every request. */
const MAX_REMEMBERED = 1024;

/** Tells mesh peers of this workload and reads what they tell; believes nobody else. */
export class MetadataExchange {
  /** What is said of this workload; undefined says nothing. */
  readonly self: string | undefined;
  readonly #read = new Map<string, PeerMetadata | undefined>();

  constructor(self: string | undefined) {
    this.self = self;
  }

  /** What the client of an inbound request says; only a verified peer, and only of its own namespace. */
  ofClient(headers: HeaderList, { direction, security, peer }: Connection): PeerMetadata | undefined {
    if (direction !== 'inbound' || security === 'none' || peer === undefined) return undefined;
    const metadata = this.#parse(headers.get(PEER_HEADER));
    return metadata !== undefined && speaksFor(peer.id, metadata) ? metadata : undefined;
  }

  /** What the server of a mesh attempt says; only of a namespace that the cluster expects. */
  ofServer(headers: HeaderList, { tls }: Cluster): PeerMetadata | undefined {
    const metadata = tls.mode === 'mesh' ? this.#parse(headers.get(PEER_HEADER)) : undefined;
    if (tls.mode !== 'mesh' || metadata === undefined) return undefined;
    const place = `/ns/${metadata.namespace}/sa/`;
    return tls.sans.some((san) => san.includes(place)) ? metadata : undefined;
  }

  /** The request as a mesh peer gets it, or as everybody else does. */
  toServer(request: CanonicalRequest, mesh: boolean): CanonicalRequest {
    const telling = mesh && this.self !== undefined;
    if (!telling && !request.headers.has(PEER_HEADER)) return request;
    const headers = request.headers.copy();
    headers.delete(PEER_HEADER);
    if (mesh && this.self !== undefined) headers.append(PEER_HEADER, this.self);
    return { ...request, headers };
  }

  /** Answers a verified client that told of itself; `headers` are those of the response, and are changed. */
  toClient(headers: HeaderList, asked: HeaderList, { direction, peer }: Connection): void {
    if (direction !== 'inbound' || peer === undefined || this.self === undefined) return;
    if (asked.has(PEER_HEADER)) headers.set(PEER_HEADER, this.self);
  }

  #parse(text: string | undefined): PeerMetadata | undefined {
    if (text === undefined) return undefined;
    const known = this.#read.get(text);
    if (known !== undefined || this.#read.has(text)) return known;
    const metadata = parsePeerMetadata(text);
    if (this.#read.size >= MAX_REMEMBERED) this.#read.clear();
    this.#read.set(text, metadata);
    return metadata;
  }
}
