/** One instance of a workload, as the registry announces it. */
export interface Endpoint {
  /** Unique per running instance. */
  readonly instance: string;
  readonly address: string;
  /** `[service port, port to dial]`. */
  readonly ports: readonly (readonly [number, number])[];
  readonly workload: string;
  readonly namespace: string;
  readonly labels: readonly (readonly [string, string])[];
  /** Whether a sidecar answers there with mesh TLS. */
  readonly mesh: boolean;
  /**
   * Service ports that a plaintext connection to the sidecar stands for: those of its first listener, because
   * nothing on the wire names another. Absent = none. Without a sidecar every port is its own and this says nothing.
   */
  readonly plaintextPorts?: readonly number[];
  readonly weight: number;
  /** Where its sidecar takes signed requests over HTTPS; absent = nowhere. */
  readonly edge?: EdgeAddress;
}

/** What clients that know DNS names only are told of an edge listener. */
export interface EdgeAddress {
  /** The name of its certificate. */
  readonly host: string;
  readonly port: number;
}

/** All endpoints of one service, signed by the registry and kept under `endpoints/<service>`. */
export interface EndpointRecord {
  readonly format: 1;
  /** FQDN. */
  readonly service: string;
  /** Goes up with every change; readers never go back. */
  readonly sequence: number;
  readonly endpoints: readonly Endpoint[];
}
