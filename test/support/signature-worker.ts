import 'reflect-metadata';
import { signatureSuite } from './signature-suite.ts';

/** A Worker that answers with the verdict of the suite of signatures. */
export default {
  async fetch(): Promise<Response> {
    const { tried, wrong } = await signatureSuite();
    return new Response(wrong.length === 0 ? `${tried} signatures judged` : wrong.join('\n'));
  },
};
