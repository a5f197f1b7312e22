/** The ports of the self-hosted gateway, which run the snapshots that stdin gives; on every runtime. */
import { answerQuestions } from '../../bench/process/question-lines.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { SocketGateway } from './socket-gateway.ts';

export interface GatewayQuestion {
  readonly snapshot: Snapshot;
}

const gateway = new SocketGateway();

answerQuestions(async ({ snapshot }: GatewayQuestion) => {
  await gateway.run(snapshot);
  return gateway.serverPorts.map((port) => [port, gateway.port(port)]);
});
