/** Types of records (RFC 1035 §3.2.2, RFC 3596). */
export const TYPE_A = 1;
export const TYPE_AAAA = 28;
/** EDNS (RFC 6891 §6.1.2). */
export const TYPE_OPT = 41;
export const CLASS_IN = 1;

/** Response codes (RFC 1035 §4.1.1). */
export const NO_ERROR = 0;
export const FORMAT_ERROR = 1;
export const SERVER_FAILURE = 2;
export const NOT_IMPLEMENTED = 4;

export const HEADER_BYTES = 12;
/** What every client takes over UDP (RFC 1035 §4.2.1). */
export const PLAIN_UDP_BYTES = 512;

/** One question of a client. */
export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** Lower-case, without the last dot; empty for the root. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
  /** Where the question ends in the message. */
  readonly questionEnd: number;
  /** Bytes that the client takes over UDP; undefined where it does not speak EDNS. */
  readonly udpBytes: number | undefined;
}
