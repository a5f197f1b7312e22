import { sameBytes } from '../../../identity/bytes.ts';
import { decodePem } from '../../../identity/pem.ts';
import type { Svid } from '../../../identity/svid.ts';
import { type Handshake, PrecheckServer } from './precheck-server.ts';
import { ThrowawayMesh, type ThrowawayParts } from './throwaway-mesh.ts';

export interface PrecheckParts extends ThrowawayParts {
  /** How often whoever must be kept out tries to come in. */
  readonly rounds: number;
}

/** What a runtime's TLS was asked to do, and whether it did. */
export interface Finding {
  readonly what: string;
  /** Empty where all is well. */
  readonly fault: string;
}

const NAME = 'outbound_.80_._.precheck.default.svc.cluster.local';

/**
 * Tries the TLS of the runtime that runs this, as a sidecar uses it, on loopback: who must be let in and who kept out,
 * rotation, and whether names and certificates are shown. Rejects only where no port can be bound.
 */
export async function precheckTls(parts: PrecheckParts): Promise<readonly Finding[]> {
  const [mesh, other] = [await ThrowawayMesh.create(parts), await ThrowawayMesh.create(parts)];
  const server = await PrecheckServer.open();
  try {
    return await new Precheck(server, mesh, other, parts.rounds).run();
  } finally {
    server.close();
  }
}

class Precheck {
  readonly #server: PrecheckServer;
  readonly #mesh: ThrowawayMesh;
  readonly #other: ThrowawayMesh;
  readonly #rounds: number;

  constructor(server: PrecheckServer, mesh: ThrowawayMesh, other: ThrowawayMesh, rounds: number) {
    this.#server = server;
    this.#mesh = mesh;
    this.#other = other;
    this.#rounds = rounds;
  }

  async run(): Promise<readonly Finding[]> {
    const [mesh, other] = [this.#mesh, this.#other];
    this.#server.setIdentity(await mesh.svid('server'), mesh.roots);
    const client = await mesh.svid('client');
    return [
      ...(await this.#good(client)),
      await this.#keptOut('a client without a certificate is kept out', undefined),
      await this.#keptOut('a client of another authority is kept out', await other.svid('client')),
      await this.#keptOut('a client whose certificate is over is kept out', await mesh.svid('client', 3)),
      ...(await this.#believes(client)),
      ...(await this.#rotates(client)),
    ];
  }

  /** Let in, and known by its certificate and the name that it asked for. */
  async #good(client: Svid): Promise<readonly Finding[]> {
    const seen = await this.#try(client);
    const [leaf] = decodePem('CERTIFICATE', client.chainPem);
    const shown = seen.leaf !== undefined && leaf !== undefined && sameBytes(seen.leaf, leaf);
    return [
      finding('a client of the mesh is let in', seen.served, seen.error),
      finding('its certificate is shown to the server', shown, 'the server was shown another, or none'),
      finding('so is the server name', seen.serverName === NAME, `the server was shown ${seen.serverName}`),
    ];
  }

  async #keptOut(what: string, svid: Svid | undefined): Promise<Finding> {
    let served = 0;
    for (let i = 0; i < this.#rounds; i++) if ((await this.#try(svid)).served) served++;
    return finding(what, served === 0, `${served} of ${this.#rounds} were let in`);
  }

  /** What a client makes of a server that is none of its own, or not the one that it wants. */
  async #believes(client: Svid): Promise<readonly Finding[]> {
    let [served, asked] = [0, 0];
    const [{ roots }, serverName] = [this.#other, NAME];
    for (let i = 0; i < this.#rounds; i++)
      if ((await this.#server.try({ svid: client, roots, serverName })).served) served++;
    const checkServer = () => {
      asked++;
      return new Error('not the one');
    };
    const unwanted = await this.#server.try({
      svid: client,
      roots: this.#mesh.roots,
      serverName,
      checkServer,
    });
    return [
      finding('a server of another authority is not believed', served === 0, `${served} times it was`),
      finding('a client is asked for the server’s identity', asked === 1, `asked ${asked} times`),
      finding('and its word counts', !unwanted.served, 'the connection went on'),
    ];
  }

  async #rotates(client: Svid): Promise<readonly Finding[]> {
    const { roots } = this.#other;
    this.#server.setIdentity(await this.#other.svid('server'), roots);
    const [late, next] = [
      await this.#try(client, roots),
      await this.#try(await this.#other.svid('client'), roots),
    ];
    return [
      finding('with new roots the clients of the old ones are kept out', !late.served, 'it was let in'),
      finding('and those of the new ones let in', next.served, next.error),
    ];
  }

  #try(svid: Svid | undefined, roots = this.#mesh.roots): Promise<Handshake> {
    return this.#server.try({ svid, roots, serverName: NAME });
  }
}

function finding(what: string, holds: boolean, fault: string): Finding {
  return { what, fault: holds ? '' : fault || 'it was kept out' };
}
