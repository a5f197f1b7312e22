import { NonceMemory } from '../src/identity/signature/nonce-memory.ts';
import { type Receiver, RequestVerifier } from '../src/identity/signature/request-verifier.ts';
import { formatSpiffeId } from '../src/identity/spiffe.ts';
import type { Bundle } from '../src/identity/svid.ts';
import { renewalTime, type SvidHolder } from '../src/identity/svid-source.ts';
import { Trust } from '../src/identity/trust.ts';
import type { Handler } from '../src/proxy/exchange.ts';
import type { ProxyState } from '../src/proxy/proxy-state.ts';
import { behindSignature } from '../src/proxy/signed-door.ts';
import type { Telemetry } from '../src/proxy/telemetry/telemetry.ts';
import { BackOff } from '../src/runtime/control/back-off.ts';
import type { ControlConnection } from '../src/runtime/control/control-connection.ts';
import { askEdgeCertificate, type IssuedEdge } from '../src/runtime/control/edge-certificate.ts';
import type { WorkloadIdentity } from '../src/runtime/control/workload-identity.ts';
import { Canceller, type Clock, type Log, type Random } from '../src/runtime/ports.ts';
import type { BodySource } from '../src/runtime/sockets/body.ts';
import type { ConnectionLimits } from '../src/runtime/sockets/connection-limits.ts';
import { DigestedBody } from '../src/runtime/sockets/digested-body.ts';
import { EdgeListener } from '../src/runtime/sockets/edge-listener.ts';
import type { RedisAddress } from '../src/runtime/store/redis-address.ts';
import { RedisNonces } from '../src/runtime/store/redis-nonces.ts';
import { admitInbound } from './admit-inbound.ts';

export interface EdgePortParts {
  /** IP address to bind. */
  readonly address: string;
  readonly limits: ConnectionLimits;
  /** Where instances behind one name use nonces up together; undefined = every instance has a name of its own. */
  readonly replayStore: RedisAddress | undefined;
  /** Serves what was let in. */
  readonly handler: Handler<BodySource>;
  readonly state: ProxyState;
  readonly identity: Pick<WorkloadIdentity, 'valid'> & {
    readonly svids: Pick<SvidHolder, 'current'>;
    readonly control: Pick<ControlConnection, 'callJson'>;
  };
  readonly telemetry: Pick<Telemetry, 'onOutcome'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** How long a start waits for the first certificate, ms: without it the port is open, and not registered. */
const firstAnswerMs = 2000;
/** The pauses before a certificate is asked for again, ms. */
const firstRetryMs = 1000;
const longestRetryMs = 30_000;

/** The port of a sidecar for peers that sign their requests: its listener, its certificate, and who is let in. */
export class EdgePort {
  readonly #parts: EdgePortParts;
  readonly #startedAt: number;
  readonly #replays: RedisNonces | undefined;
  #listener: EdgeListener | undefined;
  #certificate: (IssuedEdge & { readonly receivedAt: number }) | undefined;
  #trust: Trust | undefined;

  private constructor(parts: EdgePortParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
    const { replayStore, log } = parts;
    this.#replays = replayStore && new RedisNonces(replayStore, log);
  }

  /** Opens the port and asks for a first certificate. Rejects where the port cannot be bound. */
  static async open(parts: EdgePortParts, port: number): Promise<EdgePort> {
    const edge = new EdgePort(parts);
    const { address, limits, log } = parts;
    edge.#listener = await EdgeListener.open({ address, port, ...limits, log, handler: edge.#handler() });
    const answered = new Canceller();
    const patience = parts.clock.sleep(firstAnswerMs, answered).catch(() => undefined);
    await Promise.race([edge.#renew(), patience]);
    answered.abort();
    return edge;
  }

  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /** Connections that came in since the start. */
  get arrivals(): number {
    return this.#listener?.arrivals ?? 0;
  }

  /** What is registered: nothing before there is a certificate. */
  get registered(): number | undefined {
    return this.#certificate && this.port;
  }

  /** Renews the certificate until the signal; `onFirst` hears of one that was not there at the beginning. */
  async keep(stopped: AbortSignal, onFirst: () => void): Promise<void> {
    const { clock, random } = this.#parts;
    const retries = new BackOff(random, firstRetryMs, longestRetryMs);
    while (!stopped.aborted) {
      const before = this.#certificate;
      const due = before && renewalTime(before.receivedAt, before.notAfter, random.unit());
      const ms = due === undefined ? retries.next() : Math.max(due - clock.now(), firstRetryMs);
      await clock.sleep(ms, stopped).catch(() => undefined);
      if (stopped.aborted) return;
      if ((await this.#renew()) && before === undefined) onFirst();
    }
  }

  /** Whose signatures count from now on; before there is a bundle nobody's do. */
  setTrust(bundle: Bundle): void {
    this.#trust = new Trust(bundle);
  }

  retire(): void {
    this.#listener?.retire();
  }

  async drain(ms: number): Promise<void> {
    await this.#listener?.drain(ms);
  }

  close(): void {
    this.#listener?.close();
    this.#replays?.close();
  }

  /** Whether there is a new one. */
  async #renew(): Promise<boolean> {
    const { identity, clock, log } = this.#parts;
    try {
      const issued = await askEdgeCertificate(identity.control);
      this.#certificate = { ...issued, receivedAt: clock.now() };
      this.#listener?.setCertificate(issued);
      return true;
    } catch (error) {
      log.warn('edge certificate not received', { error: String(error) });
      return false;
    }
  }

  #handler(): Handler<BodySource> {
    const { handler, state, identity, telemetry, clock, log } = this.#parts;
    const verifier = new RequestVerifier(
      () => this.#trust,
      () => this.#receiver(),
      new NonceMemory(),
      this.#replays,
    );
    const admit = admitInbound(state);
    return behindSignature({
      verifier,
      handler,
      active: () => state.active,
      portOf: (serverName) => {
        const admission = identity.valid ? admit('mesh-tls', serverName) : undefined;
        return admission?.protocol === 'tcp' ? undefined : admission?.port;
      },
      digested: (body, digest) => new DigestedBody(body, digest),
      clock,
      log,
      onOutcome: telemetry.onOutcome,
    });
  }

  #receiver(): Receiver | undefined {
    const { identity } = this.#parts;
    // Who can prove nothing takes no proofs either.
    const svid = identity.valid ? identity.svids.current() : undefined;
    const host = this.#certificate?.host;
    if (svid === undefined || host === undefined) return undefined;
    const authority = this.port === 443 ? host : `${host}:${this.port}`;
    return { id: formatSpiffeId(svid.id), authority, startedAt: this.#startedAt };
  }
}
