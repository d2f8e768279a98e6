/** The verifier for download: no secret, and the same for everybody. Each kit holds it, too. */
import { createHash } from 'node:crypto';
import type { VNode } from 'preact';
import type { KitEntry } from '../../adapters/kit.ts';
import type { Context } from '../../app/context.ts';
import type { C } from '../context.ts';
import { fileAnswer } from '../file-answer.ts';
import { fileSize } from '../portal/patch/words.tsx';
import type { Translate } from '../translate.ts';
import { Identifier } from '../ui/parts.tsx';

/** A file of the verifier, and what its readers compare. */
interface Program {
  entry: KitEntry;
  file: string;
  size: number;
  sha256: string;
}

/** Where each runs: names of systems, alike in every language. */
const SYSTEMS: Readonly<Record<string, string>> = {
  'fieldfix-verifier.js': 'Node.js 12+',
  'fieldfix-verifier.exe': 'Windows 10+, x64',
  'fieldfix-verifier': 'Linux, x64',
  'fieldfix-verifier-arm64': 'Linux, arm64',
};

async function loadPrograms(ctx: Context): Promise<Program[]> {
  const entries = await ctx.kits.verifierFiles();
  return entries.map((entry) => ({
    entry,
    file: entry.name.slice(entry.name.lastIndexOf('/') + 1),
    size: 'bytes' in entry ? entry.bytes.length : entry.size,
    sha256: 'bytes' in entry ? createHash('sha256').update(entry.bytes).digest('hex') : (entry.sha256 ?? ''),
  }));
}

/** GET /verifier/:file. */
export async function sendVerifierProgram(c: C): Promise<Response> {
  const programs = await loadPrograms(c.get('ctx'));
  const found = programs.find((one) => one.file === c.req.param('file'));
  if (!found) return c.text('There is no such file of the verifier here.\n', 404);
  const { entry, file, size, sha256 } = found;
  const etag = `"sha256-${sha256}"`;
  // Its name stays and its bytes change with a new version: asked again each time, sent again when it is another.
  const headers = { etag, 'cache-control': 'public, no-cache' };
  if (c.req.header('if-none-match') === etag) return new Response(null, { status: 304, headers });
  return fileAnswer('bytes' in entry ? entry.bytes : entry.read(), { name: file, size, headers });
}

/** The part of a page that offers the verifier, with the hash of each of its files. */
export async function verifierPart(ctx: Context, t: Translate): Promise<VNode> {
  const programs = await loadPrograms(ctx);
  return (
    <section aria-labelledby="verifier">
      <h2 id="verifier">{t('portal.verifier.title')}</h2>
      <p>{t('portal.verifier.lede')}</p>
      <dl class="ff-patch-hash">
        {programs
          .filter(({ file }) => file in SYSTEMS)
          .map(({ file, size, sha256 }) => (
            <>
              <dt>
                <a href={`/verifier/${file}`} download={file}>
                  <Identifier>{file}</Identifier>
                </a>
              </dt>
              <dd class="ff-hint">
                <bdi>{SYSTEMS[file]}</bdi> · <bdi>{fileSize(size, t.language)}</bdi>
              </dd>
              <dd>
                SHA-256 <Identifier>{sha256}</Identifier>
              </dd>
            </>
          ))}
      </dl>
      <p>
        <a href="/verifier/LICENSES.txt">
          <Identifier>LICENSES.txt</Identifier>
        </a>
      </p>
    </section>
  );
}
