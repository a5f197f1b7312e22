/** Answers of control's operator API below /ca, as far as commands read them. Times are milliseconds since the epoch. */

export interface CertificateFacts {
  /** SHA-256 of the DER, hexadecimal. */
  readonly hash: string;
  readonly serial: string;
  readonly subject: string;
  readonly key: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface ShownDenial {
  readonly kind: 'id' | 'serial';
  readonly value: string;
  readonly reason: string;
  readonly when: number;
  readonly until?: number;
}

export interface AwaitedProxy {
  readonly proxy: string;
  readonly instance: string;
  readonly reason: string;
}

export type Phase = 'prepare' | 'distribute' | 'activate' | 'retire';

export interface RotationState {
  readonly phase: Exclude<Phase, 'retire'>;
  readonly startedAt: number;
  readonly since: number;
  readonly from: string;
  readonly to: string;
  readonly next: Exclude<Phase, 'prepare'>;
  readonly proxies: number;
  readonly awaited: readonly AwaitedProxy[];
  readonly skewed: readonly string[];
}

export interface CaStatus {
  readonly trustDomain: string;
  readonly keys: 'secret' | 'passphrase' | 'development' | 'plug-in';
  readonly roots: readonly CertificateFacts[];
  readonly rootInUse: string;
  readonly intermediates: readonly CertificateFacts[];
  readonly denied: readonly ShownDenial[];
  readonly issuing: {
    readonly inFlight: number;
    readonly waiting: number;
    readonly mostInFlight: number;
    readonly refused: number;
  };
  readonly rotation?: RotationState;
}

export interface ListedIssuance {
  readonly when: number;
  readonly who: string;
  readonly what: string;
  readonly serial: string;
  readonly notAfter: number;
  readonly denied: boolean;
}

/** Where the operator API of the authority is. */
export const caPath = '/v1/admin/ca';
