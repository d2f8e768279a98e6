/** `fieldfix verifier`: makes executables of the verifier, for machines that have no Node. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { NODE_LICENSE, type VerifierTarget, verifierPrograms, verifierScript } from '../src/adapters/verifier.ts';
import { StartError } from '../src/domain/start-error.ts';
import { findNode, nodeLicense, removeSignature } from './node-binary.ts';

const targets = Object.keys(verifierPrograms) as VerifierTarget[];
const USAGE = `Usage: fieldfix verifier [${targets.join('] [')}]
Makes the verifier as executables (without names: Windows and Linux on x64) in DATA_DIR/verifier.
Kits hold them from then on, and the pages of the patch offer them. Sign them there with your own certificate.
`;

/**
 * Makes one executable: Node itself with the script put into it. The same script and Node give the same bytes.
 * @param folder where it goes; made when missing
 * @returns its path
 * @throws StartError when Node cannot be had or cannot make it
 */
export async function buildProgram(target: VerifierTarget, folder: string): Promise<string> {
  const node = findNode(target);
  mkdirSync(folder, { recursive: true });
  // Beside its place, so that it gets there whole or not at all.
  const work = mkdtempSync(join(folder, '.build-'));
  try {
    writeFileSync(join(work, 'script.js'), await verifierScript());
    let executable = node;
    if (target.startsWith('win-')) {
      executable = join(work, 'node.exe');
      writeFileSync(executable, removeSignature(readFileSync(node)));
    }
    const output = join(work, 'program');
    writeFileSync(
      join(work, 'plan.json'),
      JSON.stringify({
        // A bare name: it is kept in the program, and must not tell this folder.
        main: 'script.js',
        executable,
        output,
        disableExperimentalSEAWarning: true,
        // Both are of one system only; without them any system makes the program of any other.
        useSnapshot: false,
        useCodeCache: false,
        // What stands in NODE_OPTIONS on somebody's machine is not the verifier's business.
        execArgvExtension: 'none',
      }),
    );
    const { NODE_OPTIONS: _, ...env } = process.env;
    const done = spawnSync(process.execPath, ['--build-sea', 'plan.json'], { cwd: work, encoding: 'utf8', env });
    if (done.status !== 0)
      throw new StartError(`Node could not make the program: ${done.stderr || done.error?.message}`);
    chmodSync(output, 0o755);
    const path = join(folder, verifierPrograms[target]);
    renameSync(output, path);
    const license = nodeLicense();
    if (license) copyFileSync(license, join(folder, NODE_LICENSE));
    return path;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Runs the command. @param dataDir DATA_DIR; the programs go into its folder `verifier` @returns the exit code */
export async function runBuild(args: readonly string[], dataDir: string): Promise<number> {
  if (args.some((arg) => !targets.includes(arg as VerifierTarget))) {
    const asked = args.includes('--help');
    (asked ? process.stdout : process.stderr).write(USAGE);
    return asked ? 0 : 2;
  }
  const wanted = args.length > 0 ? (args as VerifierTarget[]) : (['win-x64', 'linux-x64'] as const);
  for (const target of wanted) {
    const path = await buildProgram(target, join(dataDir, 'verifier'));
    const bytes = readFileSync(path);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    process.stdout.write(`${path}  ${Math.round(bytes.length / 1e6)} MB  SHA-256 ${sha256}\n`);
  }
  return 0;
}
