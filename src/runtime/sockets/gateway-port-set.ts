import type { Trust } from '../../identity/trust.ts';
import type { GatewayPorts } from '../../proxy/decide/gateway-ports.ts';
import { GatewayListener, type GatewayListenOptions } from './gateway-listener.ts';

/** What every port of a gateway shares. */
export interface GatewayPortSetOptions
  extends Omit<GatewayListenOptions, 'port' | 'serverPort' | 'server' | 'servers'> {
  /** The servers in force; undefined while there are none. */
  readonly ports: () => GatewayPorts | undefined;
  /** Where a server port is bound: itself, another, or 0 for a free one. */
  readonly bind: (serverPort: number) => number;
}

/** The open ports of a gateway, kept as the configuration wants them. */
export class GatewayPortSet {
  readonly #options: GatewayPortSetOptions;
  readonly #open = new Map<number, GatewayListener>();
  #changes: Promise<void> = Promise.resolve();
  #retired = false;
  #trust: Trust | undefined;

  constructor(options: GatewayPortSetOptions) {
    this.#options = options;
  }

  /** Server ports and where they are bound, by server port. */
  get bound(): readonly (readonly [serverPort: number, port: number])[] {
    return [...this.#open]
      .map(([serverPort, listener]) => [serverPort, listener.port] as const)
      .sort(([a], [b]) => a - b);
  }

  /** The same ports with the connections that each has. */
  get open(): readonly (readonly [
    serverPort: number,
    { readonly port: number; readonly connections: number },
  ])[] {
    return [...this.#open].map(([serverPort, { port, connections }]) => [serverPort, { port, connections }]);
  }

  /** Connections that are open. */
  get connections(): number {
    return [...this.#open.values()].reduce((sum, { connections }) => sum + connections, 0);
  }

  /** Connections above a limit, of the ports that are open, since each was opened. */
  get refused(): number {
    return [...this.#open.values()].reduce((sum, { refused }) => sum + refused, 0);
  }

  /**
   * Opens what is missing, closes what is not wanted (exchanges may end for `drainMs`), and closes connections that
   * the servers of now would not have let in. A port that cannot be opened is logged, and tried at the next call.
   */
  apply(drainMs: number): Promise<void> {
    this.#changes = this.#changes.then(() => this.#apply(drainMs));
    return this.#changes;
  }

  /** Whom the mesh believes; until the first call no client is anybody, whatever certificate it shows. */
  setTrust(trust: Trust): void {
    this.#trust = trust;
    for (const listener of this.#open.values()) listener.setTrust(trust);
  }

  /** Asks HTTP clients not to come back, and goes on serving. */
  retire(): void {
    this.#retired = true;
    for (const listener of this.#open.values()) listener.retire();
  }

  /** Takes no new connections, lets exchanges end for `ms` at most, then closes what is left. */
  async drain(ms: number): Promise<void> {
    await this.#changes;
    await Promise.all([...this.#open.values()].map((listener) => listener.drain(ms)));
  }

  /** Closes everything now. */
  close(): void {
    for (const listener of this.#open.values()) listener.close();
  }

  async #apply(drainMs: number): Promise<void> {
    const wanted = new Set(this.#options.ports()?.numbers);
    for (const [number, listener] of this.#open) {
      if (wanted.has(number)) {
        listener.recheck();
        continue;
      }
      this.#open.delete(number);
      void listener.drain(drainMs);
    }
    for (const number of wanted) if (!this.#open.has(number) && !this.#retired) await this.#openPort(number);
  }

  async #openPort(serverPort: number): Promise<void> {
    const { ports, bind, log } = this.#options;
    try {
      const listener = await GatewayListener.open({
        ...this.#options,
        port: bind(serverPort),
        serverPort,
        server: (serverName) => ports()?.server(serverPort, serverName),
        servers: () => ports()?.servers(serverPort) ?? [],
      });
      if (this.#trust !== undefined) listener.setTrust(this.#trust);
      this.#open.set(serverPort, listener);
      log.info('port open', { port: serverPort, bound: listener.port });
    } catch (error) {
      log.error('port not open', { port: serverPort, bound: bind(serverPort), error: String(error) });
    }
  }
}
