/** A child of the portal bench: asks one address over and over on kept connections, and prints what came back. */
import { Agent, get } from 'node:http';

const [url = '', connections = '4', milliseconds = '1000'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });

/** @returns bytes of the page */
function ask(address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(address, { agent }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.once('end', () =>
        answer.statusCode === 200 ? resolve(bytes) : reject(new Error(`answered ${answer.statusCode}`)),
      );
      answer.once('error', reject);
    }).once('error', reject);
  });
}

async function main(): Promise<void> {
  const bytes = await ask(url);
  const started = performance.now();
  const until = started + Number(milliseconds);
  let pages = 0;
  await Promise.all(
    Array.from({ length: Number(connections) }, async () => {
      while (performance.now() < until) {
        await ask(url);
        pages++;
      }
    }),
  );
  process.stdout.write(JSON.stringify({ bytes, perSecond: (pages * 1000) / (performance.now() - started) }));
  agent.destroy();
}

main().catch((error: unknown) => {
  process.stderr.write(String(error));
  process.exit(1);
});
