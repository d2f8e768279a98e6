import { serve } from '@hono/node-server';
import { asActor } from './app/context.ts';
import { verifyEventChain } from './app/event-chain.ts';
import { verifyFigures } from './app/figures.ts';
import { ensureFirstAdministrator } from './app/invitations.ts';
import { readProcessConfig } from './config.ts';
import { StartError } from './domain/start-error.ts';
import { type House, openHouse } from './main.ts';

const HELP = `Fieldfix runs field safety corrective actions, from the first notice to the last verified fix.

On the machine that has the data:
  serve                        answer on PORT with the data in DATA_DIR or DATABASE_URL
  demo [--once] [--json FILE]  play the sample action, then serve it (or end)
  stand-in KIT.zip             try a kit on a simulated instrument
  migrate                      bring the database to the newest data model
  backup FILE                  write everything into one file, while nothing else runs on DATA_DIR
  restore FILE                 put a backup into an empty DATA_DIR or database
  verifier [SYSTEM …]          make the verifier as programs for Windows and Linux, for kits and downloads
  verify --local               recompute the chain of events and recount every figure, without a server

From anywhere, by HTTP (FIELDFIX_URL, FIELDFIX_KEY or FIELDFIX_KEY_FILE):
  import, package, actions, status, release, export, tasks, verify, key
  fieldfix COMMAND --help says more.
`;

/** Runs one command. @returns the exit code: 0 done, 1 refused or failed, 2 wrong usage */
async function run(argv: string[]): Promise<number> {
  const [command = 'help', ...args] = argv;
  switch (command) {
    case 'help':
    case '--help':
    case '-h':
      process.stdout.write(HELP);
      return 0;
    case 'serve':
      return serveHouse();
    case 'migrate': {
      const house = await openHouse(readProcessConfig(), { work: false });
      await house.close();
      process.stdout.write('The database has the newest data model.\n');
      return 0;
    }
    case 'demo': {
      const { runDemo } = await import('../sample/demo.ts');
      return runDemo(args, readProcessConfig());
    }
    case 'stand-in': {
      const { runStandIn } = await import('../sample/stand-in.ts');
      return runStandIn(args, readProcessConfig());
    }
    case 'verifier': {
      const { runBuild } = await import('../verifier/build.ts');
      return runBuild(args, readProcessConfig().dataDir);
    }
    case 'backup':
    case 'restore': {
      const { runBackup } = await import('./cli/backup.ts');
      return runBackup(command, args, readProcessConfig());
    }
    case 'docs': {
      const { writeDocs } = await import('../sample/docs.ts');
      return writeDocs(args, readProcessConfig());
    }
    case 'verify':
      if (args.includes('--local')) return verifyLocal();
  }
  const { runClient } = await import('./cli/client.ts');
  const { clientEnvironment } = await import('./config.ts');
  return runClient(argv, clientEnvironment());
}

/** `serve`: until it is told to stop. */
async function serveHouse(): Promise<number> {
  const config = readProcessConfig();
  const house = await openHouse(config);
  const first = await ensureFirstAdministrator(asActor(house.deps, { kind: 'system', name: 'start' }));
  const stop = await listen(house, config);
  process.stdout.write(
    `Fieldfix answers at ${config.publicUrl} (${house.deps.dbKind}, mail: ${house.deps.mailer.kind}).\n`,
  );
  if (first)
    process.stdout.write(
      `Nobody has an account yet. Create the first administrator here, once, within 24 hours:\n  ${first.url}\n`,
    );
  return stop;
}

/** Listens, and resolves with the exit code once a signal or the loss of the database has ended it. */
export async function listen(house: House, config: { host: string; port: number }): Promise<Promise<number>> {
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const listening = serve({ fetch: house.app.fetch, hostname: config.host, port: config.port }, () =>
      resolve(listening),
    );
    listening.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new StartError(`PORT ${config.port} is taken by another program. Stop it, or set PORT to another number.`)
          : error.code === 'EACCES'
            ? new StartError(`PORT ${config.port} needs more rights than this user has. Set PORT to 1024 or more.`)
            : error,
      );
    });
  }).catch(async (error: unknown) => {
    await house.close();
    throw error;
  });
  return new Promise<number>((resolve) => {
    let ending = false;
    const end = async (code: number) => {
      if (ending) return;
      ending = true;
      const closed = new Promise<void>((done) => server.close(() => done()));
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      await Promise.race([closed, new Promise((done) => setTimeout(done, 5_000))]);
      await house.close();
      resolve(code);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end(0));
    house.database.onFailure((error) => {
      house.deps.log('error', 'the database is lost; the process ends so that it can be started again', {
        error: error.message,
      });
      void end(1);
    });
  });
}

/** `verify --local`: the chain of the database of this machine, and its figures counted again. */
async function verifyLocal(): Promise<number> {
  const house = await openHouse(readProcessConfig(), { work: false });
  try {
    const verdict = await verifyEventChain(house.deps);
    process.stdout.write(
      verdict.chain === 'ok'
        ? `The chain is whole: ${verdict.events} events, last hash ${verdict.hash}\n`
        : `The chain is broken at event ${verdict.seq} (${verdict.problem}).\n`,
    );
    const counted = await verifyFigures(house.deps);
    if (counted.figures === 'ok') process.stdout.write(`${counted.compared} figures are what their rows count to.\n`);
    else {
      process.stdout.write(`${counted.wrong} of ${counted.compared} figures differ from their rows:\n`);
      for (const { table, actionId, figure, kept, counted: rows } of counted.differences)
        process.stdout.write(`  ${table}, action ${actionId}, ${figure}: ${kept} kept, ${rows} counted\n`);
    }
    return verdict.chain === 'ok' && counted.figures === 'ok' ? 0 : 1;
  } finally {
    await house.close();
  }
}

// Kept apart from run() so that importing this file from the demo does not start a command.
if (import.meta.main) {
  run(process.argv.slice(2)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      if (error instanceof StartError) process.stderr.write(`Fieldfix cannot start: ${error.message}\n`);
      else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      process.exit(1);
    },
  );
}
