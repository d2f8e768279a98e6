/** The verifier as one script that any Node from 12 on runs: made from verifier/ when the first kit asks for it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '../..');
let made: Promise<Buffer> | undefined;

/** Bundles the verifier; the same sources give the same bytes. */
export function verifierScript(): Promise<Buffer> {
  made ??= bundle();
  return made;
}

async function bundle(): Promise<Buffer> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const result = await build({
    entryPoints: [join(root, 'verifier/main.ts')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'node',
    format: 'cjs',
    target: 'node12',
    minify: true,
    legalComments: 'inline',
    charset: 'utf8',
    banner: { js: `// The verifier of Fieldfix ${version}. Start it with: node fieldfix-verifier.js` },
    logLevel: 'silent',
  });
  const file = result.outputFiles[0];
  if (!file) throw new Error('esbuild gave no file');
  return Buffer.from(file.contents);
}
