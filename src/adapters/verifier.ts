/**
 * The verifier as it is handed out: one script that any Node from 12 on runs, made from verifier/ when the first kit asks for
 * it; and the executables an operator built from the same script, where there are any.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { KitEntry } from './kit.ts';

const root = join(import.meta.dirname, '../..');
/** Where the verifier lies in a kit. */
const PLACE = 'verifier';
const SCRIPT = 'fieldfix-verifier.js';
const LICENSES = 'LICENSES.txt';
/** Node's own, kept beside the executables that hold it. */
export const NODE_LICENSE = 'LICENSE-node.txt';
/** Executables by the system they are for, as Node names it; the names that start.cmd and start.sh of a kit know. */
export const verifierPrograms = {
  'win-x64': 'fieldfix-verifier.exe',
  'linux-x64': 'fieldfix-verifier',
  'linux-arm64': 'fieldfix-verifier-arm64',
} as const;
export type VerifierTarget = keyof typeof verifierPrograms;

interface Bundle {
  script: Buffer;
  /** Licenses of the parts it holds that are not ours. */
  licenses: string;
}

let made: Promise<Bundle> | undefined;

function makeBundle(): Promise<Bundle> {
  made ??= bundle();
  return made;
}

/** Bundles the verifier; the same sources give the same bytes. */
export async function verifierScript(): Promise<Buffer> {
  return (await makeBundle()).script;
}

async function bundle(): Promise<Bundle> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const result = await build({
    entryPoints: [join(root, 'verifier/main.ts')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'node12',
    minify: true,
    legalComments: 'inline',
    charset: 'utf8',
    banner: { js: `// The verifier of Fieldfix ${version}. Start it with: node ${SCRIPT}` },
    logLevel: 'silent',
  });
  const file = result.outputFiles[0];
  if (!file) throw new Error('esbuild gave no file');
  const inputs = Object.values(result.metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  return { script: Buffer.from(file.contents), licenses: readLicenses(inputs) };
}

/** The license texts of the packages that files come from, in the order of their names. */
function readLicenses(files: readonly string[]): string {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? []);
  return [...new Set(folders)]
    .sort()
    .map((folder) => {
      const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const license = readdirSync(join(root, folder)).find((one) => /^licen[cs]e(\.(md|txt))?$/i.test(one));
      if (!license) throw new Error(`${name} is in the verifier and has no license to go with it`);
      return `${name}\n\n${readFileSync(join(root, folder, license), 'utf8').trim()}\n`;
    })
    .join('\n\n');
}

/** Hashes of files that have not changed since they were read: `path size time` → SHA-256. */
const hashes = new Map<string, Promise<string>>();

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** An executable as it lies there now, signed by its operator or not; undefined when it was not built. */
async function findProgram(folder: string, name: string): Promise<KitEntry | undefined> {
  const path = join(folder, name);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return undefined;
  const key = `${path} ${found.size} ${found.mtimeMs}`;
  const hash = hashes.get(key) ?? hashOf(path);
  hashes.set(key, hash);
  return {
    name: `${PLACE}/${name}`,
    size: found.size,
    sha256: await hash,
    program: true,
    read: () => createReadStream(path),
  };
}

/**
 * Everything of the verifier that lies in a kit, under its names there: the script, always, then the executables, then the
 * licenses of what is in them.
 * @param folder where executables were built; none where it is missing or empty
 */
export async function verifierFiles(folder: string | undefined): Promise<KitEntry[]> {
  const { script, licenses } = await makeBundle();
  const names = folder === undefined ? [] : Object.values(verifierPrograms);
  const programs = (await Promise.all(names.map((name) => findProgram(folder ?? '', name)))).filter(
    (one) => one !== undefined,
  );
  const ofNode = join(folder ?? '', NODE_LICENSE);
  const node = programs.length > 0 && existsSync(ofNode) ? `\n\nNode.js\n\n${readFileSync(ofNode, 'utf8')}` : '';
  return [
    { name: `${PLACE}/${SCRIPT}`, bytes: script },
    ...programs,
    { name: `${PLACE}/${LICENSES}`, bytes: Buffer.from(licenses + node) },
  ];
}
