/** A peer: fastify with `@fastify/http-proxy`. */
import { answerQuestions } from '../process/question-lines.ts';
import { loadPackage } from './peer-package.ts';
import { mutualTls, type PeerQuestion } from './peer-question.ts';

interface App {
  register(plugin: unknown, options: { readonly upstream: string }): unknown;
  listen(place: { readonly port: number; readonly host: string }): Promise<string>;
}

type Fastify = { readonly default: (options: { readonly https?: object }) => App };

answerQuestions(async ({ origin, packages, tls }: PeerQuestion) => {
  const { default: fastify } = await loadPackage<Fastify>(packages, 'fastify');
  const { default: plugin } = await loadPackage<{ readonly default: unknown }>(
    packages,
    '@fastify/http-proxy',
  );
  const start = async (options: { readonly https?: object }): Promise<number> => {
    const app = fastify(options);
    await app.register(plugin, { upstream: `http://127.0.0.1:${origin}` });
    return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port);
  };
  return { plain: await start({}), mtls: await start({ https: mutualTls(tls) }), tcp: 0 };
});
